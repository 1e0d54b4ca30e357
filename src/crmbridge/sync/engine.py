"""The engine that fills the mirror: a full listing first, then what changed, each page with its cursor in one commit.

A run that is killed goes on at its last page. Deletion is inferred from a finished listing only. While a page is
stored, a helper thread reads the next one; only the engine's own thread writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

import sqlalchemy as sa

from crmbridge.config import Config
from crmbridge.connector import Connector, Modified, Page
from crmbridge.errors import FixPlugin
from crmbridge.model.base import ENGAGEMENTS, ObjectName
from crmbridge.model.links import Link
from crmbridge.model.records import Engagement, Record
from crmbridge.plugins import Quarantined, Session
from crmbridge.store import Cursor, Judgements, Mirror, Progress, Run, Store
from crmbridge.sync.ahead import ahead
from crmbridge.sync.edits import Edits, find_edits
from crmbridge.sync.trail import Trail

LinksByTarget: TypeAlias = Mapping[ObjectName, Sequence[Link]]

LINK_BATCH: Final = 1000
"""Ids per request for links; HubSpot's batch read takes as many
(https://developers.hubspot.com/changelog/bug-fix-batch-read-limit-for-hubspot-associations-api)."""

ALWAYS_LISTED: Final[frozenset[ObjectName]] = frozenset({"owner", "pipeline"})
"""Small objects that are listed whole at each sync."""

QUARANTINE_LIMIT: Final = 50
"""So many records may be quarantined, whatever their share."""

DAYS_PER_MONTH: Final = 365.25 / 12


@dataclass(frozen=True)
class SyncStep:
    """One page of progress.

    Attributes:
        stream: The object, or ``links SOURCE TARGET``.
        phase: What is being read.
        done: Records or link sources read so far in this stream.
    """

    stream: str
    phase: str
    done: int


@dataclass
class SyncResult:
    """Figures of one sync, by object or stream.

    Attributes:
        read: Records read.
        changed: Those with other content than before.
        archived: Records found gone.
        links: Links read.
        quarantined: Records that a plugin failed on.
        decisions: Edits by people of properties that crmbridge owns.
    """

    read: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    archived: dict[str, int] = field(default_factory=dict)
    links: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    decisions: int = 0

    def add(self, figure: dict[str, int], stream: str, number: int) -> None:
        """Count up one figure."""
        if number:
            figure[stream] = figure.get(stream, 0) + number


@dataclass(frozen=True)
class SyncScope:
    """What is read.

    Attributes:
        engagements: Kinds of engagement wanted.
        properties: Platform properties per object, beyond those of the normalised fields.
        owned: Per object, the platform names of crmbridge's own properties, to their registered names.
    """

    engagements: frozenset[ObjectName]
    properties: Mapping[ObjectName, Sequence[str]]
    owned: Mapping[ObjectName, Mapping[str, str]]

    def wants(self, name: ObjectName) -> bool:
        """True if records of this object are read."""
        return name not in ENGAGEMENTS or name in self.engagements

    def names(self, name: ObjectName) -> list[str]:
        """All extra properties to read of an object, sorted."""
        return sorted({*self.properties.get(name, ()), *self.owned.get(name, ())})


class SyncEngine:
    """Brings the mirror of one connection up to date."""

    def __init__(
        self,
        store: Store,
        connection: str,
        connector: Connector,
        scope: SyncScope,
        session: Session,
        *,
        config: Config,
        report: Callable[[SyncStep], None] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.store = store
        self.connection = connection
        self.connector = connector
        self.scope = scope
        self.session = session
        self.mirror = Mirror(store, connection, config.writeback.prefix)
        self.progress = Progress(store, connection)
        self.judgements = Judgements(store, connection)
        self.report = report or (lambda _: None)
        self.now = now
        self.settings = config.sync
        self.result = SyncResult()

    def run(self, run: Run, *, full: bool = False) -> SyncResult:
        """Read definitions, then each object, then links; ``full`` lists everything anew."""
        can = self.connector.capabilities
        if can.definitions:
            self._definitions(run, can.writable)
        objects = [name for name in can.objects if self.scope.wants(name)]
        for name in objects:
            self._object(run, name, full=full)
        for source, target in can.links:
            if source in objects and target in objects:
                self._links(run, source, target)
        with self.store.writing(run.lease) as tx:
            self.progress.completed(tx)
        return self.result

    def _definitions(self, run: Run, names: Iterable[ObjectName]) -> None:
        for name in names:
            found = self.connector.read_definitions(name)
            with self.store.writing(run.lease) as tx:
                self.mirror.put_definitions(tx, name, found)

    def _object(self, run: Run, name: ObjectName, *, full: bool) -> None:
        names = self.scope.names(name)
        with self.store.writing(run.lease) as tx:
            number = self.progress.property_set(tx, name, names)
        cursor = self.progress.cursor(name)
        if full or name in ALWAYS_LISTED or cursor.synced_until is None or cursor.property_set != number:
            self._list(run, name, names, self._listing(cursor, number, anew=full or cursor.synced_until is not None))
        elif self.connector.capabilities.changes:
            self._changes(run, name, names, cursor)
        self._check_quarantine(name)

    def _listing(self, cursor: Cursor, number: int, *, anew: bool) -> Cursor:
        """Go on with the listing under way, unless it reads other properties."""
        if not anew and cursor.started_at is not None and cursor.property_set == number:
            return cursor
        return Cursor(cursor.stream, number, cursor.listing + 1, None, self.now(), None)

    def _list(self, run: Run, name: ObjectName, names: Sequence[str], cursor: Cursor) -> None:
        with closing(ahead(self._pages(name, names, cursor.after))) as pages:
            for page in pages:
                cursor = replace(cursor, after=page.after)
                finished = page.after is None
                self._store(run, name, names, page, _finished(cursor) if finished else cursor, gone=finished)

    def _pages(self, name: ObjectName, names: Sequence[str], after: str | None) -> Iterator[Page]:
        trail = Trail(name)
        while True:
            page = self.connector.read_page(name, names, after)
            trail.follow(page.records, page.after)
            yield page
            if (after := page.after) is None:
                return

    def _changes(self, run: Run, name: ObjectName, names: Sequence[str], cursor: Cursor) -> None:
        assert cursor.synced_until is not None
        since = cursor.synced_until - timedelta(seconds=self.connector.capabilities.overlap_seconds)
        until = cursor.started_at or self.now()
        cursor = replace(cursor, started_at=until)
        with closing(ahead(self._changed_pages(name, names, (since, until), cursor.after))) as pages:
            for page, links in pages:
                cursor = replace(cursor, after=page.after)
                self._store(run, name, names, page, _finished(cursor) if page.after is None else cursor, links=links)

    def _changed_pages(
        self, name: ObjectName, names: Sequence[str], time: tuple[datetime, datetime], after: str | None
    ) -> Iterator[tuple[Page, LinksByTarget]]:
        trail = Trail(name)
        while True:
            changes = self.connector.read_changes(name, *time, after)
            trail.follow(changes.modified, changes.after)
            records = self._read_new(name, names, changes.modified)
            yield Page(records, changes.after), self._links_of(name, [record.id for record in records])
            if (after := changes.after) is None:
                return

    def _read_new(self, name: ObjectName, names: Sequence[str], modified: Sequence[Modified]) -> list[Record]:
        """Read what is newer than the mirror: the overlap finds again much that is there already."""
        with self.store.reading() as tx:
            known = self.mirror.get(tx, Record, name, [item.id for item in modified])
        ids = [item.id for item in modified if item.id not in known or known[item.id].updated_at != item.at]
        size = self.connector.capabilities.read_batch
        parts = (ids[start : start + size] for start in range(0, len(ids), size))
        return [record for part in parts for record in self.connector.read_records(name, part, names)]

    def _store(
        self,
        run: Run,
        name: ObjectName,
        names: Sequence[str],
        page: Page,
        cursor: Cursor,
        *,
        links: LinksByTarget | None = None,
        gone: bool = False,
    ) -> None:
        """Commit one page: records, links, people's edits and the cursor."""
        taken, refused, dropped = self._transform([_complete(record, names) for record in page.records])
        edits = find_edits(self.store, self.connection, self.connector, taken, self.scope.owned.get(name, {}))
        ids = [record.id for record in page.records]
        with self.store.writing(run.lease) as tx:
            changed = self.mirror.put(tx, taken, cursor.property_set, cursor.listing)
            for item in refused:
                self.mirror.quarantine(tx, item.ref, item.failure.plugin, item.failure.message)
            self.mirror.seen(tx, name, [*(item.ref.id for item in refused), *dropped], cursor.listing)
            for target, found in (links or {}).items():
                self.mirror.put_links(tx, name, ids, target, found)
            self._decide(tx, edits)
            if gone:
                self._archive(tx, name, cursor.listing)
            self.progress.save(tx, cursor)
            self.progress.advance(tx)
        self.result.add(self.result.read, name, len(ids))
        self.result.add(self.result.changed, name, changed)
        self.result.links += sum(map(len, (links or {}).values()))
        self.result.add(self.result.quarantined, name, len(refused))
        self.result.decisions += len(edits.decided)
        self.report(SyncStep(name, "changes" if links is not None else "list", self.result.read.get(name, 0)))

    def _transform(self, batch: Sequence[Record]) -> tuple[list[Record], list[Quarantined], list[str]]:
        """Let plugins correct records: those taken in, those quarantined, ids of those dropped or too old."""
        taken: list[Record] = []
        refused: list[Quarantined] = []
        dropped: list[str] = []
        months = self.settings.since_months
        oldest = self.now() - timedelta(days=months * DAYS_PER_MONTH) if months else None
        for record in batch:
            if oldest and isinstance(record, Engagement) and record.at < oldest:
                dropped.append(record.id)
                continue
            after = self.session.transform_record(record)
            if after is None:
                dropped.append(record.id)
            elif isinstance(after, Quarantined):
                refused.append(after)
            else:
                taken.append(after)
        return taken, refused, dropped

    def _decide(self, tx: sa.Connection, edits: Edits) -> None:
        for decision in edits.decided:
            self.judgements.decide(tx, decision)
        for subject, item in edits.withdrawn:
            self.judgements.undecide(tx, subject, item)

    def _archive(self, tx: sa.Connection, name: ObjectName, listing: int) -> None:
        gone = self.mirror.unseen(tx, name, listing)
        self.mirror.archive(tx, name, gone)
        self.result.add(self.result.archived, name, len(gone))

    def _links_of(self, source: ObjectName, ids: Sequence[str]) -> LinksByTarget:
        pairs = [target for start, target in self.connector.capabilities.links if start == source]
        targets = [target for target in pairs if self.scope.wants(target)] if ids else []
        return {target: list(self.connector.read_links(source, target, ids)) for target in targets}

    def _links(self, run: Run, source: ObjectName, target: ObjectName) -> None:
        """Read the links of all records after each new listing of their source; deltas bring their own."""
        stream = f"links {source} {target}"
        listing = self.progress.cursor(source).listing
        cursor = self.progress.cursor(stream)
        if cursor.listing == listing and cursor.synced_until is not None:
            return
        if cursor.listing != listing:
            cursor = Cursor(stream, 0, listing, None, self.now(), None)
        done = 0
        with closing(ahead(self._link_batches(source, target, cursor.after or ""))) as batches:
            for ids, found in batches:
                cursor = replace(cursor, after=ids[-1])
                with self.store.writing(run.lease) as tx:
                    self.mirror.put_links(tx, source, ids, target, found)
                    self.progress.save(tx, cursor)
                    self.progress.advance(tx)
                done += len(ids)
                self.result.links += len(found)
                self.report(SyncStep(stream, "links", done))
        with self.store.writing(run.lease) as tx:
            self.progress.save(tx, _finished(cursor))

    def _link_batches(
        self, source: ObjectName, target: ObjectName, after: str
    ) -> Iterator[tuple[list[str], list[Link]]]:
        """Read the mirror's ids as it goes: a links pass changes none of them."""
        while ids := self.mirror.ids(source, after, LINK_BATCH):
            yield ids, list(self.connector.read_links(source, target, ids))
            after = ids[-1]

    def _check_quarantine(self, name: ObjectName) -> None:
        read = self.result.read.get(name, 0)
        refused = self.result.quarantined.get(name, 0)
        if refused > max(QUARANTINE_LIMIT, read * self.settings.transform_limit_percent / 100):
            raise FixPlugin(
                f"{refused} of {read} {name} records were refused by a plugin's transform_record: "
                "mend or disable the plugin (see `crmbridge status`), then sync again"
            )


def _finished(cursor: Cursor) -> Cursor:
    """The pass is over: all that was modified before its start is in the mirror."""
    return replace(cursor, after=None, started_at=None, synced_until=cursor.started_at)


def _complete(record: Record, names: Sequence[str]) -> Record:
    """Every property that was asked for was read: one that the platform does not name is empty, not unknown."""
    return record.model_copy(update={"properties": {**dict.fromkeys(names), **record.properties}})
