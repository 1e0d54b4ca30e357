"""Erasing people: whatever the store holds of a record that the platform deleted for good."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from crmbridge.model.base import ObjectName, Ref
from crmbridge.store.database import among
from crmbridge.store.judgements import Judgements
from crmbridge.store.mirror import Mirror
from crmbridge.store.schema import confirmed, decisions, journal, members, plan_rows, plans, proposals

_VALUES = ("$.before", None, "$.after", None, "$.reason", "")


def erase(tx: sa.Connection, mirror: Mirror, judgements: Judgements, name: ObjectName, ids: Iterable[str]) -> None:
    """Take records out of the mirror, and their values out of all that was judged, planned and journalled.

    Plans that would write to them and were not applied are dropped; of those that were, and of the journal, the rows
    stay without their values.
    """
    gone = list(dict.fromkeys(ids))  # and what went into them
    if not gone:
        return
    connection = mirror.connection
    gone += mirror.links.losers(tx, name, gone)
    _unjudge(tx, judgements, name, gone)
    mirror.remove(tx, name, gone)
    for table in (proposals, decisions, confirmed):
        where = (table.c.connection == connection, table.c.object == name, among(table.c.id, gone))
        tx.execute(table.delete().where(*where))
    _empty_plans(tx, connection, name, gone)


def _unjudge(tx: sa.Connection, judgements: Judgements, name: ObjectName, ids: list[str]) -> None:
    """Forget what was judged of them; the centers they were in are judged again."""
    where = (
        members.c.connection == judgements.connection,
        among(members.c.member_id, [f"{name}:{one}" for one in ids]),
    )
    found = sa.select(members.c.center_id).where(*where).with_hint(members, "INDEXED BY members_by_member", "sqlite")
    centers = list(tx.scalars(found))
    for center in centers:
        kind, _, record_id = center.partition(":")
        judgements.changed.mark(tx, [Ref(kind, record_id)])
    own = [f"{name}:{one}" for one in ids] if name in {"deal", "company"} else []
    judgements.remove(tx, "center", [*centers, *own])
    if name in {"contact", "company"}:
        judgements.remove(tx, "contact" if name == "contact" else "company", ids)


def _empty_plans(tx: sa.Connection, connection: str, name: ObjectName, ids: list[str]) -> None:
    mine = sa.select(plans.c.id).where(plans.c.connection == connection)
    rows = (plan_rows.c.object == name, among(plan_rows.c.id, ids))
    waiting = sa.select(plan_rows.c.plan_id).where(
        *rows, plan_rows.c.plan_id.in_(mine.where(plans.c.state == "planned"))
    )
    dropped = list(tx.scalars(waiting.distinct()))
    tx.execute(plan_rows.delete().where(among(plan_rows.c.plan_id, dropped)))
    tx.execute(plans.delete().where(among(plans.c.id, dropped)))
    here = (*rows, plan_rows.c.plan_id.in_(mine))
    places = sa.select(plan_rows.c.plan_id, plan_rows.c.row).where(*here)
    tx.execute(
        journal.update().where(sa.tuple_(journal.c.plan_id, journal.c.row).in_(places)).values(before=None, after=None)
    )
    tx.execute(plan_rows.update().where(*here).values(body=sa.func.json_set(plan_rows.c.body, *_VALUES)))
