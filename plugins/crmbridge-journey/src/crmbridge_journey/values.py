"""The values that follow from the visits of one judged center."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from crmbridge import PHASES, BuyingCenter, PropertyValue, Ref, StageVisit
from crmbridge_journey.models import PHASE_MODEL
from crmbridge_journey.outcomes import center_outcome, recontact_on
from crmbridge_journey.settings import Settings

_INDEX: Final = {phase: index for index, phase in enumerate(PHASES)}
_ALLOWED: Final = frozenset(PHASE_MODEL.transitions)


def center_values(center: BuyingCenter, plugin: str, settings: Settings, timezone: str) -> Iterator[PropertyValue]:
    """Yield the values that follow from the visits told by ``plugin``; a paused subject keeps the phase it was in."""
    paths = _paths(center, plugin)
    for member in center.members:
        if member.facts and (path := paths.get(member.id)):
            yield from _stage_value(member.facts.contact.ref, path)
    path = paths.get(center.id, [])
    if center.deal:
        if path:
            yield from _stage_value(center.deal.ref, path)
        yield from _outcome(center, settings, timezone)
    if center.company and path:
        yield from _stage_value(center.company.ref, path)
        yield from _course(center.company.ref, path, is_open=center.is_open)
        present = [_INDEX[way[-1].stage] for who, way in paths.items() if who != center.id and way[-1].left_on is None]
        if present:
            yield _value(center.company.ref, "stage_spread", max(present) - min(present), f"of {len(present)} members")


def _paths(center: BuyingCenter, plugin: str) -> dict[str, list[StageVisit]]:
    """Return the visits in the five phases told by ``plugin``, by subject, oldest first."""
    paths: dict[str, list[StageVisit]] = {}
    for visit in sorted(center.visits, key=lambda visit: visit.entered_on):
        if visit.model == PHASE_MODEL.key and visit.by == plugin:
            paths.setdefault(visit.subject, []).append(visit)
    return paths


def _stage_value(subject: Ref, path: list[StageVisit]) -> Iterator[PropertyValue]:
    """Yield the last phase, unless it ended with its case."""
    last = path[-1]
    if last.left_on is None:
        yield _value(subject, "journey_stage", last.stage, last.reason, last.entered_on)


def _course(company: Ref, path: list[StageVisit], *, is_open: bool) -> Iterator[PropertyValue]:
    """Yield how the company's journey went, as of the center's last touch."""
    last = path[-1]
    yield _value(company, "journey_status", _status(last, is_open=is_open), last.reason)
    steps = [(before.stage, after.stage) for before, after in pairwise(path)]
    loops = sum(_INDEX[after] <= _INDEX[before] for before, after in steps)
    yield _value(company, "journey_loops", loops, f"{len(path)} stays, {loops} loops")
    moves = [step for step in steps if step[0] != step[1]]
    if moves:
        kept = sum(step in _ALLOWED for step in moves)
        yield _value(company, "conformance", round(kept / len(moves), 2), f"{kept} of {len(moves)} steps as foreseen")
    if dropped := [day for visit in path if (day := _dropped_on(visit))]:
        yield _value(company, "dropoff_at", max(dropped), f"dropped off {len(dropped)} times", max(dropped))
    if resumed := [visit for visit in path if visit.resumed_on]:
        on, days = resumed[-1].resumed_on, resumed[-1].pause_days
        yield _value(company, "resumed_at", on, f"after a pause of {days} days", on)


def _status(last: StageVisit, *, is_open: bool) -> str:
    if last.left_on is not None:
        return "closed"
    if last.paused_on is not None:
        return "paused"
    return "resumed" if last.resumed_on is not None and is_open else "active"


def _dropped_on(visit: StageVisit) -> date | None:
    """Return the day of the drop-off that this stay, or the one before it, ended in."""
    if visit.paused_on:
        return visit.paused_on
    return visit.resumed_on - timedelta(days=visit.pause_days or 0) if visit.resumed_on else None


def _outcome(center: BuyingCenter, settings: Settings, timezone: str) -> Iterator[PropertyValue]:
    deal = center.deal
    if deal is None:
        return
    outcome = center_outcome(center, settings)
    yield _value(deal.ref, "outcome_class", outcome.outcome, outcome.reason, center.closed_on)
    if outcome.outcome == "not_now" and (on := recontact_on(deal, center.closed_on, settings, timezone)):
        yield _value(deal.ref, "recontact_on", on, outcome.reason)


def _value(
    subject: Ref, name: str, value: str | float | date | None, reason: str, on: date | None = None
) -> PropertyValue:
    return PropertyValue(subject=subject, property=name, value=value, reason=reason[:500], on=on)
