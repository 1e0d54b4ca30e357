"""How certain a role is: evidence of all plugins added up, and how it ages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from math import prod
from typing import Final

from crmbridge.model.evidence import Evidence, EvidenceSource, RoleStatus

HALF_LIFE_DAYS: Final[Mapping[EvidenceSource, int]] = {
    "crm": 730,
    "signature": 730,
    "vendor": 730,
    "statement": 365,
    "behaviour": 180,
}
"""Days after which dated evidence weighs half; sources not named here do not age."""

ASSIGNED: Final = 0.50
"""From here on a role counts as assigned."""

CANDIDATE: Final = 0.30
"""From here on a role is worth showing; below it is dropped."""

_HORIZON: Final = 3650


def confidence(evidence: Iterable[Evidence], today: date) -> float:
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
            strongest[item.source] = max(strongest.get(item.source, 0.0), _aged(item, today))
    return round((1 - prod(1 - value for value in strongest.values())) * (1 - doubt), 2)


def next_change(evidence: tuple[Evidence, ...], today: date) -> date | None:
    """The first day after ``today`` on which the confidence differs; None if it never will."""
    if not any(item.on and item.source in HALF_LIFE_DAYS for item in evidence):
        return None
    now = confidence(evidence, today)
    low, high = 0, 1
    while confidence(evidence, today + timedelta(high)) == now:
        low, high = high, high * 2
        if high > _HORIZON:
            return None
    while high - low > 1:  # confidence only falls with age, so the first difference can be bisected
        middle = (low + high) // 2
        low, high = (middle, high) if confidence(evidence, today + timedelta(middle)) == now else (low, middle)
    return today + timedelta(high)


def status(evidence: Iterable[Evidence], value: float) -> RoleStatus:
    """Name what a confidence means; a person's word is ``locked``."""
    if any(item.source == "human" for item in evidence):
        return "locked"
    return "proposed" if value >= ASSIGNED else "candidate"


def _aged(item: Evidence, today: date) -> float:
    half_life = HALF_LIFE_DAYS.get(item.source)
    if half_life is None or item.on is None:
        return item.weight
    return float(item.weight * 0.5 ** (max((today - item.on).days, 0) / half_life))
