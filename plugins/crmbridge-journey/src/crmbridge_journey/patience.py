"""How much silence a case bears: its own pace, its segment's, and never less than the setting."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from crmbridge_journey.standing import Standing, Turns

GAPS_NEEDED: Final = 5
"""Fewer gaps say nothing about a pace."""

PERCENT: Final = 95
"""So many of a hundred earlier gaps were no longer; nearest rank."""


class Patience:
    """Tells how many days of silence are borne after a day.

    Args:
        signs: Days of the center's two-way touches, sorted.
        least: Days that are borne in any case.
    """

    def __init__(self, signs: Sequence[int], least: int) -> None:
        self._days: list[int] = []
        self._borne = [least]
        gaps: list[int] = []
        for before, after in pairwise(signs):
            if after == before:
                continue
            insort(gaps, after - before)
            usual = gaps[-(-PERCENT * len(gaps) // 100) - 1] if len(gaps) >= GAPS_NEEDED else 0
            if (borne := max(least, usual)) != self._borne[-1]:
                self._days.append(after)
                self._borne.append(borne)

    def after(self, day: int) -> int:
        """Days of silence after ``day`` that are no pause, by the gaps that had ended by then."""
        return self._borne[bisect_right(self._days, day)]


def with_pauses(
    steps: Turns, start: int, end: int, signs: Sequence[int], patience: Patience, terminal: frozenset[str] = frozenset()
) -> Turns:
    """Put pauses into ``steps`` from ``start`` to before ``end``: where silence lasted longer than is borne.

    Steps during a pause count from its end on. In a ``terminal`` stage nothing pauses, and coming to one ends a pause.
    """
    found = [turn for turn in steps if turn[0] < start]
    arrivals = [day for day, now in steps if now.stage in terminal]
    lives = sorted({start, *(day for day in (*signs, *arrivals) if start < day < end)})
    begin, reason = start, ""
    for life, following in zip(lives, [*lives[1:], end], strict=True):
        limit = life + patience.after(life)
        silent = following > limit + (following == end)
        if not silent or _at(steps, limit).stage in terminal:
            continue
        found += _alive(steps, begin, limit, reason)
        pause = Standing(reason=f"no two-way touch for {limit - life} days", silent_from=limit)
        found.append((limit + 1, pause))
        begin, reason = following, f"resumed after {following - life} days"
    if begin < end:
        found += _alive(steps, begin, end - 1, reason)
    return found


def _alive(steps: Turns, begin: int, last: int, reason: str) -> Turns:
    """Return where the subject stands at ``begin``, and the steps after it; ``reason`` says why it goes on there."""
    now = _at(steps, begin)
    return [(begin, now._replace(reason=reason) if reason else now), *(t for t in steps if begin < t[0] <= last)]


def _at(steps: Turns, day: int) -> Standing:
    index = bisect_right(steps, day, key=lambda turn: turn[0])
    return steps[index - 1][1] if index else Standing()
