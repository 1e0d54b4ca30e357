"""What single cells mean: times, durations, flags, addresses, texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Final, Literal
from zoneinfo import ZoneInfo

from crmbridge.sync.imports.mapping import CLOCKS

LONGEST: Final = 2_000
"""Characters kept of a text: addresses of pages are the longest that are of use."""

OLDEST: Final = 1970
"""A year before it is a typing error, or a field that a program left empty."""

NEWEST: Final = 2100
"""A year after it is how people and programs write "never"."""

MIDDAY: Final = time(12)
"""The time of a day that comes without one: so it is that day wherever it is looked at."""

_TRUE: Final = frozenset(("1", "true", "yes", "y", "ja", "j", "wahr", "x", "bot"))
_FALSE: Final = frozenset(("", "0", "false", "no", "n", "nein", "falsch", "human"))
_FORMULA: Final = ("=", "+", "-", "@")
_HIDDEN: Final = re.compile(r"[\x00-\x1f\x7f]+")
_PER_UNIT: Final = {"s": 1.0, "ms": 0.001, "min": 60.0}
_DAY: Final = re.compile(r"\d{4}-?\d{2}-?\d{2}")
_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")


def moment(text: str, formats: Sequence[str], zone: ZoneInfo) -> datetime | None:
    """Read a time, in UTC; None if it is written in none of the formats. A day without a time is its midday."""
    for form in formats:
        try:
            found = _read(text, form)
            if found.tzinfo is None:
                found = found.replace(tzinfo=zone)
            return found.astimezone(UTC) if OLDEST <= found.year <= NEWEST else None
        except (ValueError, OverflowError, OSError):
            continue
    return None


def _read(text: str, form: str) -> datetime:
    if form in CLOCKS:
        return datetime.fromtimestamp(int(text) / CLOCKS[form], UTC)
    if form == "iso":
        found = datetime.fromisoformat(text)
        return datetime.combine(found, MIDDAY) if _DAY.fullmatch(text) else found
    found = datetime.strptime(text, form)  # noqa: DTZ007 - the caller knows the zone
    return found if "%H" in form or "%I" in form else datetime.combine(found, MIDDAY)


def seconds(text: str, unit: Literal["s", "ms", "min"]) -> int | None:
    """Read a duration: a number with a decimal point or comma, ``1:30`` or ``0:01:30``; None if it is none."""
    try:
        if ":" in text:
            parts = [int(part) for part in text.split(":")]
            found = sum(part * 60**place for place, part in enumerate(reversed(parts)))
        else:
            found = round(_number(text) * _PER_UNIT[unit])
    except (ValueError, OverflowError):
        return None
    return found if found >= 0 else None


def _number(text: str) -> float:
    """Of several marks the last one is the decimal mark."""
    if "," in text and text.rfind(",") > text.rfind("."):
        text = text.replace(".", "").replace(",", ".")
    return float(text.replace(",", "").replace(" ", ""))


def flag(text: str) -> bool | None:
    """Read yes or no; None if it is neither."""
    word = text.casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def address(text: str) -> str | None:
    """Read an e-mail address, in lower case; None if it is none."""
    found = text.lower().removeprefix("mailto:")
    return found if _ADDRESS.fullmatch(found) else None


def domain(text: str) -> str:
    """Read the domain of a company, also out of the address of its site."""
    return text.lower().split("://")[-1].split("/")[0].split(":")[0].removeprefix("www.")


def plain(text: str) -> str | None:
    """Read a text: in one line, and as text even for a spreadsheet that would take it for a formula."""
    found = " ".join(_HIDDEN.sub(" ", text).split())[:LONGEST]
    return f"'{found}" if found.startswith(_FORMULA) else found or None
