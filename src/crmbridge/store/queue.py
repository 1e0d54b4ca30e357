"""Finding what must be judged again: from changed records to the units that rest on them, in SQL, flat in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal

import sqlalchemy as sa
from sqlalchemy import Select

from crmbridge.store.database import Store, among
from crmbridge.store.schema import addresses, connections, dirty, failures, links, members, queue, records, units

UnitKind = Literal["center", "contact", "company"]
"""What is judged in one go: a buying center, a contact by itself, a company by itself."""


class Queue:
    """The units of one connection that wait to be judged.

    A unit leaves the queue in the transaction that stores its answers, so a run that is killed goes on where it was.
    """

    def __init__(self, store: Store, connection: str) -> None:
        self.store = store
        self.connection = connection

    def fill(self, tx: sa.Connection, today: date, *, everything: bool = False) -> None:
        """Queue what changed, fell due or failed; ``everything``, or a changed owner or pipeline, queues all."""
        if everything or self._reference_changed(tx):
            self._all(tx)
        else:
            self._changed(tx)
            self._due(tx, today)
            self._failed(tx)
        tx.execute(dirty.delete().where(dirty.c.connection == self.connection))

    def backlog(self) -> dict[str, int]:
        """Units that wait to be judged, by kind, and records that changed since the last judging; all, before it."""
        judged = sa.select(connections.c.fingerprint).where(connections.c.name == self.connection)
        with self.store.reading() as tx:
            waiting = sa.select(queue.c.kind, sa.func.count()).where(queue.c.connection == self.connection)
            found = {str(kind): int(count) for kind, count in tx.execute(waiting.group_by(queue.c.kind))}
            new = dirty if tx.scalar(judged) else records
            changed = tx.scalar(sa.select(sa.func.count()).where(new.c.connection == self.connection))
        return {**found, "changed records": changed or 0}

    def batches(self, kind: UnitKind, size: int) -> Iterator[list[str]]:
        """Ids of waiting units, in order, ``size`` at a time; each batch must be taken out before the next is asked."""
        while True:
            statement = (
                sa.select(queue.c.id)
                .where(queue.c.connection == self.connection, queue.c.kind == kind)
                .order_by(queue.c.id)
                .limit(size)
            )
            with self.store.reading() as tx:
                ids = list(tx.scalars(statement))
            if not ids:
                return
            yield ids

    def waiting(self, kind: UnitKind, ids: Iterable[str]) -> list[str]:
        """Those of the units that wait, in order."""
        here = (queue.c.connection == self.connection, queue.c.kind == kind, among(queue.c.id, ids))
        with self.store.reading() as tx:
            return list(tx.scalars(sa.select(queue.c.id).where(*here).order_by(queue.c.id)))

    def take_out(self, tx: sa.Connection, kind: UnitKind, ids: list[str]) -> None:
        """Remove judged units."""
        tx.execute(
            queue.delete().where(queue.c.connection == self.connection, queue.c.kind == kind, among(queue.c.id, ids))
        )

    def _reference_changed(self, tx: sa.Connection) -> bool:
        statement = sa.select(dirty.c.id).where(
            dirty.c.connection == self.connection, dirty.c.object.in_(["owner", "pipeline"])
        )
        return tx.execute(statement.limit(1)).first() is not None

    def _all(self, tx: sa.Connection) -> None:
        self._add(tx, "center", self._known("deal"), prefix="deal:")
        self._add(tx, "center", self._known("company"), prefix="company:")
        self._add(tx, "contact", self._known("contact"))
        self._add(tx, "company", self._known("company"))
        for kind in ("center", "contact", "company"):  # what is stored but gone from the mirror
            self._add(tx, kind, sa.select(units.c.id).where(*self._of(units, kind)))

    def _changed(self, tx: sa.Connection) -> None:
        self._add(
            tx,
            "contact",
            self._dirty("contact"),
            *self._neighbours("contact", self._dirty("deal"), "deal"),
            *self._neighbours("contact", self._dirty("company"), "company"),
            self._linked_engagements("contact"),
        )
        people = sa.select(queue.c.id).where(*self._of(queue, "contact"))
        firms = (
            self._dirty("company"),
            *self._neighbours("company", self._dirty("deal"), "deal"),
            *self._neighbours("company", people, "contact"),
            self._linked_engagements("company"),
        )
        deals = (
            self._dirty("deal"),
            *self._neighbours("deal", people, "contact"),
            *self._neighbours("deal", self._dirty("company"), "company"),
            self._linked_engagements("deal"),
        )
        self._add(tx, "company", *firms)
        self._add(tx, "center", *firms, prefix="company:")
        self._add(tx, "center", *deals, prefix="deal:")
        self._add(tx, "center", self._centers_of("contact:", people), self._centers_within("company"))
        known = sa.select(addresses.c.address.label("id")).where(
            addresses.c.connection == self.connection, addresses.c.contact_id.in_(self._dirty("contact"))
        )
        self._add(tx, "center", self._centers_of("address:", known))

    def _due(self, tx: sa.Connection, today: date) -> None:
        for kind in ("center", "contact", "company"):
            self._add(
                tx, kind, sa.select(units.c.id).where(*self._of(units, kind), units.c.due_on <= today.isoformat())
            )

    def _failed(self, tx: sa.Connection) -> None:
        """Queue that on which a plugin failed: it may have been mended, or what kept it from answering has passed."""
        for kind in ("center", "contact", "company"):
            mine = (failures.c.connection == self.connection, failures.c.unit_kind == kind)
            self._add(tx, kind, sa.select(failures.c.unit_id.label("id")).where(*mine))

    def _add(self, tx: sa.Connection, kind: str, *parts: Select[str], prefix: str = "") -> None:
        waiting = sa.select(queue.c.id).where(*self._of(queue, kind))
        for part in parts:
            inner = part.subquery()
            unit_id = sa.literal(prefix) + inner.c.id
            rows = sa.select(sa.literal(self.connection), sa.literal(kind), unit_id).distinct()
            tx.execute(queue.insert().from_select(["connection", "kind", "id"], rows.where(unit_id.not_in(waiting))))

    def _of(self, table: sa.Table, kind: str) -> tuple[sa.ColumnElement[bool], ...]:
        return (table.c.connection == self.connection, table.c.kind == kind)

    def _known(self, name: str) -> Select[str]:
        return sa.select(records.c.id).where(records.c.connection == self.connection, records.c.object == name)

    def _dirty(self, name: str) -> Select[str]:
        return sa.select(dirty.c.id).where(dirty.c.connection == self.connection, dirty.c.object == name)

    def _neighbours(self, wanted: str, of: Select[str], name: str) -> tuple[Select[str], Select[str]]:
        """Ids of ``wanted`` records linked to the ``name`` records ``of``, whichever way the link was read."""
        forth = sa.select(links.c.target_id.label("id")).where(
            links.c.connection == self.connection,
            links.c.source_object == name,
            links.c.source_id.in_(of),
            links.c.target_object == wanted,
        )
        back = sa.select(links.c.source_id.label("id")).where(
            links.c.connection == self.connection,
            links.c.target_object == name,
            links.c.target_id.in_(of),
            links.c.source_object == wanted,
        )
        return forth, back

    def _linked_engagements(self, wanted: str) -> Select[str]:
        """Ids of ``wanted`` records to which a changed engagement links."""
        same = sa.and_(
            dirty.c.connection == links.c.connection,
            dirty.c.object == links.c.source_object,
            dirty.c.id == links.c.source_id,
        )
        return (
            sa.select(links.c.target_id.label("id"))
            .join(dirty, same)
            .where(
                links.c.connection == self.connection,
                links.c.target_object == wanted,
                links.c.source_object.not_in(["contact", "company", "deal"]),
            )
        )

    def _centers_within(self, kind: str) -> Select[str]:
        """Ids of the centers of queued companies: how much weight a member has rests on who writes to all of them."""
        firms = sa.select(queue.c.id).where(*self._of(queue, kind))
        return sa.select(units.c.id).where(*self._of(units, "center"), units.c.company_id.in_(firms))

    def _centers_of(self, prefix: str, ids: Select[str]) -> Select[str]:
        inner = ids.subquery()
        return sa.select(members.c.center_id.label("id")).where(
            members.c.connection == self.connection,
            members.c.member_id.in_(sa.select(sa.literal(prefix) + inner.c.id)),
        )
