"""What the deal says about a case: when it was opened and closed, and how far the CRM's own stages had it between."""

from __future__ import annotations

from dataclasses import dataclass

from crmbridge import BuyingCenter, Deal
from crmbridge_journey.crm import in_stages, present_since
from crmbridge_journey.settings import Settings
from crmbridge_journey.standing import Standing, Turns
from crmbridge_journey.words import says

OPEN = Standing("consideration", "open case")


@dataclass(frozen=True)
class Case:
    """The dates of a case, as day numbers.

    Attributes:
        opened: First day; after ``closed`` for many imported deals, which then were never open.
        closed: Day of closing; None while open.
        won: True if it was closed as won.
        steps: How far it was while open; the first step is its opening.
    """

    opened: int
    closed: int | None
    won: bool
    steps: Turns


def case_of(center: BuyingCenter, settings: Settings, timezone: str) -> Case | None:
    """Return the dates of the center's case; None without a deal or any date."""
    deal = center.deal
    seen = (touch.on for touch in center.touches if touch.direction != "internal")
    first = center.opened_on or min(seen, default=None) or center.closed_on
    if deal is None or first is None:
        return None
    opened = first.toordinal()
    closed = (center.closed_on or first).toordinal() if deal.is_closed else None
    steps = _steps(deal, center.stage_label, opened, settings, timezone)
    return Case(opened, closed, closed is not None and deal.is_won, steps)


def _steps(deal: Deal, label: str | None, opened: int, settings: Settings, timezone: str) -> Turns:
    """Fold the stays in mapped stages, and what the present stage says otherwise, into steps by day; the last wins."""
    by_day = {opened: OPEN}
    mapped = settings.phase_of_stage
    stays = in_stages(deal, mapped, timezone)
    for index, (start, end, stage_id) in enumerate(stays):
        why = f"deal in stage {label or stage_id}" if stage_id == deal.stage_id else "deal was in a stage of that phase"
        unknown = "" if start else ", since when is not recorded"
        day = max(start.toordinal() if start else opened, opened)
        by_day[day] = Standing(mapped[stage_id], why + unknown)
        following = stays[index + 1].start if index + 1 < len(stays) else None
        if end and (following is None or following > end):
            by_day[max(end.toordinal(), opened)] = OPEN
    if not deal.is_closed and deal.stage_id not in mapped and (why := _commitment(deal, label, settings)):
        since = present_since(deal, timezone)
        day = max(since.toordinal() if since else opened, opened)
        by_day[day] = Standing("purchase", why if since else f"{why}, since when is not recorded")
    return sorted(by_day.items())


def _commitment(deal: Deal, label: str | None, settings: Settings) -> str:
    """Say what makes a stage of an open deal, one that is not mapped, one of purchase; empty if nothing does."""
    if says(label, settings.purchase_words):
        return f"deal in stage {label}"
    if deal.probability is not None and deal.probability >= settings.purchase_probability:
        return f"deal at {deal.probability:.0%}"
    return ""
