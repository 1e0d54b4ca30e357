"""What a plan is narrowed to: plugins, properties, records, single places, the first records. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from crmbridge.errors import FixConfig
from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.changes import Change, Place
from crmbridge.writeback.targets import Target

OBJECTS: Final[tuple[ObjectName, ...]] = ("company", "contact", "deal")
"""The objects that are written to."""

Places = Collection[tuple[Ref, str]]
"""Single values: record, and the second half of a change's place."""


@dataclass(frozen=True)
class Scope:
    """What a plan is narrowed to; each of these only if it is given.

    Attributes:
        plugins: Whose values are planned.
        properties: Whose values are planned as well, as ``contact.crmb_roles``.
        records: Object → ids of records, and no other objects.
        places: Single values.
    """

    plugins: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()
    records: Mapping[ObjectName, frozenset[str]] | None = None
    places: frozenset[tuple[Ref, str]] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What it is narrowed to by name, in one order: plugins, properties, and records as ``contact:1``."""
        records = {f"{name}:{id_}" for name, ids in (self.records or {}).items() for id_ in ids}
        return tuple(sorted(self.plugins | self.properties | (records if self.places is None else set())))

    def covers(self, by: str, place: Place) -> bool:
        """True if what a plugin writes to a place is planned for any record."""
        if self.records is not None and place[0] not in self.records:
            return False
        named = self.plugins or self.properties
        return not named or by in self.plugins or ".".join(place) in self.properties

    def wants(self, subject: Ref, item: str) -> bool:
        """True if a place of one record is planned."""
        if self.records is not None and subject.id not in self.records.get(subject.object, ()):
            return False
        return self.places is None or (subject, item) in self.places

    def admits(self, change: Change) -> bool:
        """True if a row is planned."""
        record = change.record
        return record is None or (self.covers(change.by, change.place) and self.wants(record, change.place[1]))

    def targets(self, targets: Collection[Target]) -> tuple[Target, ...]:
        """Those of the properties that are planned; stamps stay where anything of their object is."""
        places = None if self.places is None else {(ref.object, item) for ref, item in self.places}
        chosen = {
            item.place: item.spec.object
            for item in targets
            if not item.spec.stamp
            and self.covers(item.spec.by, (item.spec.object, item.name))
            and (places is None or (item.spec.object, item.name) in places)
        }
        objects = set(chosen.values())
        return tuple(
            item for item in targets if item.place in chosen or (item.spec.stamp and item.spec.object in objects)
        )


@dataclass
class First:
    """Lets the rows of the first records through, and those of no others.

    Attributes:
        most: Number of records; None for all.
        cut: True once a row was not let through.
    """

    most: int | None
    cut: bool = False
    _seen: set[Ref] = field(default_factory=set)

    def __call__(self, change: Change) -> bool:
        """True if a row belongs to one of the first records, or to the whole account."""
        record = change.record
        if self.most is None or record is None or record in self._seen:
            return True
        if len(self._seen) >= self.most:
            self.cut = True
            return False
        self._seen.add(record)
        return True


def of_places(places: Places) -> Scope:
    """Narrow a plan to single values."""
    records: dict[ObjectName, set[str]] = {}
    for ref, _ in places:
        records.setdefault(ref.object, set()).add(ref.id)
    return Scope(records={name: frozenset(ids) for name, ids in records.items()}, places=frozenset(places))


def narrow(
    only: Collection[str], targets: Collection[Target], plugins: Collection[str], labels: Collection[str]
) -> Scope:
    """Read what a user has named: plugins, properties by either name, records as ``contact:1``.

    Plugins and properties add up; records narrow what is left of them.

    Args:
        only: The names.
        targets: The properties that are written.
        plugins: Those that run.
        labels: The labels that are written, as ``contact.deal: LABEL``.

    Raises:
        FixConfig: There is no such thing.
    """
    properties = {name: item.place for item in targets for name in (item.place, f"{item.spec.object}.{item.spec.name}")}
    properties |= {label: label for label in labels}
    records: dict[ObjectName, set[str]] = {}
    unknown = []
    for name in only:
        head, _, id_ = name.partition(":")
        if head in OBJECTS and id_:
            records.setdefault(head, set()).add(id_)
        elif name not in properties and name not in plugins:
            unknown.append(name)
    if unknown:
        raise FixConfig(
            f"there is no {', '.join(sorted(unknown))} to plan for: name plugins ({_listed(plugins)}), "
            f"properties ({_listed(set(properties.values()))}), or records as contact:1"
        )
    return Scope(
        frozenset(plugins) & frozenset(only),
        frozenset(properties[name] for name in only if name in properties),
        {name: frozenset(ids) for name, ids in records.items()} or None,
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
