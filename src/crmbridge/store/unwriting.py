"""Taking people out of plans and the journal: rows stay, without their values; that the journal was sealed shows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain

import sqlalchemy as sa

from crmbridge.model.base import Ref
from crmbridge.model.changes import CHANGE, ActivityChange, Change, PropertyChange, RowOutcome
from crmbridge.model.plan import PlanHeader
from crmbridge.store.database import among
from crmbridge.store.journal import Journal, Row
from crmbridge.store.progress import Run
from crmbridge.store.schema import journal, journal_values, plan_rows, plans
from crmbridge.store.sought import Sought
from crmbridge.store.verifying import ERASED

OUTCOME = RowOutcome(state="invalid", reason=ERASED)
"""How a row ends that was not decided yet."""


@dataclass(frozen=True)
class Unwritten:
    """What became of plans and the journal.

    Attributes:
        dropped: Plans that waited and would have written to them, or named them.
        rows: Rows of other plans that were emptied.
        given_up: Those of them that had not been decided; whether they were sent is not found out any more.
    """

    dropped: int = 0
    rows: int = 0
    given_up: int = 0


def unwrite(tx: sa.Connection, run: Run, book: Journal, whom: Sought) -> Unwritten:
    """Empty the rows of plans that write to somebody or name them, and their journal; drop the plans that wait."""
    found: dict[str, set[int]] = {}
    for plan_id, row in chain(_naming_rows(tx, book.connection, whom), _naming_intents(tx, book.connection, whom)):
        found.setdefault(plan_id, set()).add(row)
    states = {
        row.id: row.state
        for row in tx.execute(sa.select(plans.c.id, plans.c.state).where(plans.c.connection == book.connection))
    }
    waiting = [plan_id for plan_id in found if states[plan_id] == "planned"]
    tx.execute(plan_rows.delete().where(among(plan_rows.c.plan_id, waiting)))
    tx.execute(plans.delete().where(among(plans.c.id, waiting)))
    kept = {plan_id: rows for plan_id, rows in found.items() if plan_id not in waiting}
    given_up = 0
    for plan_id, numbers in kept.items():
        rows = _rows(tx, plan_id, numbers)
        open_rows = _undecided(tx, book, plan_id, numbers) if states[plan_id] == "applying" else set[int]()
        book.erase(tx, run, plan_id, numbers)
        book.record(tx, run, plan_id, [(row, OUTCOME) for row in rows if row.number in open_rows])
        given_up += len(open_rows)
        for one in rows:
            _empty(tx, plan_id, one, whom.refs)
    _clear_headers(tx, book.connection, whom, kept)
    return Unwritten(len(waiting), sum(map(len, kept.values())), given_up)


def emptied(change: Change, gone: Collection[Ref]) -> Change:
    """The change without values, reason, and the ids of who is gone; it still says what was written, and where."""
    update: dict[str, object] = {
        name: Ref(value.object, "") for name, value in change if isinstance(value, Ref) and value in gone
    }
    match change:
        case PropertyChange():
            update |= {"before": None, "before_modified_at": None, "after": None}
        case ActivityChange():
            update |= {"key": "", "title": "", "before": None, "after": None, "made": None}
        case _:
            pass
    return change.model_copy(update={**update, "reason": ""})


def _naming_rows(tx: sa.Connection, connection: str, whom: Sought) -> Iterator[tuple[str, int]]:
    """Rows that write to them, end at them, or name them. All are looked through: a reason may name anybody."""
    mine = sa.select(plans.c.id).where(plans.c.connection == connection)
    key = (plan_rows.c.plan_id, plan_rows.c.row)
    gone, ids = set(whom.refs), set(whom.ids)
    statement = sa.select(*key, plan_rows.c.object, plan_rows.c.id, plan_rows.c.kind, plan_rows.c.body)
    for row in tx.execute(statement.where(plan_rows.c.plan_id.in_(mine)).execution_options(yield_per=500)):
        theirs = row.object == whom.object and row.id in ids
        if theirs or (row.kind == "label" and gone.intersection(_ends(row.body))) or whom.named_in(row.body):
            yield row.plan_id, row.row


def _naming_intents(tx: sa.Connection, connection: str, whom: Sought) -> Iterator[tuple[str, int]]:
    """Rows whose journal names them: what stood there when a row was sent need not be what its plan has."""
    same = sa.and_(journal_values.c.connection == journal.c.connection, journal_values.c.number == journal.c.number)
    columns = (journal.c.plan_id, journal.c.row, journal_values.c.before, journal_values.c.after)
    statement = sa.select(*columns).join(journal_values, same).where(journal.c.connection == connection)
    for row in tx.execute(statement.execution_options(yield_per=500)):
        if any(text and whom.may_be_in(text) and whom.named(text) for text in (row.before, row.after)):
            yield row.plan_id, row.row


def _ends(body: str) -> Iterator[Ref]:
    return (value for _, value in CHANGE.validate_json(body) if isinstance(value, Ref))


def _rows(tx: sa.Connection, plan_id: str, numbers: Collection[int]) -> list[Row]:
    where = (plan_rows.c.plan_id == plan_id, plan_rows.c.row.in_(numbers))
    found = tx.execute(sa.select(plan_rows.c.row, plan_rows.c.body).where(*where).order_by(plan_rows.c.row))
    return [Row(row.row, CHANGE.validate_json(row.body), "planned", body=row.body) for row in found]


def _undecided(tx: sa.Connection, book: Journal, plan_id: str, numbers: Collection[int]) -> set[int]:
    """Rows that were never sent, or of which it is not known whether they arrived."""
    open_rows = set(numbers)
    where = (journal.c.connection == book.connection, journal.c.plan_id == plan_id, journal.c.state != ERASED)
    for row in tx.execute(
        sa.select(journal.c.row, journal.c.state).where(*where, journal.c.row.in_(numbers)).order_by(journal.c.number)
    ).all():
        (open_rows.add if row.state in ("planned", "sending", "unknown") else open_rows.discard)(row.row)
    return open_rows


def _empty(tx: sa.Connection, plan_id: str, row: Row, gone: Collection[Ref]) -> None:
    change = emptied(row.change, gone)
    values = {"body": change.model_dump_json()}
    if change.record is not None:
        values["id"] = change.record.id
    where = (plan_rows.c.plan_id == plan_id, plan_rows.c.row == row.number)
    tx.execute(plan_rows.update().where(*where).values(**values))


def _clear_headers(tx: sa.Connection, connection: str, whom: Sought, emptied_in: Collection[str]) -> None:
    """Take examples and findings out of headers that may name them; what a plan counted and its hash stay."""
    gone = {str(ref) for ref in whom.refs}
    for id_, body in tx.execute(sa.select(plans.c.id, plans.c.header).where(plans.c.connection == connection)).all():
        header = PlanHeader.model_validate_json(body)
        narrowed = tuple(f"{whom.object}:" if item in gone else item for item in header.only)
        if id_ not in emptied_in and narrowed == header.only and not whom.named_in(body):
            continue
        update = {
            "only": narrowed,
            "counts": tuple(item.model_copy(update={"example": ""}) for item in header.counts),
            "findings": tuple(
                item.model_copy(update={"message": ERASED}) if _tells(item.message, whom, gone) else item
                for item in header.findings
            ),
        }
        text = header.model_copy(update=update).model_dump_json()
        tx.execute(plans.update().where(plans.c.id == id_).values(header=text))


def _tells(message: str, whom: Sought, gone: Collection[str]) -> bool:
    return whom.named(message) or any(ref in message for ref in gone)
