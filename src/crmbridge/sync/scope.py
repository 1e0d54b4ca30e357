"""What is read: objects, properties, and which records of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crmbridge.model.base import ENGAGEMENTS, ObjectName
from crmbridge.model.properties import PropertySpec
from crmbridge.model.records import Deal, Engagement, Record

ALWAYS: frozenset[ObjectName] = frozenset({"company", "contact", "deal", "owner", "pipeline"})
"""Objects that are always read: without them there is no buying center."""


@dataclass(frozen=True)
class Selection:
    """Which records are taken in; everything, by default. What is left out is unknown, not deleted.

    Attributes:
        pipelines: Only deals of these pipelines, by id.
        owners: Only companies, contacts and deals of these owners, by id.
        since: Only engagements that happened since, or any that are linked to an open deal, if only those are read.
        months: The same as a number of months, which stays the same from day to day; 0 is no limit.
        segments: Only contacts in these lists of the platform, by name or id.
        linked: Only engagements that are linked to an open deal.
    """

    pipelines: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    since: datetime | None = None
    months: int = 0
    segments: tuple[str, ...] = ()
    linked: bool = False

    def takes(self, record: Record) -> bool:
        """True if this record is wanted."""
        if isinstance(record, Engagement):
            return self.linked or self.since is None or record.at >= self.since
        if isinstance(record, Deal) and self.pipelines and record.pipeline_id not in self.pipelines:
            return False
        owned = record.object in {"company", "contact", "deal"} and self.owners
        return not owned or getattr(record, "owner_id", None) in self.owners

    def facts(self, name: ObjectName) -> dict[str, object]:
        """What decides which records of an object are taken: if it changes, the object is listed anew."""
        found: dict[str, object] = {}
        if name == "deal" and self.pipelines:
            found["pipelines"] = sorted(self.pipelines)
        if name in {"company", "contact", "deal"} and self.owners:
            found["owners"] = sorted(self.owners)
        if name == "contact" and self.segments:
            found["segments"] = sorted(self.segments)
        if name in ENGAGEMENTS:
            found |= {"linked": True} if self.linked else {"months": self.months} if self.months else {}
        return found


@dataclass(frozen=True)
class SyncScope:
    """What is read.

    Attributes:
        objects: Objects wanted besides those that are always read: kinds of engagement, tickets, custom objects.
        properties: Platform properties per object, beyond those of the normalised fields.
        owned: Per object, the platform names of crmbridge's own properties, to what was registered.
        selection: Which records of them.
        subscriptions: True if subscriptions of contacts are read.
    """

    objects: frozenset[ObjectName]
    properties: Mapping[ObjectName, Sequence[str]]
    owned: Mapping[ObjectName, Mapping[str, PropertySpec]]
    selection: Selection = field(default_factory=Selection)
    subscriptions: bool = False

    def wants(self, name: ObjectName) -> bool:
        """True if records of this object are read."""
        return name in ALWAYS or name in self.objects

    def names(self, name: ObjectName) -> list[str]:
        """All extra properties to read of an object, sorted."""
        return sorted({*self.properties.get(name, ()), *self.owned.get(name, ())})

    def selected(self, name: ObjectName) -> str:
        """Which records of an object are read, as text; empty for all of them."""
        facts = self.selection.facts(name)
        return json.dumps(facts, sort_keys=True) if facts else ""
