"""Counts and hashes the rows of a plan as they stream by. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmbridge.model.base import Ref
from crmbridge.model.changes import Change, PropertyChange
from crmbridge.model.plan import PlanHeader, PropertyCount


@dataclass
class _Count:
    by: str
    example: str
    filled: int = 0
    changed: int = 0
    cleared: int = 0


@dataclass
class Tally:
    """What a header says about rows. Stamps are rows, but neither counted by property nor hashed.

    Attributes:
        header: Whose account, day and plugins are hashed with the rows.
        existing: (object, platform property) → records that have a value now; filled in by the planner.
    """

    header: PlanHeader
    existing: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        facts = self.header.model_dump(mode="json", include={"account_id", "as_of", "plugins"})
        self._hash = hashlib.sha256(_bytes(facts))
        self._counts: dict[tuple[str, str], _Count] = {}
        self._rows = self._definitions = self._records = 0
        self._last: Ref | None = None

    def watch(self, rows: Iterable[Change]) -> Iterator[Change]:
        """Pass rows on, and count them."""
        for change in rows:
            self._add(change)
            yield change

    def places(self) -> set[tuple[str, str]]:
        """(object, platform property) of the values counted."""
        return set(self._counts)

    def complete(self) -> PlanHeader:
        """The header with the figures and the hash of what was seen."""
        figures = {
            "counts": tuple(self._property_count(*place) for place in sorted(self._counts)),
            "definitions": self._definitions,
            "records": self._records,
            "rows": self._rows,
            "hash": self._hash.hexdigest(),
        }
        return self.header.model_copy(update=figures)

    def _add(self, change: Change) -> None:
        self._rows += 1
        if not isinstance(change, PropertyChange):
            self._definitions += 1
        elif not change.stamp:
            self._count(change)
        if not (isinstance(change, PropertyChange) and change.stamp):
            self._hash.update(_bytes(change.model_dump(mode="json", exclude={"before_modified_at"})))

    def _count(self, change: PropertyChange) -> None:
        self._records += change.subject != self._last
        self._last = change.subject
        place = (change.subject.object, change.property)
        count = self._counts.setdefault(place, _Count(change.by, change.reason))
        count.filled += change.before is None
        count.cleared += change.after is None
        count.changed += change.before is not None and change.after is not None

    def _property_count(self, name: str, item: str) -> PropertyCount:
        count = self._counts[name, item]
        return PropertyCount(
            object=name,
            property=item,
            filled=count.filled,
            changed=count.changed,
            cleared=count.cleared,
            existing=self.existing.get((name, item), 0),
            by=count.by,
            example=count.example,
        )


def _bytes(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode() + b"\n"
