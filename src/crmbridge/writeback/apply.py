"""Applies a plan: refuses what must not be sent, takes up what was interrupted, sends the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby, takewhile
from typing import Final, Literal

from crmbridge.connector import Connector
from crmbridge.errors import RemakePlan
from crmbridge.model.changes import Change
from crmbridge.model.plan import REVIEWER, Finding, Plan
from crmbridge.store import Journal, Judgements, Mirror, Progress, Row, Run, Store, leave
from crmbridge.writeback.canary import check, first_records
from crmbridge.writeback.desk import Desk
from crmbridge.writeback.hands import HANDS
from crmbridge.writeback.planfile import FOREIGN, import_plan
from crmbridge.writeback.strangers import Allowed

SHORTEST_APPROVAL: Final = 12
"""Leading characters of a hash that name a plan."""


@dataclass(frozen=True)
class ApplyResult:
    """What came of applying a plan, in this call; definitions count as rows, stamps do not.

    Attributes:
        status: ``parked`` and ``blocked``: nothing was sent, see ``findings``; an older plan that was interrupted may
            have been read back. ``stopped``: the canary did not come
            back as written, and the rest waits.
        confirmed: Rows that stand on the platform now.
        invalid: Rows that crmbridge refused, and never sent.
        rejected: Rows that the platform refused.
        conflicts: Rows where somebody else's value stands.
        unknown: Rows without an answer; the next apply reads them back.
        calls: Requests sent.
    """

    status: Literal["done", "parked", "blocked", "stopped"]
    plan_id: str
    confirmed: int = 0
    invalid: int = 0
    rejected: int = 0
    conflicts: int = 0
    unknown: int = 0
    findings: tuple[Finding, ...] = ()
    calls: int = 0


def apply_plan(  # noqa: PLR0913 - what is sent where, and the user's choices
    store: Store,
    connection: str,
    connector: Connector | Callable[[], Connector],
    plan: Plan,
    *,
    run: Run,
    approve: str | None = None,
    only: Collection[str] = (),
    people: Collection[str] = (),
    canary: int = 0,
    versions: Mapping[str, str] | None = None,
    allowed: Allowed | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> ApplyResult:
    """Send a plan. One that was interrupted goes on where it was; one that is finished is left alone.

    Args:
        store: Where it is, or is put if it comes from a file.
        connection: Its connection.
        connector: Of that connection, or what opens it: a plan without rows needs none.
        plan: The plan.
        run: Holds the lease.
        approve: The plan's hash, or at least its first 12 characters; a parked plan needs it.
        only: Properties as ``contact.crmb_roles`` or records as ``contact:1``: the rest stays for a later apply.
        people: Properties, named so too, for which people's edits may be overwritten under policy ``overwrite``.
        canary: Write so many records first, read them back, and stop if they are not as written.
        versions: Of the plugins that are installed; a plan that rests on another version of one is refused.
        allowed: What a plan that another store made may do; without it, anything.
        progress: Told the number of rows that were decided, batch by batch.

    Raises:
        RemakePlan: It is older than what was applied, unfinished, for another account, or by another plugin version.
        RetryLater: The platform cannot go on; apply the same plan again.
        LeaseLost: Another run has taken over.
    """
    plan = import_plan(store, connection, plan, run=run, allowed=allowed)
    journal = Journal(store, connection)
    state = journal.plans.state(plan.header.id)
    if state == "applied":
        return ApplyResult("done", plan.header.id, findings=plan.header.findings)
    if state == "given-up":
        raise RemakePlan(f"plan {plan.hash[:SHORTEST_APPROVAL]} was given up for a newer one: make a new plan")
    _check_current(journal, plan)
    _check_versions(plan, versions)
    if plan.blocked:
        return ApplyResult("blocked", plan.header.id, findings=plan.blocked)
    interrupted = journal.plans.latest(["applying"])
    _check_undone(journal, interrupted, plan)
    waiting = _unapproved(plan, approve, begun=interrupted == plan.header.id)
    if waiting and not interrupted:
        return ApplyResult("parked", plan.header.id, findings=waiting)
    if plan.is_empty and not interrupted:
        _finish(store, run, journal, plan)
        return ApplyResult("done", plan.header.id, findings=plan.header.findings)
    opened = connector() if callable(connector) else connector
    sent_before = opened.calls
    _check_account(opened, plan)
    account = Progress(store, connection).account()
    desk = Desk(
        store,
        run,
        opened,
        journal,
        Mirror(store, connection, account.prefix if account else ""),
        Judgements(store, connection),
        plan.header.id,
        plan.header.origin,
        only,
        people,
        progress,
    )
    _close_abandoned(desk)
    if waiting:
        return ApplyResult("parked", plan.header.id, findings=waiting, calls=opened.calls - sent_before)
    _settle(desk)
    _remember_failed(desk)
    with store.writing(run.lease) as tx:
        journal.plans.set_state(tx, plan.header.id, "applying")
    stopped = _write(desk, canary)
    if not (only or stopped or desk.counts["unknown"]):
        _finish(store, run, journal, plan)
    return ApplyResult(
        "stopped" if stopped else "done",
        plan.header.id,
        confirmed=desk.counts["confirmed"],
        invalid=desk.counts["invalid"],
        rejected=desk.counts["rejected"],
        conflicts=desk.counts["conflict"],
        unknown=desk.counts["unknown"],
        findings=(*plan.header.findings, *stopped),
        calls=opened.calls - sent_before,
    )


def _remember_failed(desk: Desk) -> None:
    """Note what an earlier apply of this plan could not define: what needs it is not sent now, either."""
    rows = (row for page in desk.journal.rows(desk.plan_id, {"invalid", "rejected"}) for row in page)
    desk.failed.update(row.change.place for row in takewhile(lambda row: row.change.record is None, rows))


def _write(desk: Desk, canary: int) -> tuple[Finding, ...]:
    """Carry out the planned rows, the canary first; say why the rest waits, if it does."""
    if canary:
        rows = list(first_records(_planned(desk), canary))
        _hand_over(desk, iter(rows))
        if bad := check(desk, rows):
            return bad
    _hand_over(desk, _planned(desk))
    return ()


def _planned(desk: Desk) -> Iterator[Row]:
    for page in desk.journal.rows(desk.plan_id, {"planned"}):
        yield from (row for row in page if _wanted(desk, row.change))


def _wanted(desk: Desk, change: Change) -> bool:
    """Stamps and what belongs to the account go with whatever is written."""
    return change.record is None or change.kind == "property" or desk.wants(change)


def _hand_over(desk: Desk, rows: Iterable[Row]) -> None:
    """Give rows to the hands of their kinds, in the plan's order."""
    for kind, group in groupby(rows, key=lambda row: row.change.kind):
        HANDS[kind](desk).write(group)


