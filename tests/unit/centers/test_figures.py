"""Completeness equals the published definitions; coverage counts people, not messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from crmbridge.centers.engagement import acts_of
from crmbridge.centers.figures import completeness, coverage, hill
from crmbridge.config import Centers
from crmbridge.model import ROLES, Coverage, Member, Role, Touch

from .made import TODAY, met, somebody


def _covered(
    members: Sequence[Member], touches: Sequence[Touch], today: date = TODAY, settings: Centers | None = None
) -> tuple[Coverage, date | None]:
    settings = settings or Centers()
    return coverage(members, acts_of(members, touches, settings), settings, today, settings.required)


# Adobe Journey Optimizer B2B, "completeness scores": members assigned of members required in one role
# (https://experienceleague.adobe.com/en/docs/journey-optimizer-b2b/user/accounts/buying-groups/completeness-scores)
@pytest.mark.parametrize(("assigned", "expected"), [(0, 0.0), (1, 33.3), (2, 66.7), (3, 100.0), (4, 100.0)])
def test_hard_completeness_of_one_role_is_adobes_table(assigned: int, expected: float) -> None:
    members = [somebody(number, roles={"influencer": 0.8}) for number in range(assigned)]
    assert completeness(members, {"influencer": 3})[1] == expected


def test_hard_completeness_is_the_share_of_required_roles_filled() -> None:
    members = [somebody(1, roles={"decider": 0.9, "buyer": 0.6}), somebody(2, roles={"user": 0.4})]
    required: dict[Role, int] = {"decider": 1, "buyer": 1, "user": 1, "influencer": 1, "gatekeeper": 0}
    soft, hard, missing = completeness(members, required)
    assert hard == 50.0
    assert soft == pytest.approx(100 * (0.9 + 0.6 + 0.4) / 4, abs=0.1)
    assert missing == ("influencer", "user")


def test_one_person_may_fill_several_seats() -> None:
    everything = somebody(1, roles=dict.fromkeys(ROLES, 0.9))
    assert completeness([everything], dict.fromkeys(ROLES, 1))[1:] == (100.0, ())


def test_nothing_required_is_complete() -> None:
    assert completeness([], {}) == (100.0, 100.0, ())


def test_roles_that_weigh_more_count_more() -> None:
    members = [somebody(1, roles={"decider": 0.9})]
    required: dict[Role, int] = {"decider": 1, "user": 1}
    assert completeness(members, required, {"decider": 3})[:2] == (67.5, 75.0)
    assert completeness(members, required, {"decider": 0, "user": 0})[:2] == (100.0, 100.0)


def test_a_dismissed_role_fills_no_seat() -> None:
    # kills the mutant that counts confidence whatever the status
    member = somebody(1, roles={"buyer": 0.9})
    dismissed = member.model_copy(update={"roles": (member.roles[0].model_copy(update={"status": "dismissed"}),)})
    assert completeness([dismissed], {"buyer": 1}) == (0.0, 0.0, ("buyer",))


def test_equal_shares_are_as_many_threads_as_members() -> None:
    members = [somebody(number) for number in range(3)]
    figures, _ = _covered(members, [met(number, 5, number) for number in range(3)])
    assert (figures.threads, figures.engaged, figures.benchmark, figures.single_threaded) == (3.0, 3, 0.44, False)


@pytest.mark.parametrize(("counts", "number"), [([], 0.0), ([4], 1.0), ([1, 1, 1, 1], 4.0), ([9, 1], 1.384)])
def test_the_effective_number_lies_between_one_and_all(counts: list[int], number: float) -> None:
    assert hill(counts) == pytest.approx(number, abs=0.001)


def test_one_voice_with_seventy_percent_is_single_threaded() -> None:
    members = [somebody(1), somebody(2)]
    seven, three = [met(number, 5, 1) for number in range(7)], [met(10 + number, 5, 2) for number in range(3)]
    assert _covered(members, [*seven, *three])[0].single_threaded
    assert not _covered(members, [*seven[:6], *three])[0].single_threaded


def test_engagement_ends_on_the_day_it_says() -> None:
    members, touches = [somebody(1), somebody(2)], [met(1, 80, 1), met(2, 3, 2)]
    figures, due = _covered(members, touches)
    assert figures.engaged == 2
    assert due == TODAY + timedelta(11)
    assert _covered(members, touches, due - timedelta(1))[0].engaged == 2
    assert _covered(members, touches, due)[0].engaged == 1


def test_nobody_spoke() -> None:
    figures, due = _covered([somebody(1)], [])
    assert (figures.known, figures.engaged, figures.threads, figures.single_threaded, due) == (1, 0, 0.0, True, None)


@pytest.mark.parametrize("touch", [{"is_bot": True}, {"nature": "exposure"}, {"action": "click"}, {"action": "open"}])
def test_machines_and_looking_at_something_engage_nobody(touch: dict[str, Any]) -> None:
    assert _covered([somebody(1)], [met(1, 5, 1, **touch)])[0].engaged == 0


def test_departments_and_ranks_are_those_of_engaged_members() -> None:
    members = [
        somebody(1, rank="lead", department="it"),
        somebody(2, rank="director", department="finance", is_external=True),
        somebody(3, rank="management", department="management"),
    ]
    figures, _ = _covered(members, [met(1, 5, 1), met(2, 5, 2), met(3, 200, 3)])
    assert figures.departments == ("finance", "it")
    assert figures.levels == ("director", "lead")
    assert figures.externals == 1
    assert not figures.exec_backing


@pytest.mark.parametrize("who", [{"rank": "management"}, {"roles": {"decider": 0.6}}])
def test_the_management_or_the_decider_backs_the_case(who: dict[str, Any]) -> None:
    members = [somebody(1, **who), somebody(2, rank="lead")]
    assert _covered(members, [met(1, 5, 1)])[0].exec_backing
    assert not _covered(members, [met(1, 5, 2)])[0].exec_backing


def test_both_key_roles_are_needed_unless_the_buyer_decides_alone() -> None:
    members = [somebody(1, roles={"decider": 0.9}), somebody(2, roles={"buyer": 0.9})]
    acts = acts_of(members, [met(1, 5, 2)], Centers())
    assert not coverage(members, acts, Centers(), TODAY, Centers().required)[0].key_roles_engaged
    assert coverage(members, acts, Centers(), TODAY, {"buyer": 1})[0].key_roles_engaged
    both = acts_of(members, [met(1, 5, 1, 2)], Centers())
    assert coverage(members, both, Centers(), TODAY, Centers().required)[0].key_roles_engaged


def test_the_benchmark_tells_where_it_comes_from() -> None:
    settings = Centers(benchmark=4, benchmark_source="Own survey, 2025")
    figures, _ = _covered([somebody(1)], [met(1, 5, 1)], settings=settings)
    assert (figures.benchmark, figures.benchmark_source) == (0.25, "Own survey, 2025")
    assert Centers().benchmark == 6.8
    assert "2017" in Centers().benchmark_source
