"""Engagement is absolute, ages in closed form, counts no machine, and says when it changes next."""

from __future__ import annotations

from datetime import date, timedelta
from math import exp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.centers.engagement import Clock, acts_of, group_score, last_day, member_score, weighted_mean
from crmbridge.config import Centers
from crmbridge.model import EngagementScore, Member, Touch

from .made import TODAY, met, somebody


def _of(touches: list[Touch], today: date = TODAY, **given_: Any) -> tuple[EngagementScore, date | None]:
    whole = Centers.model_validate({"engagement": given_})
    acts = acts_of([somebody(1)], touches, whole)["contact:1"]
    return member_score(acts, Clock(last_day(touches), today, whole.engagement))


def _group(members: list[Member], touches: list[Touch], today: date = TODAY) -> tuple[EngagementScore, date | None]:
    whole = Centers()
    return group_score(
        members, acts_of(members, touches, whole), Clock(last_day(touches), today, whole.engagement), 0.5
    )


def _score(worth: float) -> float:
    return float(round(100 * (1 - exp(-worth / 60))))


def test_the_roles_present_are_weighed_as_in_adobes_example() -> None:
    weights = {"decision maker": 100, "influencer": 80, "practitioner": 60}
    assert weighted_mean(weights, {"decision maker": 52, "influencer": 28, "practitioner": 17}) == 35.25


def test_a_role_that_nobody_plays_takes_no_weight() -> None:
    assert weighted_mean({"a": 100, "b": 100}, {"a": 52}) == 52
    assert weighted_mean({}, {}) == 0.0


@pytest.mark.parametrize(("action", "worth"), [
    ("meeting", 40), ("event_attended", 40), ("inbound_call", 30), ("inbound_message", 25), ("form", 25),
    ("event_registered", 15), ("download", 15), ("key_page", 10), ("click", 6), ("page_view", 2),
    ("open", 0), ("outbound", 0), ("other", 0),
])  # fmt: skip
def test_each_act_is_worth_what_it_is(action: str, worth: float) -> None:
    found, _ = _of([met(1, 0, 1, action=action)])
    assert (found.raw, found.score) == (worth, _score(worth))


def test_an_act_is_worth_half_after_thirty_days() -> None:
    found, _ = _of([met(1, 30, 1, kind="meeting")])
    assert (found.raw, found.score) == (40, _score(20))


def test_more_than_five_of_a_kind_on_a_day_count_as_five() -> None:
    assert _of([met(number, 0, 1) for number in range(9)])[0].raw == 125
    assert _of([met(number, 0, 1) for number in range(5)] + [met(9, 0, 1, kind="call")])[0].raw == 155


def test_scanners_that_click_everything_at_once_are_no_person() -> None:
    start = met(0, 3, 1).at
    clicks = [met(n, 3, 1, action="click", at=start + timedelta(seconds=2 * n)) for n in range(5)]
    later = met(9, 3, 1, action="click", at=start + timedelta(minutes=5))
    assert _of(clicks)[0].raw == 0
    assert _of(clicks[:4])[0].raw == 24
    assert _of([*clicks, later])[0].raw == 6
    slow = [met(n, 3, 1, action="click", at=start + timedelta(seconds=3 * n)) for n in range(5)]
    assert _of(slow)[0].raw == 30  # twelve seconds: kills the mutant that looks at four clicks


@pytest.mark.parametrize("touch", [{"is_bot": True}, {"nature": "exposure"}, {"responders": ()}])
def test_what_a_machine_did_or_somebody_was_shown_counts_nothing(touch: dict[str, object]) -> None:
    assert _of([met(1, 3, 1, kind="meeting", **touch)])[0] == EngagementScore()


def test_nobody_elses_records_move_a_score() -> None:
    alone = _of([met(1, 3, 1, kind="meeting")])[0].score
    assert _of([met(1, 3, 1, kind="meeting"), *(met(n, 3, 2, kind="meeting") for n in range(5, 30))])[0].score == alone


