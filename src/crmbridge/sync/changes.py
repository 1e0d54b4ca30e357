"""What was modified since the last pass: the index names it, the records are read by id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from crmbridge.connector import Modified, ModifiedPage
from crmbridge.model.base import ENGAGEMENTS, ObjectName
from crmbridge.model.records import Record
from crmbridge.store import Cursor
from crmbridge.sync.crew import Call
from crmbridge.sync.desk import Desk, Reading
from crmbridge.sync.listing import Finish, finished
from crmbridge.sync.trail import Trail


@dataclass(frozen=True)
class _Found:
    page: ModifiedPage
    reading: Reading
    gone: Sequence[str]


class Changes:
    """One pass over what was modified of an object, page after page."""

    def __init__(self, desk: Desk, name: ObjectName, cursor: Cursor, finish: Finish) -> None:
        assert cursor.synced_until is not None
        self.name = name
        self._desk, self._finish = desk, finish
        self._since = cursor.synced_until - timedelta(seconds=desk.can.overlap_seconds)
        self._until = cursor.started_at or desk.now()
        self._cursor = replace(cursor, started_at=self._until)
        self._trail = Trail(name)
        self._ready = True
        selection = desk.scope.selection
        self._known_only = (name == "contact" and bool(selection.segments)) or (
            name in ENGAGEMENTS and selection.linked
        )

    def next(self, *, search: bool) -> Call | None:
        """The next page, once the one before is stored. It is paid from both budgets; the searches are scarcer."""
        if not search or not self._ready:
            return None
        self._ready = False
        return Call(self._read, self._store, search=True)

    def _read(self) -> _Found:
        page = self._desk.connector.read_changes(self.name, self._since, self._until, self._cursor.after)
        ids = self._newer(page.modified)
        records = [record for part in _parts(ids, self._desk.can.read_batch) for record in self._read_batch(part)]
        gone = sorted(set(ids) - {record.id for record in records})
        return _Found(page, self._desk.examined(self.name, records), gone)

    def _read_batch(self, ids: Sequence[str]) -> Sequence[Record]:
        return self._desk.connector.read_records(self.name, ids, self._desk.scope.names(self.name))

    def _newer(self, modified: Sequence[Modified]) -> list[str]:
        """What is newer than the mirror: the overlap finds again much that is there already."""
        with self._desk.store.reading() as tx:
            known = self._desk.mirror.get(tx, Record, self.name, [item.id for item in modified])
        return [
            item.id
            for item in modified
            if (known[item.id].updated_at != item.at if item.id in known else not self._known_only)
        ]

    def _store(self, tx: sa.Connection, found: _Found) -> None:
        self._trail.follow(found.page.modified, found.page.after)
        self._cursor = replace(self._cursor, after=found.page.after)
        self._desk.take_in(tx, self.name, found.reading, self._cursor)
        if self.name in self._desk.can.archived:
            self._desk.due.add(tx, "fate", self.name, found.gone)
        if found.page.after is None:
            self._finish(tx, finished(self._cursor))
        else:
            self._desk.progress.save(tx, self._cursor)
            self._ready = True
        self._desk.tell(self.name, "changes")


def _parts(ids: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
