"""Plans, and their rows as they were planned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final, Literal

import sqlalchemy as sa

from crmbridge.model.base import Ref
from crmbridge.model.changes import CHANGE, Change, ChangeKind
from crmbridge.model.plan import Plan, PlanHeader
from crmbridge.store.database import Store, among, insert
from crmbridge.store.schema import plan_rows, plans

PlanState = Literal["planned", "applying", "applied", "given-up"]
"""``given-up``: it was interrupted, and a newer plan was applied in its place."""

PAGE: Final = 500
"""Rows read or stored at a time: memory stays flat."""

OF_VALUES: Final[tuple[ChangeKind, ...]] = ("property", "label")
"""Rows that say something of a record; the others go with them."""


class Plans:
    """Reads and writes the plans of one connection."""

    def __init__(self, store: Store, connection: str) -> None:
        self.store = store
        self.connection = connection

    def save(self, tx: sa.Connection, header: PlanHeader, rows: Iterable[Change]) -> None:
        """Store a plan; rows are numbered from 0 in their order."""
        self.begin(tx, header)
        self.add(tx, header.id, rows)

    def begin(self, tx: sa.Connection, header: PlanHeader) -> None:
        """Store a plan without rows."""
        values = {
            "id": header.id,
            "connection": self.connection,
            "hash": header.hash,
            "header": header.model_dump_json(),
            "created_at": (header.created_at or datetime.now(UTC)).astimezone(UTC).isoformat(),
            "state": "planned",
        }
        tx.execute(plans.insert().values(**values))

    def now(self) -> datetime:
        """The present, and later than the newest plan: a clock that was set back must not make a plan look old."""
        with self.store.reading() as tx:
            newest = tx.scalar(sa.select(sa.func.max(plans.c.created_at)).where(plans.c.connection == self.connection))
        now = datetime.now(UTC)
        return max(now, datetime.fromisoformat(newest) + timedelta(microseconds=1)) if newest else now

    def add(self, tx: sa.Connection, plan_id: str, rows: Iterable[Change], first: int = 0) -> int:
        """Store further rows of a plan, numbered from ``first`` in their order; give the number after the last."""
        numbered = enumerate(rows, first)
        while batch := [_row(plan_id, number, change) for number, change in islice(numbered, PAGE)]:
            insert(tx, plan_rows, batch)
            first += len(batch)
        return first

    def records(self, tx: sa.Connection, plan_id: str) -> int:
        """Number of records that a plan writes to."""
        here = (plan_rows.c.plan_id == plan_id, plan_rows.c.id != "")
        places = sa.select(plan_rows.c.object, plan_rows.c.id).where(*here).distinct().subquery()
        return tx.scalar(sa.select(sa.func.count()).select_from(places)) or 0

    def set_header(self, tx: sa.Connection, header: PlanHeader) -> None:
        """Complete a header whose counts and hash were known only after its rows."""
        values = {"hash": header.hash, "header": header.model_dump_json()}
        tx.execute(plans.update().where(plans.c.id == header.id).values(**values))

    def get(self, plan_id: str) -> Plan | None:
        """A stored plan by its id."""
        with self.store.reading() as tx:
            where = (plans.c.id == plan_id, plans.c.connection == self.connection)
            body = tx.scalar(sa.select(plans.c.header).where(*where))
        return Plan(PlanHeader.model_validate_json(body), lambda: self.changes(plan_id)) if body else None

    def find(self, digest: str) -> Plan | None:
        """The stored plan of this hash; of several the newest that is not applied, else the newest."""
        with self.store.reading() as tx:
            where = (plans.c.hash == digest, plans.c.connection == self.connection)
            order = (plans.c.state.in_(["applied", "given-up"]), plans.c.created_at.desc())
            found = tx.scalar(sa.select(plans.c.id).where(*where).order_by(*order).limit(1))
        return self.get(found) if found else None

    def state(self, plan_id: str) -> PlanState | None:
        """How far a plan is; None if it is not stored here."""
        with self.store.reading() as tx:
            where = (plans.c.id == plan_id, plans.c.connection == self.connection)
            state: PlanState | None = tx.scalar(sa.select(plans.c.state).where(*where))
        return state

    def latest(self, states: Iterable[PlanState]) -> str | None:
        """Id of the newest plan in one of these states."""
        where = (plans.c.connection == self.connection, plans.c.state.in_(list(states)))
        with self.store.reading() as tx:
            return tx.scalar(sa.select(plans.c.id).where(*where).order_by(plans.c.created_at.desc()).limit(1))

    def headers(self, limit: int) -> list[PlanHeader]:
        """The newest headers first."""
        where = (plans.c.connection == self.connection, plans.c.hash != "")
        statement = sa.select(plans.c.header).where(*where).order_by(plans.c.created_at.desc()).limit(limit)
        with self.store.reading() as tx:
            return [PlanHeader.model_validate_json(body) for body in tx.scalars(statement)]

    def recent(self) -> Iterator[PlanHeader]:
        """Stream the headers of finished plans, the newest first."""
        last = ("\uffff", "")
        key = (plans.c.created_at, plans.c.id)
        while True:
            where = (plans.c.connection == self.connection, plans.c.hash != "", sa.tuple_(*key) < last)
            order = (plans.c.created_at.desc(), plans.c.id.desc())
            with self.store.reading() as tx:
                page = tx.execute(sa.select(*key, plans.c.header).where(*where).order_by(*order).limit(20)).all()
            if not page:
                return
            yield from (PlanHeader.model_validate_json(row.header) for row in page)
            last = (page[-1].created_at, page[-1].id)

    def set_state(self, tx: sa.Connection, plan_id: str, state: PlanState) -> None:
        """Record how far a plan is."""
        tx.execute(plans.update().where(plans.c.id == plan_id).values(state=state))

    def changes(self, plan_id: str) -> Iterator[Change]:
        """Stream the rows of a plan, in order."""
        for page in self.pages(plan_id):
            yield from (CHANGE.validate_json(row.body) for row in page)

    def pages(self, plan_id: str) -> Iterator[list[Any]]:
        """Stream the stored rows of a plan a page at a time, with ``row`` and ``body``."""
        last = -1
        while True:
            statement = (
                sa.select(plan_rows.c.row, plan_rows.c.body)
                .where(plan_rows.c.plan_id == plan_id, plan_rows.c.row > last)
                .order_by(plan_rows.c.row)
                .limit(PAGE)
            )
            with self.store.reading() as tx:
                page = list(tx.execute(statement))
            if not page:
                return
            yield page
            last = page[-1].row

    def of_records(self, tx: sa.Connection, plan_id: str) -> Iterator[tuple[Ref, list[Change]]]:
        """Stream what a plan changes of values and labels, record by record, by object and id.

        Rows stored meanwhile in the same transaction do not disturb it.
        """
        named = (plan_rows.c.object, plan_rows.c.id)
        wanted = sa.select(*named, plan_rows.c.body).where(*_of_values(plan_id)).order_by(*named, plan_rows.c.row)
        rows = tx.execute(wanted.execution_options(yield_per=PAGE))
        for (name, id_), group in groupby(rows, key=itemgetter(0, 1)):
            yield Ref(name, id_), [CHANGE.validate_json(row.body) for row in group]

    def of(self, tx: sa.Connection, plan_id: str, name: str, ids: Iterable[str]) -> Iterator[Change]:
        """The rows of a plan that write to these records of one object."""
        where = (plan_rows.c.plan_id == plan_id, plan_rows.c.object == name, among(plan_rows.c.id, ids))
        return (CHANGE.validate_json(body) for body in tx.scalars(sa.select(plan_rows.c.body).where(*where)))

    def changed(self, tx: sa.Connection, plan_id: str) -> Iterator[Ref]:
        """Stream the records of which a plan changes values or labels, by object and id, each once."""
        named = (plan_rows.c.object, plan_rows.c.id)
        wanted = sa.select(*named).distinct().where(*_of_values(plan_id)).order_by(*named)
        for row in tx.execute(wanted.execution_options(yield_per=PAGE)):
            yield Ref(row.object, row.id)

    def size(self, plan_id: str) -> int:
        """Number of rows of a plan."""
        with self.store.reading() as tx:
            return tx.scalar(sa.select(sa.func.count()).where(plan_rows.c.plan_id == plan_id)) or 0


def _of_values(plan_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return plan_rows.c.plan_id == plan_id, plan_rows.c.kind.in_(OF_VALUES)


def _row(plan_id: str, number: int, change: Change) -> dict[str, object]:
    subject = change.record
    return {
        "plan_id": plan_id,
        "row": number,
        "kind": change.kind,
        "object": change.place[0],
        "id": subject.id if subject else "",
        "body": change.model_dump_json(),
    }
