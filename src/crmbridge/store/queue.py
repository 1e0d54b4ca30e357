"""Finding what must be judged again: from changed records to the units that rest on them, in SQL, flat in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.sql.selectable import CompoundSelect, Select

from crmbridge.store.database import Store
from crmbridge.store.schema import addresses, dirty, links, members, queue, records, units

UnitKind = Literal["center", "contact", "company"]
"""What is judged in one go: a buying center, a contact by itself, a company by itself."""

_Ids = Select[str] | CompoundSelect[str]


class Queue:
    """The units of one connection that wait to be judged.

    A unit leaves the queue in the transaction that stores its answers, so a run that is killed goes on where it was.
    """

    def __init__(self, store: Store, connection: str) -> None:
        self.store = store
        self.connection = connection

    def fill(self, tx: sa.Connection, today: date, *, everything: bool = False) -> None:
        """Queue what changed or fell due; ``everything``, or a changed owner or pipeline, queues all there is."""
        if everything or self._reference_changed(tx):
            self._all(tx)
        else:
            self._changed(tx)
            self._due(tx, today)
        tx.execute(dirty.delete().where(dirty.c.connection == self.connection))

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

    def take_out(self, tx: sa.Connection, kind: UnitKind, ids: list[str]) -> None:
        """Remove judged units."""
        tx.execute(
            queue.delete().where(queue.c.connection == self.connection, queue.c.kind == kind, queue.c.id.in_(ids))
        )

    def _reference_changed(self, tx: sa.Connection) -> bool:
        statement = sa.select(dirty.c.id).where(
            dirty.c.connection == self.connection, dirty.c.object.in_(["owner", "pipeline"])
        )
        return tx.execute(statement.limit(1)).first() is not None

    def _all(self, tx: sa.Connection) -> None:
        self._add(tx, "center", self._known("deal", "deal:"))
        self._add(tx, "center", self._known("company", "company:"))
        self._add(tx, "contact", self._known("contact"))
        self._add(tx, "company", self._known("company"))
        for kind in ("center", "contact", "company"):  # what is stored but gone from the mirror
            self._add(
                tx, kind, sa.select(units.c.id).where(units.c.connection == self.connection, units.c.kind == kind)
            )

    def _changed(self, tx: sa.Connection) -> None:
        people = sa.union(
            self._dirty("contact"),
            self._neighbours("contact", self._dirty("deal"), "deal"),
            self._neighbours("contact", self._dirty("company"), "company"),
            self._linked_engagements("contact"),
        )
        self._add(tx, "contact", people)
        waiting = sa.select(queue.c.id).where(queue.c.connection == self.connection, queue.c.kind == "contact")
        firms = sa.union(
            self._dirty("company"),
            self._neighbours("company", self._dirty("deal"), "deal"),
            self._neighbours("company", waiting, "contact"),
            self._linked_engagements("company"),
        )
        self._add(tx, "company", firms)
        deals = sa.union(
            self._dirty("deal"),
            self._neighbours("deal", waiting, "contact"),
            self._neighbours("deal", self._dirty("company"), "company"),
            self._linked_engagements("deal"),
        )
        self._add(tx, "center", _prefixed("deal:", deals))
        self._add(tx, "center", _prefixed("company:", firms))
        self._add(tx, "center", self._centers_of(_prefixed("contact:", waiting)))
        known = sa.select((sa.literal("address:") + addresses.c.address).label("id")).where(
            addresses.c.connection == self.connection, addresses.c.contact_id.in_(self._dirty("contact"))
        )
        self._add(tx, "center", self._centers_of(known))

    def _due(self, tx: sa.Connection, today: date) -> None:
        for kind in ("center", "contact", "company"):
            due = (units.c.connection == self.connection, units.c.kind == kind, units.c.due_on <= today.isoformat())
            self._add(tx, kind, sa.select(units.c.id).where(*due))

    def _add(self, tx: sa.Connection, kind: str, ids: _Ids) -> None:
        inner = ids.subquery()
        already = sa.exists().where(
            queue.c.connection == self.connection, queue.c.kind == kind, queue.c.id == inner.c.id
        )
        rows = sa.select(sa.literal(self.connection), sa.literal(kind), inner.c.id).where(~already).distinct()
        tx.execute(queue.insert().from_select(["connection", "kind", "id"], rows))

    def _known(self, name: str, prefix: str = "") -> _Ids:
        return sa.select((sa.literal(prefix) + records.c.id).label("id")).where(
            records.c.connection == self.connection, records.c.object == name
        )

    def _dirty(self, name: str) -> Select[str]:
        return sa.select(dirty.c.id).where(dirty.c.connection == self.connection, dirty.c.object == name)

    def _neighbours(self, wanted: str, of: Select[str], name: str) -> CompoundSelect[str]:
        """Ids of ``wanted`` records linked to the ``name`` records ``of``, whichever way the link was read."""
        return sa.union(
            sa.select(links.c.target_id.label("id")).where(
                links.c.connection == self.connection,
                links.c.source_object == name,
                links.c.source_id.in_(of),
                links.c.target_object == wanted,
            ),
            sa.select(links.c.source_id.label("id")).where(
                links.c.connection == self.connection,
                links.c.target_object == name,
                links.c.target_id.in_(of),
                links.c.source_object == wanted,
            ),
        )

    def _linked_engagements(self, wanted: str) -> Select[str]:
        """Ids of ``wanted`` records to which a changed engagement links."""
        return (
            sa.select(links.c.target_id.label("id"))
            .join(
                dirty,
                sa.and_(
                    dirty.c.connection == links.c.connection,
                    dirty.c.object == links.c.source_object,
                    dirty.c.id == links.c.source_id,
                ),
            )
            .where(
                links.c.connection == self.connection,
                links.c.target_object == wanted,
                links.c.source_object.not_in(["contact", "company", "deal"]),
            )
        )

    def _centers_of(self, member_ids: _Ids) -> _Ids:
        return sa.select(members.c.center_id.label("id")).where(
            members.c.connection == self.connection, members.c.member_id.in_(member_ids)
        )


def _prefixed(prefix: str, ids: _Ids) -> Select[str]:
    inner = ids.subquery()
    return sa.select((sa.literal(prefix) + inner.c.id).label("id"))
