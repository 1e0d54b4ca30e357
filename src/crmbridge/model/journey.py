"""Where a person, a center or a company stands on its way to a decision."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from crmbridge.model.base import Frozen

PHASES: tuple[str, ...] = ("awareness", "consideration", "purchase", "retention", "advocacy")
"""The five phases of the default stage model."""


class StageVisit(Frozen):
    """One stay in one stage.

    Attributes:
        subject: A member's id, or the center's id.
        model: Key of the stage model.
        stage: Key of the stage within it.
        visit_no: 1 for the first stay in this stage.
        entered_on: First day.
        left_on: Day of leaving; None while the stay lasts.
        reason: Why, in one line.
        by: The plugin; set by the host.
    """

    subject: str
    model: str = "phases"
    stage: str
    visit_no: int = Field(default=1, ge=1)
    entered_on: date
    left_on: date | None = None
    reason: str = ""
    by: str = ""

    @property
    def is_reentry(self) -> bool:
        """True if the subject had been in this stage before."""
        return self.visit_no > 1
