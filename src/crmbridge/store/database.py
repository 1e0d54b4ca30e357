"""Opening the store: a file that is ours, of our version, readable by its owner only; reading and writing it safely."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from crmbridge.errors import CrmBridgeError, FixConfig, ReplaceStore, RetryLater, WaitForRun
from crmbridge.store import migrations
from crmbridge.store.leases import Lease, renew

APPLICATION_ID: Final = 0x63726D62
"""SQLite's ``application_id`` of our files ("crmb"), see https://www.sqlite.org/pragma.html#pragma_application_id."""

PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is deleted is personal data: it is overwritten
    "cache_size=-65536",  # 64 MiB; by default 2 MiB are kept
)
"""See https://www.sqlite.org/pragma.html."""

PATIENCE: Final = 30
"""Seconds to wait for another process that writes."""

_REMEDY: Final = "move it away and run `crmbridge sync`, or name another file in [store] path"

CHUNK: Final = 500
"""Most values in one ``IN`` list; SQLite's default limit of bound parameters is 32,766."""


class Store:
    """The one place where crmbridge remembers anything.

    Made with ``Store.open``. Reading and writing take transactions from ``reading`` and ``writing``; the classes
    ``Mirror``, ``Judgements`` and ``Journal`` say what is read and written in them.
    """

    def __init__(self, engine: sa.Engine, path: Path) -> None:
        self.engine = engine
        self.path = path

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open the SQLite file at ``path``, or create it (0600, its folder 0700), and bring it to this version.

        Raises:
            ReplaceStore: The file is not ours, is damaged, or was written by a newer version.
        """
        _claim(path)
        engine = _engine(path)
        try:
            with _explained(path):
                migrations.upgrade(engine, path)
        except CrmBridgeError:
            engine.dispose()
            raise
        return cls(engine, path)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent snapshot of the store.

        Raises:
            RetryLater, WaitForRun, FixConfig, ReplaceStore: The file cannot be used; each says why.
        """
        with _explained(self.path), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, lease: Lease) -> Iterator[sa.Connection]:
        """A transaction that commits only while ``lease`` holds; it renews the lease.

        Raises:
            LeaseLost: Another run has taken over; nothing is written.
        """
        with self.locking() as connection:
            renew(connection, lease)
            yield connection

    @contextmanager
    def locking(self) -> Iterator[sa.Connection]:
        """A transaction that excludes other writers from its start; raises as ``reading`` does."""
        writer = {"crmbridge_write": True}
        with (
            _explained(self.path),
            self.engine.connect().execution_options(**writer) as connection,
            connection.begin(),
        ):
            yield connection

    def mark_erased(self, tx: sa.Connection) -> None:
        """Note, with what is erased in this transaction, that the file must be wiped."""
        tx.exec_driver_sql("PRAGMA user_version=1")

    def wipe(self, patience: float = 5.0) -> bool:
        """Write the file anew if something was erased since the last time, so that no byte of it stays on the disk.

        Deleting alone does not do it, even with ``secure_delete``: where SQLite moved rows to another page, what it
        left behind stays; and old pages stay in the log until it is truncated.

        Args:
            patience: Seconds to wait for readers.

        Returns:
            True if nothing erased is left in the file and its log; False if another process is in the way.

        Raises:
            RetryLater: There is no disk space for it: it needs that of the file twice.
        """
        with closing(self.engine.raw_connection()) as raw:
            cursor = raw.cursor()
            try:
                cursor.execute(f"PRAGMA busy_timeout={patience * 1000:.0f}")
                return _wiped(cursor)
            except sqlite3.DatabaseError as error:
                told = _verdict(self.path, error)
                if isinstance(told, WaitForRun):
                    return False
                raise told or error from error
            finally:
                cursor.execute(f"PRAGMA busy_timeout={PATIENCE * 1000}")

    def close(self) -> None:
        """Close all connections to the file."""
        self.engine.dispose()

    def damaged(self) -> str | None:
        """Read the whole file and say what SQLite finds broken first; None if it is sound.

        https://www.sqlite.org/pragma.html#pragma_quick_check
        """
        try:
            with self.reading() as connection:
                found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
        except sa.exc.DatabaseError as error:
            found = str(error.orig)
        return None if found == "ok" else " ".join(found.split())