def test_looking_at_a_page_is_worth_something_and_no_conversation() -> None:
    found, _ = _of([met(1, 9, 1), met(2, 3, 1, action="page_view")])
    assert found.last_two_way_on == TODAY - timedelta(9)


@pytest.mark.parametrize(("days", "momentum"), [
    ([1, 2], "insufficient"),
    ([1, 2, 40], "rising"), ([1, 35, 40], "falling"), ([1, 2, 35, 40], "steady"), ([1, 2, 3], "rising"),
    ([29, 30, 59], "falling"), ([29, 30, 60], "insufficient"), ([1, 2, 3, 4, 5, 31, 32, 33, 34], "steady"),
])  # fmt: skip
def test_momentum_compares_two_windows(days: list[int], momentum: str) -> None:
    assert _of([met(number, day, 1) for number, day in enumerate(days)])[0].momentum == momentum


def test_the_group_weighs_its_members_by_role() -> None:
    members = [somebody(1, roles={"decider": 0.9}), somebody(2, roles={"buyer": 0.9}), somebody(3, roles={"user": 0.3})]
    found, _ = _group(members, [met(1, 0, 1, kind="meeting"), met(2, 0, 2), met(3, 0, 3)])
    raw = (100 * 40 + 80 * 25 + 20 * 25) / 200
    assert found.raw == pytest.approx(raw, abs=0.05)
    assert (found.score, found.breadth, found.momentum) == (_score(raw), 0.5, "rising")


def test_a_second_person_in_a_role_never_lowers_the_group() -> None:
    one, two = somebody(1, roles={"decider": 0.9}), somebody(2, roles={"decider": 0.9})
    touches = [met(1, 0, 1, kind="meeting")]
    assert _group([one, two], touches)[0].raw == _group([one], touches)[0].raw


def test_a_center_that_nobody_touched_is_silent() -> None:
    assert _group([somebody(1)], []) == (EngagementScore(breadth=0.5), None)


_TOUCHES = st.lists(
    st.tuples(st.integers(0, 80), st.sampled_from(["meeting", "call", "email", "form_submission"])), max_size=8
)


@settings(max_examples=150, deadline=None)
@given(_TOUCHES, st.sampled_from([1, 7]))
def test_a_score_changes_on_the_day_it_says_and_not_before(made: list[tuple[int, str]], every: int) -> None:
    # kills the mutants that forget the momentum's windows, or the day after the exact one
    touches = [met(number, days, 1, kind=kind) for number, (days, kind) in enumerate(made)]
    now, due = _of(touches, every_days=every)
    horizon = 200
    days = (n for n in range(1, horizon) if _of(touches, TODAY + timedelta(n), every_days=every)[0] != now)
    first = next(days, None)
    assert (due == TODAY + timedelta(first)) if first else (due is None or due >= TODAY + timedelta(horizon))


@settings(max_examples=50, deadline=None)
@given(_TOUCHES)
def test_the_group_changes_on_the_day_it_says_and_not_before(made: list[tuple[int, str]]) -> None:
    members = [somebody(1, roles={"decider": 0.9}), somebody(2)]
    touches = [met(number, days, 1 + number % 2, kind=kind) for number, (days, kind) in enumerate(made)]
    now, due = _group(members, touches)
    changes = (n for n in range(1, 200) if _group(members, touches, TODAY + timedelta(n))[0] != now)
    first = next(changes, None)
    assert (due == TODAY + timedelta(first)) if first else (due is None or due >= TODAY + timedelta(200))


@given(st.permutations([met(n, 7 * n % 23, 1, kind=kind) for n, kind in enumerate(["meeting", "call", "email"] * 4)]))
def test_the_order_of_engagements_does_not_matter_to_a_score(touches: list[Touch]) -> None:
    assert _of(touches) == _of(sorted(touches, key=lambda item: item.at))
