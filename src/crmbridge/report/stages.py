"""Which phase a center is in, since when, and where it has been."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from crmbridge.model import PHASES, BuyingCenter, StageVisit
from crmbridge.report.text import clean, count, day, ordinal


@dataclass(frozen=True)
class PhaseView:
    """A phase on the stage track.

    Attributes:
        state: ``now``; ``paused``, in it but dropped off; ``left``, ended; ``been``, some time ago; ``ahead``, not yet.
        stays: How often the center came here; 2 and more are re-entries.
        note: When.
    """

    label: str
    state: Literal["now", "paused", "left", "been", "ahead"]
    stays: int
    note: str


def phase_label(stage: str) -> str:
    """A stage's key as a reader sees it."""
    return clean(stage.replace("_", " "), "Unnamed", 40).capitalize()


def _stays(center: BuyingCenter) -> list[StageVisit]:
    return [item for item in center.visits if item.subject == center.id and item.model == "phases"]


def stage_words(center: BuyingCenter, as_of: date | None = None) -> tuple[str, str]:
    """The present phase and since when; after a drop-off the last phase and when it was left."""
    stays = _stays(center)
    if not stays:
        return "No stage yet", "not judged"
    visit = stays[-1]
    again = f", {ordinal(visit.visit_no)} stay" if visit.is_reentry else ""
    if visit.left_on:
        verb = "Paused after" if center.is_open else "Ended in"
        return f"{verb} {phase_label(visit.stage)}", f"since {day(visit.left_on)}{again}"
    if pause := pause_words(visit):
        return phase_label(visit.stage), f"since {day(visit.entered_on)}, {pause}{again}"
    days = (as_of - visit.entered_on).days if as_of else 0
    age = f", {count(days, 'day')}" if days > 0 else ""
    return phase_label(visit.stage), f"since {day(visit.entered_on)}{age}{again}"


def pause_words(visit: StageVisit) -> str:
    """Since when a stay pauses, else after what pause it began; empty without a pause."""
    if visit.paused_on:
        return f"paused since {day(visit.paused_on)}"
    if visit.resumed_on is None:
        return ""
    if visit.pause_days is None:
        return f"resumed {day(visit.resumed_on)}"
    return f"resumed after {count(visit.pause_days, 'day')}"


def _phase(phase: str, stays: list[StageVisit]) -> PhaseView:
    label = phase_label(phase)
    here = [visit for visit in stays if visit.stage == phase]
    if not here:
        return PhaseView(label, "ahead", 0, "")
    last = here[-1]
    if last is not stays[-1]:
        return PhaseView(label, "been", last.visit_no, f"from {day(last.entered_on)}")
    if last.left_on:
        return PhaseView(label, "left", last.visit_no, f"left {day(last.left_on)}")
    if last.paused_on:
        return PhaseView(label, "paused", last.visit_no, f"paused {day(last.paused_on)}")
    return PhaseView(label, "now", last.visit_no, f"since {day(last.entered_on)}")


def track(center: BuyingCenter) -> tuple[PhaseView, ...]:
    """The five phases, in order."""
    stays = _stays(center)
    return tuple(_phase(phase, stays) for phase in PHASES)
