"""How many different people turn to somebody."""

from __future__ import annotations

from datetime import timedelta

from crmbridge.centers.reach import Message, reach

from .conftest import TODAY


def test_different_people_count_and_volume_does_not() -> None:
    # Kills: counting messages.
    many = [Message("a", "b", TODAY)] * 100
    few = [Message("a", "c", TODAY), Message("b", "c", TODAY)]
    shares = reach("abc", [*many, *few], TODAY).shares
    assert shares["c"] == 1.0
    assert shares["b"] == 0.5
    assert shares["a"] == 0.0


def test_those_alike_share_their_rank() -> None:
    shares = reach("ab", [Message("x", "a", TODAY), Message("y", "b", TODAY)], TODAY).shares
    assert shares == {"a": 0.5, "b": 0.5}


def test_writing_to_oneself_is_no_reach() -> None:
    assert reach("ab", [Message("a", "a", TODAY)], TODAY).shares == {}


def test_messages_of_more_than_a_year_ago_do_not_count_and_the_day_of_that_is_known() -> None:
    old, new = TODAY - timedelta(days=365), TODAY
    known = [Message("x", "a", old), Message("y", "b", new), Message("z", "b", new)]
    found = reach("ab", known, TODAY)
    assert found.network.messages == 3
    assert found.due_on == TODAY + timedelta(days=1)
    assert reach("ab", known, TODAY + timedelta(days=1)).network.messages == 2


def test_of_one_person_nothing_can_be_ranked() -> None:
    assert reach("a", [Message("x", "a", TODAY)], TODAY).shares == {}


def test_every_message_that_counts_is_due_to_leave_even_of_one_person() -> None:
    # Kills: looking only at the newest message of a pair, and no day where nothing can be ranked.
    old, new = TODAY - timedelta(days=300), TODAY
    again = reach("ab", [Message("x", "a", old), Message("x", "a", new)], TODAY)
    assert again.due_on == old + timedelta(days=366)
    assert reach("a", [Message("x", "a", old)], TODAY).due_on == old + timedelta(days=366)
