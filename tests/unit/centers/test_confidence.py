"""Evidence adds up over sources, counts once within one, and ages in whole days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.centers.confidence import confidence, next_change, reliability, reviewed, status
from crmbridge.config.centers import HALF_LIVES
from crmbridge.model import Evidence, Ruling

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
    assert confidence(pieces, TODAY, HALF_LIVES) == expected


def test_a_human_word_locks() -> None:
    assert status([_piece("title", 0.6), _piece("human", 1.0)], 1.0, 0.5) == "locked"
    assert status([_piece("title", 0.6)], 0.60, 0.5) == "proposed"
    assert status([_piece("title", 0.4)], 0.40, 0.5) == "candidate"


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
    now = confidence(pieces, TODAY, HALF_LIVES)
    day = next_change(tuple(pieces), TODAY, HALF_LIVES)
    horizon = 400
    first = next((n for n in range(1, horizon) if confidence(pieces, TODAY + timedelta(n), HALF_LIVES) != now), None)
    if first is not None:
        assert day == TODAY + timedelta(first)
    else:
        assert day is None or day >= TODAY + timedelta(horizon)


@given(_PIECES, st.sampled_from(["crm", "title", "behaviour", "statement", "human"]), st.floats(0, 1))
def test_more_evidence_for_a_role_never_lowers_its_confidence(
    pieces: list[Evidence], source: str, weight: float
) -> None:
    assert confidence([*pieces, _piece(source, weight, days=30)], TODAY, HALF_LIVES) >= confidence(
        pieces, TODAY, HALF_LIVES
    )


def test_below_fifty_reviews_nothing_is_said_of_calibration() -> None:
    few = reliability([(0.8, True)] * 49)
    assert (few.reviews, few.is_calibrated, few.error) == (49, False, None)
    assert reliability([(0.8, True)] * 50).is_calibrated  # kills the mutant `>` for `>=`


def test_the_calibration_error_weighs_bins_by_reviews() -> None:
    # 40 roles at 0.9, of which 30 confirmed: 0.15 off; 10 at 0.6, of which 6 confirmed: right
    reviews = [(0.9, n < 30) for n in range(40)] + [(0.6, n < 6) for n in range(10)]
    found = reliability(reviews)
    assert found.error == 0.12
    assert [(item.low, item.high, item.reviews, item.predicted, item.confirmed) for item in found.bins] == [
        (0.6, 0.7, 10, 0.6, 0.6),
        (0.9, 1.0, 40, 0.9, 0.75),
    ]


def test_certainty_falls_into_the_last_bin() -> None:
    assert [(item.low, item.reviews) for item in reliability([(1.0, True), (0.0, False)]).bins] == [(0.0, 1), (0.9, 1)]


@pytest.mark.parametrize(("word", "confirmed"), [("confirmed", True), ("locked", True), ("dismissed", False)])
def test_a_persons_word_is_a_review_at_the_confidence_it_met(word: str, confirmed: bool) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    values = {"member_id": "contact:1", "role": "user", "word": word, "confidence": 0.7, "author": "a", "at": at}
    assert list(reviewed([Ruling.model_validate(values)])) == [(0.7, confirmed)]
