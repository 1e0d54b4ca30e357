"""Listing all records of an object: by ranges of ids from both ends, or page after page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import sqlalchemy as sa

from crmbridge.connector import Page
from crmbridge.model.base import ENGAGEMENTS, ObjectName
from crmbridge.model.records import Record
from crmbridge.store import Cursor
from crmbridge.sync.crew import Call
from crmbridge.sync.desk import Desk, Reading
from crmbridge.sync.gaps import Gap, Gaps
from crmbridge.sync.ranges import RangeWalk, Top
from crmbridge.sync.trail import Trail, circles, still_coming

Finish = Callable[[sa.Connection, Cursor], None]
"""Called in the transaction of the last page, with the cursor of the finished listing."""


def finished(cursor: Cursor) -> Cursor:
    """The pass is over: all that was modified before its start is in the mirror."""
    return replace(cursor, after=None, started_at=None, synced_until=cursor.started_at)


class RangeListing:
    """Lists an object whose ids are numbers, with several calls under way."""

    def __init__(self, desk: Desk, name: ObjectName, cursor: Cursor, finish: Finish) -> None:
        self.name = name
        self._desk, self._cursor, self._finish = desk, cursor, finish
        self._names = desk.scope.names(name)
        self._since = desk.scope.selection.since if name in ENGAGEMENTS else None
        self._walk: RangeWalk | None = None
        self._looking = False
        self._empty = 0
        if cursor.after is not None or self._since is None:
            self._start(Gaps.from_text(cursor.after))

    def next(self, *, search: bool) -> Call | None:
        """A page from below, or one from above."""
        if self._walk is None:
            return self._find_bottom() if search else None
        if search:
            top = self._walk.next_search()
            return None if top is None else self._search(self._walk, top)
        low = self._walk.next_list()
        return None if low is None else self._list(self._walk, low)

    def _start(self, gaps: Gaps) -> None:
        can = self._desk.can
        self._walk = RangeWalk(gaps, can.top_page, can.window, alone=not can.top_shares)

    def _find_bottom(self) -> Call | None:
        """Find where the engagements begin that are wanted: ids grow with time, so older ones need not be listed."""
        if self._looking or self._since is None:
            return None
        self._looking, since = True, self._since

        def store(tx: sa.Connection, bottom: str | None) -> None:
            if bottom is None:
                self._close(tx)
            else:
                self._start(Gaps((Gap(int(bottom), None),)))

        return Call(lambda: self._desk.connector.read_bottom(self.name, since), store, search=True)

    def _list(self, walk: RangeWalk, low: int) -> Call:
        def read() -> tuple[Page, Reading]:
            page = self._desk.connector.read_page(self.name, self._names, str(low) if low else None)
            return page, self._desk.examined(self.name, page.records)

        def store(tx: sa.Connection, result: tuple[Page, Reading]) -> None:
            page, reading = result
            after = None if page.after is None else int(page.after)
            self._empty = still_coming(self.name, 0 if page.records else self._empty + 1)
            if after is not None and after <= low:
                raise circles(self.name)
            self._take(tx, reading, walk.listed(low, after, _numbers(page.records)))

        return Call(read, store)

    def _search(self, walk: RangeWalk, top: Top) -> Call:
        def read() -> tuple[Page, Reading]:
            high = None if top.high is None else str(top.high)
            page = self._desk.connector.read_top(
                self.name, self._names, str(top.low), high, skip=top.skip, since=self._since
            )
            return page, self._desk.examined(self.name, page.records)

        def store(tx: sa.Connection, result: tuple[Page, Reading]) -> None:
            page, reading = result
            if page.records and not any(number in Gap(top.low, top.high) for number in _numbers(page.records)):
                raise circles(self.name)
            new = walk.searched(top, _numbers(page.records), more=page.after is not None)
            gone = self._desk.mirror.links.survivors(tx, self.name, [str(number) for number in new])
            self._take(tx, reading, [number for number in new if str(number) not in gone])  # the index may lag

        return Call(read, store, search=True)

    def _take(self, tx: sa.Connection, reading: Reading, new: Sequence[int]) -> None:
        """Commit what is new of a page, and how far the listing is."""
        assert self._walk is not None
        fresh = {str(number) for number in new}
        records = [record for record in reading.records if record.id in fresh]
        self._desk.take_in(tx, self.name, replace(reading, records=records), self._cursor)
        if self._walk.finished:
            self._close(tx)
        else:
            self._desk.progress.save(tx, replace(self._cursor, after=self._walk.gaps.to_text()))
        self._desk.tell(self.name, "list")

    def _close(self, tx: sa.Connection) -> None:
        self._walk, self._looking = RangeWalk(Gaps(()), 1, 1), True
        self._finish(tx, finished(self._cursor))


class PageListing:
    """Lists an object page after page: of each, the platform tells where the next one begins."""

    def __init__(self, desk: Desk, name: ObjectName, cursor: Cursor, finish: Finish) -> None:
        self.name = name
        self._desk, self._cursor, self._finish = desk, cursor, finish
        self._names = desk.scope.names(name)
        self._trail = Trail(name)
        self._ready = True

    def next(self, *, search: bool) -> Call | None:
        """The next page, once the one before is stored."""
        if search or not self._ready:
            return None
        self._ready = False
        after = self._cursor.after

        def read() -> tuple[Page, Reading]:
            page = self._desk.connector.read_page(self.name, self._names, after)
            return page, self._desk.examined(self.name, page.records)

        return Call(read, self._store)

    def _store(self, tx: sa.Connection, result: tuple[Page, Reading]) -> None:
        page, reading = result
        self._trail.follow(page.records, page.after)
        self._cursor = replace(self._cursor, after=page.after)
        self._desk.take_in(tx, self.name, reading, self._cursor)
        if page.after is None:
            self._finish(tx, finished(self._cursor))
        else:
            self._desk.progress.save(tx, self._cursor)
            self._ready = True
        self._desk.tell(self.name, "list")


def _numbers(records: Sequence[Record]) -> list[int]:
    return [int(record.id) for record in records]
