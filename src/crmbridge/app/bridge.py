"""Bridge: the object that scripts and commands use. One Bridge is one connection."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

from crmbridge.app.deciding import Deciding
from crmbridge.app.exporting import Exporting
from crmbridge.app.privacy import Privacy
from crmbridge.app.scope import sync_scope
from crmbridge.app.tables import Tables
from crmbridge.app.touchpoints import Touchpoints
from crmbridge.app.tracing import Tracing
from crmbridge.app.undoing import Undoing
from crmbridge.app.upkeep import Upkeep
from crmbridge.centers.engine import JudgeProgress, JudgeResult
from crmbridge.connector import Account
from crmbridge.errors import RemakePlan
from crmbridge.model.base import TOUCHES, ObjectName
from crmbridge.model.centers import BuyingCenter
from crmbridge.model.changes import PropertyChange
from crmbridge.model.failures import FailureGroup
from crmbridge.model.plan import Plan
from crmbridge.model.records import Company, Contact, Deal, Engagement, Record
from crmbridge.report import ReportResult, write_report
from crmbridge.store import Row, Run
from crmbridge.sync import Desk, SyncEngine, SyncResult, SyncStep
from crmbridge.writeback import Allowed, ApplyResult, apply_plan, import_plan, read_plan, select, write_plan

CLOCK_TOLERANCE: Final = timedelta(seconds=5)
"""Less is the way of the answer, and the whole seconds in which a platform tells the time."""


@dataclass(frozen=True)
class RunResult:
    """What one unattended run did.

    Attributes:
        applied: None if there was nothing to apply.
        failed: Hook calls in which a plugin failed, by plugin and hook.
    """

    run_id: str
    sync: SyncResult
    judged: JudgeResult
    plan: Plan
    applied: ApplyResult | None
    failed: tuple[FailureGroup, ...]

    @property
    def failures(self) -> int:
        """Number of hook calls in which a plugin failed."""
        return sum(group.count for group in self.failed)


class Bridge(Deciding, Tables, Touchpoints, Exporting, Undoing, Upkeep, Privacy, Tracing):
    """One connection: sync it, look at its buying centers, plan, apply, report.

    Use it as a context manager, or call ``close``. Methods that write take the connection's lease for their time and
    raise ``WaitForRun`` if another run has it.

    Attributes:
        config: The configuration.
        connection: Name of the connection.
        plugins: The plugins at work.
        failed: Hook calls in which a plugin failed, so far, by plugin and hook.
    """

    # The mirror

    def contacts(self) -> Iterator[Contact]:
        """Stream all contacts of the mirror."""
        return cast("Iterator[Contact]", self.mirror.records("contact"))

    def companies(self) -> Iterator[Company]:
        """Stream all companies of the mirror."""
        return cast("Iterator[Company]", self.mirror.records("company"))

    def deals(self) -> Iterator[Deal]:
        """Stream all deals of the mirror."""
        return cast("Iterator[Deal]", self.mirror.records("deal"))

    def records(self, name: ObjectName) -> Iterator[Record]:
        """Stream all records of any object of the mirror, e.g. ``ticket`` or ``custom.machine``."""
        return self.mirror.records(name)

    def engagements(self) -> Iterator[Engagement]:
        """Stream all engagements of the mirror, and imported touchpoints, kind by kind."""
        for name in TOUCHES:
            yield from cast("Iterator[Engagement]", self.mirror.records(name))

    # The way of the data

    def sync(self, *, full: bool = False, progress: Callable[[SyncStep], None] | None = None) -> SyncResult:
        """Bring the mirror up to date: at first all, later what changed; ``full`` lists everything anew.

        Raises:
            RetryLater: The platform cannot answer now; the next sync goes on where this one stopped.
        """
        with self._run("sync") as run:
            return self._sync(run, full=full, progress=progress)

    def judge(self, progress: JudgeProgress | None = None) -> JudgeResult:
        """Have the plugins judge what changed or fell due since the last time."""
        with self._run("judge") as run:
            return self._judge(run, progress)

    def buying_centers(self, ids: Sequence[str] | None = None) -> Iterator[BuyingCenter]:
        """Stream judged buying centers by id, up to date with the mirror; only those named, if any are."""
        self.judge()
        yield from self.judgements.centers(ids)

    def plan(self, only: Collection[str] = (), limit: int | None = None) -> Plan:
        """Judge, then work out what would be written. Nothing is written to the CRM.

        Args:
            only: Plugins, properties as ``contact.roles`` or ``contact.crmb_roles``, records as ``contact:1``: all else
                is left out. Plugins and properties add up, records narrow what is left.
            limit: Most records to write to.

        Raises:
            FixConfig: ``only`` names what is not there.
        """
        with self._run("plan") as run:
            self._judge(run)
            return self._plan(run, only=only, limit=limit)

    def save_plan(self, plan: Plan, path: Path) -> None:
        """Write a plan to a file, to be reviewed and applied later. It holds personal data: mode 0600."""
        write_plan(plan, path)

    def open_plan(self, path: Path | None = None) -> Plan:
        """Read a plan from a file, or take the newest that was not applied.

        Raises:
            RemakePlan: The file was altered, is for another account, or there is no plan.
        """
        if path is not None:
            plan = read_plan(path)
            with self._run("import") as run:
                return import_plan(self.store, self.connection, plan, run=run, allowed=self._allowed())
        waiting = self.waiting_plan()
        if waiting is None:
            raise RemakePlan("there is no plan waiting: run `crmbridge plan` first")
        return waiting

    def _allowed(self) -> Allowed:
        config = self.config.writeback
        targets, _ = select(self.plugins.properties(), config, self.plugins.versions())
        return Allowed.by(config, targets)

    def waiting_plan(self) -> Plan | None:
        """The newest plan, unless it was applied."""
        plan_id = self.journal.plans.latest(["planned", "applying", "applied"])
        if plan_id is None or self.journal.plans.state(plan_id) == "applied":
            return None
        return self.journal.plans.get(plan_id)

    def interrupted_plan(self) -> Plan | None:
        """The newest plan of which an apply has begun and not ended: apply it with its own hash to go on."""
        plan_id = self.journal.plans.latest(["applying"])
        return self.journal.plans.get(plan_id) if plan_id else None

    def apply(
        self,
        plan: Plan,
        *,
        approve: str | None = None,
        canary: int | None = None,
        only: Collection[str] = (),
        progress: Callable[[int], None] | None = None,
    ) -> ApplyResult:
        """Write a plan to the CRM, journalled row by row; one that was interrupted goes on where it was.

        A plan that its guard parked is applied only if ``approve`` is its hash; the result says so otherwise.

        Args:
            plan: What to write.
            approve: The hash of the plan that was reviewed, or at least its first 12 characters.
            canary: Write so many records first, read them back, and stop if they are not as written; by default as
                ``[writeback] canary`` says.
            only: Properties as ``contact.crmb_roles`` or records as ``contact:1``: the rest stays for a later apply.
            progress: Told the number of rows that were decided, batch by batch.

        Raises:
            RemakePlan: The plan is older than what was applied since, or for another account.
            RetryLater: The platform cannot answer now; apply the same plan again to go on.
        """
        with self._run("apply") as run:
            return self._apply(run, plan, approve, canary=canary, only=only, progress=progress)

    def refused(self, plan: Plan) -> Iterator[Row]:
        """Stream the rows of an applied plan that the CRM, or a person's edit, did not let through, and why."""
        for rows in self.journal.rows(plan.header.id, ("invalid", "rejected", "conflict")):
            yield from (row for row in rows if not (isinstance(row.change, PropertyChange) and row.change.stamp))

    def run(self, *, approve: str | None = None, full: bool = False) -> RunResult:
        """Sync, judge, plan and apply under one lease, unattended; a parked plan stays parked."""
        with self._run("run") as run:
            synced = self._sync(run, full=full)
            judged = self._judge(run)
            plan = self._plan(run)
            idle = plan.is_empty and self.interrupted_plan() is None
            applied = None if idle else self._apply(run, plan, approve)
            return RunResult(run.id, synced, judged, plan, applied, self.failed)

    def report(
        self, path: Path | None = None, *, redact: bool = False, top: int | None = None, rows: int | None = None
    ) -> ReportResult:
        """Write the HTML report of the buying centers; it is personal data, mode 0600."""
        settings = self.config.report
        target = path or self.config.report_path
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return write_report(
            target,
            self.buying_centers(),
            account=self.account.account_id,
            as_of=self.today,
            top=settings.top if top is None else top,
            rows=settings.rows if rows is None else rows,
            redact=redact,
            benchmark=self.config.centers.benchmark,
            benchmark_source=self.config.centers.benchmark_source,
            plugins=self.plugins.versions(),
            stance=settings.stance,
            stages=self.plugins.stages(),
            failed=self.judgements.failure_groups(),
        )

    def official_client(self) -> Any:
        """The platform's own client, signed in: the way to all that crmbridge does not cover.

        It spends the same rate limit, and it bypasses plan and journal: what it writes cannot be rolled back here.
        """
        return self.connector.official_client()

    # The same under a lease that is held already

    def _sync(self, run: Run, *, full: bool = False, progress: Callable[[SyncStep], None] | None = None) -> SyncResult:
        account = self.connector.account()
        with self.store.writing(run.lease) as tx:
            self.progress.bind(tx, account.id, account.timezone, self.config.writeback.prefix)
        self.__dict__.pop("account", None)
        with self._session(run) as session:
            desk = Desk(
                self.store,
                self.connection,
                self.connector,
                sync_scope(self.config, self.connection, self.plugins),
                session,
                prefix=self.config.writeback.prefix,
                limit_percent=self.config.sync.transform_limit_percent,
                report=progress,
                now=_clock(account),
            )
            result = SyncEngine(desk, self.config.sync).run(run, full=full)
            counts = {"read": sum(result.read.values()), "changed": sum(result.changed.values()), "links": result.links}
            self._finished(run, session, "sync-finished", counts)
        self.__dict__.pop("account", None)
        return result

    def _apply(
        self,
        run: Run,
        plan: Plan,
        approve: str | None,
        *,
        canary: int | None = None,
        only: Collection[str] = (),
        progress: Callable[[int], None] | None = None,
    ) -> ApplyResult:
        settings = self.config.writeback
        with self._session(run) as session:
            result = apply_plan(
                self.store,
                self.connection,
                lambda: self.connector,
                plan,
                run=run,
                approve=approve,
                only=only,
                people=[name for name, people in settings.overwrite.items() if people],
                canary=settings.canary if canary is None else canary,
                versions=self.plugins.versions(),
                allowed=self._allowed(),
                progress=progress or (lambda _: None),
            )
            counts = {
                "confirmed": result.confirmed,
                "invalid": result.invalid,
                "rejected": result.rejected,
                "conflicts": result.conflicts,
                "unknown": result.unknown,
            }
            self._finished(run, session, "apply-finished", counts)
        return result


def _clock(account: Account) -> Callable[[], datetime]:
    """The platform's clock: a machine whose own is fast would pass over what is modified in the next minutes."""
    ahead = account.at - datetime.now(UTC) if account.at else timedelta()
    return lambda: datetime.now(UTC) + (ahead if abs(ahead) > CLOCK_TOLERANCE else timedelta())
