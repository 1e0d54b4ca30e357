"""Tell the journeys of a center and its members in all stage models, and when they will read differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from crmbridge import PHASES, BuyingCenter, Due, Portfolio, StageVisit
from crmbridge.model import Decision
from crmbridge_journey.case import Case, case_of
from crmbridge_journey.days import as_date, read_moment
from crmbridge_journey.group import mode, raised, weight
from crmbridge_journey.models import PHASE_MODEL, SERVICE_MODEL
from crmbridge_journey.outcomes import center_outcome, only_looked
from crmbridge_journey.patience import Patience
from crmbridge_journey.phases import phase_turns
from crmbridge_journey.rules import Scene, own_turns
from crmbridge_journey.services import engaged, lifecycle, unseen
from crmbridge_journey.settings import Settings
from crmbridge_journey.standing import Standing, Turns
from crmbridge_journey.trail import Trail, trails
from crmbridge_journey.visits import tell

Path = tuple[str, str, Turns]
"""A subject, the key of a stage model, and where the subject stood in it."""


def journeys(
    center: BuyingCenter, settings: Settings, today: date, timezone: str, stats: Portfolio
) -> Iterator[StageVisit | Due]:
    """Yield the stays of the center and of each member that acted, and the first day on which one of them changes."""
    whole, people = trails(center, settings)
    case = case_of(center, settings, timezone)
    segment = center.company.industry if center.company else None
    patience = Patience(whole.signs, max(settings.drop_off_days, stats.gap_p90(segment) or 0))
    coming = []
    for subject, model, turns in (
        *_phases(center, case, whole, people, patience, settings, timezone),
        (center.id, SERVICE_MODEL.key, _services(center, whole, settings, timezone)),
        *_own(center, case, whole, people, patience, settings, timezone),
    ):
        visits, due = tell(subject, model, turns, today.toordinal(), settings.min_dwell_days)
        yield from visits
        if due is not None:
            coming.append(due)
    if coming:
        yield Due(on=as_date(min(coming)))


def _phases(
    center: BuyingCenter,
    case: Case | None,
    whole: Trail,
    people: list[Trail],
    patience: Patience,
    settings: Settings,
    timezone: str,
) -> Iterator[Path]:
    """Yield the center's path through the five phases, then its members'. A person's word outranks all rules."""
    members = {member.id: member for member in center.members}
    paths = {}
    for trail in people:
        turns = phase_turns(case, trail, patience, settings)
        facts = members[trail.subject].facts
        paths[trail.subject] = _as_decided(turns, facts.decisions if facts else (), case, timezone)
    turns = phase_turns(case, whole, patience, settings)
    closed = case.closed if case and case.won else None
    if closed is not None and any(now.stage == PHASES[-1] for path in paths.values() for _, now in path):
        votes = mode([(weight(members[who]), path) for who, path in paths.items()])
        turns = raised(turns, [vote for vote in votes if vote[0] >= closed])
    about = center.deal or center.company
    words = [item for item in center.decisions if about and item.subject == about.ref]
    yield center.id, PHASE_MODEL.key, _as_decided(turns, words, case, timezone)
    for subject, turns in paths.items():
        yield subject, PHASE_MODEL.key, turns


def _as_decided(turns: Turns, decisions: Iterable[Decision], case: Case | None, timezone: str) -> Turns:
    """Let a person's word stand from its day on, until the case is closed after it."""
    word = next((item for item in decisions if item.property == "journey_stage" and item.value in PHASES), None)
    said = read_moment(word.at.isoformat(), timezone) if word else None
    if word is None or said is None:
        return turns
    day = said.toordinal()
    closed = case.closed if case else None
    later = [turn for turn in turns if closed is not None and day < closed <= turn[0]]
    stands = Standing(word.value, "a person said so")
    return [*(turn for turn in turns if turn[0] < day), (day, stands), *later]


def _services(center: BuyingCenter, whole: Trail, settings: Settings, timezone: str) -> Turns:
    """Return the lifecycle as this one case tells it."""
    if center.deal is None:
        if only_looked(center):
            return unseen(whole.days, settings)
        return [(day, Standing("pre_purchase", "touched, no case")) for day in whole.days[:1]]
    outcome = center_outcome(center, settings).outcome
    case = engaged(center.deal, outcome, center.opened_on, center.closed_on, settings, timezone)
    return lifecycle([case], whole.days[:1], (), settings) if case else []


def _own(
    center: BuyingCenter,
    case: Case | None,
    whole: Trail,
    people: list[Trail],
    patience: Patience,
    settings: Settings,
    timezone: str,
) -> Iterator[Path]:
    for key, model in settings.models.items():
        for trail in (whole, *people):
            yield trail.subject, key, own_turns(model, Scene(center, case, trail, whole, timezone), patience)
