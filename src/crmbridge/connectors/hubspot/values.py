"""From HubSpot's texts to values. Every converter takes what it gets and returns None for what it cannot read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

_CONTROL = {code: None for code in range(32) if chr(code) not in "\t\n"} | {127: None}
_BETWEEN = re.compile(r"[\s<>,;:\"()\[\]]+")
_LANGUAGE = re.compile(r"[a-z]{2}(?![a-z])")
_PLAIN_ADDRESS = re.compile(r"[a-z0-9._%+'-]+@[a-z0-9.-]+")
_MAX_ADDRESS = 254  # RFC 5321 4.5.3.1
_MAX_NUMBER = 40  # characters; a longer one is no number of a business
_MAX_EXPONENT = 15


def raw(value: Any) -> str | None:
    """Return a property's value as text that any store can encode; HubSpot sends text or null."""
    if value is None or (isinstance(value, str) and value.isascii()):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).encode("utf-8", "replace").decode("utf-8")


def text(value: str | None) -> str | None:
    """Return a text without control characters and outer space."""
    if not value:
        return None
    return (value if value.isprintable() else value.translate(_CONTROL)).strip() or None


def flag(value: str | None) -> bool:
    """Return whether a property is true; empty is false."""
    return (value or "").strip().lower() == "true"


def number(value: str | None) -> Decimal | None:
    """Return a finite number of sane size."""
    if value is None or len(value) > _MAX_NUMBER:
        return None
    try:
        parsed = Decimal(value)
    except InvalidOperation:
        return None
    return parsed if parsed.is_finite() and abs(parsed.adjusted()) <= _MAX_EXPONENT else None


def count(value: str | None) -> int | None:
    """Return a number of things."""
    parsed = number(value)
    return None if parsed is None or parsed < 0 else int(parsed)


def share(value: str | None) -> float | None:
    """Return a number from 0 to 1."""
    parsed = number(value)
    return float(parsed) if parsed is not None and 0 <= parsed <= 1 else None


def moment(value: str | None) -> datetime | None:
    """Return a time in UTC. HubSpot sends ISO 8601, older data epoch milliseconds."""
    if not value:
        return None
    try:
        if value.isdecimal():
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is UTC:
            return parsed
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def first_moment(*candidates: str | None) -> datetime | None:
    """Return the first that is a time, in UTC."""
    return next((parsed for parsed in map(moment, candidates) if parsed), None)


def millis(at: datetime) -> str:
    """Return a time as epoch milliseconds, the only form that every search filter takes."""
    return str(int(at.timestamp() * 1000))


def many(value: str | None) -> tuple[str, ...]:
    """Return the values of a multi-select, which are joined by semicolons."""
    return tuple(part for part in map(text, (value or "").split(";")) if part)


def address(value: str | None) -> str | None:
    """Return the first e-mail address in a text, lower case."""
    if not value:
        return None
    lowered = value.lower()
    if len(value) <= _MAX_ADDRESS and _PLAIN_ADDRESS.fullmatch(lowered):  # nearly all are
        return lowered
    return next(filter(_is_address, _BETWEEN.split(lowered.translate(_CONTROL))), None)


def _is_address(token: str) -> bool:
    local, _, domain = token.partition("@")
    return bool(local and domain) and "@" not in domain and len(token) <= _MAX_ADDRESS


def addresses(*values: str | None) -> tuple[str, ...]:
    """Return all addresses in several multi-value texts, each once."""
    found: dict[str, None] = {}
    for value in values:
        for part in value.split(";") if value else ():
            if one := address(part):
                found[one] = None
    return tuple(found)


def domains(*values: str | None) -> tuple[str, ...]:
    """Return internet domains, lower case, each once."""
    return tuple(dict.fromkeys(part.lower() for value in values for part in many(value)))


def merged(*values: str | None) -> tuple[str, ...]:
    """Return the ids of merged records, each once, from ``id;id`` and from ``id:milliseconds;id:milliseconds``."""
    return tuple(dict.fromkeys(part.partition(":")[0] for value in values for part in many(value)))


def seconds(value: str | None) -> int | None:
    """Return whole seconds of a duration in milliseconds."""
    parsed = count(value)
    return None if parsed is None else parsed // 1000


def between(start: str | None, end: str | None) -> int | None:
    """Return whole seconds from one time to a later one."""
    first, last = moment(start), moment(end)
    return int((last - first).total_seconds()) if first and last and first <= last else None


def language(value: str | None) -> str | None:
    """Return the ISO 639-1 part of a language such as ``de-at``."""
    found = _LANGUAGE.match((value or "").strip().lower())
    return found.group() if found else None
