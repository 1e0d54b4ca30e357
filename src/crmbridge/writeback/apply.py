"""Applies a plan: refuses what must not be sent, takes up what was interrupted, sends the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Literal

from crmbridge.connector import Connector
from crmbridge.errors import RemakePlan
from crmbridge.model.changes import PropertyChange
from crmbridge.model.plan import Finding, Plan
from crmbridge.store import Journal, Mirror, Progress, Run, Store
from crmbridge.writeback import defining
from crmbridge.writeback.desk import Desk
from crmbridge.writeback.planfile import import_plan
from crmbridge.writeback.writing import Writer

SHORTEST_APPROVAL: Final = 12
"""Leading characters of a hash that name a plan."""


@dataclass(frozen=True)
class ApplyResult:
    """What came of applying a plan, in this call; definitions count as rows, stamps do not.

    Attributes:
        status: ``parked`` and ``blocked``: nothing was sent, see ``findings``.
        confirmed: Rows that stand on the platform now.
        rejected: Rows that the platform, or its definitions, refused.
        conflicts: Rows where somebody else's value stands.
        unknown: Rows without an answer; the next apply reads them back.
        calls: Requests sent.
    """

    status: Literal["done", "parked", "blocked"]
    plan_id: str
    confirmed: int = 0
    rejected: int = 0
    conflicts: int = 0
    unknown: int = 0
    findings: tuple[Finding, ...] = ()
    calls: int = 0


def apply_plan(  # noqa: PLR0913 - what is sent where, and the user's four choices
    store: Store,
    connection: str,
    connector: Connector,
    plan: Plan,
    *,
    run: Run,
    approve: str | None = None,
    only: Collection[str] = (),
    people: Collection[str] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> ApplyResult:
    """Send a plan. One that was interrupted goes on where it was.

    Args:
        store: Where it is, or is put if it comes from a file.
        connection: Its connection.
        connector: Of that connection.
        plan: The plan.
        run: Holds the lease.
        approve: The plan's hash, or at least its first 12 characters; a parked plan needs it.
        only: Properties as ``contact.crmb_roles`` or records as ``contact:1``: the rest stays for a later apply.
        people: Properties, named so too, for which people's edits may be overwritten under policy ``overwrite``.
        progress: Told the number of rows that were decided, batch by batch.

    Raises:
        RemakePlan: It was applied, is older than what was applied, unfinished, or for another account.
        RetryLater: The platform cannot go on; apply the same plan again.
        LeaseLost: Another run has taken over.
    """
    plan = import_plan(store, connection, plan, run=run)
    journal = Journal(store, connection)
    _check_current(journal, plan)
    if plan.blocked:
        return ApplyResult("blocked", plan.header.id, findings=plan.blocked)
    if waiting := _unapproved(plan, approve):
        return ApplyResult("parked", plan.header.id, findings=waiting)
    sent_before = connector.calls
    _check_account(connector, plan)
    account = Progress(store, connection).account()
    mirror = Mirror(store, connection, account.prefix if account else "")
    desk = Desk(store, run, connector, journal, mirror, plan.header.id, progress)
    _close_abandoned(desk)
    _settle(desk)
    with store.writing(run.lease) as tx:
        journal.set_plan_state(tx, plan.header.id, "applying")
    Writer(desk, defining.define(desk), people).write(only)
    if not only and not desk.counts["unknown"]:
        _finish(desk, plan)
    return ApplyResult(
        "done",
        plan.header.id,
        confirmed=desk.counts["confirmed"],
        rejected=desk.counts["rejected"],
        conflicts=desk.counts["conflict"],
        unknown=desk.counts["unknown"],
        findings=plan.header.findings,
        calls=connector.calls - sent_before,
    )


def _check_current(journal: Journal, plan: Plan) -> None:
    """Refuse a plan that was applied, or that is older than one that was."""
    header = plan.header
    if journal.plan_state(header.id) == "applied":
        raise RemakePlan(f"plan {plan.hash[:SHORTEST_APPROVAL]} of {header.as_of} was applied already: make a new plan")
    newest = journal.latest_plan(["applying", "applied"])
    other = journal.plan(newest) if newest else None
    if other and other.header.id != header.id and other.header.created_at > header.created_at:
        raise RemakePlan(
            f"plan {plan.hash[:SHORTEST_APPROVAL]} is older than plan {other.hash[:SHORTEST_APPROVAL]}, "
            "which was applied since: make a new plan"
        )


def _unapproved(plan: Plan, approve: str | None) -> tuple[Finding, ...]:
    """Say why a plan waits; an approval that names another plan lets nothing pass."""
    if approve is None:
        return plan.parked
    if len(approve) >= SHORTEST_APPROVAL and plan.hash.startswith(approve.lower()):
        return ()
    message = f"the approval does not name this plan: review it and apply it with --approve {plan.hash}"
    return (*plan.parked, Finding(severity="park", code="other-approval", message=message))


def _check_account(connector: Connector, plan: Plan) -> None:
    found = connector.account().id
    if found != plan.header.account_id:
        raise RemakePlan(
            f"the plan is for account {plan.header.account_id}, but the credential belongs to account {found}: "
            "use the right token, or make a new plan"
        )


def _settle(desk: Desk) -> None:
    """Read back every row that may have been sent by a run that did not end."""
    for page in desk.journal.rows(desk.plan_id, {"sending", "unknown"}):
        for row in page:
            if not isinstance(row.change, PropertyChange):
                defining.settle(desk, row)
        Writer(desk).settle(page)


def _close_abandoned(desk: Desk) -> None:
    """Settle an older plan that was interrupted, and close it: this plan rests on newer judgements."""
    older = desk.journal.latest_plan(["applying"])
    if older is None or older == desk.plan_id:
        return
    _settle(Desk(desk.store, desk.run, desk.connector, desk.journal, desk.mirror, older))
    with desk.store.writing(desk.run.lease) as tx:
        desk.journal.set_plan_state(tx, older, "applied")


def _finish(desk: Desk, plan: Plan) -> None:
    """Close the plan; what it was approved for needs no approval again until a plugin's version changes."""
    versions = plan.header.plugins
    approved = {(item.object, item.property): (item.by, versions.get(item.by, "")) for item in plan.header.counts}
    with desk.store.writing(desk.run.lease) as tx:
        desk.journal.set_plan_state(tx, desk.plan_id, "applied")
        desk.journal.release(tx, desk.plan_id, approved)
