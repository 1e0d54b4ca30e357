"""How certain a role is: evidence of all plugins added up, and how it ages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from math import fsum, prod
from typing import Final, NamedTuple

from crmbridge.model.centers import Ruling
from crmbridge.model.evidence import Evidence, EvidenceSource, RoleStatus

HalfLives = Mapping[EvidenceSource, int]
"""Days after which dated evidence of a source weighs half; a source that is not named does not age."""

LEAST_REVIEWS: Final = 50
"""With fewer reviews than this nothing is said about calibration."""

_HALVINGS: Final = 20
"""After so many half-lives nothing is left that two decimals would show."""


class Bin(NamedTuple):
    """Reviewed roles whose confidence was at least ``low``, and below ``high`` (the last bin: or equal).

    Attributes:
        reviews: How many.
        predicted: Their mean confidence.
        confirmed: The share of them that people confirmed.
    """

    low: float
    high: float
    reviews: int
    predicted: float
    confirmed: float


class Calibration(NamedTuple):
    """Whether confidence means what it says: of roles at 0.8, eight in ten should be confirmed.

    Attributes:
        reviews: How many roles people ruled on.
        is_calibrated: False below 50 of them: then read "uncalibrated", whatever the bins say.
        error: Expected calibration error: mean distance of predicted and confirmed, weighted by reviews; None if
            there are too few.
        bins: Those that hold any review, the lowest first.
    """

    reviews: int
    is_calibrated: bool
    error: float | None
    bins: tuple[Bin, ...]


def reviewed(rulings: Iterable[Ruling]) -> Iterator[tuple[float, bool]]:
    """The confidence at which people ruled, and whether they confirmed."""
    return ((ruling.confidence, ruling.word != "dismissed") for ruling in rulings)


def reliability(reviews: Iterable[tuple[float, bool]], bins: int = 10) -> Calibration:
    """Compare confidence with what people confirmed, in bins of equal width.

    Guo et al. 2017 (https://proceedings.mlr.press/v70/guo17a.html). Two decimals; the error has three.
    """
    sorted_in: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for value, confirmed in reviews:
        sorted_in[min(int(value * bins + 1e-9), bins - 1)].append((value, confirmed))
    count = sum(map(len, sorted_in))
    filled = [(place, items) for place, items in enumerate(sorted_in) if items]
    gaps = [abs(fsum(value - confirmed for value, confirmed in items)) for _, items in filled]
    enough = count >= LEAST_REVIEWS
    return Calibration(
        reviews=count,
        is_calibrated=enough,
        error=round(fsum(gaps) / count, 3) if enough else None,
        bins=tuple(_bin(place, bins, items) for place, items in filled),
    )


def confidence(evidence: Iterable[Evidence], today: date, half_lives: HalfLives) -> float:
    """Add evidence up: the strongest piece of each source, sources as independent, doubts multiplied in.

    ``(1 - prod(1 - s)) * (1 - n)`` with ``s`` the greatest aged weight of a source and ``n`` the greatest weight
    against. Taking the greatest of a source keeps correlated signals from counting twice. Two decimals.
    """
    strongest: dict[str, float] = {}
    doubt = 0.0
    for item in evidence:
        if item.against:
            doubt = max(doubt, item.weight)
        else:
            strongest[item.source] = max(strongest.get(item.source, 0.0), _aged(item, today, half_lives))
    return round((1 - prod(1 - value for value in strongest.values())) * (1 - doubt), 2)


def next_change(evidence: tuple[Evidence, ...], today: date, half_lives: HalfLives) -> date | None:
    """The first day after ``today`` on which the confidence differs; None if it never will."""
    if not any(item.on and item.source in half_lives for item in evidence):
        return None
    now = confidence(evidence, today, half_lives)
    low, high, horizon = 0, 1, _HALVINGS * max(half_lives.values())
    while confidence(evidence, today + timedelta(high), half_lives) == now:
        if high == horizon:
            return None
        low, high = high, min(high * 2, horizon)
    while high - low > 1:  # confidence only falls with age, so the first difference can be bisected
        middle = (low + high) // 2
        same = confidence(evidence, today + timedelta(middle), half_lives) == now
        low, high = (middle, high) if same else (low, middle)
    return today + timedelta(high)


def status(evidence: Iterable[Evidence], value: float, assigned: float) -> RoleStatus:
    """Name what a confidence means; a person's word is ``locked``."""
    if any(item.source == "human" for item in evidence):
        return "locked"
    return "proposed" if value >= assigned else "candidate"


def _aged(item: Evidence, today: date, half_lives: HalfLives) -> float:
    half_life = half_lives.get(item.source)
    if half_life is None or item.on is None:
        return item.weight
    return float(item.weight * 0.5 ** (max((today - item.on).days, 0) / half_life))


def _bin(place: int, bins: int, items: list[tuple[float, bool]]) -> Bin:
    return Bin(
        low=round(place / bins, 4),
        high=round((place + 1) / bins, 4),
        reviews=len(items),
        predicted=round(fsum(value for value, _ in items) / len(items), 2),
        confirmed=round(sum(confirmed for _, confirmed in items) / len(items), 2),
    )
