"""The journey tables: all centers or all members, as one or divided, streamed once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from crmbridge.centers.tables.results import GroupTables
from crmbridge.centers.tables.stays import Way
from crmbridge.centers.tables.tally import Tally
from crmbridge.model.centers import BuyingCenter, Member
from crmbridge.model.evidence import ROLES
from crmbridge.model.journey import StageModel, StageVisit

By = Literal["segment", "role", "persona"]
"""By what the tables are divided: the company's industry, the roles or the personas of members."""

SubjectKind = Literal["center", "member"]

ALL: Final = "all"
UNKNOWN: Final = "unknown"
"""Name of the group of which the CRM does not say where it belongs."""


@dataclass(frozen=True, slots=True)
class JourneyTables:
    """Figures of one stage model over all cases.

    Attributes:
        model: Key of the stage model.
        version: Its version.
        label: Its name.
        as_of: The day up to which everything was counted.
        subject: Whose journeys: of centers, or of members; a person in two cases has two.
        by: By what they are divided; with roles or personas a subject may count in several groups.
        horizon_days: How long a first entry is watched for conversion.
        groups: The greatest first.
    """

    model: str
    version: int
    label: str
    as_of: date
    subject: SubjectKind
    by: By | None
    horizon_days: int
    groups: tuple[GroupTables, ...]


def journey_tables(
    centers: Iterable[BuyingCenter],
    model: StageModel,
    today: date,
    *,
    by: By | None = None,
    subject: SubjectKind = "center",
    horizon_days: int = 180,
) -> JourneyTables:
    """Count the journeys of judged centers.

    Args:
        centers: Read once, and not kept.
        model: Which stages.
        today: The day up to which everything counts.
        by: By what the tables are divided; None for one table.
        subject: Whose journeys.
        horizon_days: How long a first entry is watched for conversion.
    """
    tallies: defaultdict[str, Tally] = defaultdict(lambda: Tally(model, today, horizon_days))
    for center in centers:
        for groups, way in _ways(center, model.key, by, subject):
            for group in groups:
                tallies[group].add(way, _amount(center) if subject == "center" else None, center.closed_on)
    tables = (tally.result(name) for name, tally in tallies.items())
    return JourneyTables(
        model=model.key,
        version=model.version,
        label=model.label or model.key,
        as_of=today,
        subject=subject,
        by=by,
        horizon_days=horizon_days,
        groups=tuple(sorted(tables, key=lambda table: (-table.subjects, table.group))),
    )


def _ways(
    center: BuyingCenter, model: str, by: By | None, subject: SubjectKind
) -> Iterator[tuple[tuple[str, ...], Way]]:
    """Yield each subject's groups and its way, which is empty if nothing is told of it."""
    ways: defaultdict[str, list[StageVisit]] = defaultdict(list)
    for visit in sorted(center.visits, key=lambda item: item.entered_on):
        if visit.model == model:
            ways[visit.subject].append(visit)
    if subject == "center":
        company = [str(center.company.ref)] if center.company else []
        way = next((ways[key] for key in (center.id, *company) if key in ways), [])
        yield _groups(center, center.members, by), way
        return
    for member in center.members:
        yield _groups(center, (member,), by), ways.get(member.id, [])


def _groups(center: BuyingCenter, members: tuple[Member, ...], by: By | None) -> tuple[str, ...]:
    if by is None:
        return (ALL,)
    if by == "segment":
        industry = center.company.industry if center.company else None
        return ((industry or UNKNOWN).casefold(),)
    if by == "role":
        return tuple(role for role in ROLES if any(member.plays(role) for member in members)) or (UNKNOWN,)
    personas = {item.persona.persona for item in members if item.persona and item.persona.persona}
    return tuple(sorted(personas)) or (UNKNOWN,)


def _amount(center: BuyingCenter) -> tuple[str, Decimal] | None:
    deal = center.deal
    return (deal.currency or "", deal.amount) if deal and deal.amount is not None else None
