"""The preferred channel: by what a member answered, among what is allowed."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from consent_asking import TODAY
from hypothesis import given
from hypothesis import strategies as st

import crmbridge_consent
from crmbridge import BuyingCenter, ConsentDecision, Contact, Member, PersonFacts, Ref, RunContext, Touch
from crmbridge_consent.preferred import wilson_lower
from crmbridge_consent.settings import Settings

OPEN = {"email": "allow", "phone": "allow", "post": "allow"}


def touch(kind: str, ago: int, acted: bool, **fields: Any) -> Touch:
    """A touch so many days ago, in which the member did something or only we did."""
    on = TODAY - timedelta(days=ago)
    direction = {("call", True): "both", ("email", True): "in"}.get((kind, acted), "in" if acted else "out")
    return Touch.model_validate(
        {
            "ref": Ref(kind, f"{ago}{acted}"),
            "at": datetime(on.year, on.month, on.day, tzinfo=UTC),
            "on": on,
            "direction": direction,
            "member_ids": ("contact:1",),
            "responders": ("contact:1",) if acted else (),
            **fields,
        }
    )


def preferred(*touches: Touch, **consent: str) -> list[tuple[Any, str]]:
    decisions = tuple(
        ConsentDecision.model_validate({"purpose": "sales", "channel": name, "decision": answer, "reason": "R"})
        for name, answer in (OPEN | consent).items()
    )
    member = Member(id="contact:1", facts=PersonFacts(contact=Contact(id="1")), joined_by="deal", consent=decisions)
    ordered = tuple(sorted(touches, key=lambda item: (item.at, item.ref)))
    center = BuyingCenter(id="deal:9", name="N", members=(member,), touches=ordered)
    ctx = RunContext(
        plugin="consent", settings=Settings(), log=logging.getLogger("t"), connection="m", run_id="r", today=TODAY
    )
    return [(item.value, item.reason) for item in crmbridge_consent.derive_center(ctx, center)]


ANSWERED = (touch("email", 30, False), touch("email", 25, True), touch("email", 20, False), touch("email", 10, True))
UNANSWERED = (touch("call", 40, False), touch("call", 30, False), touch("call", 5, True))


def test_the_channel_that_is_answered_most_surely_is_preferred() -> None:
    assert preferred(*ANSWERED, *UNANSWERED) == [("email", "email answered 2 of 2, phone answered 1 of 3")]


# Kills: naming a channel that is not allowed.
@pytest.mark.parametrize("answer", ["deny", "review"])
def test_only_an_allowed_channel_is_preferred(answer: str) -> None:
    assert preferred(*ANSWERED, *UNANSWERED, email=answer)[0][0] == "phone"
    assert preferred(*ANSWERED, email=answer)[0][0] is None


def test_a_late_answer_is_no_answer_and_silence_says_nothing() -> None:
    assert preferred(touch("email", 40, False), touch("email", 20, True)) == [("email", "email answered 1 of 2")]
    assert preferred(touch("email", 40, False)) == []


def test_machines_and_what_was_only_shown_do_not_count() -> None:
    assert preferred(touch("email", 3, True, is_bot=True), touch("email", 2, True, nature="exposure")) == []


def test_an_imported_touch_counts_by_its_channel() -> None:
    assert preferred(touch("touchpoint", 3, True, channel="newsletter"))[0][0] == "email"
    assert preferred(touch("touchpoint", 3, True, channel="trade_fair")) == []


def test_wilsons_lower_end_by_hand() -> None:
    assert wilson_lower(0, 0) == 0.0
    assert wilson_lower(1, 1) == pytest.approx(0.2065, abs=1e-4)  # n / (n + z²) for all of n
    assert wilson_lower(8, 10) == pytest.approx(0.4902, abs=1e-4)


@given(st.integers(0, 50), st.integers(1, 50))
def test_the_lower_end_grows_with_answers_and_stays_below_the_share(successes: int, more: int) -> None:
    trials = successes + more
    assert 0 <= wilson_lower(successes, trials) <= successes / trials
    assert wilson_lower(successes + 1, trials) > wilson_lower(successes, trials)
