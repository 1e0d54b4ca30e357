"""Plans the way back from what one run has written: each row becomes its own reverse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Final

import sqlalchemy as sa

from crmbridge.errors import FixConfig
from crmbridge.model.base import ObjectName
from crmbridge.model.changes import (
    AccountChange,
    ActivityChange,
    LabelChange,
    MembershipChange,
    PropertyChange,
    RecordChange,
)
from crmbridge.model.plan import Finding, Plan
from crmbridge.store import Journal, Sent, written
from crmbridge.writeback.planning.assembling import Planning, store_plan
from crmbridge.writeback.standing import history

LAST: Final = "last"
"""Names the run that wrote last."""


def plan_rollback(planning: Planning, run_id: str = LAST) -> Plan:
    """Plan to put back what stood there before a run wrote; nothing is sent.

    Args:
        planning: What to work with.
        run_id: The run, or ``last`` for the one that wrote last.

    Raises:
        FixConfig: That run has written nothing that the platform confirmed.
        LeaseLost: Another run has taken over.
    """
    journal = Journal(planning.store, planning.connection)
    last = journal.last_run()
    wanted = last if run_id == LAST else run_id
    if wanted is None or not any(journal.sent(wanted)):
        raise FixConfig(_nothing(planning.connection, wanted, last, unsettled=_unsettled(journal)))
    header = planning.header(f"rollback {wanted}")
    return store_plan(planning, header, lambda tx: [Rollback(tx, journal, wanted)])


@dataclass
class Rollback:
    """Streams the reverse of what a run has written, in the order in which it was; made for one transaction."""

    tx: sa.Connection
    journal: Journal
    run_id: str
    _erased: int = 0
    _since: int = 0
    _staying: int = 0

    def rows(self) -> Iterator[RecordChange]:
        """Reverse what still stands; stamps go with the values of their record, or not at all."""
        rows = chain.from_iterable(self._reversed(page) for page in self.journal.sent(self.run_id))
        for _, group in groupby(rows, key=lambda change: change.subject):
            record = list(group)
            if not all(_is_stamp(change) for change in record):
                yield from record

    def findings(self) -> Iterable[Finding]:
        """What is left out, and why."""
        if self._erased:
            what = f"rollback of an erased row is refused: {self._erased} rows of {self.run_id} were erased, and stay"
            yield Finding(severity="warning", code="erased-rows", message=what)
        if self._since:
            what = f"{self._since} rows of {self.run_id} were written or rolled back again by a later run, and stay"
            remedy = "roll that run back first"
            yield Finding(severity="warning", code="written-since", message=f"{what}: {remedy}")
        if self._staying:
            what = f"{self._staying} groups, properties and lists of {self.run_id} are left as they are"
            message = f"{what}: `crmbridge uninstall` removes what crmbridge created"
            yield Finding(severity="info", code="definitions-stay", message=message)
        if waiting := _unsettled(self.journal):
            what = f"{waiting} rows of an interrupted apply had no answer, and are not among these"
            remedy = "apply this plan, which reads them back first, then plan the rollback again"
            yield Finding(severity="warning", code="unsettled-rows", message=f"{what}: {remedy}")

    def _reversed(self, page: Sequence[Sent]) -> Iterator[RecordChange]:
        free = self._reversible(page)
        for sent in page:
            change = sent.change
            if sent.erased:
                self._erased += 1
            elif isinstance(change, AccountChange):
                self._staying += 1
            elif (sent.plan_id, sent.number) in free:
                yield _reverse(sent, change, f"rollback of {self.run_id}")
            elif not _is_stamp(change):
                self._since += 1

    def _reversible(self, page: Sequence[Sent]) -> set[tuple[str, int]]:
        """Rows that can be reversed without undoing what was written later."""
        records: dict[ObjectName, set[str]] = {}
        for sent in page:
            if sent.change.record is not None:
                records.setdefault(sent.change.record.object, set()).add(sent.change.record.id)
        found = (history(written(self.tx, self.journal.connection, *item)) for item in records.items())
        rows = (row for pasts in found for past in pasts.values() for row in past.reversible)
        return {(row.plan_id, row.number) for row in rows}


def _unsettled(journal: Journal) -> int:
    """Number of rows of an interrupted apply that may have arrived."""
    plan_id = journal.plans.latest(["applying"])
    counts = journal.outcome_counts(plan_id) if plan_id else {}
    return counts.get("sending", 0) + counts.get("unknown", 0)


def _nothing(connection: str, wanted: str | None, last: str | None, *, unsettled: int) -> str:
    """Say why there is nothing to roll back, and what to do."""
    if unsettled:
        return f"{unsettled} rows of an interrupted apply had no answer: run `crmbridge apply --resume` first"
    if last is None:
        return f"nothing that was written to {connection!r} stands: there is nothing to roll back"
    return (
        f"nothing that run {wanted!r} wrote to {connection!r} stands: name a run that `crmbridge status` lists as "
        f"having written; the last one is {last}"
    )


def _is_stamp(change: RecordChange) -> bool:
    return isinstance(change, PropertyChange) and change.stamp


def _reverse(sent: Sent, change: RecordChange, reason: str) -> RecordChange:
    """The change that undoes a row; a value is put back only where what was written still stands."""
    told = {"reason": reason, "by": "core"}
    match change:
        case PropertyChange():
            return PropertyChange(
                subject=change.subject,
                property=change.property,
                before=sent.after,
                after=sent.before,
                policy="restore",
                stamp=change.stamp,
                **told,
            )
        case ActivityChange():
            made = sent.made if change.after is not None else None
            turned = {"before": change.after, "after": change.before, "made": made}
            return change.model_copy(update=turned | told)
        case LabelChange() | MembershipChange():
            return change.model_copy(update={"before": change.after, "after": change.before, **told})
