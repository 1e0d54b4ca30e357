"""Reading a part of the records: the contacts in some lists of the platform, what was logged with open deals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from crmbridge.connector import IdPage
from crmbridge.model.base import ObjectName
from crmbridge.model.records import Deal, Record
from crmbridge.store import Cursor
from crmbridge.sync.byid import LINK_BATCH
from crmbridge.sync.crew import Call
from crmbridge.sync.desk import Desk
from crmbridge.sync.listing import Finish, finished
from crmbridge.sync.trail import Trail


class Members:
    """Compares the contacts of the mirror with the members of the segments; new ones are read by id."""

    name = "contact"

    def __init__(self, desk: Desk, cursor: Cursor, finish: Finish) -> None:
        self._desk, self._cursor, self._finish = desk, cursor, finish
        self._segments = list(desk.scope.selection.segments)
        self._members: set[str] = set()
        self._after: str | None = None
        self._trail = Trail(self._segments[0])
        self._ready = True

    def next(self, *, search: bool) -> Call | None:
        """The next page of members, once the one before is stored."""
        if search or not self._ready:
            return None
        self._ready = False
        segment, after = self._segments[0], self._after
        return Call(lambda: self._desk.connector.read_members(segment, after), self._store)

    def _store(self, tx: sa.Connection, page: IdPage) -> None:
        desk = self._desk
        self._trail.follow(page.ids, page.after)
        self._members.update(page.ids)
        known = desk.mirror.get(tx, Record, "contact", page.ids)
        desk.due.add(tx, "record", "contact", [id_ for id_ in page.ids if id_ not in known])
        self._after = page.after
        if page.after is None:
            self._segments.pop(0)
            self._trail = Trail(self._segments[0]) if self._segments else self._trail
        self._ready = bool(self._segments)
        if not self._ready:
            self._close(tx)

    def _close(self, tx: sa.Connection) -> None:
        """Whoever is in none of the segments leaves the mirror: nobody asked for them."""
        after = ""
        while ids := self._desk.mirror.ids("contact", after, LINK_BATCH):
            self._desk.mirror.remove(tx, "contact", [id_ for id_ in ids if id_ not in self._members])
            after = ids[-1]
        if self._cursor.synced_until is None:
            self._finish(tx, finished(self._cursor))


class Linked:
    """Finds the engagements of one kind that are linked to open deals; new ones are read by id."""

    def __init__(self, desk: Desk, name: ObjectName, cursor: Cursor, finish: Finish) -> None:
        self.name = name
        self._desk, self._cursor, self._finish = desk, cursor, finish
        self._batches: Iterator[list[str]] | None = None
        self._under_way = 0
        self._over = False

    def next(self, *, search: bool) -> Call | None:
        """The next open deals, once all deals are read."""
        if search or self._over or "deal" not in self._desk.finished:
            return None
        if self._batches is None:
            self._batches = self._open_deals()
        ids = next(self._batches, [])
        if not ids and self._under_way:
            return None
        self._over = not ids
        self._under_way += 1
        return Call(lambda: self._read(ids), self._store)

    def _open_deals(self) -> Iterator[list[str]]:
        batch: list[str] = []
        for deal in self._desk.mirror.records("deal"):
            if isinstance(deal, Deal) and not deal.is_closed:
                batch.append(deal.id)
            if len(batch) == LINK_BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def _read(self, ids: Sequence[str]) -> set[str]:
        if not ids:
            return set()
        return {link.target.id for link in self._desk.connector.read_links("deal", self.name, ids)}

    def _store(self, tx: sa.Connection, found: set[str]) -> None:
        self._under_way -= 1
        known: Mapping[str, Record] = self._desk.mirror.get(tx, Record, self.name, found)
        self._desk.mirror.seen(tx, self.name, known, self._cursor.listing)
        self._desk.due.add(tx, "record", self.name, sorted(found - known.keys()))
        if self._over and self._cursor.synced_until is None:
            self._close(tx)

    def _close(self, tx: sa.Connection) -> None:
        """What an earlier selection took in leaves. Later, what was logged with a deal that closes stays."""
        mirror = self._desk.mirror
        while ids := mirror.unseen(tx, self.name, self._cursor.listing, "", LINK_BATCH):
            mirror.remove(tx, self.name, ids)
        self._finish(tx, finished(self._cursor))
