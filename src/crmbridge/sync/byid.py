"""What waits to be read by id: single records, links, properties that were asked for later, and fates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from crmbridge.connector import Fate
from crmbridge.errors import GrantScope
from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.links import Link
from crmbridge.model.records import Contact, Record
from crmbridge.model.subscriptions import Subscription
from crmbridge.store import DueKind, Run
from crmbridge.sync.crew import Call
from crmbridge.sync.desk import Desk, Reading
from crmbridge.sync.result import SyncStep
from crmbridge.sync.scope import ALWAYS

LINK_BATCH: Final = 1_000
"""Ids per request for links; HubSpot's batch read takes as many
(https://developers.hubspot.com/changelog/bug-fix-batch-read-limit-for-hubspot-associations-api)."""


class ByIds(ABC):
    """Takes ids of one kind and object out of what waits, some at a time, with several calls under way.

    Args:
        desk: What all streams share.
        kind: What is to be read of them.
        name: Their object.
        size: Most ids of a call.
        whole: True if only full batches are worth a call at present; a function, since that changes.
    """

    phase = "by id"

    def __init__(
        self, desk: Desk, kind: DueKind, name: ObjectName, size: int, whole: Callable[[], bool] = lambda: False
    ) -> None:
        self.name = name
        self._desk, self._kind, self._size, self._whole = desk, kind, size, whole
        self._reading: set[str] = set()
        self._done = 0

    def next(self, *, search: bool) -> Call | None:
        """The next batch; None if there are no ids, or not enough yet."""
        waiting = self._desk.due.pending(self._kind, self.name) - len(self._reading)
        if search or waiting <= 0 or (waiting < self._size and self._whole()):
            return None
        taken = self._desk.due.take(self._kind, self.name, self._size, self._reading)
        ids = list(taken)
        if not ids or (len(ids) < self._size and self._whole()):
            return None
        self._reading.update(ids)

        def store(tx: sa.Connection, found: Any) -> None:
            self._reading.difference_update(ids)
            self.store(tx, ids, found)
            self._desk.due.done(tx, self._kind, self.name, taken)
            self._done += len(ids)
            self._desk.report(SyncStep(f"{self.name}, {self.phase}", self.phase, self._done))

        return Call(lambda: self.read(ids), store)

    @abstractmethod
    def read(self, ids: Sequence[str]) -> Any:
        """Read them; runs in a helper thread."""

    @abstractmethod
    def store(self, tx: sa.Connection, ids: Sequence[str], found: Any) -> None:
        """Store what was read."""


class LinksOf(ByIds):
    """Reads the links of records, all pairs of their object."""

    phase = "links"

    def read(self, ids: Sequence[str]) -> Mapping[ObjectName, list[Link]]:
        """Read them, target by target."""
        targets = self._desk.targets(self.name)
        return {target: found for target in targets if (found := self._to(target, ids)) is not None}

    def _to(self, target: ObjectName, ids: Sequence[str]) -> list[Link] | None:
        """Links to one object; None if the credential may not read it, and there are buying centers without it."""
        try:
            return list(self._desk.connector.read_links(self.name, target, ids))
        except GrantScope as error:
            if target in ALWAYS:
                raise
            self._desk.result.skipped[target] = str(error)
            return None

    def store(self, tx: sa.Connection, ids: Sequence[str], found: Mapping[ObjectName, list[Link]]) -> None:
        """Store those of records that are still there."""
        there = self._desk.mirror.living(tx, self.name, ids)
        for target, links in found.items():
            kept: Sequence[Link] = [link for link in links if link.source.id in there]
            kept = self._desk.take_in_links(tx, kept)
            self._desk.mirror.links.put(tx, self.name, sorted(there), target, kept)
            self._desk.result.links += len(kept)
        self._desk.progress.advance(tx)


class Records(ByIds):
    """Reads single records anew."""

    def read(self, ids: Sequence[str]) -> Reading:
        """Read them; those that are gone are left out."""
        found = self._desk.connector.read_records(self.name, ids, self._desk.scope.names(self.name))
        return self._desk.examined(self.name, found)

    def store(self, tx: sa.Connection, ids: Sequence[str], found: Reading) -> None:
        """Store them; what became of the others is to be found out."""
        self._desk.take_in(tx, self.name, found, self._desk.progress.cursor(self.name))
        if self.name in self._desk.can.archived:
            self._desk.due.add(tx, "fate", self.name, set(ids) - {record.id for record in found.records})


class Properties(ByIds):
    """Reads the properties that records were stored without, and nothing else."""

    def read(self, ids: Sequence[str]) -> tuple[int, Reading]:
        """Read what any of them lacks."""
        with self._desk.store.reading() as tx:
            sets = self._desk.mirror.property_sets(tx, self.name, ids)
        names = self._desk.scope.names(self.name)
        known = [set(self._desk.progress.property_names(number)) for number in sets]
        lacking = [name for name in names if not all(name in there for there in known)]
        found = self._desk.connector.read_records(self.name, ids, lacking) if lacking else []
        return self._desk.progress.cursor(self.name).property_set, self._desk.examined(self.name, found)

    def store(
        self,
        tx: sa.Connection,
        ids: Sequence[str],  # noqa: ARG002 - those that are gone are left to the sweeps
        found: tuple[int, Reading],
    ) -> None:
        """Add them to the records; one that was modified meanwhile is read anew, whole."""
        number, reading = found
        known = self._desk.mirror.get(tx, Record, self.name, [record.id for record in reading.records])
        as_known = {
            record.id: record.properties
            for record in reading.records
            if record.id in known and record.updated_at == known[record.id].updated_at
        }
        changed = self._desk.mirror.extend(tx, self.name, as_known, number)
        self._desk.due.add(tx, "record", self.name, sorted(known.keys() - as_known.keys()))
        self._desk.decide(tx, reading.edits, {known[id_].ref for id_ in as_known})
        self._desk.progress.advance(tx)
        self._desk.result.add(self._desk.result.read, self.name, len(reading.records))
        self._desk.result.add(self._desk.result.changed, self.name, changed)


class Subscribed(ByIds):
    """Reads what contacts subscribed to or opted out of."""

    phase = "subscriptions"

    def read(self, ids: Sequence[str]) -> tuple[Mapping[str, str], list[Subscription]]:
        """Read it by their primary addresses."""
        with self._desk.store.reading() as tx:
            people = self._desk.mirror.get(tx, Contact, self.name, ids)
        owners = {person.email: id_ for id_, person in people.items() if person.email}
        return owners, list(self._desk.connector.read_subscriptions(list(owners)))

    def store(
        self,
        tx: sa.Connection,
        ids: Sequence[str],  # noqa: ARG002 - a person without an address has none
        found: tuple[Mapping[str, str], list[Subscription]],
    ) -> None:
        """Store it; who changed their mind is judged again."""
        owners, subscriptions = found
        changed = self._desk.mirror.subscriptions.put(tx, owners, subscriptions)
        self._desk.mirror.changed.mark(tx, [Ref(self.name, owners[address]) for address in sorted(changed)])
        self._desk.progress.advance(tx)


class Fates(ByIds):
    """Finds out what became of records that were not there when they were looked for."""

    def __init__(self, desk: Desk, run: Run, name: ObjectName, size: int) -> None:
        super().__init__(desk, "fate", name, size)
        self._run = run
        self._alive: set[str] = set()

    def read(self, ids: Sequence[str]) -> Mapping[str, Fate]:
        """Ask the platform."""
        return self._desk.connector.read_fates(self.name, ids)

    def store(self, tx: sa.Connection, ids: Sequence[str], found: Mapping[str, Fate]) -> None:
        """Archive, merge or remove them; one that lives is read by id."""
        desk, name = self._desk, self.name
        fates = {id_: found.get(id_, Fate("archived")) for id_ in ids}
        alive = [id_ for id_, fate in fates.items() if fate.state == "alive"]
        desk.mirror.links.unmerge(tx, name, alive)
        # One that lives and still cannot be read is left to the next sync: the platform contradicts itself.
        desk.due.add(tx, "record", name, [id_ for id_ in alive if id_ not in self._alive])
        self._alive.update(alive)
        archived = desk.mirror.archive(tx, name, [id_ for id_, fate in fates.items() if fate.state == "archived"])
        deleted = [id_ for id_, fate in fates.items() if fate.state == "deleted"]
        desk.erase(tx, self._run, name, deleted)
        desk.result.add(desk.result.archived, name, archived + len(deleted))
        for id_, fate in fates.items():
            if fate.survivor is not None:
                desk.mirror.merged(tx, name, fate.survivor, [id_])
                desk.due.add(tx, "record", name, [fate.survivor])
                desk.result.add(desk.result.merged, name, 1)
        desk.progress.advance(tx)
