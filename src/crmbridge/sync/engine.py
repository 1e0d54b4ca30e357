"""The engine that fills the mirror: a full listing first, then what changed, each page with its cursor in one commit.

Every object and everything that waits to be read by id is a stream; one crew reads them all, several calls at a time,
under the platform's one rate limit. A run that is killed goes on where each stream was. Deletion is inferred from a
finished listing only, and never without asking what became of a record.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from crmbridge.config import Sync
from crmbridge.errors import GrantScope
from crmbridge.model.base import ENGAGEMENTS, ObjectName
from crmbridge.store import Cursor, Run
from crmbridge.sync.byid import LINK_BATCH, Fates, LinksOf, Properties, Records, Subscribed
from crmbridge.sync.changes import Changes
from crmbridge.sync.crew import Crew, Stream
from crmbridge.sync.desk import Desk
from crmbridge.sync.listing import PageListing, RangeListing
from crmbridge.sync.members import Linked, Members
from crmbridge.sync.result import SyncResult
from crmbridge.sync.scope import ALWAYS
from crmbridge.sync.sweeps import SWEEPS, Archived, Sweep, is_due, stream_of, swept

log: Final = logging.getLogger(__name__)

SMALL: Final[frozenset[ObjectName]] = frozenset({"owner", "pipeline"})
"""Objects that are listed whole at each sync."""

SEARCHES_AT_ONCE: Final = 4
"""Enough for HubSpot's five a second, if one takes no longer than 800 ms until it is stored."""

FATE_BATCH: Final = 100

_CHUNK: Final = 1_000


