"""Where records come in: transformed by plugins, stored with their links to read, people's edits and the cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from crmbridge.connector import Connector
from crmbridge.errors import FixPlugin
from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.links import Link
from crmbridge.model.records import Contact, Record
from crmbridge.plugins import Quarantined, Session
from crmbridge.store import (
    Cursor,
    Journal,
    Judgements,
    Mirror,
    Progress,
    Run,
    Store,
    Tombstones,
    empty_texts,
    erase,
    without,
)
from crmbridge.sync.edits import Edits, find_edits
from crmbridge.sync.result import SyncResult, SyncStep
from crmbridge.sync.scope import SyncScope

QUARANTINE_LIMIT: Final = 50
"""So many records may be quarantined, whatever their share."""


@dataclass(frozen=True)
class Reading:
    """Records as they came, and what people did to our properties in them."""

    records: Sequence[Record]
    edits: Edits = field(default_factory=Edits)


class Desk:
    """What all streams of one sync share.

    Args:
        store: The store.
        connection: Name of the connection.
        connector: The platform.
        scope: What is read.
        session: The plugins.
        prefix: Of crmbridge's own properties.
        limit_percent: Share of records that plugins may refuse.
        report: Told of each commit.
        now: The present by the platform's clock, with a zone: modification dates are compared with it.
    """

    def __init__(  # noqa: PLR0913 - the seams of a sync, handed in once
        self,
        store: Store,
        connection: str,
        connector: Connector,
        scope: SyncScope,
        session: Session,
        *,
        prefix: str,
        limit_percent: float,
        report: Callable[[SyncStep], None] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.store = store
        self.connection = connection
        self.connector = connector
        self.can = connector.capabilities
        self.scope = scope
        self.session = session
        self.mirror = Mirror(store, connection, prefix)
        self.progress = Progress(store, connection)
        self.due = self.mirror.due
        self.judgements = Judgements(store, connection)
        self.limit_percent = limit_percent
        self.report = report or (lambda _: None)
        self.now = now
        self.result = SyncResult()
        self.subscribes = scope.subscriptions and self.can.subscriptions
        self.finished: set[ObjectName] = set()
        self._erased: set[Ref] = set()
        self._tombstones = Tombstones(connection)
        with store.reading() as tx:
            self._buried = self._tombstones.read(tx)
        self._wrote_before = Journal(store, connection).manifest.has_confirmed()

    def targets(self, source: ObjectName) -> list[ObjectName]:
        """The objects to which links of ``source`` are read."""
        return [target for start, target in self.can.links if start == source and self.scope.wants(target)]

    def ends(self, source: ObjectName) -> str:
        """What is read of the records of ``source`` besides themselves, as words."""
        more = ["subscriptions"] if source == "contact" and self.subscribes else []
        return " ".join([*self.targets(source), *more])

    def examined(self, name: ObjectName, records: Sequence[Record]) -> Reading:
        """Look for people's edits in records as they came; runs in a helper thread."""
        owned = self.scope.owned.get(name, {})
        suspects = records if self._wrote_before else [record for record in records if _holds(record, owned)]
        return Reading(records, find_edits(self.store, self.connection, self.connector, suspects, owned))

    def take_in(self, tx: sa.Connection, name: ObjectName, reading: Reading, cursor: Cursor) -> None:
        """Store records of one object; ``cursor`` tells properties and listing they were read with."""
        there = self._unburied([record for record in reading.records if record.ref not in self._erased])
        wanted = [record for record in there if self.scope.selection.takes(record)]
        unwanted = {record.id for record in there}.difference(record.id for record in wanted)
        taken, refused, dropped = self._transform(wanted)
        changed, merged = self.mirror.put(tx, taken, cursor.property_set, cursor.listing)
        for item in refused:
            self.mirror.quarantine(tx, item.ref, item.failure.plugin, item.failure.message)
        self.mirror.seen(tx, name, [*(item.ref.id for item in refused), *dropped], cursor.listing)
        if unwanted:
            self.mirror.remove(tx, name, unwanted)
        if self.targets(name):
            self.due.add(tx, "links", name, [record.id for record in taken])
        if name == "contact" and self.subscribes:
            self.due.add(tx, "subscriptions", name, [record.id for record in taken])
        self.decide(tx, reading.edits, {record.ref for record in taken})
        self.progress.advance(tx)
        self.result.add(self.result.read, name, len(reading.records))
        self.result.add(self.result.changed, name, changed)
        self.result.add(self.result.merged, name, merged)
        self.result.add(self.result.quarantined, name, len(refused))

    def take_in_links(self, tx: sa.Connection, links: Sequence[Link]) -> Sequence[Link]:
        """Leave out links to people who were forgotten; what was said with them keeps none of its texts."""
        if not self._buried:
            return links
        lost = [link for link in links if self._buried.has(str(link.target)) or self._buried.has(str(link.source))]
        empty_texts(tx, self.mirror, {end for link in lost for end in (link.source, link.target)})
        return [link for link in links if link not in lost]

    def erase(self, tx: sa.Connection, run: Run, name: ObjectName, ids: Sequence[str]) -> None:
        """Erase records that the platform deleted for good, with all that was made of them."""
        erase(tx, run, self.mirror, self.judgements, name, ids)
        self._erased.update(Ref(name, id_) for id_ in ids)  # a page that is on its way must not bring them back
        self._buried = self._tombstones.read(tx)

    def tell(self, stream: str, phase: str) -> None:
        """Report progress of a stream."""
        self.report(SyncStep(stream, phase, self.result.read.get(stream, 0)))

    def check_quarantine(self) -> None:
        """Refuse to go on if plugins failed on too many records.

        Raises:
            FixPlugin: More than a few, and more than their allowed share.
        """
        for name, refused in self.result.quarantined.items():
            read = self.result.read.get(name, 0)
            if refused > max(QUARANTINE_LIMIT, read * self.limit_percent / 100):
                raise FixPlugin(
                    f"{refused} of {read} {name} records were refused by a plugin's transform_record: "
                    "mend or disable the plugin (see `crmbridge status`), then sync again"
                )

    def _unburied(self, records: Sequence[Record]) -> list[Record]:
        """Leave out people who were forgotten, and their addresses wherever they stand."""
        if not self._buried:
            return list(records)
        found = [one for one in records if not (isinstance(one, Contact) and self._buried.holds(one))]
        self.result.forgotten += len(records) - len(found)
        return [without(record, self._buried.found) for record in found]

    def _transform(self, batch: Sequence[Record]) -> tuple[list[Record], list[Quarantined], list[str]]:
        """Let plugins correct records: those taken in, those quarantined, ids of those dropped."""
        taken: list[Record] = []
        refused: list[Quarantined] = []
        dropped: list[str] = []
        for record in batch:
            after = self.session.transform_record(record)
            if after is None:
                dropped.append(record.id)
            elif isinstance(after, Quarantined):
                refused.append(after)
            else:
                taken.append(after)
        return taken, refused, dropped

    def decide(self, tx: sa.Connection, edits: Edits, taken: set[Ref]) -> None:
        """Keep people's words about the records that were taken in."""
        for decision in edits.decided:
            if decision.subject in taken:
                self.judgements.decide(tx, decision)
                self.result.decisions += 1
        for subject, item in edits.withdrawn:
            if subject in taken:
                self.judgements.undecide(tx, subject, item)


def _holds(record: Record, owned: Mapping[str, object]) -> bool:
    return any(record.properties.get(name) is not None for name in owned)
