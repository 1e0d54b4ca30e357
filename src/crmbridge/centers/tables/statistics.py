"""The two estimators that the tables rest on: survival with censoring, and a share with its interval."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

Z95: Final = 1.959963984540054
"""The normal distribution's 97.5th percentile, for intervals of 95 %."""

_ROUNDING: Final = 1e-9
"""Products of fractions that should be one half come out a trifle beside it."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How long something lasts, by Kaplan and Meier (1958): what has not ended yet counts for as long as it was seen.

    Attributes:
        n: How many were seen.
        events: How many of them ended.
        median: Days after which half have ended; None if fewer than half were seen to end.
        p90: Days after which nine of ten have ended; None likewise.
        steps: Days on which some ended, with the share that lasts longer.
    """

    n: int
    events: int
    median: int | None
    p90: int | None
    steps: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its interval of 95 % by Wilson (1927).

    Attributes:
        n: Of how many.
        count: How many.
        share: ``count / n``; None of nothing.
        low: Lower end of the interval.
        high: Upper end.
    """

    n: int
    count: int
    share: float | None
    low: float
    high: float


def kaplan_meier(durations: Iterable[tuple[int, bool]]) -> Curve:
    """Estimate how long something lasts.

    Args:
        durations: Days, and whether it ended then; False: it was last seen going on. What was last seen on a day on
            which another ended still counts among those that might have.
    """
    counts = Counter(durations)
    at_risk = n = counts.total()
    lasting = 1.0
    steps = []
    for day in sorted({day for day, _ in counts}):
        ended = counts[day, True]
        if ended:
            lasting *= 1 - ended / at_risk
            steps.append((day, lasting))
        at_risk -= ended + counts[day, False]
    return Curve(
        n=n,
        events=sum(count for (_, ended), count in counts.items() if ended),
        median=_first_below(steps, 0.5),
        p90=_first_below(steps, 0.1),
        steps=tuple((day, round(share, 4)) for day, share in steps),
    )


def _first_below(steps: Iterable[tuple[int, float]], share: float) -> int | None:
    return next((day for day, lasting in steps if lasting <= share + _ROUNDING), None)


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return the interval of 95 % of a share; of nothing it is 0 to 1."""
    if n == 0:
        return 0.0, 1.0
    share, square = successes / n, Z95 * Z95
    middle = share + square / (2 * n)
    half = Z95 * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    whole = 1 + square / n
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def rate(successes: int, n: int) -> Rate:
    """Return a share with its interval, to four decimals."""
    low, high = wilson(successes, n)
    return Rate(n, successes, round(successes / n, 4) if n else None, round(low, 4), round(high, 4))
