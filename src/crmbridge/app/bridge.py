"""Bridge: the object that scripts and commands use. One Bridge is one connection."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast
from zoneinfo import ZoneInfo

from crmbridge.app.opening import load_plugins, open_connector
from crmbridge.app.scope import sync_scope
from crmbridge.centers.engine import JudgeEngine, JudgeProgress, JudgeResult
from crmbridge.config import Config
from crmbridge.connector import Account, Connector
from crmbridge.errors import FixConfig, RemakePlan, SyncFirst
from crmbridge.model.base import ENGAGEMENTS, ObjectName
from crmbridge.model.centers import BuyingCenter
from crmbridge.model.changes import PropertyChange
from crmbridge.model.events import Event
from crmbridge.model.plan import Plan
from crmbridge.model.records import Company, Contact, Deal, Engagement, Record
from crmbridge.plugins import Plugins, Session
from crmbridge.report import ReportResult, write_report
from crmbridge.store import AccountRow, Journal, Judgements, Mirror, Progress, Queue, Row, Run, Store
from crmbridge.sync import Desk, SyncEngine, SyncResult, SyncStep
from crmbridge.writeback import ApplyResult, apply_plan, import_plan, make_plan, read_plan, write_plan

CLOCK_TOLERANCE: Final = timedelta(seconds=5)
"""Less is the way of the answer, and the whole seconds in which a platform tells the time."""


@dataclass(frozen=True)
class RunResult:
    """What one unattended run did.

    Attributes:
        applied: None if there was nothing to apply.
        failures: Number of hook calls in which a plugin failed.
    """

    run_id: str
    sync: SyncResult
    judged: JudgeResult
    plan: Plan
    applied: ApplyResult | None
    failures: int


class Bridge:
    """One connection: sync it, look at its buying centers, plan, apply, report.

    Use it as a context manager, or call ``close``. Methods that write take the connection's lease for their time and
    raise ``WaitForRun`` if another run has it.

    Attributes:
        config: The configuration.
        connection: Name of the connection.
        plugins: The plugins at work.
        failures: Number of hook calls in which a plugin failed, so far.
    """

    def __init__(
        self,
        config: Config,
        connection: str | None = None,
        *,
        plugins: Plugins | None = None,
        connector: Connector | None = None,
        as_of: date | None = None,
    ) -> None:
        self.config = config
        self.connection = config.connection(connection).name
        self.plugins = plugins or load_plugins(config)
        self.store = Store.open(config.store_path)
        self.failures = 0
        self._connector = connector
        self._as_of = as_of
        prefix = config.writeback.prefix
        self.mirror = Mirror(self.store, self.connection, prefix)
        self.judgements = Judgements(self.store, self.connection)
        self.journal = Journal(self.store, self.connection)
        self.progress = Progress(self.store, self.connection)
        self.queue = Queue(self.store, self.connection)

    @classmethod
    def from_config(
        cls, path: str | Path = "crmbridge.toml", connection: str | None = None, *, as_of: date | None = None
    ) -> Bridge:
        """Open a connection of a config file.

        ``connection`` may be left out if the file has one; ``as_of`` is the day to judge for, today by default.

        Raises:
            FixConfig: The file does not validate.
            ReplaceStore: The store file is not ours or of a newer version.
        """
        return cls(Config.load(Path(path)), connection, as_of=as_of)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close connector and store."""
        if self._connector is not None:
            self._connector.close()
        self.store.close()

    @property
    def connector(self) -> Connector:
        """The connection's connector, opened on first use.

        Raises:
            FixConfig: No plugin brings this connector, or its settings do not validate.
            FixCredential: The credential is missing or malformed.
        """
        if self._connector is None:
            wanted = self.config.connection(self.connection).connector
            specs = self.plugins.connectors()
            if wanted not in specs:
                known = ", ".join(sorted(specs)) or "none"
                raise FixConfig(
                    f"[connections.{self.connection}] connector {wanted!r} is not installed: there are {known}"
                )
            self._connector = open_connector(self.config, self.connection, specs[wanted])
        return self._connector

    @cached_property
    def account(self) -> AccountRow:
        """The account that was synced.

        Raises:
            SyncFirst: Nothing was synced yet.
        """
        row = self.progress.account()
        if row is None:
            raise SyncFirst(f"connection {self.connection!r} was never synced: run `crmbridge sync` first")
        return row

    @property
    def today(self) -> date:
        """The day everything is judged for, in the account's time zone."""
        return self._as_of or datetime.now(ZoneInfo(self.account.timezone)).date()

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
        """Stream all engagements of the mirror, kind by kind."""
        for name in ENGAGEMENTS:
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

    def plan(self) -> Plan:
        """Judge, then work out what would be written. Nothing is written to the CRM."""
        with self._run("plan") as run:
            self._judge(run)
            return self._plan(run)

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
                return import_plan(self.store, self.connection, plan, run=run)
        waiting = self.waiting_plan()
        if waiting is None:
            raise RemakePlan("there is no plan waiting: run `crmbridge plan` first")
        return waiting

    def waiting_plan(self) -> Plan | None:
        """The newest plan, unless it was applied."""
        plan_id = self.journal.latest_plan(["planned", "applying", "applied"])
        if plan_id is None or self.journal.plan_state(plan_id) == "applied":
            return None
        return self.journal.plan(plan_id)

    def apply(
        self, plan: Plan, *, approve: str | None = None, progress: Callable[[int], None] | None = None
    ) -> ApplyResult:
        """Write a plan to the CRM, journalled row by row.

        A plan that its guard parked is applied only if ``approve`` is its hash; the result says so otherwise.

        Raises:
            RemakePlan: The plan was applied already, or is for another account.
            RetryLater: The platform cannot answer now; apply the same plan again to go on.
        """
        with self._run("apply") as run:
            return self._apply(run, plan, approve, progress)

    def refused(self, plan: Plan) -> Iterator[Row]:
        """Stream the rows of an applied plan that the CRM, or a person's edit, did not let through, and why."""
        for rows in self.journal.rows(plan.header.id, ("rejected", "conflict")):
            yield from (row for row in rows if not (isinstance(row.change, PropertyChange) and row.change.stamp))

    def run(self, *, approve: str | None = None, full: bool = False) -> RunResult:
        """Sync, judge, plan and apply under one lease, unattended; a parked plan stays parked."""
        with self._run("run") as run:
            synced = self._sync(run, full=full)
            judged = self._judge(run)
            plan = self._plan(run)
            applied = None if plan.is_empty else self._apply(run, plan, approve, None)
            return RunResult(run.id, synced, judged, plan, applied, self.failures)

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

    def _judge(self, run: Run, progress: JudgeProgress | None = None) -> JudgeResult:
        if not self.account.complete:
            raise SyncFirst(
                f"the first sync of {self.connection!r} has not finished: run `crmbridge sync`, it goes on where it was"
            )
        with self._session(run) as session:
            engine = JudgeEngine(
                self.store,
                self.connection,
                self.config,
                session,
                today=self.today,
                timezone=self.account.timezone,
            )
            result = engine.run(run, self._fingerprint(), progress)
            counts = {"seen": result.seen, "judged": result.judged, "failed": result.failed}
            self._finished(run, session, "judge-finished", counts)
        return result

    def _plan(self, run: Run) -> Plan:
        with self._session(run) as session:
            plan = make_plan(
                self.store,
                self.connection,
                config=self.config.writeback,
                plugins=self.plugins,
                session=session,
                run=run,
                as_of=self.today,
                account_id=self.account.account_id,
            )
            self._finished(run, session, "plan-made", {"rows": plan.header.rows, "records": plan.header.records})
        return plan

    def _apply(self, run: Run, plan: Plan, approve: str | None, progress: Callable[[int], None] | None) -> ApplyResult:
        with self._session(run) as session:
            result = apply_plan(
                self.store,
                self.connection,
                self.connector,
                plan,
                run=run,
                approve=approve,
                people=[name for name, people in self.config.writeback.overwrite.items() if people],
                progress=progress or (lambda _: None),
            )
            counts = {
                "confirmed": result.confirmed,
                "rejected": result.rejected,
                "conflicts": result.conflicts,
                "unknown": result.unknown,
            }
            self._finished(run, session, "apply-finished", counts)
        return result

    @contextmanager
    def _run(self, kind: str) -> Iterator[Run]:
        run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{kind}-{secrets.token_hex(3)}"
        with self.progress.run(kind, run_id) as run:
            yield run

    @contextmanager
    def _session(self, run: Run) -> Iterator[Session]:
        session = self.plugins.bind(self.connection, run.id, self.today, self.account.timezone)
        try:
            yield session
        finally:
            self.failures += sum(session.failure_counts.values())

    def _finished(self, run: Run, session: Session, kind: Any, counts: dict[str, int]) -> None:
        run.summary[kind] = counts
        session.emit(Event(kind=kind, connection=self.connection, run_id=run.id, counts=counts))

    def _fingerprint(self) -> str:
        from crmbridge import __version__

        facts = (__version__, self.config.fingerprint(), self.plugins.fingerprint())
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _clock(account: Account) -> Callable[[], datetime]:
    """The platform's clock: a machine whose own is fast would pass over what is modified in the next minutes."""
    ahead = account.at - datetime.now(UTC) if account.at else timedelta()
    return lambda: datetime.now(UTC) + (ahead if abs(ahead) > CLOCK_TOLERANCE else timedelta())
