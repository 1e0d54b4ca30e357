"""Tell the journeys of a center and its members, and when they will read differently."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from crmbridge import BuyingCenter, Due, StageVisit
from crmbridge_journey.case import Case, case_of
from crmbridge_journey.settings import Settings
from crmbridge_journey.standing import broken_silence, standing, turning_days
from crmbridge_journey.trail import Trail, trails
from crmbridge_journey.visits import Turns, next_turn, visits


def journeys(center: BuyingCenter, settings: Settings, today: date, timezone: str) -> Iterator[StageVisit | Due]:
    """Yield the stays of the center, then of each member that acted, and the first day on which one of them changes."""
    case = case_of(center, settings, timezone)
    due = []
    for trail in trails(center, settings):
        turns = _turns(case, trail, settings)
        yield from visits(trail.subject, turns, today, settings.min_dwell_days)
        due.append(next_turn(trail.subject, turns, today, settings.min_dwell_days))
    if coming := [day for day in due if day]:
        yield Due(on=min(coming))


def _turns(case: Case | None, trail: Trail, settings: Settings) -> Turns:
    turns: Turns = []
    for day in turning_days(case, trail, settings):
        for now in (broken_silence(day, case, trail, settings), standing(day, case, trail, settings)):
            if now and (not turns or turns[-1][1] != now):
                turns.append((day, now))
    return turns
