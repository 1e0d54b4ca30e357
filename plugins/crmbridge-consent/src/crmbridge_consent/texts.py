"""Read what people and CRMs write into properties: yes and no, days, states, legal bases."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

State = Literal["requested", "given", "refused", "withdrawn", "expired", "objected"]
"""What became of a request for consent. A contact that was never asked has none."""

YES = frozenset({"true", "yes", "ja", "1", "y", "j", "x"})
NO = frozenset({"", "false", "no", "nein", "0", "n"})

STATES: dict[str, State] = {
    "requested": "requested",
    "angefragt": "requested",
    "given": "given",
    "granted": "given",
    "erteilt": "given",
    "refused": "refused",
    "declined": "refused",
    "abgelehnt": "refused",
    "verweigert": "refused",
    "withdrawn": "withdrawn",
    "revoked": "withdrawn",
    "widerrufen": "withdrawn",
    "expired": "expired",
    "abgelaufen": "expired",
    "objected": "objected",
    "widersprochen": "objected",
}
"""Words for what became of a request for consent, in lower case."""

# Option values of HubSpot's hs_legal_basis, exact: two of them hold an en dash (U+2013), one a plain hyphen.
CONSENT = "Freely given consent from contact"
EXISTING_CUSTOMER = "Legitimate interest \u2013 existing customer"
CONTRACT = "Performance of a contract"
USABLE_BASES = (
    CONSENT,
    CONTRACT,
    EXISTING_CUSTOMER,
    "Legitimate interest \u2013 prospect/lead",
    "Legitimate interest - other",
)
"""Legal bases that allow processing, best documented first. ``Not applicable`` is none."""


def objects(text: str) -> bool:
    """Tell whether a property for objections holds one: anything but a plain no, so that doubt counts as objection."""
    return text.casefold() not in NO


def proves(text: str) -> bool:
    """Tell whether a property for proof holds one: a plain yes or the day of the proof, and nothing else."""
    return text.casefold() in YES or read_day(text, "UTC") is not None


def holds(text: str) -> bool | None:
    """Read a fact: a plain yes or a day is true, a plain no is false; empty or anything else is not known."""
    if proves(text):
        return True
    return False if text and text.casefold() in NO else None


def read_day(text: str, timezone: str) -> date | None:
    """Return the day of an ISO 8601 date, or of a point in time as seen in ``timezone``; None if it is neither."""
    if text[4:5] != "-":
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(ZoneInfo(timezone)).date() if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        return None


def days_after(day: date, days: int) -> date:
    """Return the day so many days later, or the last one that there is."""
    return day + timedelta(days=min(days, (date.max - day).days))


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, or the last one of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = min(day.year + years, date.max.year)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def split(text: str) -> tuple[str, ...]:
    """Return the parts of a ``;``-joined multi-select."""
    return tuple(part for item in text.split(";") if (part := item.strip()))


@lru_cache(maxsize=1024)
def usable_bases(text: str) -> tuple[str, ...]:
    """Return the usable legal bases of a ``;``-joined multi-select, the best documented first."""
    chosen = set(split(text))
    return tuple(basis for basis in USABLE_BASES if basis in chosen)
