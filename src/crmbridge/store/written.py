"""What was written over all runs: the way back from what stands now to what stood there before crmbridge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from crmbridge.model.base import ObjectName
from crmbridge.model.changes import CHANGE, Change
from crmbridge.store.database import among
from crmbridge.store.journal import ALREADY_THERE
from crmbridge.store.schema import journal, journal_values, plan_rows, plans

_ENTRY: Final = (journal.c.number, journal.c.run_id, journal.c.state, journal.c.reason)


class Written(NamedTuple):
    """A row that was sent, and that the platform confirmed.

    Attributes:
        number: Of the row in its plan.
        run_id: The run that sent it.
        origin: What its plan was made for, see ``PlanHeader``.
        before: What stood there before it was sent; text as of ``change.was``.
        after: What was written.
        made: The platform's id of the record that was made.
    """

    plan_id: str
    number: int
    run_id: str
    origin: str
    change: Change
    before: str | None
    after: str | None
    made: str | None


def written(tx: sa.Connection, connection: str, name: ObjectName, ids: Iterable[str]) -> list[Written]:
    """All that was written to records of an object, oldest first; the id of what belongs to the account is empty.

    Rows whose values were erased are left out.
    """
    same_row = sa.and_(journal.c.plan_id == plan_rows.c.plan_id, journal.c.row == plan_rows.c.row)
    same_entry = sa.and_(
        journal_values.c.connection == journal.c.connection, journal_values.c.number == journal.c.number
    )
    origin = sa.func.json_extract(plans.c.header, "$.origin").label("origin")
    # An expression, which no index serves: without statistics SQLite takes the journal's primary key, and reads it all.
    here = journal.c.connection.concat("") == connection
    values = (journal_values.c.key, journal_values.c.before, journal_values.c.after, journal_values.c.made)
    entries = (
        sa.select(plan_rows.c.plan_id, plan_rows.c.row, plan_rows.c.body, origin, *_ENTRY, *values)
        .join(plans, plans.c.id == plan_rows.c.plan_id)
        .join(journal, same_row)
        .outerjoin(journal_values, same_entry)
        .where(here, plan_rows.c.object == name, among(plan_rows.c.id, ids))
        .order_by(journal.c.number)
    )
    rows: dict[tuple[str, int], _Row] = {}
    for entry in tx.execute(entries):
        rows.setdefault((entry.plan_id, entry.row), _Row()).take(entry)
    done = [row for row in rows.values() if row.done and row.intent is not None]
    return [row.written() for row in sorted(done, key=lambda row: row.done)]


@dataclass
class _Row:
    """What the journal says of one row, entry by entry."""

    intent: Any = None
    made: str | None = None
    done: int = 0  # the entry that confirmed it; 0 if none did

    def take(self, entry: Any) -> None:
        if entry.state == "sending":
            self.intent = entry if entry.key is not None else None
        elif entry.state == "confirmed" and entry.reason != ALREADY_THERE:
            self.done = entry.number
        self.made = entry.made or self.made

    def written(self) -> Written:
        entry = self.intent
        change = CHANGE.validate_json(entry.body)
        where = (entry.plan_id, entry.row, entry.run_id, entry.origin or "judged")
        return Written(*where, change, entry.before, entry.after, self.made)