class SyncEngine:
    """Brings the mirror of one connection up to date."""

    def __init__(self, desk: Desk, settings: Sync) -> None:
        self.desk = desk
        self.store, self.connector = desk.store, desk.connector
        self.settings = settings

    def run(self, run: Run, *, full: bool = False) -> SyncResult:
        """Read definitions, then all objects and links; ``full`` lists everything anew.

        Raises:
            RetryLater: The platform cannot answer now; what was read stays, the next run goes on there.
        """
        desk, can = self.desk, self.desk.can
        before = self.connector.calls
        if can.definitions:
            self._definitions(run, can.writable)
        wanted = [name for name in can.objects if desk.scope.wants(name)]
        reading = {name: self._object(run, name, full=full) for name in wanted}
        desk.finished = {name for name, streams in reading.items() if not streams}
        self._try_again(run, wanted)
        self._sweep_links(run, wanted)
        streams = [
            *(stream for name in wanted for stream in self._by_id(run, name)),
            *(Archived(desk, name) for name in wanted if self._sweeps_archived(name)),
            *(stream for name in wanted for stream in reading[name]),
        ]
        try:
            Crew(self.store, can.calls_at_once, SEARCHES_AT_ONCE, self._skip).run(run.lease, streams)
        finally:
            desk.result.calls = self.connector.calls - before
        desk.check_quarantine()
        with self.store.writing(run.lease) as tx:
            desk.progress.completed(tx)
        if not self.store.wipe():
            log.warning("the store still holds bytes of what was erased, as another process reads it: sync again")
        return desk.result

    def _definitions(self, run: Run, names: Iterable[ObjectName]) -> None:
        for name in names:
            found = self.connector.read_definitions(name)
            with self.store.writing(run.lease) as tx:
                self.desk.mirror.put_definitions(tx, name, found)

    # What is read of an object

    def _object(self, run: Run, name: ObjectName, *, full: bool) -> list[Stream]:
        """The streams that bring the records of an object up to date."""
        desk, scope = self.desk, self.desk.scope
        selected = scope.selected(name)
        with self.store.writing(run.lease) as tx:
            number = desk.progress.property_set(tx, name, scope.names(name), selected)
        cursor = desk.progress.cursor(name)
        other = desk.progress.selected(cursor.property_set) != selected
        whole = full or other or name in SMALL or not desk.can.changes  # who cannot tell what changed is asked for all
        anew = cursor.synced_until is not None and (whole or self._is_due("listing", name))
        if cursor.synced_until is None or anew:
            return [self._listing(run, name, cursor, number, anew=anew)]
        if cursor.property_set != number:
            cursor = self._grown(run, name, cursor, number)
        streams: list[Stream] = []
        if self._by_membership(name):
            streams.append(Members(desk, cursor, self._save))
        if self._by_deals(name):
            streams.append(Linked(desk, name, cursor, self._save))
        if desk.can.changes:
            streams.append(Changes(desk, name, cursor, self._save))
        return streams

    def _by_membership(self, name: ObjectName) -> bool:
        return name == "contact" and bool(self.desk.scope.selection.segments)

    def _by_deals(self, name: ObjectName) -> bool:
        return name in ENGAGEMENTS and self.desk.scope.selection.linked

    def _listing(self, run: Run, name: ObjectName, cursor: Cursor, number: int, *, anew: bool) -> Stream:
        """Go on with the listing under way, unless it reads other properties."""
        desk = self.desk
        if anew or cursor.started_at is None or cursor.property_set != number:
            cursor = Cursor(name, number, cursor.listing + 1, None, desk.now(), None)
            with self.store.writing(run.lease) as tx:
                desk.progress.save(tx, cursor)
        if self._by_membership(name):
            return Members(desk, cursor, self._listed)
        if self._by_deals(name):
            return Linked(desk, name, cursor, self._listed)
        return (RangeListing if name in desk.can.ranges else PageListing)(desk, name, cursor, self._listed)

    def _grown(self, run: Run, name: ObjectName, cursor: Cursor, number: int) -> Cursor:
        """Note what is read from now on; what records lack of it is read by id, and unknown until then."""
        progress = self.desk.progress
        more = set(progress.property_names(number)).difference(progress.property_names(cursor.property_set))
        grown = replace(cursor, property_set=number)
        with self.store.writing(run.lease) as tx:
            progress.save(tx, grown)
            if more:
                self.desk.due.add_all(tx, "properties", name)
        return grown

    def _by_id(self, run: Run, name: ObjectName) -> list[Stream]:
        desk, size = self.desk, self.desk.can.read_batch
        streams: list[Stream] = [Records(desk, "record", name, size), Properties(desk, "properties", name, size)]
        if desk.targets(name):
            streams.append(LinksOf(desk, "links", name, LINK_BATCH, lambda: name not in desk.finished))
        if name == "contact" and desk.subscribes:
            streams.append(Subscribed(desk, "subscriptions", name, size))
        if name in desk.can.archived:
            streams.append(Fates(desk, run, name, FATE_BATCH))
        return streams

    def _try_again(self, run: Run, names: Iterable[ObjectName]) -> None:
        """Read again what a plugin failed on: it may have been mended."""
        with self.store.writing(run.lease) as tx:
            for name in names:
                self.desk.due.add(tx, "record", name, self.desk.mirror.refused(tx, name))

    # Sweeps

    def _is_due(self, sweep: Sweep, name: ObjectName) -> bool:
        asked = self.settings
        hours = {"archived": asked.archived_hours, "links": asked.links_hours, "listing": asked.listing_days * 24}
        return is_due(self.desk.progress, sweep, name, timedelta(hours=hours[sweep]), self.desk.now())

    def _sweeps_archived(self, name: ObjectName) -> bool:
        stands = self.desk.progress.cursor(name).synced_until is not None
        return name in self.desk.can.archived and stands and self._is_due("archived", name)

    def _sweep_links(self, run: Run, names: Iterable[ObjectName]) -> None:
        """Have all links of records that stand read again, if that is long ago, or if more of them are wanted now."""
        desk = self.desk
        linked = [name for name in names if desk.ends(name)]
        standing = [name for name in linked if desk.progress.cursor(name).synced_until is not None]
        old = [name for name in standing if self._is_due("links", name) or self._links_more(name)]
        with self.store.writing(run.lease) as tx:
            for name in old:
                if desk.targets(name):
                    desk.due.add_all(tx, "links", name)
                if name == "contact" and desk.subscribes:
                    desk.due.add_all(tx, "subscriptions", name)
                swept(tx, desk.progress, "links", name, desk.now(), desk.ends(name))

    def _links_more(self, name: ObjectName) -> bool:
        before = self.desk.progress.cursor(stream_of("links", name)).after or ""
        return not set(self.desk.ends(name).split()) <= set(before.split())

    # What happens at the end of a pass

    def _skip(self, name: ObjectName, error: GrantScope) -> bool:
        """Do without an object that the credential may not read, unless there is no buying center without it."""
        if name in ALWAYS:
            return False
        self.desk.result.skipped[name] = str(error)
        self.desk.finished.add(name)
        return True

    def _save(self, tx: sa.Connection, cursor: Cursor) -> None:
        self.desk.progress.save(tx, cursor)
        self.desk.finished.add(cursor.stream)

    def _listed(self, tx: sa.Connection, cursor: Cursor) -> None:
        """Look after what the finished listing did not show; it also did what the sweeps would have done."""
        desk, name, after = self.desk, cursor.stream, ""
        self._save(tx, cursor)
        while gone := desk.mirror.unseen(tx, name, cursor.listing, after, _CHUNK):
            if name in desk.can.archived:
                desk.due.add(tx, "fate", name, gone)
            else:
                desk.mirror.archive(tx, name, gone)
                desk.result.add(desk.result.archived, name, len(gone))
            after = gone[-1]
        if cursor.synced_until is not None:
            for sweep in SWEEPS:
                swept(tx, desk.progress, sweep, name, cursor.synced_until, desk.ends(name))
