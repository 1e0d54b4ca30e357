"""What crmbridge has on the platform: values that were confirmed, things it created, properties that were approved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple

import sqlalchemy as sa

from crmbridge.model.base import Ref
from crmbridge.model.changes import PropertyChange
from crmbridge.store.database import Store, among, upsert
from crmbridge.store.schema import confirmed, ownership, released

_AS_SENT: Final[Mapping[tuple[Ref, str], str | None]] = {}

OwnedKind = Literal["group", "property", "segment", "label", "membership", "note", "task"]


class Owned(NamedTuple):
    """One thing that crmbridge created.

    Attributes:
        id: The record that has it; empty for what belongs to the whole account.
        name: A group's, property's or list's name; a note's or task's id; a label as ``OBJECT:ID:LABEL``, where object
            and id are the link's other end.
    """

    kind: OwnedKind
    object: str
    id: str
    name: str

    @classmethod
    def label(cls, subject: Ref, target: Ref, label: str) -> Owned:
        """A label on the link from one record to another."""
        return cls("label", subject.object, subject.id, f"{target}:{label}")


class Confirmed(NamedTuple):
    """One value of ours that the platform confirmed last.

    Attributes:
        value: As the platform has it.
        sent: As it was sent; a platform may round or trim it.
    """

    subject: Ref
    property: str
    value: str | None
    sent: str | None


class Manifest:
    """Reads and writes what crmbridge has on the platform of one connection."""

    def __init__(self, store: Store, connection: str) -> None:
        self.store = store
        self.connection = connection

    def confirmed(self, tx: sa.Connection, name: str, ids: Iterable[str]) -> dict[tuple[str, str], str | None]:
        """The last values of ours that the platform confirmed: (record id, platform property) → value."""
        where = (confirmed.c.connection == self.connection, confirmed.c.object == name, among(confirmed.c.id, ids))
        statement = sa.select(confirmed.c.id, confirmed.c.property, confirmed.c.value).where(*where)
        return {(row[0], row[1]): row[2] for row in tx.execute(statement)}

    def altered(self, tx: sa.Connection, name: str, ids: Iterable[str]) -> dict[tuple[str, str], Confirmed]:
        """Values of ours of which the platform made others: (record id, platform property) → both."""
        where = (confirmed.c.connection == self.connection, confirmed.c.object == name, among(confirmed.c.id, ids))
        statement = sa.select(confirmed).where(*where, confirmed.c.sent.is_distinct_from(confirmed.c.value))
        return {(row.id, row.property): _confirmed(row) for row in tx.execute(statement)}

    def all_confirmed(self) -> Iterator[list[Confirmed]]:
        """Stream all values of ours by object, record and property, a page of some 500 at a time, records whole."""
        last = ("", "")
        while True:
            here = confirmed.c.connection == self.connection
            place = sa.tuple_(confirmed.c.object, confirmed.c.id)
            records = (
                sa.select(confirmed.c.object, confirmed.c.id)
                .where(here, place > last)
                .distinct()
                .order_by(confirmed.c.object, confirmed.c.id)
                .limit(100)
            )
            with self.store.reading() as tx:
                names = [(row.object, row.id) for row in tx.execute(records)]
                if not names:
                    return
                statement = (
                    sa.select(confirmed)
                    .where(here, place > last, place <= names[-1])
                    .order_by(confirmed.c.object, confirmed.c.id, confirmed.c.property)
                )
                page = [_confirmed(row) for row in tx.execute(statement)]
            yield page
            last = names[-1]

    def has_confirmed(self) -> bool:
        """True if the platform has ever confirmed a value of ours."""
        with self.store.reading() as tx:
            statement = sa.select(confirmed.c.id).where(confirmed.c.connection == self.connection)
            return tx.execute(statement.limit(1)).first() is not None

    def confirm(
        self,
        tx: sa.Connection,
        plan_id: str,
        changes: Iterable[PropertyChange],
        altered: Mapping[tuple[Ref, str], str | None] = _AS_SENT,
    ) -> None:
        """Remember values that the platform confirmed.

        Args:
            tx: A transaction.
            plan_id: The plan that they were sent for.
            changes: What was sent.
            altered: What the platform made of it, where that is not the same.
        """
        rows = [
            {
                "connection": self.connection,
                "object": change.subject.object,
                "id": change.subject.id,
                "property": change.property,
                "value": altered.get((change.subject, change.property), change.after),
                "sent": change.after,
                "plan_id": plan_id,
            }
            for change in changes
        ]
        upsert(tx, confirmed, rows)

    def unconfirm(self, tx: sa.Connection, changes: Iterable[PropertyChange]) -> None:
        """Forget that values are ours: what stood there before was put back."""
        for change in changes:
            where = (confirmed.c.connection == self.connection, confirmed.c.object == change.subject.object)
            place = (confirmed.c.id == change.subject.id, confirmed.c.property == change.property)
            tx.execute(confirmed.delete().where(*where, *place))

    def owned(self, tx: sa.Connection, kind: OwnedKind) -> set[tuple[str, str]]:
        """What of one kind crmbridge created: (object, name)."""
        where = (ownership.c.connection == self.connection, ownership.c.kind == kind)
        statement = sa.select(ownership.c.object, ownership.c.name).where(*where)
        return {(row[0], row[1]) for row in tx.execute(statement)}

    def owned_by(self, tx: sa.Connection, kind: OwnedKind, name: str, ids: Iterable[str]) -> set[tuple[str, str]]:
        """What of one kind crmbridge created on records of an object: (record id, name)."""
        where = (ownership.c.connection == self.connection, ownership.c.kind == kind, ownership.c.object == name)
        statement = sa.select(ownership.c.id, ownership.c.name).where(*where, among(ownership.c.id, ids))
        return {(row[0], row[1]) for row in tx.execute(statement)}

    def on(self, tx: sa.Connection, refs: Iterable[Ref], kinds: Iterable[OwnedKind]) -> set[Owned]:
        """What of some kinds crmbridge created on records of any object."""
        found: set[Owned] = set()
        for name, group in groupby(sorted(set(refs)), key=lambda ref: ref.object):
            ids = [ref.id for ref in group]
            for kind in kinds:
                found |= {Owned(kind, name, id_, what) for id_, what in self.owned_by(tx, kind, name, ids)}
        return found

    def labelled(self, tx: sa.Connection, name: str, target: str, label: str) -> int:
        """Number of links, from records of one object to those of another, that crmbridge has put a label on."""
        where = (ownership.c.connection == self.connection, ownership.c.kind == "label", ownership.c.object == name)
        ends = (
            ownership.c.name.startswith(f"{target}:", autoescape=True),
            ownership.c.name.endswith(f":{label}", autoescape=True),
        )
        return tx.scalar(sa.select(sa.func.count()).select_from(ownership).where(*where, *ends)) or 0

    def everything(self) -> Iterator[Owned]:
        """Stream all that crmbridge created and did not remove, by kind, object and record."""
        last: tuple[str, str, str, str] = ("", "", "", "")
        key = (ownership.c.kind, ownership.c.object, ownership.c.id, ownership.c.name)
        while True:
            where = (ownership.c.connection == self.connection, sa.tuple_(*key) > last)
            with self.store.reading() as tx:
                page = [Owned(*row) for row in tx.execute(sa.select(*key).where(*where).order_by(*key).limit(500))]
            if not page:
                return
            yield from page
            last = page[-1]

    def own(self, tx: sa.Connection, plan_id: str, items: Iterable[Owned]) -> None:
        """Add what crmbridge created."""
        rows = [{"connection": self.connection, **item._asdict(), "plan_id": plan_id} for item in items]
        upsert(tx, ownership, rows)

    def disown(self, tx: sa.Connection, items: Iterable[Owned]) -> None:
        """Take out what crmbridge removed again; the members of a list go with it."""
        for item in items:
            if item.kind == "segment":
                members = (ownership.c.kind == "membership", ownership.c.object == item.object)
                here = (ownership.c.connection == self.connection, *members, ownership.c.name == item.name)
                tx.execute(ownership.delete().where(*here))
            same = (ownership.c[name] == value for name, value in item._asdict().items())
            tx.execute(ownership.delete().where(ownership.c.connection == self.connection, *same))

    def released(self, tx: sa.Connection) -> dict[tuple[str, str], tuple[str, str]]:
        """Which plugin and version last had a property approved: (object, platform property) → (plugin, version)."""
        rows = tx.execute(sa.select(released).where(released.c.connection == self.connection))
        return {(row.object, row.property): (row.plugin, row.version) for row in rows}

    def release(self, tx: sa.Connection, plan_id: str, items: Mapping[tuple[str, str], tuple[str, str]]) -> None:
        """Remember which plugin and version a plan's approval covers."""
        rows = [
            {
                "connection": self.connection,
                "object": name,
                "property": item,
                "plugin": plugin,
                "version": version,
                "plan_id": plan_id,
            }
            for (name, item), (plugin, version) in items.items()
        ]
        upsert(tx, released, rows)


def _confirmed(row: sa.Row[Any]) -> Confirmed:
    return Confirmed(Ref(row.object, row.id), row.property, row.value, row.sent)
