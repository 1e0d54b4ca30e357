"""Arithmetic with whole days, counted as ``date.toordinal`` counts them, and spans of them.

A span is a pair of days that both belong to it. Numbers may lie beyond the calendar; only ``as_date`` clips them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

Span = tuple[int, int]

NEVER: Final = 10**9
"""A day that does not come."""

_LAST: Final = date.max.toordinal()


def as_date(day: int) -> date:
    """Return the date, or the last one there is."""
    return date.fromordinal(min(day, _LAST))


def spans(days: Iterable[int], length: int) -> list[Span]:
    """Return the spans covered when each of the sorted ``days`` counts for ``length`` more days."""
    found: list[Span] = []
    for day in days:
        if found and day <= found[-1][1] + 1:
            found[-1] = (found[-1][0], day + length)
        else:
            found.append((day, day + length))
    return found


def union(found: Iterable[Span]) -> list[Span]:
    """Join spans that overlap or touch."""
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def common(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """Return the spans that lie in both."""
    pairs = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return union((start, end) for start, end in pairs if start <= end)


def crowded(stays: Iterable[tuple[int, str]], length: int, least: int) -> list[Span]:
    """Return the spans in which ``least`` different names count at once, each for ``length`` days after it stood."""
    by_name: dict[str, list[int]] = {}
    for day, name in stays:
        by_name.setdefault(name, []).append(day)
    if len(by_name) < least:
        return []
    edges = [edge for days in by_name.values() for a, b in spans(days, length) for edge in ((a, 1), (b + 1, -1))]
    found: list[Span] = []
    count, since = 0, 0
    for day, step in sorted(edges):
        if step < 0 and count == least:
            found.append((since, day - 1))
        count += step
        if step > 0 and count == least:
            since = day
    return union(span for span in found if span[0] <= span[1])


def holds(found: Sequence[Span], day: int) -> bool:
    """Tell whether one of the sorted spans holds ``day``."""
    index = bisect_right(found, (day, NEVER))
    return index > 0 and day <= found[index - 1][1]


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the day of a point in time as seen in ``zone``; at the ends of the calendar its own day."""
    try:
        return at.astimezone(zone).date()
    except OverflowError:
        return at.date()


def read_moment(text: str | None, timezone: str) -> datetime | None:
    """Return an ISO 8601 point in time as seen in ``timezone``, or the begin of a date; None if it is neither."""
    if not text or text[4:5] != "-":
        return None
    try:
        moment = datetime.fromisoformat(text)
        zone = ZoneInfo(timezone)
        return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def read_day(text: str | None, timezone: str) -> int | None:
    """Return the day of such a point in time."""
    moment = read_moment(text, timezone)
    return moment.toordinal() if moment else None
