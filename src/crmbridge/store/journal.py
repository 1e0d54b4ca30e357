"""The journal: append-only, sealed entry by entry; what was intended and what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from crmbridge.model.changes import CHANGE, Change, Place, RowOutcome, RowState
from crmbridge.store import chain
from crmbridge.store.database import Store, among, insert
from crmbridge.store.manifest import Manifest
from crmbridge.store.plans import OF_VALUES, PAGE, Plans
from crmbridge.store.progress import Run
from crmbridge.store.refused import Rejects, Withheld
from crmbridge.store.schema import journal, journal_values, plan_rows, plans, runs
from crmbridge.store.verifying import ERASED, Check, Verified

ALREADY_THERE: Final = "already-there"
"""Reason of a confirmed row that was not sent: somebody else had written the same."""


@dataclass(frozen=True)
class Row:
    """One row of a plan and where it stands.

    Attributes:
        change: As planned; while it is sent, with ``before`` as the platform had it right then.
        reason: Why it stands there: a code or short text, never a personal value.
        body: The change as the plan has it, in JSON.
    """

    number: int
    change: Change
    state: RowState
    reason: str = ""
    body: str = field(default="", repr=False)


class Intent(NamedTuple):
    """What was journalled before a row was sent.

    Attributes:
        before: What stood there then.
        at: When, by this machine's clock.
    """

    before: str | None
    at: datetime


class Sent(NamedTuple):
    """A row that was sent, and stands as sent.

    Attributes:
        change: As planned.
        before: What stood there before it was sent; text as of ``change.was``.
        after: What was written.
        made: The platform's id of the record that was made.
        erased: True if nothing is known of it any more.
    """

    plan_id: str
    number: int
    change: Change
    before: str | None
    after: str | None
    made: str | None
    erased: bool


ENTRIES_PAGE: Final = 2_000
"""Entries read at a time."""

_ENTRIES: Final = (
    sa.select(
        *journal.c,
        journal_values.c.key,
        journal_values.c.before,
        journal_values.c.after,
        journal_values.c.made,
        plan_rows.c.body,
    )
    .outerjoin(
        journal_values,
        sa.and_(journal_values.c.connection == journal.c.connection, journal_values.c.number == journal.c.number),
    )
    .outerjoin(plan_rows, sa.and_(plan_rows.c.plan_id == journal.c.plan_id, plan_rows.c.row == journal.c.row))
    .order_by(journal.c.number)
)


class Journal:
    """Reads and appends the journal of one connection.

    Attributes:
        plans: What it is about.
        manifest: What came of it on the platform.
        rejects: Rows that were refused.
        withheld: Values that are not planned again.
    """

    def __init__(self, store: Store, connection: str) -> None:
        self.store = store
        self.connection = connection
        self.plans = Plans(store, connection)
        self.manifest = Manifest(store, connection)
        self.rejects = Rejects(store, connection)
        self.withheld = Withheld(store, connection)

    def rows(self, plan_id: str, states: Iterable[RowState]) -> Iterator[list[Row]]:
        """Stream the rows that stand in one of these states, a page of at most 500 at a time, in order."""
        wanted = set(states)
        for page in self.plans.pages(plan_id):
            with self.store.reading() as tx:
                known = self._states(tx, plan_id, page[0].row, page[-1].row)
            found = [(row, *known.get(row.row, ("planned", ""))) for row in page]
            rows = [
                Row(row.row, CHANGE.validate_json(row.body), state, reason, row.body)
                for row, state, reason in found
                if state in wanted
            ]
            if rows:
                yield rows

    def outcome_counts(self, plan_id: str) -> dict[RowState, int]:
        """Number of rows by where they stand."""
        here = (self._mine(), journal.c.plan_id == plan_id, journal.c.state != ERASED)
        latest = sa.select(sa.func.max(journal.c.number)).where(*here).group_by(journal.c.row)
        last = (self._mine(), journal.c.number.in_(latest))
        statement = sa.select(journal.c.state, sa.func.count()).where(*last).group_by(journal.c.state)
        with self.store.reading() as tx:
            counts: dict[RowState, int] = {row[0]: row[1] for row in tx.execute(statement)}
        rest = self.plans.size(plan_id) - sum(counts.values())
        return {**counts, "planned": counts.get("planned", 0) + rest} if rest else counts

    def written(self, tx: sa.Connection, plan_id: str, name: str, ids: Iterable[str]) -> set[str]:
        """Those of the records of an object of which a plan has changed a value or a label."""
        values = (plan_rows.c.plan_id == plan_id, plan_rows.c.kind.in_(OF_VALUES), plan_rows.c.object == name)
        same = sa.and_(journal.c.plan_id == plan_rows.c.plan_id, journal.c.row == plan_rows.c.row)
        done = (journal.c.state == "confirmed", journal.c.reason != ALREADY_THERE)
        statement = sa.select(plan_rows.c.id).join(journal, same).where(*values, among(plan_rows.c.id, ids), *done)
        return set(tx.scalars(statement))

    def record(self, tx: sa.Connection, run: Run, plan_id: str, entries: Iterable[tuple[Row, RowOutcome]]) -> None:
        """Append what is intended or became of rows, in the transaction that it belongs to.

        The values stand with the intent: a row that was decided without being sent has none.
        """
        self._append(
            tx,
            run,
            plan_id,
            ((row.number, outcome.state, outcome.reason, _values(row, outcome), row.body) for row, outcome in entries),
        )

    def erase(self, tx: sa.Connection, run: Run, plan_id: str, rows: Iterable[int]) -> None:
        """Take the values of rows away for good; the journal says that it was done."""
        gone = sorted(set(rows))
        there = (self._mine(), journal.c.plan_id == plan_id, journal.c.row.in_(gone), journal.c.digest != "")
        numbers = sa.select(journal.c.number).where(*there)
        values = (journal_values.c.connection == self.connection, journal_values.c.number.in_(numbers))
        tx.execute(journal_values.delete().where(*values))
        self._append(tx, run, plan_id, ((number, ERASED, "", None, "") for number in gone))

    def sent(self, run_id: str) -> Iterator[list[Sent]]:
        """Stream what a run has sent and the platform confirmed, by plan and row, a page at a time."""
        last = ("", -1)
        place = sa.tuple_(journal.c.plan_id, journal.c.row)
        while True:
            intents = (
                sa.select(journal.c.plan_id, journal.c.row, sa.func.max(journal.c.number).label("number"))
                .where(self._mine(), journal.c.run_id == run_id, journal.c.state == "sending", place > last)
                .group_by(journal.c.plan_id, journal.c.row)
                .order_by(journal.c.plan_id, journal.c.row)
                .limit(PAGE)
            )
            with self.store.reading() as tx:
                page = tx.execute(intents).all()
                found = [item for plan_id, rows in _by_plan(page) for item in self._sent(tx, plan_id, rows)]
            if not page:
                return
            last = (page[-1].plan_id, page[-1].row)
            yield found

    def intended(self, tx: sa.Connection, plan_id: str, rows: Iterable[int]) -> dict[int, Intent]:
        """The last intents of rows, by row; of rows that were never sent, or erased, there is none."""
        where = (self._mine(), journal.c.plan_id == plan_id, journal.c.state == "sending")
        same = sa.and_(journal_values.c.connection == journal.c.connection, journal_values.c.number == journal.c.number)
        statement = sa.select(journal.c.row, journal.c.at, journal_values.c.before).join(journal_values, same)
        wanted = statement.where(*where, journal.c.row.in_(list(rows))).order_by(journal.c.number)
        return {row.row: Intent(row.before, datetime.fromisoformat(row.at)) for row in tx.execute(wanted)}

    def written_on(self, tx: sa.Connection, day: date) -> dict[Place, tuple[int, int]]:
        """How many values of each property plans of this day have sent: changed, and emptied."""
        of_day = sa.func.json_extract(plans.c.header, "$.as_of") == day.isoformat()
        same = (journal_values.c.connection == journal.c.connection, journal_values.c.number == journal.c.number)
        row = (plan_rows.c.plan_id == journal.c.plan_id, plan_rows.c.row == journal.c.row)
        name = sa.func.json_extract(plan_rows.c.body, "$.property")
        had, has = journal_values.c.before.is_not(None), journal_values.c.after.is_not(None)
        counted = sa.select(
            plan_rows.c.object,
            name,
            sa.func.count(sa.case((sa.and_(had, has), 1))),
            sa.func.count(sa.case((sa.and_(had, sa.not_(has)), 1))),
        )
        statement = (
            counted.join(plans, plans.c.id == plan_rows.c.plan_id)
            .join(journal, sa.and_(*row))
            .join(journal_values, sa.and_(*same))
            .where(self._mine(), journal.c.state == "sending", plan_rows.c.kind == "property", of_day)
            .group_by(plan_rows.c.object, name)
        )
        return {(found[0], found[1]): (found[2], found[3]) for found in tx.execute(statement)}

    def last_run(self) -> str | None:
        """The newest run that has sent something which the platform confirmed."""
        newest = sa.func.max(journal.c.number).desc()
        runs = sa.select(journal.c.run_id).where(self._mine(), journal.c.state == "sending")
        with self.store.reading() as tx:
            found = list(tx.scalars(runs.group_by(journal.c.run_id).order_by(newest)))
        return next((run_id for run_id in found if any(self.sent(run_id))), None)

    def entries(
        self, plan_id: str | None = None, *, run_id: str = "", plan_hash: str = "", newest: int | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Stream journal entries with their values and the row of the plan they belong to (``body``), oldest first.

        Args:
            plan_id: Only those of this plan.
            run_id: Only those of this run.
            plan_hash: Only those of plans whose hash begins so.
            newest: Only so many, the newest.
        """
        where = [self._mine()]
        if plan_id is not None:
            where.append(journal.c.plan_id == plan_id)
        if run_id:
            where.append(journal.c.run_id == run_id)
        if plan_hash:
            same = plans.c.hash.startswith(plan_hash.lower(), autoescape=True)
            where.append(journal.c.plan_id.in_(sa.select(plans.c.id).where(same)))
        last = 0 if newest is None else self._before_newest(newest, where)
        statement = _ENTRIES.where(*where, journal.c.number > sa.bindparam("last")).limit(ENTRIES_PAGE)
        while True:
            with self.store.reading() as tx:
                found = tx.execute(statement, {"last": last})
                names, page = tuple(found.keys()), found.all()
            if not page:
                return
            yield from (dict(zip(names, row, strict=True)) for row in page)
            last = page[-1].number

    def head(self) -> tuple[int, str]:
        """Number and hash of the last entry; 0 and the start of the chain if there is none."""
        with self.store.reading() as tx:
            return self._head(tx)

    def writers(self, limit: int) -> list[Mapping[str, Any]]:
        """The newest runs that have sent something, with what they say of themselves and the plan they sent last."""
        mine = (self._mine(), journal.c.run_id == runs.c.id, journal.c.state == "sending")
        plan_id = sa.select(journal.c.plan_id).where(*mine).order_by(journal.c.number.desc()).limit(1).scalar_subquery()
        ran = (
            sa.select(runs, plan_id.label("plan_id"))
            .where(runs.c.connection == self.connection, sa.exists().where(*mine))
            .order_by(runs.c.started_at.desc(), runs.c.id)
            .limit(limit)
            .subquery()
        )
        origin = sa.func.json_extract(plans.c.header, "$.origin").label("origin")
        found = sa.select(ran, plans.c.hash, origin).outerjoin(plans, plans.c.id == ran.c.plan_id)
        statement = found.order_by(ran.c.started_at.desc(), ran.c.id)
        with self.store.reading() as tx:
            return [{**row, "summary": json.loads(row["summary"])} for row in tx.execute(statement).mappings()]

    def verify(self, head: str = chain.START) -> Verified:
        """Look whether every entry is as it was written, none is missing, and no values were changed or lost.

        ``head`` is the hash of an entry, or how it begins, kept since: whoever cut entries off or wrote them anew
        cannot have it in the chain.
        """
        found = Check(head.lower())
        for entry in self.entries():
            found.take(entry)
        return found.complete()

    def _before_newest(self, newest: int, where: Sequence[sa.ColumnElement[bool]]) -> int:
        """The number of the entry before the newest so many."""
        numbers = sa.select(journal.c.number).where(*where).order_by(journal.c.number.desc())
        with self.store.reading() as tx:
            return tx.scalar(numbers.offset(newest).limit(1)) or 0

    def _head(self, tx: sa.Connection) -> tuple[int, str]:
        newest = sa.select(journal.c.number, journal.c.hash).where(self._mine())
        last = tx.execute(newest.order_by(journal.c.number.desc()).limit(1)).one_or_none()
        return (last.number, last.hash) if last else (0, chain.START)

    def _append(
        self,
        tx: sa.Connection,
        run: Run,
        plan_id: str,
        entries: Iterable[tuple[int, str, str, Mapping[str, str | None] | None, str]],
    ) -> None:
        number, sealed = self._head(tx)
        frame = {
            "connection": self.connection,
            "run_id": run.id,
            "epoch": run.lease.epoch,
            "actor": run.actor,
            "plan_id": plan_id,
            "at": datetime.now(UTC).isoformat(),
        }
        rows, kept = list[dict[str, Any]](), list[dict[str, Any]]()
        for row, state, reason, values, body in entries:
            number += 1
            entry = {**frame, "number": number, "row": row, "state": state, "reason": reason, "digest": ""}
            if values is not None:
                key = chain.new_key()
                entry["digest"] = chain.digest(key, body, values["before"], values["after"], values["made"])
                kept.append({"connection": self.connection, "number": number, "key": key, **values})
            sealed = entry["hash"] = chain.seal(sealed, entry)
            rows.append(entry)
        insert(tx, journal, rows)
        insert(tx, journal_values, kept)

    def _sent(self, tx: sa.Connection, plan_id: str, intents: Mapping[int, int]) -> Iterator[Sent]:
        """What intents became, given as row → entry: those that are their row's last ones and were confirmed."""
        rows = (journal.c.plan_id == plan_id, journal.c.row.between(min(intents), max(intents)))
        later = sa.select(journal.c.row, journal.c.number, journal.c.state).where(self._mine(), *rows)
        entries: dict[int, list[Any]] = {}
        for entry in tx.execute(later.where(journal.c.state != ERASED).order_by(journal.c.number)):
            if entry.number >= intents.get(entry.row, entry.number + 1):
                entries.setdefault(entry.row, []).append(entry)
        stands = {
            row: found
            for row, found in entries.items()
            if found[-1].state == "confirmed" and not any(one.state == "sending" for one in found[1:])
        }
        numbers = [one.number for found in stands.values() for one in found]
        values = {item.number: item for item in tx.execute(self._values_at(numbers))}
        here = (plan_rows.c.plan_id == plan_id, plan_rows.c.row.in_(list(stands)))
        for item in tx.execute(sa.select(plan_rows).where(*here).order_by(plan_rows.c.row)):
            intent = values.get(intents[item.row])
            made = next((v.made for one in stands[item.row] if (v := values.get(one.number)) and v.made), None)
            before, after = (intent.before, intent.after) if intent else (None, None)
            change = CHANGE.validate_json(item.body)
            yield Sent(plan_id, item.row, change, before, after, made, erased=intent is None)

    def _values_at(self, numbers: Sequence[int]) -> sa.Select[Any]:
        where = (journal_values.c.connection == self.connection, journal_values.c.number.in_(numbers))
        return sa.select(journal_values).where(*where)

    def _states(self, tx: sa.Connection, plan_id: str, first: int, last: int) -> dict[int, tuple[RowState, str]]:
        where = (journal.c.plan_id == plan_id, journal.c.row.between(first, last), journal.c.state != ERASED)
        statement = sa.select(journal.c.row, journal.c.state, journal.c.reason).where(*where).order_by(journal.c.number)
        return {row.row: (row.state, row.reason) for row in tx.execute(statement)}

    def _mine(self) -> sa.ColumnElement[bool]:
        return journal.c.connection == self.connection


def _by_plan(page: Sequence[Any]) -> Iterator[tuple[str, dict[int, int]]]:
    """Part a page of intents by plan: row → entry."""
    for plan_id, rows in groupby(page, key=lambda item: item.plan_id):
        yield plan_id, {item.row: item.number for item in rows}


def _values(row: Row, outcome: RowOutcome) -> dict[str, str | None] | None:
    """What an entry keeps beside it: the values of an intent, the id of what was made."""
    if outcome.state == "sending":
        return {"before": row.change.was, "after": row.change.becomes, "made": None}
    if outcome.made:
        return {"before": None, "after": None, "made": outcome.made}
    return None
