"""What the CRM in memory holds, in words of its own: none of them is a platform's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from crmbridge.model.base import ObjectName
from crmbridge.model.records import RECORD, Record

NATIVE: Mapping[ObjectName, Mapping[str, str]] = {
    "contact": {
        "EMail": "email",
        "GivenName": "first_name",
        "FamilyName": "last_name",
        "Position": "job_title",
        "Phase": "lifecycle_stage",
    },
    "company": {"AccountName": "name", "Branch": "industry", "Land": "country"},
    "deal": {"Topic": "name", "PhaseId": "stage_id"},
    "note": {"Date": "at", "OwnerId": "owner_id"},
    "task": {"Date": "at", "Title": "subject", "OwnerId": "owner_id"},
}
"""Object → native property → the field it fills."""

OBJECTS: tuple[ObjectName, ...] = (
    "owner",
    "pipeline",
    "company",
    "contact",
    "deal",
    "email",
    "meeting",
    "note",
    "task",
)
WRITABLE: tuple[ObjectName, ...] = ("contact", "company", "deal")
UNIQUE = "EMail"
"""The property of which no two contacts have the same value."""
TEXT = "Text"
"""The property of notes and tasks that holds their text."""
PHASES: tuple[str, ...] = ("early", "middle", "late")
"""The values of a contact's ``Phase``, which moves forward only."""
LINKS: tuple[tuple[ObjectName, ObjectName], ...] = (
    ("deal", "contact"),
    ("deal", "company"),
    ("contact", "company"),
    ("email", "contact"),
    ("email", "deal"),
    ("meeting", "contact"),
    ("meeting", "deal"),
)
LABELLED = tuple(pair for pair in (*LINKS, *(pair[::-1] for pair in LINKS)) if set(pair) <= set(WRITABLE))
"""Pairs whose links take labels, both ways."""


def narrowed(record: Record, asked: Sequence[str]) -> Record:
    """Return the record with these properties and no others."""
    return record.model_copy(
        update={"properties": MappingProxyType({prop: record.properties.get(prop) for prop in asked})}
    )


def changed(record: Record, properties: Mapping[str, str | None], times: Mapping[str, datetime]) -> Record:
    """Return the record with other properties, and its fields as its native properties have them."""
    fields = {field: properties.get(prop) for prop, field in NATIVE.get(record.object, {}).items()}
    return RECORD.validate_python({**record.model_dump(), **fields, **times, "properties": properties})
