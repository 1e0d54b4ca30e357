"""Figures over all cases."""

from __future__ import annotations

from crmbridge.app.judging import Judging
from crmbridge.centers.tables import By, JourneyTables, SubjectKind, journey_tables
from crmbridge.errors import FixConfig

HORIZON_DAYS = 180
"""How long a first entry to a stage is watched for conversion, if nothing else is asked for."""


class Tables(Judging):
    """Figures over all cases."""

    def journeys(
        self,
        model: str = "phases",
        by: By | None = None,
        subject: SubjectKind = "center",
        horizon_days: int = HORIZON_DAYS,
    ) -> JourneyTables:
        """Judge, then count the journeys of all buying centers: volume, conversion, velocity, value and drop-offs.

        Args:
            model: Key of a stage model that a plugin registers.
            by: Divide by the company's industry, or by the members' roles or personas.
            subject: Whose journeys: of centers, or of members.
            horizon_days: How long a first entry is watched for conversion.

        Raises:
            FixConfig: No plugin registers that stage model.
            SyncFirst: Nothing was synced yet.
        """
        models = {item.key: item for item in self.plugins.stages()}
        if model not in models:
            known = ", ".join(models) or "none: enable the plugin journey"
            raise FixConfig(f"there is no stage model {model!r}; those that plugins register: {known}")
        with self._run("judge") as run:
            self._judge(run)
        centers = self.judgements.centers()
        return journey_tables(centers, models[model], self.today, by=by, subject=subject, horizon_days=horizon_days)
