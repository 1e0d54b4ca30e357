"""All journeys of a case, stay by stay: every stage model, re-entries, pauses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from crmbridge.model import BuyingCenter, StageModel, StageVisit
from crmbridge.report.stages import pause_words, phase_label
from crmbridge.report.text import clean, count, day

_STAYS: Final = 40


@dataclass(frozen=True)
class StayView:
    """One stay in one stage."""

    journey: str
    stage: str
    stay: int
    entered: str
    left: str
    pause: str
    why: str


@dataclass(frozen=True)
class StaysView:
    """The newest stays of the case and of its company; ``more`` says what is left out."""

    rows: tuple[StayView, ...]
    summary: str
    more: str


def stays(center: BuyingCenter, models: Iterable[StageModel]) -> StaysView:
    """Say where a case and its company have been, in all stage models."""
    labels = {
        (model.key, stage.key): f"{stage.label} ({stage.label_de})" if stage.label_de else stage.label
        for model in models
        for stage in model.stages
    }
    subjects = {center.id: "Case"}
    if center.company:
        subjects.setdefault(f"company:{center.company.id}", "Company")
    visits = [visit for visit in center.visits if visit.subject in subjects]
    hidden = len(visits) - _STAYS
    return StaysView(
        rows=tuple(_stay(visit, subjects, labels) for visit in visits[-_STAYS:]),
        summary=_summary(visits),
        more=f"and {count(hidden, 'earlier stay')}" if hidden > 0 else "",
    )


def _summary(visits: list[StageVisit]) -> str:
    again = sum(visit.is_reentry for visit in visits)
    pauses = sum(bool(visit.paused_on) + bool(visit.resumed_on) for visit in visits)
    words = [
        count(len(visits), "stay"),
        again and count(again, "re-entry", "re-entries"),
        pauses and count(pauses, "pause"),
    ]
    return ", ".join(word for word in words if word) if visits else "no journey told"


def _stay(visit: StageVisit, subjects: dict[str, str], labels: dict[tuple[str, str], str]) -> StayView:
    return StayView(
        journey=f"{subjects[visit.subject]}, {phase_label(visit.model).lower()}",
        stage=clean(labels.get((visit.model, visit.stage)), phase_label(visit.stage), 80),
        stay=visit.visit_no,
        entered=day(visit.entered_on),
        left=day(visit.left_on) if visit.left_on else "now",
        pause=pause_words(visit),
        why=clean(visit.reason),
    )