def _check_current(journal: Journal, plan: Plan) -> None:
    """Refuse a plan that is older than one that was applied."""
    made = plan.header.created_at
    newest = journal.plans.latest(["applying", "applied"])
    other = journal.plans.get(newest) if newest else None
    if other is None or made is None or other.header.id == plan.header.id or other.header.created_at is None:
        return
    if other.header.created_at > made:
        raise RemakePlan(
            f"plan {plan.hash[:SHORTEST_APPROVAL]} is older than plan {other.hash[:SHORTEST_APPROVAL]}, "
            "which was applied since: make a new plan"
        )


def _check_undone(journal: Journal, interrupted: str | None, plan: Plan) -> None:
    """Refuse to go on beside a rollback or uninstall that was interrupted: half of it would be written again."""
    other = journal.plans.get(interrupted) if interrupted else None
    if other and other.header.id != plan.header.id and other.header.origin.startswith(("rollback", "uninstall")):
        raise RemakePlan(f"{other.header.origin} was interrupted: finish it with `crmbridge apply --resume`, then plan")


def _check_versions(plan: Plan, versions: Mapping[str, str] | None) -> None:
    """Refuse a plan whose values come from another version of a plugin: today's might say something else."""
    header = plan.header
    if versions is None or header.origin != "judged":
        return
    for by in sorted({count.by for count in header.counts} & header.plugins.keys()):
        if versions.get(by) != header.plugins[by]:
            now = versions.get(by) or "not there"
            raise RemakePlan(
                f"plan {plan.hash[:SHORTEST_APPROVAL]} was made with {by} {header.plugins[by]}, which is {now} now: "
                "make a new plan"
            )


def _unapproved(plan: Plan, approve: str | None, *, begun: bool) -> tuple[Finding, ...]:
    """Say why a plan waits; an approval that names another plan lets nothing pass. One that was begun was approved."""
    if approve is None:
        return () if begun else plan.parked
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
        for kind, group in groupby(page, key=lambda row: row.change.kind):
            HANDS[kind](desk).settle(list(group))


def _close_abandoned(desk: Desk) -> None:
    """Settle an older plan that was interrupted, and close it: this plan rests on newer judgements."""
    older = desk.journal.plans.latest(["applying"])
    if older is None or older == desk.plan_id:
        return
    plan = desk.journal.plans.get(older)
    _settle(replace(desk, plan_id=older, origin=plan.header.origin if plan else "judged"))
    left = next(desk.journal.rows(older, {"planned"}), None)
    with desk.store.writing(desk.run.lease) as tx:
        desk.journal.plans.set_state(tx, older, "given-up" if left else "applied")


def _finish(store: Store, run: Run, journal: Journal, plan: Plan) -> None:
    """Close the plan; what it was approved for needs no approval again until a plugin's version changes."""
    versions = plan.header.plugins
    counted = (item for item in plan.header.counts if item.by != REVIEWER)
    approved = {(item.object, item.property): (item.by, versions.get(item.by, "")) for item in counted}
    with store.writing(run.lease) as tx:
        journal.plans.set_state(tx, plan.header.id, "applied")
        if plan.header.origin == "judged" and not plan.is_partial and FOREIGN not in plan.header.findings:
            journal.manifest.release(tx, plan.header.id, approved)
        if plan.header.origin == "uninstall":
            leave(tx, journal.connection, plan.header.id)
        Progress(store, journal.connection).advance(tx)
