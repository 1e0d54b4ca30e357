"""All that the store holds of one person, as plain values in sections."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from crmbridge.model.base import TOUCHES, ObjectName, Ref
from crmbridge.model.centers import BuyingCenter, Member
from crmbridge.model.records import Contact, Engagement, record_from_json
from crmbridge.store.database import among
from crmbridge.store.mirror import Mirror
from crmbridge.store.schema import (
    addresses,
    confirmed,
    decisions,
    journal,
    journal_values,
    members,
    merges,
    ownership,
    plan_rows,
    plans,
    proposals,
    quarantine,
    records,
    rejects,
    rulings,
    runs,
    subscriptions,
    units,
    withheld,
)
from crmbridge.store.sought import Sought, sought

Section = list[dict[str, Any]]

_KEPT = {"decisions": decisions, "rejects": rejects, "withheld": withheld, "confirmed": confirmed, "created": ownership}


def dossier(tx: sa.Connection, mirror: Mirror, id_: str) -> dict[str, Any]:
    """Collect everything about a contact, and about those that went into it."""
    whom = sought(tx, mirror.connection, "contact", [id_])
    mine = _addresses(tx, mirror.connection, whom)
    return {
        "records": [_document(body) for body in _rows(tx, mirror, records, whom, records.c.body)],
        "merged": [dict(row) for row in _merged(tx, mirror.connection, whom)],
        "addresses": sorted(mine),
        "subscriptions": _subscriptions(tx, mirror.connection, mine),
        "links": list(_links(tx, mirror, whom)),
        "engagements": list(_engagements(tx, mirror, whom, mine)),
        "tickets": _linked(tx, mirror, whom, "ticket"),
        "feedback": _linked(tx, mirror, whom, "feedback"),
        "refused_by_plugins": [dict(row) for row in _table(tx, mirror.connection, quarantine, whom)],
        "centers": list(_centers(tx, mirror.connection, whom, mine)),
        "rulings": _rulings(tx, mirror.connection, whom, mine),
        "proposals": [_proposal(row) for row in _table(tx, mirror.connection, proposals, whom)],
        **{name: [dict(row) for row in _table(tx, mirror.connection, table, whom)] for name, table in _KEPT.items()},
        "planned": list(_planned(tx, mirror.connection, whom)),
        "journal": list(_journal(tx, mirror.connection, whom)),
    }


def _table(tx: sa.Connection, connection: str, table: sa.Table, whom: Sought) -> Iterator[sa.RowMapping]:
    where = (table.c.connection == connection, table.c.object == whom.object, among(table.c.id, whom.ids))
    columns = [column for column in table.c if column.name != "connection"]
    return iter(tx.execute(sa.select(*columns).where(*where).order_by(*table.primary_key.columns)).mappings())


def _rows(
    tx: sa.Connection, mirror: Mirror, table: sa.Table, whom: Sought, column: sa.Column[Any]
) -> sa.ScalarResult[Any]:
    where = (table.c.connection == mirror.connection, table.c.object == whom.object, among(table.c.id, whom.ids))
    return tx.scalars(sa.select(column).where(*where).order_by(table.c.id))


def _document(body: str) -> dict[str, Any]:
    return Contact.model_validate_json(body).model_dump(mode="json", exclude_defaults=True)


def _merged(tx: sa.Connection, connection: str, whom: Sought) -> Iterator[sa.RowMapping]:
    where = (merges.c.connection == connection, merges.c.object == whom.object, among(merges.c.id, whom.ids))
    return iter(tx.execute(sa.select(merges.c.id, merges.c.survivor).where(*where).order_by(merges.c.id)).mappings())


def _addresses(tx: sa.Connection, connection: str, whom: Sought) -> set[str]:
    """All addresses of theirs, those that others have, too."""
    where = (addresses.c.connection == connection, among(addresses.c.contact_id, whom.ids))
    return {*whom.addresses, *tx.scalars(sa.select(addresses.c.address).where(*where))}


def _subscriptions(tx: sa.Connection, connection: str, mine: Iterable[str]) -> Section:
    where = (subscriptions.c.connection == connection, among(subscriptions.c.address, mine))
    order = (subscriptions.c.address, subscriptions.c.id)
    return [json.loads(body) for body in tx.scalars(sa.select(subscriptions.c.body).where(*where).order_by(*order))]


def _links(tx: sa.Connection, mirror: Mirror, whom: Sought) -> Iterator[dict[str, Any]]:
    edges = mirror.links.edges(tx, "contact", whom.ids)
    for edge in sorted(edges, key=lambda edge: (edge.source, edge.target, edge.label or "")):
        yield {
            "source": str(edge.source),
            "target": str(edge.target),
            "label": edge.label,
            "primary": bool(edge.primary),
        }


def _engagements(tx: sa.Connection, mirror: Mirror, whom: Sought, mine: set[str]) -> Iterator[dict[str, Any]]:
    """Engagements of theirs; of others who took part only how many there were."""
    edges = mirror.links.edges(tx, "contact", whom.ids)
    linked = {end for edge in edges for end in (edge.source, edge.target) if end.object in TOUCHES}
    where = (records.c.connection == mirror.connection, records.c.object.in_(TOUCHES))
    statement = sa.select(records.c.object, records.c.id, records.c.body).where(*where)
    ordered = statement.order_by(records.c.object, records.c.id).execution_options(yield_per=500)
    for name, id_, body in tx.execute(ordered):
        if Ref(name, id_) not in linked and not any(one in body for one in mine):
            continue
        record = record_from_json(name, body)
        assert isinstance(record, Engagement)
        own = [item for item in record.participants if item.address in mine]
        if own or record.ref in linked:
            facts = record.model_dump(mode="json", exclude_defaults=True, exclude={"participants"})
            others = len(record.participants) - len(own)
            yield {**facts, "participants": [item.model_dump(mode="json") for item in own], "others": others}


def _linked(tx: sa.Connection, mirror: Mirror, whom: Sought, name: ObjectName) -> Section:
    """Records of an object that are linked to them."""
    edges = mirror.links.edges(tx, "contact", whom.ids)
    ids = {end.id for edge in edges for end in (edge.source, edge.target) if end.object == name}
    where = (records.c.connection == mirror.connection, records.c.object == name, among(records.c.id, ids))
    bodies = tx.scalars(sa.select(records.c.body).where(*where).order_by(records.c.id))
    return [record_from_json(name, body).model_dump(mode="json", exclude_defaults=True) for body in bodies]


def _rulings(tx: sa.Connection, connection: str, whom: Sought, mine: Iterable[str]) -> Section:
    """What people said about their roles, in centers that they have left, too."""
    seats = {*map(str, whom.refs), *(f"address:{one}" for one in mine)}
    where = (rulings.c.connection == connection, among(rulings.c.member_id, seats))
    columns = [column for column in rulings.c if column.name != "connection"]
    found = tx.execute(sa.select(*columns).where(*where).order_by(*rulings.primary_key.columns))
    return [dict(row) for row in found.mappings()]


def _centers(tx: sa.Connection, connection: str, whom: Sought, mine: Iterable[str]) -> Iterator[dict[str, Any]]:
    """What was judged of them in each center: roles with evidence, persona, stages, consent."""
    seats = {*map(str, whom.refs), *(f"address:{one}" for one in mine)}
    where = (members.c.connection == connection, among(members.c.member_id, seats))
    ids = sa.select(members.c.center_id).where(*where).distinct()
    here = (units.c.connection == connection, units.c.kind == "center", units.c.id.in_(ids), units.c.body.is_not(None))
    for body in tx.scalars(sa.select(units.c.body).where(*here).order_by(units.c.id)):
        center = BuyingCenter.model_validate_json(body)
        for member in center.members:
            if member.id in seats:
                yield _seat(center, member)


def _seat(center: BuyingCenter, member: Member) -> dict[str, Any]:
    facts = member.model_dump(mode="json", exclude_defaults=True, exclude={"facts": {"contact", "company"}})
    visits = [one.model_dump(mode="json") for one in center.visits if one.subject == member.id]
    touches = [str(touch.ref) for touch in center.touches if member.id in touch.member_ids]
    ties = [one.model_dump(mode="json") for one in center.relations if member.id in (one.source, one.target)]
    return {
        "center": center.id,
        "name": center.name,
        "member": facts,
        "relations": ties,
        "stages": visits,
        "touches": touches,
    }


def _proposal(row: sa.RowMapping) -> dict[str, Any]:
    return {**row, "value": json.loads(row["value"])}


def _planned(tx: sa.Connection, connection: str, whom: Sought) -> Iterator[dict[str, Any]]:
    """What plans that were not finished would write."""
    for row in _of_plans(tx, connection, whom, plans.c.state.in_(["planned", "applying"])):
        yield {"plan": row.plan_id, "row": row.row, "state": row.state, "change": json.loads(row.body)}


def _of_plans(tx: sa.Connection, connection: str, whom: Sought, *more: sa.ColumnElement[bool]) -> Sequence[Any]:
    same = plans.c.id == plan_rows.c.plan_id
    theirs = sa.and_(plan_rows.c.object == whom.object, among(plan_rows.c.id, whom.ids))
    ends = [sa.func.instr(plan_rows.c.body, _json(ref)) > 0 for ref in whom.refs]  # of labels, at the other end
    columns = (plan_rows.c.plan_id, plan_rows.c.row, plans.c.state, plan_rows.c.body)
    statement = sa.select(*columns).join(plans, same).where(plans.c.connection == connection, *more)
    return tx.execute(statement.where(sa.or_(theirs, *ends)).order_by(plans.c.created_at, plan_rows.c.row)).all()


def _json(ref: Ref) -> str:
    return json.dumps({"object": ref.object, "id": ref.id}, separators=(",", ":"))


def _journal(tx: sa.Connection, connection: str, whom: Sought) -> Iterator[dict[str, Any]]:
    """What was written: when, by whom, on what ground, and what stood there before."""
    same = sa.and_(journal_values.c.connection == journal.c.connection, journal_values.c.number == journal.c.number)
    facts = (journal.c.number, journal.c.at, journal.c.actor, journal.c.run_id, runs.c.kind.label("run"))
    values = (journal_values.c.before, journal_values.c.after, journal_values.c.made)
    for row in _of_plans(tx, connection, whom):
        change = json.loads(row.body)
        what = {name: change[name] for name in ("kind", "property", "label", "segment", "reason") if name in change}
        here = (journal.c.connection == connection, journal.c.plan_id == row.plan_id, journal.c.row == row.row)
        statement = sa.select(*facts, journal.c.state, journal.c.reason.label("outcome"), *values)
        found = statement.outerjoin(journal_values, same).outerjoin(runs, runs.c.id == journal.c.run_id).where(*here)
        for entry in tx.execute(found.order_by(journal.c.number)).mappings():
            yield {"plan": row.plan_id, "row": row.row, **what, **entry}
