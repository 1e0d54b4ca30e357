"""Finds what others changed of what crmbridge has written. Only reads."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby, islice
from typing import Final, Literal

from crmbridge.connector import Connector, Version
from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.canonical import compatible, same
from crmbridge.model.changes import DefinitionChange, Place
from crmbridge.model.properties import PropertyDefinition
from crmbridge.store import Confirmed, Journal, Mirror, Owned, written

MOST_AT_ONCE: Final = 6
"""Batches under way, as many as an apply has."""

PAGE: Final = 500
"""Labels compared at a time."""

DriftKind = Literal["value", "record", "property", "group", "type", "options", "label"]


@dataclass(frozen=True)
class Drifted:
    """Something of ours that is not as crmbridge left it.

    Attributes:
        kind: What differs. ``record``, ``property`` and ``label``: it is gone; ``options``: some are gone;
            ``group``: the property is in another one.
        object: Of the record, or whose property it is.
        id: The record; empty if it is about a definition.
        name: The property, or the label with the record at its other end; empty if the record is gone.
        ours: What crmbridge left; the options that are gone.
        now: What stands there.
        at: When the present value was set, if the platform tells.
        author: Who set it; ``gone`` if nothing is there to ask; empty if the platform does not tell.
        author_id: The platform's user id, if a person.
    """

    kind: DriftKind
    object: ObjectName
    id: str = ""
    name: str = ""
    ours: str | None = None
    now: str | None = None
    at: datetime | None = None
    author: Literal["person", "system", "gone", ""] = ""
    author_id: str | None = None


def drift(journal: Journal, mirror: Mirror, connector: Connector, stamps: Collection[Place] = ()) -> Iterator[Drifted]:
    """Compare all that crmbridge has on the platform with what stands there now; nothing is written.

    Definitions come first, then values by object and record, then labels. A record that the mirror knows to be gone is
    no news.

    Args:
        journal: Of the connection.
        mirror: Of the connection.
        connector: Of the connection.
        stamps: Properties that are left out.

    Raises:
        RetryLater: The platform cannot answer now.
    """
    look = _Look(journal, mirror, connector, frozenset(stamps))
    yield from look.definitions()
    yield from look.values()
    yield from look.labels()


@dataclass
class _Look:
    journal: Journal
    mirror: Mirror
    connector: Connector
    stamps: frozenset[Place]
    _known: dict[ObjectName, Mapping[str, PropertyDefinition]] = field(default_factory=dict)

    def definitions(self) -> Iterator[Drifted]:
        """Compare the properties that crmbridge created with how it defined them last."""
        with self.journal.store.reading() as tx:
            owned = sorted(self.journal.manifest.owned(tx, "property"))
            ours = {
                row.change.place: row.change.after
                for name in {name for name, _ in owned}
                for row in written(tx, self.journal.connection, name, [""])
                if isinstance(row.change, DefinitionChange)
            }
        for place in owned:
            yield from _definition_drift(place, ours.get(place), self._definitions(place[0]).get(place[1]))

    def values(self) -> Iterator[Drifted]:
        """Compare values a batch of records at a time, several batches at once, and give them in order."""
        at_once = min(MOST_AT_ONCE, self.connector.capabilities.calls_at_once)
        waiting: deque[Future[list[Drifted]]] = deque()
        with ThreadPoolExecutor(at_once, thread_name_prefix="drift") as pool:
            for batch in self._batches():
                waiting.append(pool.submit(self._compared, batch))
                if len(waiting) == at_once:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()

    def labels(self) -> Iterator[Drifted]:
        """Look for labels that are no longer there, on records that still are."""
        owned = (item for item in self.journal.manifest.everything() if item.kind == "label")
        for (name, other), group in groupby(owned, key=lambda item: (item.object, _end(item).object)):
            while page := list(islice(group, PAGE)):
                links = self.connector.read_links(name, other, list(dict.fromkeys(item.id for item in page)))
                there = {(link.source, link.target, link.label) for link in links}
                alive = self._living(name, [item.id for item in page])
                alive |= self._living(other, [_end(item).id for item in page])
                for item in page:
                    label, ends = item.name.split(":", 2)[2], (Ref(name, item.id), _end(item))
                    if alive.issuperset(ends) and (*ends, label) not in there:
                        yield Drifted("label", name, item.id, f"{label} ({_end(item)})", label)

    def _batches(self) -> Iterator[list[Confirmed]]:
        """Values of at most as many records as the platform reads at once, of properties that are there."""
        for page in self.journal.manifest.all_confirmed():
            for name, items in groupby(page, key=lambda item: item.subject.object):
                known = self._definitions(name)
                asked = (item for item in items if item.property in known and (name, item.property) not in self.stamps)
                records = (list(group) for _, group in groupby(asked, key=lambda item: item.subject))
                while batch := list(islice(records, self.connector.capabilities.read_batch)):
                    yield [item for record in batch for item in record]

    def _compared(self, batch: Sequence[Confirmed]) -> list[Drifted]:
        name = batch[0].subject.object
        ids = list(dict.fromkeys(item.subject.id for item in batch))
        found = self.connector.read_records(name, ids, sorted({item.property for item in batch}))
        records = {record.id: record.properties for record in found}
        kinds = self._definitions(name)
        moved = [
            (item, now)
            for item in batch
            if item.subject.id in records
            and not same(kinds[item.property].type, item.value, now := records[item.subject.id].get(item.property))
        ]
        return [*self._gone(name, [id_ for id_ in ids if id_ not in records]), *self._authored(name, moved)]

    def _gone(self, name: ObjectName, ids: Sequence[str]) -> list[Drifted]:
        news = self._living(name, ids) if ids else set()
        return [Drifted("record", name, id_, author="gone") for id_ in ids if Ref(name, id_) in news]

    def _living(self, name: ObjectName, ids: Iterable[str]) -> set[Ref]:
        """Those of the records that the mirror takes for alive."""
        with self.journal.store.reading() as tx:
            return {Ref(name, id_) for id_ in self.mirror.living(tx, name, ids)}

    def _authored(self, name: ObjectName, moved: Sequence[tuple[Confirmed, str | None]]) -> Iterator[Drifted]:
        authors: Mapping[str, Mapping[str, Version]] = {}
        if moved and self.connector.capabilities.history:
            items = sorted({item.property for item, _ in moved})
            authors = self.connector.read_authors(
                name, list(dict.fromkeys(item.subject.id for item, _ in moved)), items
            )
        for item, now in moved:
            what = Drifted("value", name, item.subject.id, item.property, item.value, now or None)
            version = authors.get(item.subject.id, {}).get(item.property)
            yield replace(what, at=version.at, author=version.author, author_id=version.author_id) if version else what

    def _definitions(self, name: ObjectName) -> Mapping[str, PropertyDefinition]:
        """The platform's definitions, or the mirror's where the platform has none to give."""
        if name not in self._known:
            if self.connector.capabilities.definitions:
                self._known[name] = {item.name: item for item in self.connector.read_definitions(name)}
            else:
                with self.journal.store.reading() as tx:
                    self._known[name] = self.mirror.definitions(tx, name)
        return self._known[name]


def _definition_drift(
    place: Place, ours: PropertyDefinition | None, now: PropertyDefinition | None
) -> Iterable[Drifted]:
    """Say what of a property that crmbridge created is no longer as it defined it."""
    if now is None:
        yield Drifted("property", place[0], name=place[1], ours=ours.label if ours else None, author="gone")
        return
    if ours is None:
        return
    if ours.group != now.group:
        yield Drifted("group", place[0], name=place[1], ours=ours.group, now=now.group)
    if not compatible(ours.type, now.type):
        yield Drifted("type", place[0], name=place[1], ours=ours.type, now=now.type)
    left = {option.value for option in now.options}
    if lost := [option.value for option in ours.options if option.value not in left]:
        yield Drifted("options", place[0], name=place[1], ours=";".join(lost))


def _end(item: Owned) -> Ref:
    """The record at the other end of a label's link."""
    name, id_, _ = item.name.split(":", 2)
    return Ref(name, id_)
