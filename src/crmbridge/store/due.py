"""What the next sync is to read by id: records, their links, properties that were asked for later, fates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Final, Literal

import sqlalchemy as sa

from crmbridge.model.base import ObjectName
from crmbridge.store.database import Store, among
from crmbridge.store.schema import due, received, records

DueKind = Literal["record", "links", "properties", "subscriptions", "fate"]
"""``record``: read it anew. ``links``: read its links. ``properties``: read those it was not read with.
``subscriptions``: read what the person subscribed to. ``fate``: a listing did not show it, find out why."""

KEPT_SECONDS: Final = 3 * 24 * 3600
"""How long notifications are remembered; HubSpot repeats one for up to 24 hours
(https://developers.hubspot.com/docs/api-reference/latest/webhooks/guide)."""


_ADD: Final = (
    "INSERT INTO due (connection, kind, object, id, asked) VALUES (?, ?, ?, ?, 0) "
    "ON CONFLICT (connection, kind, object, id) DO UPDATE SET asked = due.asked + 1"
)
_DONE: Final = "DELETE FROM due WHERE connection = ? AND kind = ? AND object = ? AND id = ? AND asked = ?"


_OF_RECORDS: Final = ("links", "properties", "subscriptions")


class Due:
    """The ids of one connection that wait to be read. A row leaves in the transaction that stores what was read."""

    def __init__(self, store: Store, connection: str) -> None:
        self.store = store
        self.connection = connection
        self._pending: Counter[tuple[str, str]] | None = None

    def pending(self, kind: DueKind, name: ObjectName) -> int:
        """About how many ids wait: at least those that do. Counted in memory, so that asking costs nothing."""
        if self._pending is None:
            self._pending = Counter(self.waiting())
        return self._pending[kind, name]

    def add(self, tx: sa.Connection, kind: DueKind, name: ObjectName, ids: Iterable[str]) -> None:
        """Note ids; one that waits already waits once, but is read again if it is being read just now."""
        rows = [(self.connection, kind, name, id_) for id_ in dict.fromkeys(ids)]
        if rows:
            tx.exec_driver_sql(_ADD, rows)
            self._count(kind, name, len(rows))

    def add_all(self, tx: sa.Connection, kind: DueKind, name: ObjectName) -> None:
        """Note every record of an object that is not archived."""
        ids = sa.select(
            sa.literal(self.connection), sa.literal(kind), records.c.object, records.c.id, sa.literal(0)
        ).where(records.c.connection == self.connection, records.c.object == name, records.c.archived.is_(False))
        tx.execute(due.delete().where(*self._of(kind, name)))
        tx.execute(due.insert().from_select(["connection", "kind", "object", "id", "asked"], ids))
        self._pending = None

    def take(self, kind: DueKind, name: ObjectName, limit: int, besides: Collection[str] = ()) -> dict[str, int]:
        """The first ids that wait, without those in ``besides``, which somebody is reading; ``done`` wants them back.

        Returns:
            Id → how often it was asked for.
        """
        statement = (
            sa.select(due.c.id, due.c.asked).where(*self._of(kind, name)).order_by(due.c.id).limit(limit + len(besides))
        )
        with self.store.reading() as tx:
            rows = [row for row in tx.execute(statement) if row.id not in besides]
        if not rows and not besides and self._pending is not None:
            self._pending[kind, name] = 0
        return {row.id: row.asked for row in rows[:limit]}

    def done(self, tx: sa.Connection, kind: DueKind, name: ObjectName, taken: Mapping[str, int]) -> None:
        """Cross out what was read. What was asked for again meanwhile stays: the answer may be older than that."""
        if taken:
            rows = [(self.connection, kind, name, id_, asked) for id_, asked in taken.items()]
            tx.exec_driver_sql(_DONE, rows)
            self._count(kind, name, -len(rows))

    def drop(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str]) -> None:
        """Forget whatever waits of records that are gone."""
        where = (due.c.connection == self.connection, due.c.object == name, among(due.c.id, ids))
        tx.execute(due.delete().where(*where, due.c.kind.in_(_OF_RECORDS)))

    def _count(self, kind: DueKind, name: ObjectName, more: int) -> None:
        if self._pending is not None:
            self._pending[kind, name] += more

    def waiting(self) -> dict[tuple[str, str], int]:
        """Numbers of ids that wait, by kind and object."""
        by = (due.c.kind, due.c.object)
        statement = sa.select(*by, sa.func.count()).where(due.c.connection == self.connection).group_by(*by)
        with self.store.reading() as tx:
            return {(kind, name): number for kind, name, number in tx.execute(statement)}

    def seen(self, tx: sa.Connection, key: str, at: float) -> bool:
        """Say whether a notification has arrived before, and remember it; old ones are forgotten.

        Args:
            tx: A writing transaction.
            key: Tells notifications apart.
            at: Now, in seconds since 1970.
        """
        mine = received.c.connection == self.connection
        tx.execute(received.delete().where(mine, received.c.at < at - KEPT_SECONDS))
        known = tx.execute(sa.select(received.c.key).where(mine, received.c.key == key)).first() is not None
        if not known:
            tx.execute(received.insert().values(connection=self.connection, key=key, at=at))
        return known

    def _of(self, kind: DueKind, name: ObjectName) -> tuple[sa.ColumnElement[bool], ...]:
        return (due.c.connection == self.connection, due.c.kind == kind, due.c.object == name)
