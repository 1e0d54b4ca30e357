"""How much people engage: on an absolute scale, which nobody else's records can move."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from crmbridge.model.base import Frozen

Momentum = Literal["rising", "steady", "falling", "insufficient"]


class EngagementScore(Frozen):
    """How much a member, or the center as a group, engages.

    Attributes:
        score: 0 to 100, one decimal: ``100 * (1 - exp(-raw / kappa))``.
        raw: Weighted and aged touches, for a center weighted by role.
        momentum: The last 30 days against the 30 before; ``insufficient`` with fewer than three touches.
        last_two_way_on: Day of the last touch in which the person acted.
        breadth: Of a center: share of its members that are engaged; None for a member.
    """

    score: float = Field(default=0.0, ge=0, le=100)
    raw: float = Field(default=0.0, ge=0)
    momentum: Momentum = "insufficient"
    last_two_way_on: date | None = None
    breadth: float | None = Field(default=None, ge=0, le=1)
