"""Arithmetic with whole days and sorted days."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def later(day: date, span: int) -> date:
    """Return the day ``span`` days later, or the last day there is."""
    return day + timedelta(days=min(span, (date.max - day).days))


def last_until(days: Sequence[date], day: date) -> date | None:
    """Return the last of the sorted ``days`` that is not after ``day``."""
    index = bisect_right(days, day)
    return days[index - 1] if index else None


def any_between(days: Sequence[date], first: date, last: date) -> bool:
    """Tell whether one of the sorted ``days`` lies between ``first`` and ``last``, both included."""
    return bisect_left(days, first) < bisect_right(days, last)


def read_day(text: str | None, timezone: str) -> date | None:
    """Return the day of an ISO 8601 point in time as seen in ``timezone``, or of a date; None if it is neither."""
    if not text or text[4:5] != "-":
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(ZoneInfo(timezone)).date() if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        return None
