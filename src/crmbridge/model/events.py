"""What happened during a run, for observers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from crmbridge.model.base import Frozen


class Event(Frozen):
    """One thing that happened. It never holds a personal value.

    Attributes:
        kind: What happened; further kinds may be added in any release.
        counts: Figures, by name.
    """

    kind: Literal["sync-finished", "judge-finished", "plan-made", "apply-finished"]
    connection: str
    run_id: str
    counts: dict[str, int] = Field(default_factory=dict)