def upsert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, or update those whose primary key is there. All rows name the same columns.

    The statement is written once, and rows go to the driver as they are: a first sync stores millions of them.
    """
    if not rows:
        return
    names = tuple(rows[0])
    _execute(connection, _upsert(table, names, connection.dialect), rows)


def insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, the way of ``upsert``; one whose primary key is there is an error."""
    if rows:
        _execute(connection, _insert(table, tuple(rows[0]), connection.dialect), rows)


def _execute(connection: sa.Connection, written: Any, rows: list[dict[str, Any]]) -> None:
    if written.positional:
        values: Any = [tuple([row[name] for name in written.positiontup or ()]) for row in rows]
    else:
        values = rows
    connection.exec_driver_sql(str(written), values)


@lru_cache(maxsize=256)
def _insert(table: sa.Table, names: tuple[str, ...], dialect: sa.Dialect) -> Any:
    return table.insert().compile(dialect=dialect, column_keys=list(names))


@lru_cache(maxsize=256)
def _upsert(table: sa.Table, names: tuple[str, ...], dialect: sa.Dialect) -> Any:
    insert = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    keys = [column.name for column in table.primary_key]
    values = {name: insert.excluded[name] for name in names if name not in keys}
    statement = (
        insert.on_conflict_do_update(index_elements=keys, set_=values)
        if values
        else insert.on_conflict_do_nothing(index_elements=keys)
    )
    return statement.compile(dialect=dialect, column_keys=list(names))


def chunks(values: list[str]) -> Iterator[list[str]]:
    """Cut a list into pieces that fit one ``IN``."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def among(column: sa.ColumnElement[str], values: Iterable[str]) -> sa.ColumnElement[bool]:
    """Compare a column with any number of texts, as one bound value: the statement is compiled once."""
    each = sa.func.json_each(json.dumps(list(values), ensure_ascii=False)).table_valued("value")
    return column.in_(sa.select(each.c.value))


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say what to do about a file that SQLite cannot use; anything else is a fault of ours and stays as it is."""
    try:
        yield
    except sa.exc.DatabaseError as error:
        if told := _verdict(path, error.orig):
            raise told from error
        raise


def _wiped(cursor: Any) -> bool:
    """Rebuild the file and empty its log; the mark stays until both are done."""
    if cursor.execute("PRAGMA user_version").fetchone()[0] == 0:
        return True
    cursor.execute("VACUUM")
    busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if not busy:
        cursor.execute("PRAGMA user_version=0")
    return not busy


def _verdict(path: Path, error: BaseException | None) -> CrmBridgeError | None:
    """Read SQLite's result code, see https://www.sqlite.org/rescode.html."""
    match getattr(error, "sqlite_errorname", "").split("_")[1:2]:
        case ["BUSY"] | ["LOCKED"]:
            return WaitForRun(f"{path} is in use by another process: run again when that has ended")
        case ["FULL"] | ["IOERR"]:
            return RetryLater(f"{path} cannot be written: free disk space, then run the same command again")
        case ["READONLY"] | ["CANTOPEN"] | ["PERM"]:
            return FixConfig(f"{path} cannot be written: make it and its folder writable, or name another [store] path")
        case ["CORRUPT"] | ["NOTADB"]:
            return ReplaceStore(f"{path} is damaged: {_REMEDY}")
    return None


def _claim(path: Path) -> None:
    """See that the file is ours without writing to it, or make it: mode 0600, a new folder 0700."""
    if not path.exists() or path.stat().st_size == 0:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(path)) as new:
            new.execute(f"PRAGMA application_id={APPLICATION_ID}")
        return
    with path.open("rb") as file:
        header = file.read(72)
    if not header.startswith(b"SQLite format 3\0"):
        raise ReplaceStore(f"{path} is no database: {_REMEDY}")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:  # https://www.sqlite.org/fileformat.html#application_id
        raise ReplaceStore(f"{path} is a database, but not a crmbridge store: {_REMEDY}")


def _engine(path: Path) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"isolation_level": None, "timeout": PATIENCE},
        hide_parameters=True,  # they are personal data, and would stand in the text of an error
        max_overflow=-1,  # a sync's helper threads read beside its writer
    )

    @sa.event.listens_for(engine, "connect")
    def _configure(raw: Any, _record: object) -> None:
        for pragma in PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        write = connection.get_execution_options().get("crmbridge_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
