"""What the deal says about a case: when it was opened, committed and closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from crmbridge import BuyingCenter, Deal, InputSpec
from crmbridge_journey.days import read_day
from crmbridge_journey.settings import Settings
from crmbridge_journey.words import says

ENTERED = "hs_v2_date_entered_"
"""HubSpot's record of when a deal entered a stage; the stage's id follows, or ``current_stage``."""


@dataclass(frozen=True)
class Case:
    """The dates of a case.

    Attributes:
        opened: First day; after ``closed`` for many imported deals, which then were never open.
        closed: Day of closing; None while open.
        won: True if it was closed as won.
        committed: First day in a stage of purchase, as far as the CRM tells; None if it was in none.
        why: What makes that stage one of purchase.
    """

    opened: date
    closed: date | None = None
    won: bool = False
    committed: date | None = None
    why: str = ""


def inputs(settings: Settings) -> Iterator[InputSpec]:
    """Name HubSpot's records of when a deal entered its present stage and the stages of purchase."""
    names = (ENTERED + stage for stage in ("current_stage", *settings.purchase_stage_ids))
    yield InputSpec(object="deal", properties=tuple(names), connector="hubspot")


def case_of(center: BuyingCenter, settings: Settings, timezone: str) -> Case | None:
    """Return the dates of the center's case; None without a deal or any date."""
    deal = center.deal
    seen = min((touch.on for touch in center.touches if touch.direction != "internal"), default=None)
    opened = center.opened_on or seen or center.closed_on
    if deal is None or opened is None:
        return None
    closed = (center.closed_on or opened) if deal.is_closed else None
    committed, why = _committed(deal, center.stage_label, opened, settings, timezone)
    return Case(opened, closed, closed is not None and deal.is_won, committed, why)


def _committed(
    deal: Deal, label: str | None, opened: date, settings: Settings, timezone: str
) -> tuple[date | None, str]:
    """Return since when the deal has been in purchase, and why. Other CRMs than HubSpot tell only that it is."""
    why = "" if deal.is_closed else _commitment(deal, label, settings)
    stages = settings.purchase_stage_ids
    if why:
        stages = (*stages, "current_stage", deal.stage_id or "")
    elif not deal.is_closed:
        return None, ""
    entered = [day for stage in stages if (day := read_day(deal.properties.get(ENTERED + stage), timezone))]
    if entered:
        return min(entered), why or "deal was in a stage of purchase"
    return (opened, f"{why}, since when is not recorded") if why else (None, "")


def _commitment(deal: Deal, label: str | None, settings: Settings) -> str:
    """Say what makes the stage of an open deal one of purchase; empty if nothing does."""
    if deal.stage_id in settings.purchase_stage_ids or says(label, settings.purchase_words):
        return f"deal in stage {label or deal.stage_id}"
    if deal.probability is not None and deal.probability >= settings.purchase_probability:
        return f"deal at {deal.probability:.0%}"
    return ""
