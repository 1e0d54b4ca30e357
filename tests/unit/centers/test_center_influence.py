"""Influence shows its parts, leaves out what is unknown, and says how far it can be trusted."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from crmbridge.centers.influence import advice_shares, betweenness, bridges, concentration, influence
from crmbridge.config import Centers
from crmbridge.model import Influence, Member, Network, Relation

from .made import somebody

SETTINGS = Centers().influence
ENOUGH = Network(people=10, messages=30)

MARRIAGES = """\
Acciaiuoli-Medici Albizzi-Ginori Albizzi-Guadagni Albizzi-Medici Barbadori-Castellani Barbadori-Medici
Bischeri-Guadagni Bischeri-Peruzzi Bischeri-Strozzi Castellani-Peruzzi Castellani-Strozzi Guadagni-Lamberteschi
Guadagni-Tornabuoni Medici-Ridolfi Medici-Salviati Medici-Tornabuoni Pazzi-Salviati Peruzzi-Strozzi
Ridolfi-Strozzi Ridolfi-Tornabuoni
"""
"""Marriages between families of Florence, about 1430 (Padgett/Ansell 1993, https://doi.org/10.1086/230190)."""


def _of(member: Member, network: Network = ENOUGH, **advice: float) -> Influence | None:
    return influence(member, {f"contact:{key[1:]}": value for key, value in advice.items()}, network, SETTINGS)


def _tie(source: str, target: str, weight: float = 1.0, kind: Any = "communication") -> Relation:
    return Relation(kind=kind, source=source, target=target, weight=weight)


@pytest.mark.parametrize(("rank", "score"), [
    ("management", 100.0), ("director", 80.0), ("lead", 60.0), ("senior", 45.0), ("professional", 30.0),
    ("junior", 10.0),
])  # fmt: skip
def test_with_a_title_alone_the_position_decides(rank: str, score: float) -> None:
    found = _of(somebody(1, rank=rank))
    assert found is not None
    assert (found.score, found.reach, found.advice) == (score, None, None)


def test_all_parts_are_weighed_and_shown() -> None:
    found = _of(somebody(1, rank="lead", reach=0.5), c1=0.2)
    assert found is not None
    assert found.score == round(100 * (0.55 * 0.6 + 0.30 * 0.5 + 0.15 * 0.2), 1)
    assert (found.position, found.reach, found.advice) == (0.6, 0.5, 0.2)


def test_a_missing_part_is_left_out_and_not_counted_as_nothing() -> None:
    # kills the mutant that takes unknown reach for 0
    known, unknown = _of(somebody(1, rank="lead"), c1=0.6), _of(somebody(1, rank="lead", reach=0.0), c1=0.6)
    assert known is not None
    assert unknown is not None
    assert known.score == 60.0
    assert unknown.score < known.score


def test_a_decider_without_rank_has_the_position_of_one() -> None:
    found = _of(somebody(1, rank="professional", roles={"decider": 0.6}))
    assert found is not None
    assert found.position == 0.8
    top = _of(somebody(1, rank="management", roles={"decider": 0.6}))
    assert top is not None
    assert top.position == 1.0


def test_of_somebody_of_whom_nothing_is_known_nothing_is_said() -> None:
    assert _of(somebody(1)) is None
    assert _of(somebody(1), c2=1.0) is None
    assert _of(somebody(1), c1=0.4) is not None


@pytest.mark.parametrize(("people", "messages", "reach", "expected"), [
    (9, 500, 0.5, "low"), (500, 29, 0.5, "low"), (10, 30, 0.5, "medium"), (30, 100, 0.5, "high"),
    (30, 100, None, "low"),
])  # fmt: skip
def test_reliability_falls_with_what_is_known(people: int, messages: int, reach: float | None, expected: str) -> None:
    found = _of(somebody(1, rank="lead", reach=reach), Network(people=people, messages=messages))
    assert found is not None
    assert found.reliability == expected


def test_shares_of_advice_add_up_to_one() -> None:
    ties = [_tie("a", "b", 0.6, "advice"), _tie("c", "b", 0.3, "advice"), _tie("a", "c", 0.1, "advice"), _tie("a", "b")]
    assert advice_shares(ties) == {"b": 0.9, "c": 0.1}
    assert advice_shares([_tie("a", "b")]) == {}


def test_the_medici_hold_florence_together() -> None:
    marriages = [_tie(one, other) for one, _, other in (pair.partition("-") for pair in MARRIAGES.split())]
    found = betweenness(marriages)
    ranked = sorted(found, key=found.__getitem__, reverse=True)
    assert ranked[:2] == ["Medici", "Guadagni"]
    assert found["Medici"] == pytest.approx(47.5)
    assert bridges(marriages) == ("Medici",)


def test_nobody_is_a_bridge_where_all_know_each_other() -> None:
    assert bridges([_tie("a", "b"), _tie("b", "c"), _tie("a", "c")]) == ()
    assert bridges([_tie(*pair) for pair in pairwise("abc")]) == ("b",)
    assert bridges([]) == ()


@pytest.mark.parametrize(("amounts", "index", "equals"), [
    ([50, 50], 0.5, 2.0), ([100, 0], 1.0, 1.0), ([25] * 4, 0.25, 4.0), ([], 0.0, 0.0), ([60, 20, 20], 0.44, 2.27),
])  # fmt: skip
def test_concentration_says_how_many_equals_it_would_take(amounts: list[float], index: float, equals: float) -> None:
    assert concentration(amounts) == (index, equals)
