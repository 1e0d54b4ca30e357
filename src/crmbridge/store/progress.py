"""How far a connection is: its account, cursors and runs."""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from crmbridge.errors import CrmBridgeError, FixConfig, LeaseLost
from crmbridge.model.base import ObjectName
from crmbridge.store import leases
from crmbridge.store.database import Store, upsert
from crmbridge.store.schema import connections, cursors, property_sets, runs


@dataclass(frozen=True)
class AccountRow:
    """What the store knows of a connection's account.

    Attributes:
        complete: True once a sync has read everything to its end.
    """

    account_id: str
    timezone: str
    prefix: str
    serial: int
    complete: bool
    fingerprint: str


@dataclass(frozen=True)
class Cursor:
    """How far one stream of reading is.

    Attributes:
        property_set: The properties it reads.
        listing: Number of its last full listing, begun or finished.
        after: The platform's cursor of the next page; None at the start of a pass.
        started_at: Start of the pass under way; None between passes.
        synced_until: All that was modified before is in the mirror; None until a full listing has finished.
    """

    stream: str
    property_set: int = 0
    listing: int = 0
    after: str | None = None
    started_at: datetime | None = None
    synced_until: datetime | None = None


class Progress:
    """Reads and writes how far one connection is."""

    def __init__(self, store: Store, connection: str) -> None:
        self.store = store
        self.connection = connection

    def account(self) -> AccountRow | None:
        """The account this connection is bound to; None before the first sync."""
        with self.store.reading() as tx:
            row = tx.execute(sa.select(connections).where(connections.c.name == self.connection)).one_or_none()
        if row is None:
            return None
        return AccountRow(row.account_id, row.timezone, row.prefix, row.serial, row.complete, row.fingerprint)

    def bind(self, tx: sa.Connection, account_id: str, timezone: str, prefix: str) -> None:
        """Bind the connection to an account at its first sync; later, see that it is still the same one.

        Raises:
            FixConfig: The credential belongs to another account, the prefix was changed, or the account's time zone
                is not known on this machine.
        """
        _check_zone(timezone)
        row = tx.execute(sa.select(connections).where(connections.c.name == self.connection)).one_or_none()
        if row is None:
            values = {"account_id": account_id, "timezone": timezone, "prefix": prefix}
            empty = {"serial": 0, "complete": False, "fingerprint": ""}
            tx.execute(connections.insert().values(name=self.connection, **values, **empty))
            return
        if row.account_id != account_id:
            raise FixConfig(
                f"connection {self.connection!r} was synced from account {row.account_id}, but its credential now "
                f"belongs to account {account_id}: use the right token, or give the other account its own connection"
            )
        if row.prefix != prefix:
            raise FixConfig(
                f"[writeback] prefix is {prefix!r}, but the store was made with {row.prefix!r}: change it back"
            )
        tx.execute(connections.update().where(connections.c.name == self.connection).values(timezone=timezone))

    def advance(self, tx: sa.Connection) -> None:
        """Count one change of the mirror."""
        self._set(tx, serial=connections.c.serial + 1)

    def completed(self, tx: sa.Connection) -> None:
        """Note that a sync has read everything to its end."""
        self._set(tx, complete=True)

    def set_fingerprint(self, tx: sa.Connection, fingerprint: str) -> None:
        """Remember what config and plugins everything was judged with, and for which day."""
        self._set(tx, fingerprint=fingerprint)

    def cursor(self, stream: str) -> Cursor:
        """The cursor of a stream; a fresh one if it was never read."""
        where = (cursors.c.connection == self.connection, cursors.c.stream == stream)
        with self.store.reading() as tx:
            row = tx.execute(sa.select(cursors).where(*where)).one_or_none()
        if row is None:
            return Cursor(stream)
        return Cursor(stream, row.property_set, row.listing, row.after, _time(row.started_at), _time(row.synced_until))

    def cursors(self) -> list[Cursor]:
        """All cursors, by stream."""
        with self.store.reading() as tx:
            where = cursors.c.connection == self.connection
            names = list(tx.scalars(sa.select(cursors.c.stream).where(where).order_by(cursors.c.stream)))
        return [self.cursor(name) for name in names]

    def save(self, tx: sa.Connection, cursor: Cursor) -> None:
        """Store a cursor, in the transaction of the page it stands behind."""
        row = {
            "connection": self.connection,
            "stream": cursor.stream,
            "property_set": cursor.property_set,
            "listing": cursor.listing,
            "after": cursor.after,
            "started_at": _text(cursor.started_at),
            "synced_until": _text(cursor.synced_until),
        }
        upsert(tx, cursors, [row])

    def property_set(self, tx: sa.Connection, name: ObjectName, names: Sequence[str], selected: str = "") -> int:
        """The number of a set of properties; a new one if it was never used.

        Args:
            tx: A writing transaction.
            name: The object whose properties they are.
            names: The properties.
            selected: Which records of the object are read, if not all.
        """
        wanted = sorted(set(names))
        body = json.dumps({"names": wanted, "selected": selected} if selected else wanted)
        where = (
            property_sets.c.connection == self.connection,
            property_sets.c.object == name,
            property_sets.c.names == body,
        )
        number = tx.scalar(sa.select(property_sets.c.id).where(*where))
        if number is None:
            values = {"connection": self.connection, "object": name, "names": body}
            number = tx.scalar(property_sets.insert().values(**values).returning(property_sets.c.id))
        return int(number or 0)

    def property_names(self, number: int) -> list[str]:
        """The properties of a set, sorted; none if there is no such set."""
        return self._property_set(number)[0]

    def selected(self, number: int) -> str:
        """Which records were read with a set of properties; empty for all."""
        return self._property_set(number)[1]

    def _property_set(self, number: int) -> tuple[list[str], str]:
        with self.store.reading() as tx:
            body = json.loads(tx.scalar(sa.select(property_sets.c.names).where(property_sets.c.id == number)) or "[]")
        return (body["names"], body["selected"]) if isinstance(body, dict) else (body, "")

    @contextmanager
    def run(self, kind: str, run_id: str, actor: str | None = None) -> Iterator[Run]:
        """Hold the lease for one run and keep its record; it ends as ``done`` or ``failed``.

        ``actor`` is who started it, by default the user of this process.

        Raises:
            WaitForRun: Another run holds the lease.
        """
        with self.store.locking() as tx:
            lease = leases.acquire(tx, self.connection, run_id)
            row = {
                "id": run_id,
                "connection": self.connection,
                "kind": kind,
                "actor": actor or whoami(),
                "epoch": lease.epoch,
                "started_at": _text(datetime.now(UTC)),
                "status": "running",
                "summary": "{}",
            }
            upsert(tx, runs, [row])
        run = Run(lease, run_id, {}, actor or whoami())
        try:
            yield run
        except BaseException:
            with suppress(CrmBridgeError):  # the first error is the one to tell
                self._end(run, "failed")
            raise
        self._end(run, "done")

    @contextmanager
    def keeping(self, run: Run, every: float = leases.TTL_SECONDS / 5) -> Iterator[None]:
        """Renew the lease from time to time, since plugins may take longer than it lasts before anything is written.

        A lease that was lost is left alone: the next write says so.
        """
        ended = Event()

        def keep() -> None:
            while not ended.wait(every):
                try:
                    with self.store.writing(run.lease):
                        pass
                except LeaseLost:
                    return
                except CrmBridgeError:  # somebody writes; there is time for more tries
                    continue

        thread = Thread(target=keep, name="crmbridge-lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _end(self, run: Run, status: str) -> None:
        ended = {"ended_at": _text(datetime.now(UTC)), "status": status, "summary": json.dumps(run.summary)}
        with self.store.locking() as tx:
            tx.execute(runs.update().where(runs.c.id == run.id).values(**ended))
            leases.release(tx, run.lease)

    def last_runs(self, limit: int = 10) -> list[Mapping[str, Any]]:
        """The newest runs first, as plain values."""
        statement = (
            sa.select(runs)
            .where(runs.c.connection == self.connection)
            .order_by(runs.c.started_at.desc(), runs.c.id)
            .limit(limit)
        )
        with self.store.reading() as tx:
            return [{**row, "summary": json.loads(row["summary"])} for row in tx.execute(statement).mappings()]

    def _set(self, tx: sa.Connection, **values: object) -> None:
        tx.execute(connections.update().where(connections.c.name == self.connection).values(**values))


@dataclass(frozen=True)
class Run:
    """A run under way.

    Attributes:
        summary: Figures that its record will keep; never personal values.
        actor: Who started it.
    """

    lease: leases.Lease
    id: str
    summary: dict[str, Any]
    actor: str = ""


def whoami() -> str:
    """Who runs this process: the variable ``CRMBRIDGE_ACTOR``, else the user and the machine."""
    if named := os.environ.get("CRMBRIDGE_ACTOR", "").strip():
        return named
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may run under a number without a name
        user = str(os.getuid()) if hasattr(os, "getuid") else "unknown"
    return f"{user}@{socket.gethostname()}"


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise FixConfig(
            f"the account's time zone {name!r} is not known on this machine: upgrade the package tzdata"
        ) from None


def _text(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
