"""What was planned and written: plans, the append-only journal, and what the platform confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa

from crmbridge.model.changes import CHANGE, Change, DefinitionChange, GroupChange, PropertyChange, RowOutcome, RowState
from crmbridge.model.plan import Plan, PlanHeader
from crmbridge.store.database import Store, chunks, upsert
from crmbridge.store.progress import Run
from crmbridge.store.schema import confirmed, journal, ownership, plan_rows, plans, released

PlanState = Literal["planned", "applying", "applied"]
OwnedKind = Literal["group", "property"]


@dataclass(frozen=True)
class Row:
    """One row of a plan and where it stands.

    Attributes:
        reason: Why it stands there: a code or short text, never a personal value.
    """

    number: int
    change: Change
    state: RowState
    reason: str = ""


class Journal:
    """Reads and writes plans and their outcomes for one connection."""

    def __init__(self, store: Store, connection: str) -> None:
        self.store = store
        self.connection = connection

    # Plans

    def save_plan(self, tx: sa.Connection, header: PlanHeader, rows: Iterable[Change]) -> None:
        """Store a plan; rows are numbered from 0 in their order."""
        values = {
            "id": header.id,
            "connection": self.connection,
            "hash": header.hash,
            "header": header.model_dump_json(),
            "created_at": header.created_at.astimezone(UTC).isoformat(),
            "state": "planned",
        }
        tx.execute(plans.insert().values(**values))
        batch: list[dict[str, object]] = []
        for number, change in enumerate(rows):
            batch.append(_plan_row(header.id, number, change))
            if len(batch) == 500:  # noqa: PLR2004 - one page of rows at a time keeps memory flat
                tx.execute(plan_rows.insert(), batch)
                batch = []
        if batch:
            tx.execute(plan_rows.insert(), batch)

    def set_header(self, tx: sa.Connection, header: PlanHeader) -> None:
        """Complete a header whose counts and hash were known only after its rows."""
        values = {"hash": header.hash, "header": header.model_dump_json()}
        tx.execute(plans.update().where(plans.c.id == header.id).values(**values))

    def plan(self, plan_id: str) -> Plan | None:
        """A stored plan by its id."""
        with self.store.reading() as tx:
            body = tx.scalar(
                sa.select(plans.c.header).where(plans.c.id == plan_id, plans.c.connection == self.connection)
            )
        return Plan(PlanHeader.model_validate_json(body), lambda: self.changes(plan_id)) if body else None

    def plan_state(self, plan_id: str) -> PlanState | None:
        """How far a plan is; None if it is not stored here."""
        with self.store.reading() as tx:
            where = (plans.c.id == plan_id, plans.c.connection == self.connection)
            state: PlanState | None = tx.scalar(sa.select(plans.c.state).where(*where))
        return state

    def latest_plan(self, states: Iterable[PlanState]) -> str | None:
        """Id of the newest plan in one of these states."""
        where = (plans.c.connection == self.connection, plans.c.state.in_(list(states)))
        with self.store.reading() as tx:
            return tx.scalar(sa.select(plans.c.id).where(*where).order_by(plans.c.created_at.desc()).limit(1))

    def set_plan_state(self, tx: sa.Connection, plan_id: str, state: PlanState) -> None:
        """Record how far a plan is."""
        tx.execute(plans.update().where(plans.c.id == plan_id).values(state=state))

    def changes(self, plan_id: str) -> Iterator[Change]:
        """Stream the rows of a plan, in order."""
        for page in self._pages(plan_id):
            yield from (CHANGE.validate_json(row.body) for row in page)

    def rows(self, plan_id: str, states: Iterable[RowState]) -> Iterator[list[Row]]:
        """Stream the rows that stand in one of these states, a page of at most 500 at a time, in order."""
        wanted = set(states)
        for page in self._pages(plan_id):
            with self.store.reading() as tx:
                known = self._states(tx, plan_id, page[0].row, page[-1].row)
            found = [(row, *known.get(row.row, ("planned", ""))) for row in page]
            rows = [
                Row(row.row, CHANGE.validate_json(row.body), state, reason)
                for row, state, reason in found
                if state in wanted
            ]
            if rows:
                yield rows

    def outcome_counts(self, plan_id: str) -> dict[RowState, int]:
        """Number of rows by where they stand."""
        latest = sa.select(sa.func.max(journal.c.seq)).where(journal.c.plan_id == plan_id).group_by(journal.c.row)
        statement = (
            sa.select(journal.c.state, sa.func.count()).where(journal.c.seq.in_(latest)).group_by(journal.c.state)
        )
        with self.store.reading() as tx:
            counts: dict[RowState, int] = {row[0]: row[1] for row in tx.execute(statement)}
            total = tx.scalar(sa.select(sa.func.count()).where(plan_rows.c.plan_id == plan_id)) or 0
        rest = total - sum(counts.values())
        return {**counts, "planned": rest} if rest else counts

    # The journal

    def record(self, tx: sa.Connection, run: Run, plan_id: str, entries: Iterable[tuple[Row, RowOutcome]]) -> None:
        """Append what is intended or became of rows, in the transaction that it belongs to."""
        at = datetime.now(UTC).isoformat()
        rows = [
            {
                "connection": self.connection,
                "run_id": run.id,
                "epoch": run.lease.epoch,
                "plan_id": plan_id,
                "row": row.number,
                "state": outcome.state,
                "before": row.change.before if isinstance(row.change, PropertyChange) else None,
                "after": row.change.after if isinstance(row.change, PropertyChange) else None,
                "reason": outcome.reason,
                "at": at,
            }
            for row, outcome in entries
        ]
        if rows:
            tx.execute(journal.insert(), rows)

    def entries(self, plan_id: str) -> list[Mapping[str, object]]:
        """All journal entries of a plan, oldest first, as plain values."""
        with self.store.reading() as tx:
            rows = tx.execute(sa.select(journal).where(journal.c.plan_id == plan_id).order_by(journal.c.seq))
            return [dict(row) for row in rows.mappings()]

    # What the platform confirmed

    def confirmed(self, tx: sa.Connection, name: str, ids: Iterable[str]) -> dict[tuple[str, str], str | None]:
        """The last values of ours that the platform confirmed: (record id, platform property) → value."""
        found: dict[tuple[str, str], str | None] = {}
        for part in chunks(sorted(set(ids))):
            where = (confirmed.c.connection == self.connection, confirmed.c.object == name, confirmed.c.id.in_(part))
            rows = tx.execute(sa.select(confirmed).where(*where))
            found.update({(row.id, row.property): row.value for row in rows})
        return found

    def has_confirmed(self) -> bool:
        """True if the platform has ever confirmed a value of ours."""
        with self.store.reading() as tx:
            statement = sa.select(confirmed.c.id).where(confirmed.c.connection == self.connection)
            return tx.execute(statement.limit(1)).first() is not None

    def confirm(self, tx: sa.Connection, plan_id: str, changes: Iterable[PropertyChange]) -> None:
        """Remember values that the platform confirmed."""
        rows = [
            {
                "connection": self.connection,
                "object": change.subject.object,
                "id": change.subject.id,
                "property": change.property,
                "value": change.after,
                "plan_id": plan_id,
            }
            for change in changes
        ]
        upsert(tx, confirmed, rows)

    def owned(self, tx: sa.Connection, kind: OwnedKind) -> set[tuple[str, str]]:
        """What crmbridge created on the platform: (object, name)."""
        where = (ownership.c.connection == self.connection, ownership.c.kind == kind)
        return {(row.object, row.name) for row in tx.execute(sa.select(ownership).where(*where))}

    def own(self, tx: sa.Connection, kind: OwnedKind, name: str, item: str, plan_id: str) -> None:
        """Add something to the manifest of what crmbridge created."""
        row = {"connection": self.connection, "kind": kind, "object": name, "name": item, "plan_id": plan_id}
        upsert(tx, ownership, [row])

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

    def _pages(self, plan_id: str) -> Iterator[list[sa.Row[int, str]]]:
        last = -1
        while True:
            statement = (
                sa.select(plan_rows.c.row, plan_rows.c.body)
                .where(plan_rows.c.plan_id == plan_id, plan_rows.c.row > last)
                .order_by(plan_rows.c.row)
                .limit(500)
            )
            with self.store.reading() as tx:
                page = list(tx.execute(statement))
            if not page:
                return
            yield page
            last = page[-1].row

    def _states(self, tx: sa.Connection, plan_id: str, first: int, last: int) -> dict[int, tuple[RowState, str]]:
        statement = (
            sa.select(journal.c.row, journal.c.state, journal.c.reason)
            .where(journal.c.plan_id == plan_id, journal.c.row.between(first, last))
            .order_by(journal.c.seq)
        )
        return {row.row: (row.state, row.reason) for row in tx.execute(statement)}


def _plan_row(plan_id: str, number: int, change: Change) -> dict[str, object]:
    match change:
        case PropertyChange():
            place = {"object": change.subject.object, "id": change.subject.id}
        case DefinitionChange():
            place = {"object": change.after.object, "id": ""}
        case GroupChange():
            place = {"object": change.object, "id": ""}
    return {"plan_id": plan_id, "row": number, "kind": change.kind, "body": change.model_dump_json(), **place}
