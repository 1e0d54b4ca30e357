"""A row that writes a value, and what is made of many of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from crmbridge.model.base import Ref
from crmbridge.model.changes import PropertyChange, RowOutcome
from crmbridge.model.records import Record
from crmbridge.store import Row
from crmbridge.writeback import verdicts
from crmbridge.writeback.desk import Desk


@dataclass(frozen=True)
class Value:
    """A row that writes a value."""

    row: Row
    change: PropertyChange

    @property
    def number(self) -> int:
        """The row's number in the plan."""
        return self.row.number

    @property
    def id(self) -> str:
        """The record."""
        return self.change.subject.id

    def present(self, record: Record) -> str | None:
        """The value that stands in a record; an empty text is none."""
        return record.properties.get(self.change.property) or None


Outcomes = dict[int, RowOutcome]  # by row number


def values_of(rows: Iterable[Row]) -> Iterator[Value]:
    """The rows that write values."""
    return (Value(row, row.change) for row in rows if isinstance(row.change, PropertyChange))


def chosen(desk: Desk, record: Iterable[Value]) -> list[Value]:
    """The rows of a record that are wanted, with its stamps; nothing if only stamps are left."""
    values = list(record)
    named = [value for value in values if not value.change.stamp and desk.wants(value.change)]
    if not named and desk.only:
        return []
    return [*named, *(value for value in values if value.change.stamp)]


def lonely(values: Iterable[Value]) -> Outcomes:
    """Stamps whose record has nothing else to send."""
    ordered = sorted(values, key=lambda value: (value.id, value.number))
    found: Outcomes = {}
    for _, group in groupby(ordered, key=lambda value: value.id):
        record = list(group)
        if all(value.change.stamp for value in record):
            found |= {value.number: verdicts.STAMP_ALONE for value in record}
    return found


def as_found(value: Value, records: Mapping[str, Record]) -> Value:
    """The row with what stands there right now as its ``before``: that is what a rollback will put back."""
    present = value.present(records[value.id])
    if present == value.change.before:
        return value
    change = value.change.model_copy(update={"before": present})
    return Value(replace(value.row, change=change), change)


def by_record(values: Iterable[Value]) -> dict[Ref, dict[str, str | None]]:
    """The values that rows write, by record and property."""
    found: dict[Ref, dict[str, str | None]] = {}
    for value in values:
        found.setdefault(value.change.subject, {})[value.change.property] = value.change.after
    return found


def at(change: PropertyChange) -> tuple[Ref, str]:
    """Record and property."""
    return change.subject, change.property


def ids_of(values: Iterable[Value]) -> list[str]:
    """The records, each once."""
    return list(dict.fromkeys(value.id for value in values))
