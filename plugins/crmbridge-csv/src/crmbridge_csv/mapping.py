"""Which file holds which records, and which column fills which field. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from crmbridge.model import ENGAGEMENTS, ObjectName, record_model

FILES: Final[Mapping[ObjectName, str]] = {
    "owner": "owners.csv",
    "company": "companies.csv",
    "contact": "contacts.csv",
    "deal": "deals.csv",
    "email": "emails.csv",
    "meeting": "meetings.csv",
    "call": "calls.csv",
    "note": "notes.csv",
    "task": "tasks.csv",
    "communication": "communications.csv",
}
"""The file of each object, in the order in which they are best read."""

NEEDED: Final[tuple[ObjectName, ...]] = ("company", "contact", "deal")
"""Objects without whose files there is no buying center, and whose values are written."""

LINKS: Final[tuple[tuple[ObjectName, ObjectName], ...]] = (
    ("deal", "contact"),
    ("deal", "company"),
    ("contact", "company"),
    *product((name for name in FILES if name in ENGAGEMENTS), ("contact", "deal")),
)
"""Pairs whose links are read."""

TEXTS: Final[Mapping[ObjectName, str]] = {name: "text" for name in FILES if name in ENGAGEMENTS}
"""The column with what an engagement's record says."""

PARTS: Final = {"from": "from", "to": "to", "cc": "cc", "bcc": "bcc", "attendees": "attendee"}
"""Column of an engagement → the part of those whose addresses stand in it."""

_NO_COLUMNS: Final = {"object", "id", "properties", "archived", "merged_ids", "participants", "teams"}


@dataclass(frozen=True)
class Columns:
    """What the columns of a file hold.

    Attributes:
        heads: The first line.
        places: What crmbridge knows → the number of the column; ``id`` is among them.
    """

    heads: tuple[str, ...]
    places: Mapping[str, int]


def fields_of(name: ObjectName) -> dict[str, Any]:
    """The fields of an object that a column may fill, with their types."""
    fields = record_model(name).model_fields
    return {field: info.annotation for field, info in fields.items() if field not in _NO_COLUMNS}


def link_columns(target: ObjectName) -> tuple[str, str]:
    """The columns that link a record to one target, or to several."""
    return f"{target}_id", f"{target}_ids"


def known(name: ObjectName) -> list[str]:
    """All that a column of an object's file may hold."""
    links = [column for target in NEEDED for column in link_columns(target)]
    return ["id", *fields_of(name), *links, *(PARTS if name in ENGAGEMENTS else ())]


def columns(name: ObjectName, heads: Sequence[str], named: Mapping[str, str]) -> Columns:
    """Find out what the columns of a file hold.

    Args:
        name: What the file's records are.
        heads: The first line.
        named: What crmbridge knows → the head of its column, where that differs from its name.

    Raises:
        ValueError: A column is missing or stands there twice; the message says what to do.
    """
    comparable = [_comparable(head) for head in heads]
    places: dict[str, int] = {}
    for item in known(name):
        wanted = _comparable(named.get(item, item))
        if comparable.count(wanted) > 1:
            raise ValueError(f"the column {wanted} stands there twice; rename one of them")
        if wanted in comparable:
            places[item] = comparable.index(wanted)
        elif item == "id" or item in named:
            raise ValueError(
                f"there is no column {named.get(item, item)}; add it, or name another one for {name}.{item}"
            )
    return Columns(tuple(head.strip() for head in heads), places)


def _comparable(head: str) -> str:
    return re.sub(r"[\s\-_]+", "_", head.strip().lower())
