"""Rows that were refused, and values that are not planned again until something changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

import sqlalchemy as sa

from crmbridge.model.base import Ref
from crmbridge.model.changes import ActivityChange, Change, LabelChange, MembershipChange
from crmbridge.store.database import Store, among, upsert
from crmbridge.store.manifest import Owned
from crmbridge.store.schema import rejects, withheld

RejectKind = Literal["invalid", "rejected"]
"""``invalid``: crmbridge refused it and never sent it. ``rejected``: the platform refused it."""

WithheldWhy = Literal["rolled-back", "dropped", "edited-by-person"]


REVIEWS: Final = ("note:", "task:", "list:")
"""How the places begin at which a plan's other rows are told of."""


def place_of(change: Change) -> tuple[Ref, str] | None:
    """What a row writes, named as refused and withheld values name it; None for what belongs to the whole account."""
    match change:
        case LabelChange(subject=subject, target=target, label=label):
            return subject, Owned.label(subject, target, label).name
        case ActivityChange(subject=subject, object=name, key=key, made=made):
            return subject, f"{name}:{made or key}"
        case MembershipChange(subject=subject, segment=title):
            return subject, f"list:{title}"
        case _:
            return (change.record, change.place[1]) if change.record else None


class Reject(NamedTuple):
    """A value that did not go through.

    Attributes:
        property: The platform's name; a label as ``Owned.label`` names it, a note as ``note:KEY``, a list as
            ``list:TITLE``.
        reason: A code or short text; never a personal value.
        value: What was refused.
        first_at: When it was first refused, ISO 8601 in UTC.
        times: How often.
    """

    subject: Ref
    property: str
    kind: RejectKind
    reason: str
    value: str | None
    plan_id: str = ""
    first_at: str = ""
    last_at: str = ""
    times: int = 1


def is_review(item: Reject) -> bool:
    """True for a note, a task or a list member: it told of one plan's changes, and no later plan makes it."""
    return item.property.startswith(REVIEWS)


class Held(NamedTuple):
    """A value that is not planned again.

    Attributes:
        value: Until another one is proposed; where a person edited, what stands there: until that changes.
        any_value: True if nothing is planned there at all, whatever is proposed.
    """

    subject: Ref
    property: str
    value: str | None
    any_value: bool
    why: WithheldWhy


class Rejects:
    """The refused rows of one connection; one that goes through later leaves."""

    def __init__(self, store: Store, connection: str) -> None:
        self.store = store
        self.connection = connection

    def add(self, tx: sa.Connection, plan_id: str, items: Iterable[Reject]) -> None:
        """Keep refused rows; one that was refused before is counted."""
        batch, now = list(items), datetime.now(UTC).isoformat()
        known = {
            (row.object, row.id, row.property): row
            for name in {item.subject.object for item in batch}
            for row in tx.execute(
                sa.select(rejects).where(
                    rejects.c.connection == self.connection,
                    rejects.c.object == name,
                    among(rejects.c.id, [item.subject.id for item in batch if item.subject.object == name]),
                )
            )
        }
        rows = []
        for item in batch:
            before = known.get((item.subject.object, item.subject.id, item.property))
            rows.append(
                {
                    "connection": self.connection,
                    "object": item.subject.object,
                    "id": item.subject.id,
                    "property": item.property,
                    "kind": item.kind,
                    "reason": item.reason,
                    "value": item.value,
                    "plan_id": plan_id,
                    "first_at": before.first_at if before else now,
                    "last_at": now,
                    "times": before.times + 1 if before else 1,
                }
            )
        upsert(tx, rejects, rows)

    def forget(self, tx: sa.Connection, reasons: Iterable[str], but: str) -> None:
        """Let go of what was refused for one of these reasons, unless the plan named last refused it again."""
        stale = (rejects.c.connection == self.connection, rejects.c.kind == "invalid", rejects.c.plan_id != but)
        tx.execute(rejects.delete().where(*stale, rejects.c.reason.in_(list(reasons))))

    def before(self, tx: sa.Connection, plan_id: str) -> list[Reject]:
        """What was refused before a plan and not again by it, by object and record."""
        older = (rejects.c.connection == self.connection, rejects.c.plan_id != plan_id)
        found = tx.execute(sa.select(rejects).where(*older).order_by(rejects.c.object, rejects.c.id))
        return [_reject(row) for row in found]

    def settle(self, tx: sa.Connection, places: Iterable[tuple[Ref, str]]) -> None:
        """Let go of what went through."""
        for subject, name in places:
            tx.execute(rejects.delete().where(*self._at(subject, name)))

    def all(self) -> Iterator[Reject]:
        """Stream them by object, record and property."""
        key = sa.tuple_(rejects.c.object, rejects.c.id, rejects.c.property)
        last = ("", "", "")
        while True:
            statement = sa.select(rejects).where(rejects.c.connection == self.connection, key > last)
            with self.store.reading() as tx:
                page = tx.execute(
                    statement.order_by(rejects.c.object, rejects.c.id, rejects.c.property).limit(500)
                ).all()
            if not page:
                return
            yield from map(_reject, page)
            last = (page[-1].object, page[-1].id, page[-1].property)

    def count(self) -> int:
        """How many there are."""
        with self.store.reading() as tx:
            where = rejects.c.connection == self.connection
            return tx.scalar(sa.select(sa.func.count()).select_from(rejects).where(where)) or 0

    def _at(self, subject: Ref, name: str) -> tuple[sa.ColumnElement[bool], ...]:
        record = (rejects.c.object == subject.object, rejects.c.id == subject.id)
        return (rejects.c.connection == self.connection, *record, rejects.c.property == name)


