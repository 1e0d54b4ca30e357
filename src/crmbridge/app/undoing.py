"""Taking back what was written, and seeing what others changed since."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from crmbridge.app.opened import Opened
from crmbridge.model.plan import Plan
from crmbridge.writeback import Drifted, drift, plan_rollback, plan_uninstall
from crmbridge.writeback.planning.assembling import Planning


class Undoing(Opened):
    """Taking back what was written, and seeing what others changed since."""

    def rollback(self, run: str = "last") -> Plan:
        """Plan to put back what stood there before a run wrote. Nothing is written to the CRM; apply the plan.

        Args:
            run: Id of the run, or ``last`` for the one that wrote last.

        Raises:
            FixConfig: That run has written nothing.
            SyncFirst: Nothing was synced yet.
        """
        return self._undo("rollback", lambda planning: plan_rollback(planning, run))

    def uninstall(self) -> Plan:
        """Plan to remove all that crmbridge created, and to put back what it wrote over. Apply the plan to do it.

        Raises:
            SyncFirst: Nothing was synced yet.
        """
        removes = self.connector.capabilities.removes
        return self._undo("uninstall", lambda planning: plan_uninstall(planning, removes=removes))

    def drift(self) -> Iterator[Drifted]:
        """Compare all that crmbridge has in the CRM with what stands there now: what changed, when, by whom.

        Nothing is written there. No other run may work on the connection until all is read.

        Raises:
            RetryLater: The platform cannot answer now.
            WaitForRun: Another run is under way.
        """
        specs = [spec for spec in self.plugins.properties() if spec.stamp]
        stamps = {(spec.object, spec.platform_name(self.config.writeback.prefix)) for spec in specs}
        with self._run("drift"):
            yield from drift(self.journal, self.mirror, self.connector, stamps)

    def _undo(self, kind: str, plan: Callable[[Planning], Plan]) -> Plan:
        versions = self.plugins.versions()
        account_id = self.account.account_id
        with self._run(kind) as run, self._session(run) as session:
            where = (self.store, self.connection, self.config.writeback)
            made = plan(Planning(*where, versions, session, run, self.today, account_id))
            counts = {"rows": made.header.rows, "records": made.header.records}
            self._finished(run, session, "plan-made", counts)
        return made
