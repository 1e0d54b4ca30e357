"""A stance follows from evidence for and against; silence gives none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.centers.stance import stance, stances
from crmbridge.config import Centers
from crmbridge.model import Decision, Evidence, Member, Ref, Stance, StanceProposal

from .made import known, somebody

SETTINGS = Centers()


def _said(*signs: float, by: str = "roles", source: str = "statement") -> StanceProposal:
    evidence = [
        Evidence.model_validate({"source": source, "weight": abs(sign), "against": sign < 0, "text": f"sign {place}"})
        for place, sign in enumerate(signs)
    ]
    return StanceProposal(member_id="contact:1", evidence=tuple(evidence), by=by)


def _of(member: Member, *signs: float) -> Stance:
    return stance(member, [_said(*signs)] if signs else [], SETTINGS)


@pytest.mark.parametrize(("signs", "who", "expected"), [
    ((0.9,), {"rank": "management"}, ("power_promoter", "power", 0.9)),
    ((0.9,), {"rank": "director"}, ("power_promoter", "power", 0.9)),
    ((0.6,), {"roles": {"decider": 0.5}}, ("power_promoter", "power", 0.6)),
    ((0.6,), {"roles": {"decider": 0.4}}, ("expert_promoter", "unknown", 0.6)),
    ((0.6,), {"roles": {"user": 0.7}}, ("expert_promoter", "expert", 0.6)),
    ((0.6,), {"rank": "lead", "department": "it"}, ("expert_promoter", "expert", 0.6)),
    ((0.6,), {"rank": "management", "department": "it"}, ("power_promoter", "both", 0.6)),
    ((-0.9,), {"rank": "management"}, ("power_opponent", "power", -0.9)),
    ((-0.6,), {"roles": {"influencer": 0.7}}, ("expert_opponent", "expert", -0.6)),
    ((0.6, -0.6), {"rank": "management"}, ("neutral", "power", 0.0)),
    ((0.2,), {"rank": "management"}, ("neutral", "power", 0.2)),
    ((0.2, 0.2), {"rank": "management"}, ("power_promoter", "power", 0.4)),
    ((0.9, 0.9, -0.6), {"rank": "management"}, ("power_promoter", "power", 0.5)),
    ((), {"rank": "management"}, ("unknown", "power", 0.0)),
    ((), {}, ("unknown", "unknown", 0.0)),
])  # fmt: skip
def test_the_six_classes(signs: tuple[float, ...], who: dict[str, Any], expected: tuple[str, str, float]) -> None:
    found = _of(somebody(1, **who), *signs)
    assert (found.cls, found.basis, found.score) == expected


def test_silence_is_unknown_and_a_balance_is_neutral() -> None:
    # kills the mutant that calls a member without evidence neutral
    assert _of(somebody(1)).cls == "unknown"
    assert _of(somebody(1), 0.1).cls == "neutral"


def test_a_persons_word_among_the_evidence_counts_alone() -> None:
    found = stance(somebody(1), [_said(0.6, 0.6, 0.6), _said(-0.9, source="human", by="crm")], SETTINGS)
    assert found.cls == "expert_opponent"
    assert found.by == ("crm", "roles")
    assert len(found.evidence) == 4


@pytest.mark.parametrize(("word", "score"), [("power_promoter", 1.0), ("expert_opponent", -1.0), ("neutral", 0.0)])
def test_an_edit_of_the_property_decides(word: str, score: float) -> None:
    decision = Decision(
        subject=Ref("contact", "1"), property="stance", value=word, source="crm", at=datetime(2026, 11, 1, tzinfo=UTC)
    )
    found = _of(somebody(1, facts=known(1, decisions=(decision,))), -0.9, -0.9)
    assert (found.cls, found.score, found.evidence[0].source) == (word, score, "human")


def test_the_same_sign_seen_by_two_plugins_counts_once() -> None:
    found = stance(somebody(1), [_said(0.2), _said(0.2, by="other")], SETTINGS)
    assert (found.cls, found.score) == ("neutral", 0.2)


def test_each_member_has_its_own() -> None:
    found = stances([somebody(1), somebody(2)], [_said(0.9)], SETTINGS)
    assert [found[key].cls for key in ("contact:1", "contact:2")] == ["expert_promoter", "unknown"]


@given(st.lists(st.sampled_from([0.9, -0.9, 0.6, -0.6, 0.3, 0.2, -0.1]), max_size=8), st.sampled_from([0.2, 0.6, 0.9]))
def test_a_sign_in_favour_never_makes_an_opponent(signs: list[float], more: float) -> None:
    before, after = _of(somebody(1), *signs), _of(somebody(1), *signs, more)
    assert -1 <= before.score <= 1
    assert after.score >= min(before.score, 0.0)
    assert not (before.cls != "expert_opponent" and after.cls == "expert_opponent")


@given(st.permutations([0.9, -0.6, 0.3, 0.2, -0.1]))
def test_the_order_of_evidence_does_not_matter(signs: list[float]) -> None:
    proposals = [_said(sign, by=str(sign)) for sign in signs]
    assert stance(somebody(1), proposals, SETTINGS) == stance(somebody(1), proposals[::-1], SETTINGS)