class Withheld:
    """What is not planned again on one connection."""

    def __init__(self, store: Store, connection: str) -> None:
        self.store = store
        self.connection = connection

    def of(self, tx: sa.Connection, name: str, ids: Iterable[str]) -> dict[tuple[str, str], Held]:
        """What is withheld of records of one object: (record id, platform property) → what."""
        where = (withheld.c.connection == self.connection, withheld.c.object == name, among(withheld.c.id, ids))
        return {(row.id, row.property): _held(row) for row in tx.execute(sa.select(withheld).where(*where))}

    def all(self) -> Iterator[Held]:
        """Stream it by object, record and property."""
        key = sa.tuple_(withheld.c.object, withheld.c.id, withheld.c.property)
        last = ("", "", "")
        while True:
            statement = sa.select(withheld).where(withheld.c.connection == self.connection, key > last)
            ordered = statement.order_by(withheld.c.object, withheld.c.id, withheld.c.property).limit(500)
            with self.store.reading() as tx:
                page = tx.execute(ordered).all()
            if not page:
                return
            yield from (_held(row) for row in page)
            last = (page[-1].object, page[-1].id, page[-1].property)

    def count(self) -> int:
        """How much there is."""
        with self.store.reading() as tx:
            where = withheld.c.connection == self.connection
            return tx.scalar(sa.select(sa.func.count()).select_from(withheld).where(where)) or 0

    def add(self, tx: sa.Connection, plan_id: str, items: Iterable[Held]) -> None:
        """Withhold values from now on."""
        now = datetime.now(UTC).isoformat()
        rows = [
            {
                "connection": self.connection,
                "object": item.subject.object,
                "id": item.subject.id,
                "property": item.property,
                "value": item.value,
                "any_value": item.any_value,
                "why": item.why,
                "plan_id": plan_id,
                "at": now,
            }
            for item in items
        ]
        upsert(tx, withheld, rows)

    def drop(self, tx: sa.Connection, places: Iterable[tuple[Ref, str]]) -> None:
        """Let values be planned again."""
        _delete(tx, withheld, self.connection, places)


def _delete(tx: sa.Connection, table: sa.Table, connection: str, places: Iterable[tuple[Ref, str]]) -> None:
    """Delete the rows of many places with one statement."""
    at = {"object": "in_object", "id": "in_id", "property": "in_property"}
    where = (table.c.connection == connection, *(table.c[name] == sa.bindparam(bound) for name, bound in at.items()))
    rows = [{"in_object": ref.object, "in_id": ref.id, "in_property": name} for ref, name in places]
    if rows:
        tx.execute(table.delete().where(*where), rows)


def _reject(row: sa.Row[tuple[object, ...]]) -> Reject:
    where = (Ref(row.object, row.id), row.property, row.kind, row.reason, row.value)
    return Reject(*where, row.plan_id, row.first_at, row.last_at, row.times)


def _held(row: sa.Row[tuple[object, ...]]) -> Held:
    return Held(Ref(row.object, row.id), row.property, row.value, bool(row.any_value), row.why)
