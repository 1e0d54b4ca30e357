"""The search index of one object type: what a search may look at, which may trail behind the records.

A search sees a narrow table of its own: id, time of the last change, time of an engagement. A record whose newest
write the index has not learned of keeps its old values beside it; writes that are still to come wait in a queue.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence

from crmbridge.sandbox.rows import Shown

FAR = 2**62
FEW = 10_000
"""Up to so many hits are counted exactly; of more, the search looks at one page only."""


class Index:
    """The search index of one object type; archived records are never in it."""

    def __init__(self, database: sqlite3.Connection, name: str) -> None:
        self._database = database
        self._index, self._queue, self._records = f'"index {name}"', f'"queue {name}"', f'"records {name}"'
        self._name, self._waiting = name, True
        self._ids_known: array[int] | None = None
        self._create()

    def _create(self) -> None:
        run = self._database.execute
        run(
            f"CREATE TABLE IF NOT EXISTS {self._index}"
            " (id INTEGER PRIMARY KEY, updated INTEGER NOT NULL, moment INTEGER, body TEXT)"
        )
        run(
            f"CREATE TABLE IF NOT EXISTS {self._queue} (written INTEGER NOT NULL, id INTEGER NOT NULL,"
            " updated INTEGER NOT NULL, moment INTEGER, body TEXT)"
        )
        run(f'CREATE INDEX IF NOT EXISTS "waiting {self._name}" ON {self._queue} (id)')
        self.create_indexes()

    def create_indexes(self) -> None:
        """Create the indexes over the two times."""
        for column in ("updated", "moment"):
            sql = f'CREATE INDEX IF NOT EXISTS "{column} {self._name}" ON {self._index} ({column})'
            self._database.execute(sql)

    def drop_indexes(self) -> None:
        """Drop them, so that many records can be taken in quickly."""
        for column in ("updated", "moment"):
            self._database.execute(f'DROP INDEX "{column} {self._name}"')

    # -- writing

    def show(self, number: int, updated: int, moment: int | None, old: str | None, written: int | None) -> None:
        """Let searches see a write: at once, or when the index has caught up with the time it was ``written``.

        Args:
            number: The record's id.
            updated: Its time of the last write.
            moment: Its ``hs_timestamp``.
            old: The values it had before, as kept; None for a new record.
            written: When it was written, or None to show it at once.
        """
        run = self._database.execute
        if written is None:
            self._forget(number)
            run(f"INSERT OR REPLACE INTO {self._index} VALUES (?, ?, ?, NULL)", (number, updated, moment))  # noqa: S608
            self._add_id(number)
            return
        self._waiting = True
        # What was the newest until now is no longer what the record's own row says.
        run(f"UPDATE {self._queue} SET body = ? WHERE id = ? AND body IS NULL", (old, number))  # noqa: S608 - ours
        if run(f"SELECT 1 FROM {self._queue} WHERE id = ?", (number,)).fetchone() is None:  # noqa: S608 - ours
            run(f"UPDATE {self._index} SET body = ? WHERE id = ?", (old, number))  # noqa: S608 - ours
        sql = f"INSERT INTO {self._queue} VALUES (?, ?, ?, ?, NULL)"  # noqa: S608 - ours
        run(sql, (written, number, updated, moment))

    def hide(self, number: int) -> None:
        """Take an archived record out."""
        self._forget(number)
        self._database.execute(f"DELETE FROM {self._index} WHERE id = ?", (number,))  # noqa: S608 - ours
        place = bisect_left(self._ids, number)
        if place < len(self._ids) and self._ids[place] == number:
            self._ids.pop(place)

    def catch_up(self, moment: int) -> None:
        """Show every write until a moment."""
        if not self._waiting:
            return
        run = self._database.execute
        sql = f"SELECT id, updated, moment, body FROM {self._queue} WHERE written <= ? ORDER BY rowid"  # noqa: S608
        for row in run(sql, (moment,)).fetchall():
            run(f"INSERT OR REPLACE INTO {self._index} VALUES (?, ?, ?, ?)", row)  # noqa: S608 - ours
            self._add_id(row[0])
        run(f"DELETE FROM {self._queue} WHERE written <= ?", (moment,))  # noqa: S608 - ours
        self._waiting = run(f"SELECT 1 FROM {self._queue} LIMIT 1").fetchone() is not None  # noqa: S608 - ours

    def load(self, rows: Sequence[tuple[int, int, int | None]]) -> None:
        """Take in many new rows by ascending id: id, updated, moment."""
        self._ids.extend(row[0] for row in rows)
        self._database.executemany(f"INSERT INTO {self._index} VALUES (?, ?, ?, NULL)", rows)  # noqa: S608 - ours

    def _forget(self, number: int) -> None:
        if self._waiting:
            self._database.execute(f"DELETE FROM {self._queue} WHERE id = ?", (number,))  # noqa: S608 - ours

    def _add_id(self, number: int) -> None:
        ids = self._ids
        if not ids or ids[-1] < number:
            ids.append(number)
        elif ids[bisect_left(ids, number)] != number:
            insort(ids, number)

    @property
    def _ids(self) -> array[int]:
        """The ids by size, so that any page of a range of ids is found at once, and how many there are."""
        if self._ids_known is None:
            rows = self._database.execute(f"SELECT id FROM {self._index} ORDER BY id")  # noqa: S608 - ours
            self._ids_known = array("q", (number for (number,) in rows))
        return self._ids_known

    # -- reading

    def slice(self, low: int, high: int, offset: int, limit: int, *, down: bool) -> tuple[int, list[int]]:
        """Return how many ids there are from ``low`` to ``high``, both included, and one page of them."""
        first, end = bisect_left(self._ids, low), bisect_right(self._ids, high)
        if down:
            stop = max(end - offset, first)
            page = self._ids[max(stop - limit, first) : stop][::-1]
        else:
            page = self._ids[first + offset : min(first + offset + limit, end)]
        return max(end - first, 0), list(page)

    def page(
        self, where: str, given: Sequence[object], bounds: tuple[int, int], order: str, offset: int, limit: int
    ) -> tuple[int, list[int]]:
        """Return the number of hits, and the ids of one page of them; of more than ``FEW`` hits, an upper bound.

        Args:
            where: A condition on ``i``, the table of id, updated and moment.
            given: Its values.
            bounds: The ids to look between, both included.
            order: ``id`` or ``updated``, with a direction.
            offset: Hits to pass over.
            limit: Hits to return.
        """
        run, few = self._database.execute, f"SELECT 1 FROM {self._index} i WHERE {where} LIMIT {FEW}"  # noqa: S608
        if run(f"SELECT count(*) FROM ({few})", given).fetchone()[0] < FEW:  # noqa: S608 - ours
            # The plus keeps SQLite from walking the table in the order of its ids.
            hits = f"FROM {self._index} i WHERE {where} AND +i.id BETWEEN ? AND ?"
            total = run(f"SELECT count(*) {hits}", (*given, *bounds)).fetchone()[0]
            sql = f"SELECT i.id {hits} ORDER BY +i.{order}, +i.id LIMIT ? OFFSET ?"
            return total, [number for (number,) in run(sql, (*given, *bounds, limit, offset))]
        how, ends = ("NOT INDEXED", order) if order.startswith("id") else ("", f"{order}, i.id")
        sql = (
            f"SELECT i.id FROM {self._index} i {how} WHERE {where} AND i.id BETWEEN ? AND ?"  # noqa: S608 - ours
            f" ORDER BY i.{ends} LIMIT ? OFFSET ?"
        )
        found = [number for (number,) in run(sql, (*given, *bounds, limit + 1, offset))]
        if len(found) <= limit:
            return offset + len(found), found
        return self.slice(*bounds, 0, 0, down=False)[0], found[:limit]

    def walk(self, where: str, given: Sequence[object], bounds: tuple[int, int]) -> Iterator[tuple[int, str]]:
        """Yield (id, values as kept) of the records that meet a condition, by ascending id."""
        sql = (
            f"SELECT i.id, coalesce(i.body, r.body) FROM {self._index} i JOIN {self._records} r ON r.id = i.id"  # noqa: S608
            f" WHERE {where} AND i.id BETWEEN ? AND ? ORDER BY i.id"
        )
        yield from self._database.execute(sql, (*given, *bounds))

    def shown(self, ids: Iterable[int]) -> list[Shown]:
        """Return these records as the index shows them, in this order."""
        wanted = list(ids)
        sql = (
            "SELECT i.id, r.created, i.updated, NULL, coalesce(i.body, r.body)"  # noqa: S608 - the names are ours
            f" FROM {self._index} i JOIN {self._records} r ON r.id = i.id"
            " WHERE i.id IN (SELECT value FROM json_each(?))"
        )
        rows = {row[0]: row for row in self._database.execute(sql, (json.dumps(wanted),))}
        return [rows[number] for number in wanted if number in rows]

    def among_keys(self, name: str, values: Sequence[str] | None) -> tuple[str, list[object]]:
        """Return the condition that a record was found by one of these values of a property, or by any.

        Records that the index has not learned of are let through: somebody has to look at them.
        """
        marks = f" AND value IN ({', '.join('?' * len(values))})" if values is not None else ""
        found = f'SELECT id FROM "keys {self._name}" WHERE name = ?{marks}'  # noqa: S608 - the names are ours
        late = f" OR i.id IN (SELECT id FROM {self._queue})" if self._waiting else ""  # noqa: S608 - ours
        return f"(i.id IN ({found}){late})", [name, *(values or ())]
