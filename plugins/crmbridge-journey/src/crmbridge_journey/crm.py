"""Which of its stages a deal was in, and when, as far as the CRM remembers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from crmbridge import Deal
from crmbridge_journey.days import read_moment

ENTERED: Final = "hs_v2_date_entered_"
"""HubSpot's record of when a deal last entered a stage; the stage's id follows, or ``current_stage``."""

EXITED: Final = "hs_v2_date_exited_"
"""HubSpot's record of when a deal last left a stage; the stage's id follows."""

CURRENT: Final = "current_stage"


class InStage(NamedTuple):
    """A stay of a deal in one of its stages.

    Attributes:
        start: Beginning; None where the CRM does not say: since the case was opened at the latest.
        end: End; None while it lasts, or where the deal was closed in that stage.
        stage_id: The CRM's id of the stage.
    """

    start: datetime | None
    end: datetime | None
    stage_id: str


def history_of(stage_ids: Iterable[str]) -> tuple[str, ...]:
    """Name the properties in which HubSpot keeps the history of these stages."""
    names = (prefix + stage for stage in stage_ids for prefix in (ENTERED, EXITED))
    return (ENTERED + CURRENT, *names)


def in_stages(deal: Deal, stage_ids: Iterable[str], timezone: str) -> list[InStage]:
    """Return the stays in the stages named, oldest first. Of each stage HubSpot keeps the last stay only."""
    found = []
    current = present_since(deal, timezone)
    for stage_id in stage_ids:
        is_present = deal.stage_id == stage_id and not deal.is_closed
        start = read_moment(deal.properties.get(ENTERED + stage_id), timezone) or (current if is_present else None)
        end = read_moment(deal.properties.get(EXITED + stage_id), timezone)
        if is_present:
            found.append(InStage(start, None, stage_id))
        elif start and end and end >= start:
            found.append(InStage(start, end, stage_id))
        elif start and deal.is_closed:
            found.append(InStage(start, None, stage_id))
        elif start and current and current >= start:  # it was left, at the latest when the present one was entered
            found.append(InStage(start, current, stage_id))
    return sorted(found, key=lambda stay: (stay.start is not None, stay.start, stay.stage_id))


def present_since(deal: Deal, timezone: str) -> datetime | None:
    """Return when the deal entered the stage that it is in."""
    properties = deal.properties
    return read_moment(properties.get(ENTERED + CURRENT) or properties.get(f"{ENTERED}{deal.stage_id}"), timezone)
