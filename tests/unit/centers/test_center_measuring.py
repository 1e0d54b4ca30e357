"""The core phase as one: what a judged center holds, and that it stands until the day it names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.centers.measuring import measure
from crmbridge.config import Centers
from crmbridge.model import ACTIONS, Evidence, Network, RelationProposal, StanceProposal, Touch

from .made import TODAY, center, mail, met, somebody

MEMBERS = (
    somebody(1, rank="management", roles={"decider": 0.9}, reach=0.9),
    somebody(2, rank="lead", department="purchasing", roles={"buyer": 0.8}, reach=0.5),
    somebody(3, is_external=True, labels=("Berater",), roles={"influencer": 0.6}),
)
FOR = StanceProposal(member_id="contact:3", evidence=(Evidence(source="statement", weight=0.6, text="t"),), by="roles")
ASKS = RelationProposal(
    kind="advice",
    source="contact:2",
    target="contact:3",
    evidence=(Evidence(source="statement", weight=0.8, text="t"),),
    by="roles",
)


def test_every_part_of_a_center_is_measured() -> None:
    touches = (met(1, 40, 1, 2, kind="meeting"), mail(2, 9, "us", to=[2]), mail(3, 8, 2, to=["us"], cc=[1, 3]))
    before = center(MEMBERS, touches, network=Network(people=50, messages=200))
    found, due = measure(before, [FOR], [ASKS], Centers(), TODAY)
    decider, buyer, adviser = found.members
    assert adviser.external_kind == "consultant"
    assert adviser.stance is not None
    assert adviser.stance.cls == "expert_promoter"
    assert decider.stance is not None
    assert decider.stance.cls == "unknown"
    # the buyer asks the consultant (0.8 said, 0.5 brought in) and the decider (0.7 brought in)
    assert adviser.influence is not None
    assert adviser.influence.advice == 0.562
    assert decider.influence is not None
    assert decider.influence.reliability == "high"
    assert buyer.engagement.score > decider.engagement.score > adviser.engagement.score == 0
    assert {item.kind for item in found.relations} == {"advice", "communication"}
    assert (found.template, found.completeness_hard, found.missing_roles) == ("complex", 75.0, ("user",))
    assert (found.coverage.key_roles_engaged, found.coverage.exec_backing, found.engagement.breadth) == (
        True,
        True,
        0.67,
    )
    assert due is not None
    assert due > TODAY


def test_an_external_consultant_influences() -> None:
    found, _ = measure(center(MEMBERS), [], [ASKS], Centers(), TODAY)
    adviser = found.members[2]
    assert adviser.is_external
    assert adviser.plays("influencer")
    assert adviser.influence is not None
    assert adviser.influence.advice == 1.0


def test_the_template_that_was_found_before_the_roles_holds() -> None:
    found, _ = measure(center(MEMBERS, template="routine"), [], [], Centers(), TODAY)
    assert (found.template, found.completeness_hard) == ("routine", 100.0)


def test_a_center_of_nobody_stands_for_ever() -> None:
    found, due = measure(center(), [], [], Centers(), TODAY)
    assert (found.completeness, found.coverage.known, due) == (0.0, 0, None)


def test_the_end_of_an_engagement_is_due_where_no_score_is() -> None:
    # kills the mutant that forgets the day on which coverage changes
    worthless = Centers.model_validate({"engagement": {"weights": dict.fromkeys(ACTIONS, 0)}})
    found, due = measure(center(MEMBERS, [met(1, 80, 1)]), [], [], worthless, TODAY)
    assert (found.coverage.engaged, due) == (1, TODAY + timedelta(11))


_DAYS = st.lists(st.tuples(st.integers(0, 120), st.integers(1, 3), st.integers(1, 3)), max_size=6)


def _touches(days: list[tuple[int, int, int]]) -> list[Touch]:
    kinds = ("meeting", "email", "call")
    made = [met(n, day, *{one, other}, kind=kinds[n % 3]) for n, (day, one, other) in enumerate(days)]
    return sorted(made, key=lambda item: (item.at, item.ref))


@settings(max_examples=60, deadline=None)
@given(_DAYS, st.integers(1, 40))
def test_nothing_moves_before_the_day_that_is_named(days: list[tuple[int, int, int]], later: int) -> None:
    # kills each mutant that forgets a due: incremental judging would keep what a full one changes
    of = center(MEMBERS, _touches(days))
    found, due = measure(of, [FOR], [ASKS], Centers(), TODAY)
    day = TODAY + timedelta(later)
    if due is None or day < due:
        assert measure(of, [FOR], [ASKS], Centers(), day)[0].model_dump_json() == found.model_dump_json()
    else:
        assert measure(of, [FOR], [ASKS], Centers(), due)[0] != found


@settings(max_examples=40, deadline=None)
@given(_DAYS, st.randoms())
def test_no_order_matters(days: list[tuple[int, int, int]], chance: Any) -> None:
    touches = _touches(days)
    more = FOR.model_copy(update={"by": "b", "evidence": (Evidence(source="crm", weight=0.9, text="u"),)})
    one = measure(center(MEMBERS, touches), [FOR, more], [ASKS], Centers(), TODAY)
    chance.shuffle(touches)
    assert measure(center(MEMBERS, touches), [more, FOR], [ASKS], Centers(), TODAY)[0].relations == one[0].relations
    assert measure(center(MEMBERS, touches), [more, FOR], [ASKS], Centers(), TODAY)[0].members == one[0].members
    assert measure(center(MEMBERS, touches), [more, FOR], [ASKS], Centers(), TODAY)[1] == one[1]
