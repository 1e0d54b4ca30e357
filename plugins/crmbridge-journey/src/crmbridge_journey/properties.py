"""The properties that hold the journey, and their values for one center."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from crmbridge import PHASES, BuyingCenter, Option, PropertySpec, PropertyValue, Ref, StageVisit
from crmbridge.model import Fold

GERMAN = {
    "awareness": "Bewusstsein",
    "consideration": "Abwägung",
    "purchase": "Kauf",
    "retention": "Bindung",
    "advocacy": "Empfehlung",
}
STATUSES = {"active": "aktiv", "paused": "pausiert", "resumed": "wieder aufgenommen", "closed": "abgeschlossen"}


def specs() -> Iterator[PropertySpec]:
    """Name the stage of contacts, companies and deals, and the company's status and loops."""
    yield _stage("contact", "max", "The furthest phase of the buying journey that this person is in.")
    yield _stage("company", "max", "The furthest phase of the buying journey that this company is in.")
    yield _stage("deal", "latest", "The phase of the buying journey that this case is in.")
    yield PropertySpec(
        object="company",
        name="journey_status",
        label="Journey status",
        description="Whether the buying journey goes on: paused means that the company fell silent in an open case.",
        type="enumeration",
        options=tuple(Option(value=key, label=f"{key.capitalize()} ({german})") for key, german in STATUSES.items()),
        fold="latest",
    )
    yield PropertySpec(
        object="company",
        name="journey_loops",
        label="Journey loops",
        description="How often the buying journey went back to an earlier phase or began again after a pause.",
        type="number",
        fold="max",
        core=False,
    )


def _stage(record: Literal["contact", "company", "deal"], fold: Fold, description: str) -> PropertySpec:
    return PropertySpec(
        object=record,
        name="journey_stage",
        label="Journey stage",
        description=description,
        type="enumeration",
        options=tuple(Option(value=phase, label=f"{phase.capitalize()} ({GERMAN[phase]})") for phase in PHASES),
        fold=fold,
    )


def center_values(center: BuyingCenter, plugin: str) -> Iterator[PropertyValue]:
    """Yield the values that follow from the visits told by ``plugin``; a paused subject keeps the phase it was in."""
    paths = _paths(center, plugin)
    for member in center.members:
        if member.facts:
            yield from _stage_value(member.facts.contact.ref, paths[member.id], center)
    path = paths[center.id]
    if center.deal:
        yield from _stage_value(center.deal.ref, path, center)
    if center.company and path:
        yield from _stage_value(center.company.ref, path, center)
        yield from _course(center.company.ref, path, center)


def _paths(center: BuyingCenter, plugin: str) -> defaultdict[str, list[StageVisit]]:
    """Return the visits told by ``plugin``, by subject, oldest first."""
    paths: defaultdict[str, list[StageVisit]] = defaultdict(list)
    for visit in sorted(center.visits, key=lambda visit: visit.entered_on):
        if visit.model == "phases" and visit.by == plugin:
            paths[visit.subject].append(visit)
    return paths


def _stage_value(subject: Ref, path: list[StageVisit], center: BuyingCenter) -> Iterator[PropertyValue]:
    """Yield the last phase, unless it ended with its case."""
    if path and (path[-1].left_on is None or center.is_open):
        last = path[-1]
        yield PropertyValue(
            subject=subject, property="journey_stage", value=last.stage, reason=last.reason[:500], on=last.entered_on
        )


def _course(company: Ref, path: list[StageVisit], center: BuyingCenter) -> Iterator[PropertyValue]:
    """Yield the company's status, as of the center's last touch, and its loops."""
    last = path[-1]
    yield PropertyValue(
        subject=company, property="journey_status", value=_status(path, center), reason=last.reason[:500]
    )
    loops = sum(PHASES.index(after.stage) <= PHASES.index(before.stage) for before, after in pairwise(path))
    yield PropertyValue(
        subject=company, property="journey_loops", value=loops, reason=f"{len(path)} stays, {loops} loops"
    )


def _status(path: list[StageVisit], center: BuyingCenter) -> str:
    last, before = path[-1], path[-2] if len(path) > 1 else None
    if last.left_on is not None:
        return "paused" if center.is_open else "closed"
    resumed = before is not None and before.left_on is not None and before.left_on < last.entered_on
    return "resumed" if resumed and center.is_open else "active"
