"""Erasing records: whatever the store holds of somebody who was deleted for good, or is to be forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa

from crmbridge.model.base import TOUCHES, ObjectName, Ref
from crmbridge.model.records import Record, record_from_json
from crmbridge.store.database import among
from crmbridge.store.journal import Journal
from crmbridge.store.judgements import Judgements
from crmbridge.store.mentions import without
from crmbridge.store.mirror import Mirror
from crmbridge.store.progress import Run
from crmbridge.store.queue import UnitKind
from crmbridge.store.schema import (
    confirmed,
    decisions,
    dirty,
    due,
    members,
    merges,
    ownership,
    proposals,
    queue,
    received,
    records,
    rejects,
    subscriptions,
    units,
    withheld,
)
from crmbridge.store.sought import Sought, sought
from crmbridge.store.tombstones import Tombstones
from crmbridge.store.unwriting import Unwritten, unwrite

TELLING: Final[tuple[ObjectName, ...]] = (*TOUCHES, "ticket", "feedback")
"""Records of what was said: of those linked to somebody any text may name that one."""

_OF_RECORD: Final = (proposals, decisions, confirmed, rejects, withheld, ownership, due, dirty)
_WITH_VALUES: Final = (decisions, confirmed, rejects, withheld)


@dataclass(frozen=True)
class Erased:
    """What was erased. It holds ids only.

    Attributes:
        records: The records, those that went into them included; those of them that the store did not hold, too.
        engagements: Engagements, tickets and answers to surveys: theirs have no texts any more, others none that named
            them in full.
        others: Other records in which a value held an address of theirs, and is empty now.
        centers: Buying centers that are judged again without them.
        plans: What became of plans and the journal.
        shared: Addresses of theirs that stay, because another contact or a user of the CRM has them, too.
        imported: How many imported touchpoints of theirs are gone.
    """

    records: tuple[Ref, ...] = ()
    engagements: tuple[Ref, ...] = ()
    others: tuple[Ref, ...] = ()
    centers: int = 0
    plans: Unwritten = field(default_factory=Unwritten)
    shared: int = 0
    imported: int = 0


def erase(
    tx: sa.Connection, run: Run, mirror: Mirror, judgements: Judgements, name: ObjectName, ids: Iterable[str]
) -> Erased:
    """Take records out of the mirror, and their values out of all that was judged, planned and journalled.

    Of people also what stands elsewhere: in engagements and tickets, and their addresses in any record. They leave
    tombstones. What wipes the bytes is ``Store.wipe``, after the commit.
    """
    whom = sought(tx, mirror.connection, name, ids)
    if not whom.ids:
        return Erased()
    mirror.store.mark_erased(tx)
    imported = _imported(tx, mirror, whom)
    mirror.remove(tx, "touchpoint", imported)
    engagements, others = _named_records(tx, mirror, whom)
    centers = _unjudge(tx, mirror, judgements, whom, engagements)
    judgements.rulings.forget(tx, [*map(str, whom.refs), *(f"address:{one}" for one in whom.addresses)])
    mirror.remove(tx, name, whom.ids)
    mirror.rewrite(tx, [*engagements.values(), *others.values()])
    _forget_rows(tx, mirror.connection, whom)
    if name == "contact":
        Tombstones(mirror.connection).bury(tx, whom.refs, whom.addresses)
    journal = Journal(mirror.store, mirror.connection)
    return Erased(
        tuple(whom.refs),
        tuple(engagements),
        tuple(others),
        centers,
        unwrite(tx, run, journal, whom),
        whom.shared,
        len(imported),
    )


def empty_texts(tx: sa.Connection, mirror: Mirror, refs: Iterable[Ref]) -> None:
    """Take all texts out of those of the records that tell what was said: somebody of them was forgotten."""
    there = _stored(tx, mirror.connection, [ref for ref in refs if ref.object in TELLING])
    emptied = [without(one, lambda _, __: False, theirs=True) for one in there]
    changed = [after for before, after in zip(there, emptied, strict=True) if after is not before]
    if changed:
        mirror.store.mark_erased(tx)
        mirror.rewrite(tx, changed)


def _named_records(tx: sa.Connection, mirror: Mirror, whom: Sought) -> tuple[dict[Ref, Record], dict[Ref, Record]]:
    """What was said, without the texts that may name them, and other records without their addresses."""
    if whom.object != "contact":
        return {}, {}

    def named(_field: str, text: str) -> bool:
        return whom.named(text)

    def addressed(field: str, text: str) -> bool:
        return whom.named(text) if field.startswith(mirror.prefix) else whom.addressed(text)

    linked = _linked(tx, mirror, whom.ids)
    mentioning = {ref for ref in _mentioning(tx, mirror, whom) if ref not in linked}
    said, others = dict[Ref, Record](), dict[Ref, Record]()
    for record in _stored(tx, mirror.connection, [*linked, *mentioning]):
        telling = record.ref.object in TELLING
        after = without(record, named if telling else addressed, theirs=record.ref in linked)
        if after is not record:
            (said if telling else others)[record.ref] = after
    return said, others


def _linked(tx: sa.Connection, mirror: Mirror, ids: Iterable[str]) -> set[Ref]:
    edges = mirror.links.edges(tx, "contact", ids)
    return {end for edge in edges for end in (edge.source, edge.target) if end.object in TELLING}


def _imported(tx: sa.Connection, mirror: Mirror, whom: Sought) -> list[str]:
    """Ids of touchpoints that were imported of them: nothing but them makes these worth keeping."""
    if whom.object != "contact":
        return []
    return sorted(ref.id for ref in _linked(tx, mirror, whom.ids) if ref.object == "touchpoint")


def _mentioning(tx: sa.Connection, mirror: Mirror, whom: Sought) -> list[Ref]:
    """Records of others in which they may be found. All are looked through: nothing tells where an address stands."""
    skipped = ("owner", "pipeline")
    statement = (
        sa.select(records.c.object, records.c.id, records.c.body)
        .where(records.c.connection == mirror.connection, records.c.object.not_in(skipped))
        .execution_options(yield_per=500)
    )
    gone = set(whom.refs)
    return [
        Ref(name, id_)
        for name, id_, body in tx.execute(statement)
        if whom.may_be_in(body) and Ref(name, id_) not in gone
    ]


def _stored(tx: sa.Connection, connection: str, refs: Iterable[Ref]) -> list[Record]:
    """Records, archived ones too."""
    by_object: dict[str, list[str]] = {}
    for ref in refs:
        by_object.setdefault(ref.object, []).append(ref.id)
    found = []
    for name, ids in by_object.items():
        where = (records.c.connection == connection, records.c.object == name, among(records.c.id, ids))
        found += [record_from_json(name, body) for body in tx.scalars(sa.select(records.c.body).where(*where))]
    return found


def _unjudge(tx: sa.Connection, mirror: Mirror, judgements: Judgements, whom: Sought, emptied: Collection[Ref]) -> int:
    """Forget what was judged of them and with them; say how many centers are judged again."""
    name = whom.object
    own = {str(ref) for ref in whom.refs} if name in ("deal", "company") else set()
    naming = list(_naming_units(tx, judgements.connection, whom))
    centers = _centers(tx, mirror, whom, emptied) | {id_ for kind, id_ in naming if kind == "center"}
    judgements.remove(tx, "center", centers | own)
    judgements.changed.mark(tx, [Ref(*center.split(":", 1)) for center in sorted(centers - own)])
    if name in ("contact", "company"):
        judgements.remove(tx, "contact" if name == "contact" else "company", whom.ids)
    for kind, id_ in naming:
        if kind != "center":
            judgements.remove(tx, kind, [id_])
            judgements.changed.mark(tx, [Ref(kind, id_)])
    return len(centers - own)


def _centers(tx: sa.Connection, mirror: Mirror, whom: Sought, emptied: Collection[Ref]) -> set[str]:
    """The centers they are in, and those that tell of engagements which lose their texts."""
    ends = {
        end
        for name in {ref.object for ref in emptied}
        for edge in mirror.links.edges(tx, name, [ref.id for ref in emptied if ref.object == name])
        for end in (edge.source, edge.target)
    }
    seats = {*map(str, whom.refs), *(f"address:{one}" for one in whom.addresses), *map(str, ends)}
    where = (members.c.connection == mirror.connection, among(members.c.member_id, seats))
    joined = sa.select(members.c.center_id).where(*where).with_hint(members, "INDEXED BY members_by_member", "sqlite")
    here = (units.c.connection == mirror.connection, units.c.kind == "center", among(units.c.id, map(str, ends)))
    return {*tx.scalars(joined), *tx.scalars(sa.select(units.c.id).where(*here))}


def _naming_units(tx: sa.Connection, connection: str, whom: Sought) -> Iterator[tuple[UnitKind, str]]:
    """Units whose answers name them."""
    bodies = sa.select(units.c.kind, units.c.id, units.c.body).where(
        units.c.connection == connection, units.c.body.is_not(None)
    )
    for kind, id_, body in tx.execute(bodies.execution_options(yield_per=100)):
        if whom.may_be_in(body):
            yield kind, id_
    key = (proposals.c.unit_kind, proposals.c.unit_id)
    said = sa.select(*key, proposals.c.value, proposals.c.reason).where(proposals.c.connection == connection)
    for kind, id_, value, reason in tx.execute(said.execution_options(yield_per=500)):
        if whom.named(reason) or whom.named_in(value):
            yield kind, id_


def _forget_rows(tx: sa.Connection, connection: str, whom: Sought) -> None:
    """Delete whatever the store keeps under their ids, and values of other records that name them."""
    for table in _OF_RECORD:
        where = (table.c.connection == connection, table.c.object == whom.object, among(table.c.id, whom.ids))
        tx.execute(table.delete().where(*where))
    waiting = (queue.c.connection == connection, queue.c.kind == whom.object, among(queue.c.id, whom.ids))
    tx.execute(queue.delete().where(*waiting))
    if whom.object != "contact":
        return
    said = (subscriptions.c.connection == connection, among(subscriptions.c.address, whom.addresses))
    tx.execute(subscriptions.delete().where(*said))
    mine = (merges.c.connection == connection, merges.c.object == "contact")
    tx.execute(merges.delete().where(*mine, sa.or_(among(merges.c.id, whom.ids), among(merges.c.survivor, whom.ids))))
    for ref in whom.refs:
        for table, name in (
            (ownership, ownership.c.name),
            (rejects, rejects.c.property),
            (withheld, withheld.c.property),
        ):
            label = (table.c.connection == connection, name.startswith(f"{ref}:", autoescape=True))
            tx.execute(table.delete().where(*label))
        told = sa.func.instr(sa.literal(":") + received.c.key + ":", f":{ref.id}:")
        tx.execute(received.delete().where(received.c.connection == connection, told > 0))
    for table in _WITH_VALUES:
        _forget_values(tx, connection, table, whom)


def _forget_values(tx: sa.Connection, connection: str, table: sa.Table, whom: Sought) -> None:
    key = (table.c.object, table.c.id, table.c.property)
    values = [table.c[name] for name in ("value", "sent") if name in table.c]
    statement = sa.select(*key, *values).where(table.c.connection == connection)
    rows = tx.execute(statement.execution_options(yield_per=500))
    naming = [
        row for row in rows if any(text and whom.may_be_in(text) and whom.named(text) for text in row[len(key) :])
    ]
    for row in naming:
        same = (column == value for column, value in zip(key, row, strict=False))
        tx.execute(table.delete().where(table.c.connection == connection, *same))
