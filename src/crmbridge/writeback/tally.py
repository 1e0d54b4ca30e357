"""Counts and hashes the rows of a plan as they stream by. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from crmbridge.model.changes import (
    AccountChange,
    Change,
    DefinitionChange,
    LabelChange,
    Place,
    PropertyChange,
    RecordChange,
)
from crmbridge.model.plan import PlanHeader, PropertyCount

_HASHED: Final = {"account_id", "as_of", "plugins", "origin", "only", "limit"}
_NOT_HASHED: Final = {"before_modified_at"}
_STAMP: Final = {"before_modified_at", "before"}


@dataclass
class _Count:
    by: str
    example: str
    filled: int = 0
    changed: int = 0
    cleared: int = 0


@dataclass
class Tally:
    """What a header says about rows. Stamps are rows, but not counted by property, and hashed without their ``before``.

    Attributes:
        header: What it says of account, day, plugins and purpose is hashed with the rows.
        existing: Place → records that have a value now; filled in by the planner.
        created: Places of properties that the plan creates: they have no values now.
        labels: Places of labels, each with a row that writes it.
    """

    header: PlanHeader
    existing: Mapping[Place, int] = field(default_factory=dict)
    created: set[Place] = field(default_factory=set)
    labels: dict[Place, LabelChange] = field(default_factory=dict)

    def __post_init__(self) -> None:
        facts = self.header.model_dump(mode="json", include=_HASHED)
        self._hash = hashlib.sha256(json.dumps(facts, sort_keys=True).encode() + b"\n")
        self._counts: dict[Place, _Count] = {}
        self._rows = self._definitions = 0

    def watch(self, rows: Iterable[Change]) -> Iterator[Change]:
        """Pass rows on, and count them."""
        for change in rows:
            self._add(change)
            yield change

    def places(self) -> set[Place]:
        """What was counted."""
        return set(self._counts)

    def complete(self) -> PlanHeader:
        """The header with the figures and the hash of what was seen."""
        figures = {
            "counts": tuple(self._property_count(*place) for place in sorted(self._counts)),
            "definitions": self._definitions,
            "rows": self._rows,
            "hash": self._hash.hexdigest(),
        }
        return self.header.model_copy(update=figures)

    def _add(self, change: Change) -> None:
        self._rows += 1
        stamp = isinstance(change, PropertyChange) and change.stamp
        self._hash.update(change.model_dump_json(exclude=_STAMP if stamp else _NOT_HASHED).encode() + b"\n")
        if stamp:
            return
        if isinstance(change, AccountChange):
            self._definitions += 1
            if isinstance(change, DefinitionChange) and change.before is None:
                self.created.add(change.place)
        else:
            self._count(change)

    def _count(self, change: RecordChange) -> None:
        if isinstance(change, LabelChange):
            self.labels.setdefault(change.place, change)
        count = self._counts.setdefault(change.place, _Count(change.by, change.reason))
        count.filled += change.was is None
        count.cleared += change.becomes is None
        count.changed += change.was is not None and change.becomes is not None

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
