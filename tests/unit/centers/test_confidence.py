"""Evidence adds up over sources, counts once within one, and ages in whole days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.centers.confidence import confidence, next_change, status
from crmbridge.model import Evidence

TODAY = date(2026, 11, 21)


def _piece(source: str, weight: float, *, days: int | None = None, against: bool = False) -> Evidence:
    on = TODAY - timedelta(days) if days is not None else None
    return Evidence.model_validate({"source": source, "weight": weight, "against": against, "text": "t", "on": on})


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([], 0.0),
        ([_piece("title", 0.65)], 0.65),
        ([_piece("title", 0.65), _piece("title", 0.40)], 0.65),
        ([_piece("crm", 0.90), _piece("title", 0.70)], 0.97),
        ([_piece("crm", 0.90), _piece("title", 0.70), _piece("statement", 0.60)], 0.99),
        ([_piece("title", 0.70), _piece("statement", 0.5, against=True)], 0.35),
        ([_piece("crm", 0.90), _piece("human", 1.0, against=True)], 0.0),
        ([_piece("human", 1.0)], 1.0),
        ([_piece("crm", 0.80, days=730)], 0.40),
        ([_piece("behaviour", 0.60, days=360)], 0.15),
        ([_piece("title", 0.60, days=3650)], 0.60),
    ],
)
def test_confidence_is_the_noisy_or_of_the_strongest_of_each_source(pieces: list[Evidence], expected: float) -> None:
    assert confidence(pieces, TODAY) == expected


def test_a_human_word_locks() -> None:
    assert status([_piece("title", 0.6), _piece("human", 1.0)], 1.0) == "locked"
    assert status([_piece("title", 0.6)], 0.60) == "proposed"
    assert status([_piece("title", 0.4)], 0.40) == "candidate"


_PIECES = st.lists(
    st.builds(
        _piece,
        st.sampled_from(["crm", "title", "behaviour", "statement"]),
        st.floats(0.05, 0.95),
        days=st.one_of(st.none(), st.integers(0, 900)),
        against=st.booleans(),
    ),
    max_size=5,
)


@given(_PIECES)
def test_the_next_change_is_the_first_day_that_differs(pieces: list[Evidence]) -> None:
    now = confidence(pieces, TODAY)
    day = next_change(tuple(pieces), TODAY)
    horizon = 400
    first = next((n for n in range(1, horizon) if confidence(pieces, TODAY + timedelta(n)) != now), None)
    if first is not None:
        assert day == TODAY + timedelta(first)
    else:
        assert day is None or day >= TODAY + timedelta(horizon)
