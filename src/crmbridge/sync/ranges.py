"""Which page of a listing to ask for next: lists walk up from below, searches walk down from above, until they meet.

Lists and searches are paid from two budgets, so both are kept busy. A search may skip records; what it skips is a gap
that a further list can walk, so ranges are split by counting records, however unevenly their ids are spread. Pure:
what was read is booked in ``Gaps``, and nothing here can lose or double a record, only waste a call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crmbridge.sync.gaps import Gap, Gaps

STRIDE: Final = 1_000
"""Records that a search leaves to a list: ten of its pages."""

FEW_GAPS: Final = 2
"""With fewer gaps waiting for a list, the next search leaves one."""


@dataclass(frozen=True, slots=True)
class Top:
    """One search: the highest ids in ``[low, high)`` after ``skip`` records.

    Attributes:
        stride: Records between this search and the one above it.
    """

    low: int
    high: int | None
    skip: int = 0
    stride: int = 0


class RangeWalk:
    """Hands out the pages of one listing. Each page asked for must be answered by ``listed`` or ``searched``.

    Args:
        gaps: What is unread.
        page: Most records of a search.
        window: Most records that a search can skip and read together.
        alone: Searches are spared: they only cut the ids into ranges, as large as they can.
    """

    def __init__(self, gaps: Gaps, page: int, window: int, *, alone: bool = False) -> None:
        self.gaps = gaps
        self._page, self._window, self._alone = page, window, alone
        self._stride = (window // 3 - page) // 100 * 100 if alone else STRIDE
        self._listing: set[int] = set()
        self._searching: set[Top] = set()
        # The front is where searching goes down: in the gap below ``_bottom``, whose size nobody knows.
        self._bottom = next((gap.high for gap in gaps if gap.size is None and gap.high is not None), None)
        self._front: bool | None = None if self._bottom is None else True  # None: the first page tells if it pays
        self._base: int | None = None  # the upper end from which skipped records are counted
        self._asked = 0  # records below the base that searches took or left

    @property
    def finished(self) -> bool:
        """True if nothing is unread."""
        return len(self.gaps) == 0

    def next_list(self) -> int | None:
        """The id at which to list next; None if every gap is being listed."""
        low = next((gap.low for gap in self._free()), None)
        if low is not None:
            self._listing.add(low)
        return low

    def _free(self) -> list[Gap]:
        """Gaps that nobody lists, without those of which a search under way will leave nothing."""
        busy = {top.high for top in self._searching if not top.skip}
        few = {gap.high for gap in self.gaps if gap.high in busy and gap.size is not None and gap.size <= self._page}
        return [gap for gap in self.gaps if gap.low not in self._listing and gap.high not in few]

    def listed(self, low: int, after: int | None, ids: Sequence[int]) -> list[int]:
        """Take in a list page; say which of its ids are new.

        Args:
            low: Where it began.
            after: Where the next page begins; None if it was the last.
            ids: Its records.
        """
        self._listing.discard(low)
        new = [number for number in ids if number in self.gaps]
        if self._front is None:
            self._front = after is not None
        self.gaps.read(low, after, len(new))
        return new

    def next_search(self) -> Top | None:
        """The search to make next; None if there is none worth making now."""
        if self.finished:
            return None
        top = self._next_of_front() if self._front else self._next_of_rest()
        if top is not None:
            self._searching.add(top)
        return top

    def searched(self, top: Top, ids: Sequence[int], *, more: bool) -> list[int]:
        """Take in the answer to a search; say which of its ids are new. ``more`` are left below, or none."""
        self._searching.discard(top)
        of_front = bool(top.skip) or top.high == self._bottom
        new = [number for number in ids if number in self.gaps]
        if ids:
            low = min(ids) if more else min(top.low, *ids)
            high = top.high if top.skip == 0 and top.high is not None else max(ids) + 1
            self.gaps.read(low, high, len(new))
            if not top.skip and top.high == self._bottom:
                self._base = None  # the front went on without counting
            self._bottom = min(low, low if self._bottom is None else self._bottom)
            if top.stride:
                self.gaps.sized(high, top.stride)
        elif more:
            self.gaps.sized(top.low, 0)  # all of them vanished: lists go on
        elif top.skip == 0 and top.high is not None:
            self.gaps.read(top.low, top.high)
        if of_front and not (ids and more):
            self._front = False
        return new

    def _next_of_front(self) -> Top | None:
        """Leave a gap where lists lack work; else help with the gaps there are, and at last go on downwards.

        Only the ids that a search brought count as read, and those below a known id: what it skipped is left to a
        list. Where records are archived meanwhile, counting shifts, and a record that is taken for skipped is not.
        """
        if self._bottom is None:
            return None if self._searching else Top(min(gap.low for gap in self.gaps), None)
        root = next((gap for gap in self.gaps if gap.high == self._bottom), None)
        if root is None:
            self._front = bool(self._searching)
            return None
        if len(self._free()) < FEW_GAPS:
            return self._leave_gap(root, self._bottom)
        if self._alone:
            return None
        below = Top(root.low, self._bottom)
        return self._next_of_rest() or (None if below in self._searching else below)

    def _leave_gap(self, root: Gap, bottom: int) -> Top | None:
        skipping = any(top.skip for top in self._searching)
        if self._base is None or self._asked + self._stride + self._page > self._window:
            if skipping:
                return None
            self._base, self._asked = bottom, 0
        top = Top(root.low, self._base, self._asked + self._stride, self._stride)
        self._asked += self._stride + self._page
        return top

    def _next_of_rest(self) -> Top | None:
        """Help with the largest gap, if there is one that is worth a search."""
        if self._alone:
            return None
        busy = {top.high for top in self._searching}
        worth = [(gap.size, gap) for gap in self.gaps if gap.size and gap.high is not None and gap.high not in busy]
        size, gap = max(worth, key=lambda item: item[0], default=(0, None))
        return Top(gap.low, gap.high) if gap is not None and size > self._page else None
