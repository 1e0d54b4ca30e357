"""Which centers a report shows, found in one pass that keeps no others."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from crmbridge.model import BuyingCenter, Momentum

RANKING = "open cases first, then the greater amount (currencies are not converted), then the more recent engagement"
"""How centers are ranked, in words."""

Rank = tuple[bool, bool, Decimal, int, str]


def rank(center: BuyingCenter) -> Rank:
    """Sort key: the smallest comes first. Ids settle ties, so the order is always the same."""
    amount = center.deal.amount if center.deal else None
    last = center.touches[-1].on if center.touches else date.min
    return (not center.is_open, amount is None, -(amount or Decimal()), -last.toordinal(), center.id)


@dataclass
class _Best:
    """The ``size`` best centers so far, in order."""

    size: int
    kept: list[tuple[Rank, BuyingCenter]] = field(default_factory=list)

    def welcomes(self, key: Rank) -> bool:
        return len(self.kept) < self.size or (self.size > 0 and key < self.kept[-1][0])

    def add(self, key: Rank, center: BuyingCenter) -> None:
        insort(self.kept, (key, center), key=lambda item: item[0])
        del self.kept[self.size :]

    @property
    def centers(self) -> tuple[BuyingCenter, ...]:
        return tuple(center for _, center in self.kept)


@dataclass
class Figures:
    """What is true of all centers; every figure after ``centers`` is about the open ones.

    Attributes:
        centers: All centers.
        open: Those whose case is not closed.
        without_decider: Open, and nobody is assigned as decider.
        single_threaded: Open, and one person carries the conversation.
        partly_judged: Open, and a plugin failed there.
        momentum: Open, by how the group's engagement moves.
    """

    centers: int = 0
    open: int = 0
    without_decider: int = 0
    single_threaded: int = 0
    partly_judged: int = 0
    momentum: Counter[Momentum] = field(default_factory=Counter)
    _completeness: Counter[int] = field(default_factory=Counter)
    _engagement: Counter[int] = field(default_factory=Counter)

    def add(self, center: BuyingCenter) -> None:
        """Count one center."""
        self.centers += 1
        if center.is_open:
            self.open += 1
            self.without_decider += not any(member.plays("decider") for member in center.members)
            self.single_threaded += center.coverage.single_threaded
            self.partly_judged += bool(center.unknown)
            self.momentum[center.engagement.momentum] += 1
            self._completeness[round(center.completeness)] += 1
            self._engagement[round(center.engagement.score)] += 1

    @property
    def median_completeness(self) -> int | None:
        """The lower median of completeness in whole per cent; None without open centers."""
        return _median(self._completeness)

    @property
    def median_engagement(self) -> int | None:
        """The lower median of the groups' engagement, 0 to 100; None without open centers."""
        return _median(self._engagement)


def _median(values: Counter[int]) -> int | None:
    seen = 0
    for value, times in sorted(values.items()):
        seen += times
        if 2 * seen >= values.total():
            return value
    return None


@dataclass(frozen=True)
class Picked:
    """What a report shows.

    Attributes:
        figures: About all centers.
        rows: The best centers, without members and touches.
        top: The best of them, whole.
    """

    figures: Figures
    rows: tuple[BuyingCenter, ...]
    top: tuple[BuyingCenter, ...]


def _slim(center: BuyingCenter) -> BuyingCenter:
    visits = tuple(visit for visit in center.visits if visit.subject == center.id)
    return center.model_copy(
        update={"members": (), "touches": (), "decisions": (), "relations": (), "rulings": (), "visits": visits}
    )


def pick(centers: Iterable[BuyingCenter], *, rows: int, top: int) -> Picked:
    """Read the centers once; keep ``rows`` of them for the table and ``top`` of those for maps."""
    figures, listed, mapped = Figures(), _Best(max(rows, 0)), _Best(max(min(top, rows), 0))
    for center in centers:
        figures.add(center)
        key = rank(center)
        if listed.welcomes(key):
            listed.add(key, _slim(center))
        if mapped.welcomes(key):
            mapped.add(key, center)
    return Picked(figures, listed.centers, mapped.centers)
