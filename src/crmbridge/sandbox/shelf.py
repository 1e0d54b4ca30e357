"""The records of one object type: a table by id, and a table of the values by which a record is found."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterable, Iterator, Mapping

from crmbridge.sandbox.index import Index
from crmbridge.sandbox.records import Record
from crmbridge.sandbox.rows import COLUMNS, Row, Shown, from_row, moment_of, to_row

Batch = tuple[list[Row], list[tuple[int, int, int | None]], list[tuple[int, str, str]]]
"""Rows of ``COLUMNS``; (id, updated, moment) of each; (id, property, value in lower case) to be found by."""
CHUNK = 500
SHOWN = "id, created, updated, archived, body"
LISTS = ("hs_additional_emails", "hs_merged_object_ids")
"""Properties whose single parts are found; beside them, the unique ones of the object type."""


class Shelf:
    """Every record of one object type, archived ones too.

    Args:
        database: The portal's.
        name: Plural name of the object type.
        unique: Names of its unique properties.
    """

    def __init__(self, database: sqlite3.Connection, name: str, unique: Iterable[str]) -> None:
        self._database, self._name = database, name
        self._records, self._keys = f'"records {name}"', f'"keys {name}"'
        self._create()
        self._key_names = {*LISTS, *unique}
        self._any_gone = f"SELECT 1 FROM {self._records} WHERE archived IS NOT NULL LIMIT 1"  # noqa: S608 - ours
        self.index = Index(database, name)

    def _create(self) -> None:
        run, name = self._database.execute, self._name
        run(
            f"CREATE TABLE IF NOT EXISTS {self._records} (id INTEGER PRIMARY KEY, created INTEGER NOT NULL,"
            " updated INTEGER NOT NULL, archived INTEGER, body TEXT NOT NULL, source TEXT NOT NULL, history TEXT)"
        )
        run(f'CREATE INDEX IF NOT EXISTS "gone {name}" ON {self._records} (id) WHERE archived IS NOT NULL')
        run(f"CREATE TABLE IF NOT EXISTS {self._keys} (id INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL)")
        self._create_indexes()

    def _create_indexes(self) -> None:
        run, name = self._database.execute, self._name
        run(f'CREATE INDEX IF NOT EXISTS "found {name}" ON {self._keys} (name, value)')
        run(f'CREATE INDEX IF NOT EXISTS "owner {name}" ON {self._keys} (id)')

    def _drop_indexes(self) -> None:
        """Drop the indexes, so that many records can be taken in quickly."""
        self.index.drop_indexes()
        self._database.execute(f'DROP INDEX "found {self._name}"')
        self._database.execute(f'DROP INDEX "owner {self._name}"')

    # -- reading

    def get(self, record_id: str) -> Record | None:
        """Return a record, archived or not."""
        if not record_id.isdigit() or len(record_id) > 18:  # noqa: PLR2004 - what SQLite's integers hold
            return None
        sql = f"SELECT {COLUMNS} FROM {self._records} WHERE id = ?"  # noqa: S608 - the table's name is ours
        row = self._database.execute(sql, (int(record_id),)).fetchone()
        return from_row(self._name, row) if row and str(row[0]) == record_id else None

    def walk(self, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        """Yield the records by ascending id from ``start`` to ``stop``, both included."""
        last = 2**62 if stop is None else stop
        sql = (
            f"SELECT {COLUMNS} FROM {self._records} WHERE id BETWEEN ? AND ?"  # noqa: S608 - the table's name is ours
            f" ORDER BY id LIMIT {CHUNK}"
        )
        while rows := self._database.execute(sql, (start, last)).fetchall():
            for row in rows:
                yield from_row(self._name, row)
            start = rows[-1][0] + 1

    def page(self, start: int, limit: int, *, archived: bool) -> list[Shown]:
        """Return up to ``limit`` records by ascending id from ``start``: those that are archived, or those that not."""
        rest = f"{'NOT' if archived else ''} NULL ORDER BY id LIMIT ?"
        sql = f"SELECT {SHOWN} FROM {self._records} WHERE id >= ? AND archived IS {rest}"  # noqa: S608 - ours
        return self._database.execute(sql, (min(start, 2**62), limit)).fetchall()

    def many(self, ids: Iterable[str], *, archived: bool = False) -> dict[str, Shown]:
        """Return those of the records that are archived, or those that are not, by their ids."""
        wanted = json.dumps([int(one) for one in ids if one.isdigit() and len(one) < 19])  # noqa: PLR2004 - as in get
        sql = (
            f"SELECT {SHOWN} FROM {self._records}"  # noqa: S608 - the table's name is ours
            " WHERE id IN (SELECT value FROM json_each(?)) AND archived IS"
        )
        rows = self._database.execute(f"{sql} {'NOT' if archived else ''} NULL", (wanted,))
        return {str(row[0]): row for row in rows}

    def ids(self) -> list[str]:
        """Return the ids of all records that are not archived, ascending."""
        sql = f"SELECT id FROM {self._records} WHERE archived IS NULL ORDER BY id"  # noqa: S608 - ours
        return [str(number) for (number,) in self._database.execute(sql)]

    def count(self) -> int:
        """Return the number of records that are not archived."""
        sql = f"SELECT (SELECT count(*) FROM {self._records}) - (SELECT count(*) FROM {self._records} WHERE"  # noqa: S608
        number: int = self._database.execute(f"{sql} archived IS NOT NULL)").fetchone()[0]
        return number

    def gone(self, ids: Iterable[int]) -> set[int]:
        """Return those of the ids that stand for archived records."""
        if self._database.execute(self._any_gone).fetchone() is None:
            return set()
        sql = f"SELECT id FROM {self._records} WHERE archived IS NOT NULL"  # noqa: S608 - the table's name is ours
        sql += " AND id IN (SELECT value FROM json_each(?))"
        return {number for (number,) in self._database.execute(sql, (json.dumps([*{*ids}]),))}

    def looks_up(self, name: str) -> bool:
        """Tell whether records are found by this property."""
        return name in self._key_names

    def by_value(self, name: str, value: str) -> Record | None:
        """Return the unarchived record with this value; ``email`` looks at secondary addresses too."""
        if name not in self._key_names:
            self._learn(name)
        names = [name, "hs_additional_emails"] if name == "email" else [name]
        marks = ", ".join("?" * len(names))
        sql = f"SELECT id FROM {self._keys} WHERE name IN ({marks}) AND value = ? ORDER BY id"  # noqa: S608 - ours
        for (number,) in self._database.execute(sql, (*names, value.lower())).fetchall():
            record = self.get(str(number))
            if record is not None and record.archived is None and _holds(record, name, value):
                return record
        return None

    def next_id(self, dice: random.Random) -> str:
        """Return an id a little above the highest one."""
        highest = self._database.execute(f"SELECT max(id) FROM {self._records}").fetchone()[0]  # noqa: S608 - ours
        last = 20_000_000_000 + dice.randrange(10**9) if highest is None else highest
        return str(last + dice.randrange(1, 60))

    # -- writing

    def insert(self, records: Iterable[Record], written: int | None = None) -> None:
        """Take in records that are not here yet.

        Args:
            records: Finished records.
            written: Time of the write if the search index shall learn of it later, epoch milliseconds.
        """
        taken = list(records)
        self._store([to_row(record) for record in taken])
        self._store_keys(key for record in taken for key in self._keys_of(record))
        for record in taken:
            record.kind = self._name
            if record.archived is None:
                self.index.show(int(record.id), record.updated, moment_of(record.properties), None, written)

    def save(self, record: Record, written: int | None = None) -> None:
        """Store what became of a record that is here already; ``written`` as in ``insert``."""
        number = int(record.id)
        sql = f"SELECT body FROM {self._records} WHERE id = ?"  # noqa: S608 - the table's name is ours
        old: str = self._database.execute(sql, (number,)).fetchone()[0]
        self._store([to_row(record)])
        self._forget_keys(number)
        self._store_keys(self._keys_of(record))
        if record.archived is None:
            self.index.show(number, record.updated, moment_of(record.properties), old, written)
        else:
            self.index.hide(number)

    def erase(self, record_id: str) -> None:
        """Remove a record for good."""
        self._database.execute(f"DELETE FROM {self._records} WHERE id = ?", (int(record_id),))  # noqa: S608 - ours
        self._forget_keys(int(record_id))
        self.index.hide(int(record_id))

    def _learn(self, name: str) -> None:
        """Let records be found by one more property: it was defined after the shelf was made."""
        self._key_names.add(name)
        known = ((int(record.id), name, record.properties.get(name, "").lower()) for record in self.walk())
        self._store_keys(key for key in known if key[2])

    def load(self, batches: Iterable[Batch]) -> None:
        """Take in many new, finished records: rows, and what the index and the lookups need of each."""
        self._drop_indexes()
        for rows, times, keys in batches:
            self._store(rows)
            self.index.load(times)
            self._store_keys(keys)
        self._create_indexes()
        self.index.create_indexes()

    def _store(self, rows: Iterable[Row]) -> None:
        sql = f"INSERT OR REPLACE INTO {self._records} ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - ours
        self._database.executemany(sql, rows)

    def _store_keys(self, keys: Iterable[tuple[int, str, str]]) -> None:
        self._database.executemany(f"INSERT INTO {self._keys} VALUES (?, ?, ?)", keys)  # noqa: S608 - ours

    def _forget_keys(self, number: int) -> None:
        self._database.execute(f"DELETE FROM {self._keys} WHERE id = ?", (number,))  # noqa: S608 - ours

    def _keys_of(self, record: Record) -> Iterator[tuple[int, str, str]]:
        values: Mapping[str, str] = record.properties
        for name in self._key_names & values.keys():
            for part in values[name].split(";") if name in LISTS else [values[name]]:
                yield int(record.id), name, part.lower()


def _holds(record: Record, name: str, value: str) -> bool:
    """Tell whether a record has a value; addresses are the same in either case, other values are not."""
    if name != "email":
        return record.properties.get(name) == value
    known = [record.properties.get("email", ""), *record.properties.get("hs_additional_emails", "").split(";")]
    return value.lower() in [one.lower() for one in known]
