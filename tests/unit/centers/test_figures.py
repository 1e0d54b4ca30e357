"""Completeness equals the published definitions; coverage counts people, not messages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crmbridge.centers.figures import completeness, coverage
from crmbridge.model import ROLES, Evidence, Member, Ref, Role, RoleAssignment, Touch

TODAY = date(2026, 11, 21)


def _member(number: int, **roles: float) -> Member:
    evidence = (Evidence(source="title", weight=0.5, text="t"),)
    assigned = tuple(
        RoleAssignment.model_validate({"role": role, "confidence": value, "status": "proposed", "evidence": evidence})
        for role, value in roles.items()
    )
    return Member(id=f"contact:{number}", joined_by="deal", roles=assigned)


def _touch(number: int, days: int, *member_ids: str) -> Touch:
    on = TODAY - timedelta(days)
    at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    return Touch(
        ref=Ref("email", str(number)), at=at, on=on, direction="in", member_ids=member_ids, responders=member_ids
    )


# Adobe Journey Optimizer B2B, "completeness scores": members assigned of members required in one role
# (https://experienceleague.adobe.com/en/docs/journey-optimizer-b2b/user/accounts/buying-groups/completeness-scores)
@pytest.mark.parametrize(("assigned", "expected"), [(0, 0.0), (1, 33.3), (2, 66.7), (3, 100.0), (4, 100.0)])
def test_hard_completeness_of_one_role_is_adobes_table(assigned: int, expected: float) -> None:
    members = [_member(number, influencer=0.8) for number in range(assigned)]
    assert completeness(members, {"influencer": 3})[1] == expected


def test_hard_completeness_is_the_share_of_required_roles_filled() -> None:
    members = [_member(1, decider=0.9, buyer=0.6), _member(2, user=0.4)]
    required: dict[Role, int] = {"decider": 1, "buyer": 1, "user": 1, "influencer": 1, "gatekeeper": 0}
    soft, hard, missing = completeness(members, required)
    assert hard == 50.0
    assert soft == pytest.approx(100 * (0.9 + 0.6 + 0.4) / 4, abs=0.1)
    assert missing == ("influencer", "user")


def test_one_person_may_fill_several_seats() -> None:
    everything = _member(1, **dict.fromkeys(ROLES, 0.9))
    assert completeness([everything], dict.fromkeys(ROLES, 1))[1:] == (100.0, ())


def test_nothing_required_is_complete() -> None:
    assert completeness([], {}) == (100.0, 100.0, ())


def test_equal_shares_are_as_many_threads_as_members() -> None:
    members = [_member(number) for number in range(3)]
    touches = [_touch(number, 5, f"contact:{number}") for number in range(3)]
    figures, _ = coverage(members, touches, TODAY, 90, 6.8)
    assert (figures.threads, figures.engaged, figures.benchmark, figures.single_threaded) == (3.0, 3, 0.44, False)


def test_one_voice_with_seventy_percent_is_single_threaded() -> None:
    members = [_member(1), _member(2)]
    seven = [_touch(number, 5, "contact:1") for number in range(7)]
    three = [_touch(10 + number, 5, "contact:2") for number in range(3)]
    assert coverage(members, [*seven, *three], TODAY, 90, 6.8)[0].single_threaded
    assert not coverage(members, [*seven[:6], *three], TODAY, 90, 6.8)[0].single_threaded


def test_engagement_ends_on_the_day_it_says() -> None:
    members, touches = [_member(1), _member(2)], [_touch(1, 80, "contact:1"), _touch(2, 3, "contact:2")]
    figures, due = coverage(members, touches, TODAY, 90, 6.8)
    assert figures.engaged == 2
    assert due == TODAY + timedelta(11)
    assert coverage(members, touches, due - timedelta(1), 90, 6.8)[0].engaged == 2
    assert coverage(members, touches, due, 90, 6.8)[0].engaged == 1


def test_nobody_spoke() -> None:
    figures, due = coverage([_member(1)], [], TODAY, 90, 6.8)
    assert (figures.known, figures.engaged, figures.threads, figures.single_threaded, due) == (1, 0, 0.0, True, None)
