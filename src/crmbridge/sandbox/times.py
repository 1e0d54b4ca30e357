"""Times on the wire: epoch milliseconds inside, ISO 8601 with milliseconds and ``Z`` outside."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

DAY = 86_400_000


def now_ms() -> int:
    """Return the present as epoch milliseconds: the default clock of a portal."""
    return time.time_ns() // 1_000_000


def iso(ms: int) -> str:
    """Render epoch milliseconds, e.g. ``2026-08-09T10:00:00.123Z``."""
    day, rest = divmod(ms, DAY)
    minutes, rest = divmod(rest, 60_000)
    return f"{_day(day)}T{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}Z"


@lru_cache(maxsize=8192)
def _day(number: int) -> str:
    """Render a day, counted from 1 January 1970: pages of records meet the same days again and again."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).date().isoformat()


def epoch_ms(text: str) -> int:
    """Read epoch milliseconds, an ISO date or an ISO datetime; one without an offset is UTC.

    Raises:
        ValueError: The text is none of these.
    """
    if text.lstrip("-").isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def midnight_ms(day: date) -> int:
    """Return UTC midnight at the start of a day."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
