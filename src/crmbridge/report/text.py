"""Words and figures as a reader sees them: cleaned, cut, and the same in every locale."""

from __future__ import annotations

import math
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Final
from urllib.parse import urlsplit

LIMIT: Final = 300
"""Characters of one text that are shown; CRM fields hold up to 65,536."""

MISSING: Final = "\u2013"
"""An en dash: stands for a figure that is not known."""

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_JOINERS: Final = "\u200c\u200d"  # they shape letters and emoji; every other format character can reorder or hide text
_NONCHARACTERS: Final = "\ufffe\uffff"  # XML forbids them
_PLAIN_DIGITS: Final = 15


def _shown(char: str) -> str:
    if char in _JOINERS:
        return char
    if char.isspace():
        return " "
    hidden = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co") or char in _NONCHARACTERS
    return "" if hidden else char


def clean(value: str | None, fallback: str = "", limit: int = LIMIT) -> str:
    """Make a text from outside safe to show.

    Control, format and private characters go, white space becomes single blanks, and a long text is cut with an
    ellipsis. Escaping is the template's work.

    Args:
        value: Anything a person may have typed.
        fallback: Shown if nothing is left.
        limit: Greatest length of the result in characters.
    """
    kept = "".join(_shown(char) for char in (value or "")[: 4 * limit])
    words = " ".join(unicodedata.normalize("NFC", kept).split())
    if not words:
        return fallback
    return words if len(words) <= limit else words[: limit - 1].rstrip() + "…"


def day(value: date | None) -> str:
    """Write a day as ``14 Mar 2026``."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}" if value else MISSING


def number(value: float, digits: int = 1) -> str:
    """Write a finite number with up to ``digits`` decimals."""
    if not math.isfinite(value):
        return MISSING
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(value: float) -> float:
    """Clamp to 0 to 1; what is not a number counts as 0."""
    return min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0


def percent(value: float) -> str:
    """Write a fraction as ``62 %``; it may exceed 100 %."""
    return f"{number(100 * value, 0)} %" if math.isfinite(value) else MISSING


def money(amount: Decimal | None, currency: str | None) -> str:
    """Write an amount as ``EUR 148,000``; cents are rounded away."""
    if amount is None or not amount.is_finite():
        return "no amount"
    figure = f"{amount:,.0f}" if amount.adjusted() < _PLAIN_DIGITS else f"{amount:.2e}"
    return f"{clean(currency, limit=8)} {figure}".strip()


def count(value: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: ``1 person``, ``3 people``."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def ordinal(value: int) -> str:
    """Write ``2nd``, ``11th``, ``23rd``."""
    suffix = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{suffix}"


def link(url: str | None) -> str | None:
    """Let an ``https`` address through, and nothing else."""
    if not url or any(char <= " " for char in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme == "https" and parts.netloc else None
