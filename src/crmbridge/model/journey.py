"""Where a person, a center or a company stands on its way to a decision."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from crmbridge.model.base import Frozen

PHASES: tuple[str, ...] = ("awareness", "consideration", "purchase", "retention", "advocacy")
"""The five phases of the default stage model."""


class JourneyStage(Frozen):
    """One stage of a stage model.

    Attributes:
        key: The value written to the CRM; keep it, whatever happens to the labels.
        label: English label.
        label_de: German label; the English one without it.
        terminal: What it means to end here; None where a journey goes on.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")
    label: str
    label_de: str = ""
    terminal: str | None = Field(default=None, pattern=r"^(success|failure)$")


class StageModel(Frozen):
    """The stages of a journey and the ways between them: data, so that a client may bring its own.

    Attributes:
        key: Names it, as in ``StageVisit.model``.
        version: Raised with every change; a stage is never taken out of a version that was used.
        label: What people see.
        stages: In their order.
        transitions: Allowed ways, as (from, to). Others happen, too; they count against conformance.
        entry: Stages in which a journey may begin; empty for any.
        by: The plugin; set by the host.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")
    version: int = Field(default=1, ge=1)
    label: str = ""
    stages: tuple[JourneyStage, ...] = Field(min_length=1)
    transitions: tuple[tuple[str, str], ...] = ()
    entry: tuple[str, ...] = ()
    by: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The stages' keys, in their order."""
        return tuple(stage.key for stage in self.stages)

    @model_validator(mode="after")
    def _ways_lead_to_stages(self) -> Self:
        known = set(self.keys)
        if len(known) != len(self.stages):
            raise ValueError(f"stage model {self.key}: each stage may stand once")
        named = {key for pair in self.transitions for key in pair} | set(self.entry)
        if named - known:
            raise ValueError(f"stage model {self.key}: there is no stage {', '.join(sorted(named - known))}")
        return self


class StageVisit(Frozen):
    """One stay in one stage.

    Attributes:
        subject: A member's id, the center's id, or ``company:<id>`` of the buying company.
        model: Key of the stage model.
        stage: Key of the stage within it.
        visit_no: 1 for the first stay in this stage.
        entered_on: First day.
        left_on: Day of leaving; None while the stay lasts: its length is not known yet (right-censored).
        paused_on: Day from which the subject counts as dropped off during this stay, if it did and has not resumed.
        resumed_on: Day on which it resumed after a pause that began in the stay before.
        pause_days: How long that pause was.
        reason: Why, in one line.
        by: The plugin; set by the host.
    """

    subject: str
    model: str = "phases"
    stage: str
    visit_no: int = Field(default=1, ge=1)
    entered_on: date
    left_on: date | None = None
    paused_on: date | None = None
    resumed_on: date | None = None
    pause_days: int | None = Field(default=None, ge=0)
    reason: str = ""
    by: str = ""

    @property
    def is_reentry(self) -> bool:
        """True if the subject had been in this stage before."""
        return self.visit_no > 1

    @property
    def is_censored(self) -> bool:
        """True while the stay lasts."""
        return self.left_on is None
