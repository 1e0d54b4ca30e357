"""Times on the wire: epoch milliseconds inside, ISO 8601 with milliseconds and ``Z`` outside."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

DAY = 86_400_000


def now_ms() -> int:
    """Return the present as epoch milliseconds: the default clock of a portal."""
    return time.time_ns() // 1_000_000


def iso(ms: int) -> str:
    """Render epoch milliseconds, e.g. ``2026-08-09T10:00:00.123Z``."""
    seconds, rest = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{rest:03d}Z"


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
