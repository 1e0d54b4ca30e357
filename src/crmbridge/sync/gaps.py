"""Which ids of an object have not been read yet: intervals that pages take bites out of. Pure.

Pages may come from below, from above and from the middle, in any order and overlapping. What is read is what was
unread when the page arrived, so that no record is taken twice; the reading is over when no interval is left.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gap:
    """Ids that were not read: ``low`` included, ``high`` not; None has no upper end.

    Attributes:
        size: How many records are thought to be in it; None if nobody knows. A guess, which nothing but the order of
            reading rests on.
    """

    low: int
    high: int | None
    size: int | None = None

    def __contains__(self, number: int) -> bool:
        return self.low <= number and (self.high is None or number < self.high)


class Gaps:
    """The unread ids of one listing, by ascending id.

    Args:
        gaps: Disjoint and ascending; all ids, if none are given.
    """

    def __init__(self, gaps: tuple[Gap, ...] = (Gap(0, None),)) -> None:
        self._gaps = list(gaps)

    def __iter__(self) -> Iterator[Gap]:
        return iter(tuple(self._gaps))

    def __len__(self) -> int:
        return len(self._gaps)

    def __contains__(self, number: int) -> bool:
        return any(number in gap for gap in self._gaps)

    def read(self, low: int, high: int | None, found: int = 0) -> None:
        """Note that all ids from ``low`` to below ``high`` were read; ``found`` records were among them."""
        left: list[Gap] = []
        for gap in self._gaps:
            if (high is not None and gap.low >= high) or (gap.high is not None and gap.high <= low):
                left.append(gap)
                continue
            rest = None if gap.size is None else max(gap.size - found, 0)
            if gap.low < low:
                left.append(Gap(gap.low, low, rest))
            if high is not None and (gap.high is None or high < gap.high):
                left.append(Gap(high, gap.high, rest))
        self._gaps = left

    def sized(self, low: int, size: int | None) -> None:
        """Note how many records the gap that starts at ``low`` is thought to hold."""
        self._gaps = [Gap(gap.low, gap.high, size) if gap.low == low else gap for gap in self._gaps]

    def to_text(self) -> str:
        """Write the gaps down, as the cursor of an unfinished listing."""
        return json.dumps([[gap.low, gap.high, gap.size] for gap in self._gaps])

    @classmethod
    def from_text(cls, text: str | None) -> Gaps:
        """Read what ``to_text`` wrote; nothing written is everything unread. A lone number is a plain cursor."""
        if text is None:
            return cls()
        found = json.loads(text)
        return cls((Gap(found, None),) if isinstance(found, int) else tuple(Gap(*item) for item in found))
