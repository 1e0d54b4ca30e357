"""Judging and planning under a lease that is held already."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from crmbridge.app.opened import Opened
from crmbridge.app.scope import texts_read
from crmbridge.centers.engine import JudgeEngine, JudgeProgress, JudgeResult
from crmbridge.centers.graph import Reads
from crmbridge.centers.portfolio import take_stock
from crmbridge.connector import Label, Vacancy
from crmbridge.errors import SyncFirst
from crmbridge.model.base import CUSTOM, ObjectName
from crmbridge.model.plan import Plan
from crmbridge.store import Portfolios, Run
from crmbridge.writeback import make_plan, select


class Judging(Opened):
    """Judging and planning under a lease that is held already."""

    def _judge(self, run: Run, progress: JudgeProgress | None = None) -> JudgeResult:
        if not self.account.complete:
            raise SyncFirst(
                f"the first sync of {self.connection!r} has not finished: run `crmbridge sync`, it goes on where it was"
            )
        reads = self._reads()
        portfolios = Portfolios(self.connection)
        stats, moved = take_stock(self.store, portfolios, run, self.today, self.account.timezone, reads.texts)
        with self._session(run, stats=stats, wanted=self._written()) as session:
            engine = JudgeEngine(
                self.store,
                self.connection,
                self.config,
                session,
                today=self.today,
                timezone=self.account.timezone,
                reads=reads,
                stats=stats,
            )
            result = engine.run(run, self._fingerprint(), progress, look_at_all=moved)
            counts = {"seen": result.seen, "judged": result.judged, "failed": result.failed}
            self._finished(run, session, "judge-finished", counts)
        return result

    def _plan(self, run: Run, **narrowed: Any) -> Plan:
        """Make a plan; ``narrowed`` goes to ``make_plan``. The connector is opened only if the plan needs it."""
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
                vacancy=self._vacancy,
                labels=self._labels,
                **narrowed,
            )
            self._finished(run, session, "plan-made", {"rows": plan.header.rows, "records": plan.header.records})
        return plan

    def _vacancy(self, name: ObjectName) -> Vacancy:
        return self.connector.read_vacancy(name)

    def _labels(self, source: ObjectName, target: ObjectName) -> Sequence[Label]:
        return self.connector.read_labels(source, target)

    def _written(self) -> frozenset[tuple[str, str]]:
        """The properties that plans write, as object and name: values of others are not kept."""
        targets, _ = select(self.plugins.properties(), self.config.writeback, self.plugins.versions())
        return frozenset((target.spec.object, target.spec.name) for target in targets)

    def _reads(self) -> Reads:
        """What judging reads besides the standard records, and what it treats apart."""
        inputs = self.plugins.inputs(self.config.connection(self.connection).connector)
        items = frozenset(name for name in inputs if name == "feedback" or name.startswith(CUSTOM))
        return Reads(texts_read(self.config, self.connection, self.plugins), self._native(), items)

    def _native(self) -> dict[ObjectName, frozenset[str]]:
        """The platform's own properties that plans write, by object."""
        targets, _ = select(self.plugins.properties(), self.config.writeback, self.plugins.versions())
        names: dict[ObjectName, frozenset[str]] = {}
        for target in targets:
            if target.spec.policy != "own":
                names[target.spec.object] = names.get(target.spec.object, frozenset()) | {target.name}
        return names

    def _fingerprint(self) -> str:
        from crmbridge import __version__

        written = ",".join(sorted(map(".".join, self._written())))
        facts = (__version__, self.config.fingerprint(), self.plugins.fingerprint(), written)
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()
