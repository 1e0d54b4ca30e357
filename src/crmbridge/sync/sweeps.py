"""Sweeps: what no modification date tells. Each has an interval of its own, and its age shows in the status."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Literal

import sqlalchemy as sa

from crmbridge.connector import IdPage
from crmbridge.model.base import ObjectName
from crmbridge.store import Cursor, Progress
from crmbridge.sync.crew import Call
from crmbridge.sync.desk import Desk
from crmbridge.sync.trail import Trail

Sweep = Literal["archived", "links", "listing"]
"""``archived``: the platform's list of archived records. ``links``: all links anew. ``listing``: all records anew."""

SWEEPS: Final[tuple[Sweep, ...]] = ("archived", "links", "listing")

_CHUNK: Final = 1_000


def stream_of(sweep: Sweep, name: ObjectName) -> str:
    """The cursor under which a sweep of an object is kept."""
    return f"{sweep} {name}"


def is_due(progress: Progress, sweep: Sweep, name: ObjectName, interval: timedelta, now: datetime) -> bool:
    """True if a sweep was never made, is under way, or was made longer ago than its interval; zero is never."""
    cursor = progress.cursor(stream_of(sweep, name))
    if cursor.started_at is not None:
        return True
    return bool(interval) and (cursor.synced_until is None or now - cursor.synced_until >= interval)


def swept(tx: sa.Connection, progress: Progress, sweep: Sweep, name: ObjectName, at: datetime, ends: str) -> None:
    """Note that a sweep of an object began at ``at`` and needs no more calls of its own.

    ``ends`` says to which objects its links are read: with more of them, they are to be read again.
    """
    cursor = progress.cursor(stream_of(sweep, name))
    noted = ends if sweep == "links" else None
    progress.save(tx, replace(cursor, after=noted, started_at=None, synced_until=at))


class Archived:
    """Reads the platform's list of archived records, and looks after those that are on it no longer."""

    def __init__(self, desk: Desk, name: ObjectName) -> None:
        self.name = name
        self._desk = desk
        cursor = desk.progress.cursor(stream_of("archived", name))
        if cursor.started_at is None:
            cursor = Cursor(cursor.stream, 0, cursor.listing + 1, None, desk.now(), cursor.synced_until)
        self._cursor: Cursor = cursor
        self._trail = Trail(cursor.stream)
        self._ready = True

    def next(self, *, search: bool) -> Call | None:
        """The next page, once the one before is stored."""
        if search or not self._ready:
            return None
        self._ready = False
        after = self._cursor.after
        return Call(lambda: self._desk.connector.read_archived(self.name, after), self._store)

    def _store(self, tx: sa.Connection, page: IdPage) -> None:
        desk = self._desk
        self._trail.follow(page.ids, page.after)
        gone = desk.mirror.archive(tx, self.name, page.ids, sweep=self._cursor.listing)
        desk.result.add(desk.result.archived, self.name, gone)
        self._cursor = replace(self._cursor, after=page.after)
        if page.after is None:
            self._look_after_missing(tx)
            self._cursor = replace(self._cursor, started_at=None, synced_until=self._cursor.started_at)
        else:
            self._ready = True
        desk.progress.save(tx, self._cursor)
        desk.progress.advance(tx)
        desk.tell(self.name, "archived")

    def _look_after_missing(self, tx: sa.Connection) -> None:
        """What we hold as archived and the platform does not: restored, merged or deleted for good."""
        after = ""
        while ids := self._desk.mirror.no_longer_archived(tx, self.name, self._cursor.listing, after, _CHUNK):
            self._desk.due.add(tx, "fate", self.name, ids)
            after = ids[-1]
