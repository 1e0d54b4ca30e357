"""What a company's own figures tell, whether it has a center or not: its phase, and its place in the lifecycle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from crmbridge import CompanyFacts, Due, PropertyValue, Remark
from crmbridge_journey.days import as_date, local_day
from crmbridge_journey.outcomes import outcome_of
from crmbridge_journey.services import engaged, lifecycle
from crmbridge_journey.settings import Settings
from crmbridge_journey.standing import Turns

CLIENT: Final = frozenset(("in_engagement", "between_engagements", "former_client"))
"""States of who has bought; all others have not."""

PROMOTER: Final = 9
DETRACTOR: Final = 6
HIGHEST: Final = 10
"""Net promoter score: of 0 to 10, who answers 9 or 10 promotes, who answers 0 to 6 detracts (Reichheld 2003)."""

_KIND: Final = {"advocate": "advocate", "detractor": "lost"}


def company_values(
    facts: CompanyFacts, settings: Settings, today: date, timezone: str
) -> Iterator[PropertyValue | Due]:
    """Yield the phase of a company by its touches, and its state in the services lifecycle by its deals."""
    yield from _phase(facts, settings, today)
    turns = _turns(facts, settings, timezone)
    now = _stage(turns, today.toordinal())
    if coming := next((day for day, item in turns if day > today.toordinal() and _state(item.stage) != now[0]), None):
        yield Due(on=as_date(coming))
    state, reason, since = now
    if state is None or since is None:
        return
    if _is_true(facts.company.properties.get(settings.former_property)) and state == "between_engagements":
        state, reason = "former_client", "marked as former in the CRM"
    ref, on = facts.company.ref, as_date(since)
    yield PropertyValue(subject=ref, property="service_stage", value=state, reason=reason, on=on)
    if state in CLIENT:
        advocacy, why = _advocacy(facts, settings, today)
        yield PropertyValue(subject=ref, property="advocacy", value=advocacy, reason=why)
        if state == "former_client":
            kind = _KIND.get(advocacy, "neutral")
            yield PropertyValue(subject=ref, property="former_kind", value=kind, reason=why)


def _phase(facts: CompanyFacts, settings: Settings, today: date) -> Iterator[PropertyValue | Due]:
    """Yield retention for a customer with a recent touch, else awareness from the first touch on."""
    first, last = facts.first_touch_on, facts.last_touch_on
    if first is None or last is None:
        return
    if first > today:
        yield Due(on=first)
        return
    lapses = as_date(last.toordinal() + settings.retention_days + 1)
    stage, reason = "awareness", "touched"
    if any(deal.is_won for deal in facts.deals) and today < lapses:
        stage, reason = "retention", f"won case, touched within {settings.retention_days} days"
        yield Due(on=lapses)
    yield PropertyValue(subject=facts.company.ref, property="journey_stage", value=stage, reason=reason)


def _turns(facts: CompanyFacts, settings: Settings, timezone: str) -> Turns:
    zone = ZoneInfo(timezone)
    cases = []
    for deal in facts.deals:
        opened, closed = (local_day(at, zone) if at else None for at in (deal.created_at, deal.close_at))
        case = engaged(deal, outcome_of(deal, settings).outcome, opened, closed, settings, timezone)
        cases += [case] if case else []
    begins = [facts.first_touch_on.toordinal()] if facts.first_touch_on else []
    ended = [remark.on.toordinal() for remark in _heard(facts) if settings.remarks.find(remark.text)[0]]
    return lifecycle(cases, begins, ended, settings) if cases or begins else []


def _stage(turns: Turns, today: int) -> tuple[str | None, str, int | None]:
    """Return the state today, why, and since when."""
    state, reason, since = None, "", None
    for day, now in turns:
        if day <= today and _state(now.stage) != state:
            state, reason, since = _state(now.stage), now.reason, day
    return state, reason, since


def _state(stage: str | None) -> str | None:
    return stage if stage is None or stage in CLIENT else "pre_purchase"


def _advocacy(facts: CompanyFacts, settings: Settings, today: date) -> tuple[str, str]:
    """Judge a client by the score it gave; without one, by the newest remark that says anything."""
    score = _number(facts.company.properties.get(settings.nps_property))
    if score is not None:
        word = "advocate" if score >= PROMOTER else "detractor" if score <= DETRACTOR else "neutral"
        return word, f"likelihood to recommend {score:g} of 10"
    for remark in sorted(_heard(facts), key=lambda item: (item.on, str(item.ref)), reverse=True):
        _, praise, complaint = settings.remarks.find(remark.text)
        if remark.on <= today and (praise or complaint):
            return ("detractor", f"complaint in {remark.ref}") if complaint else ("advocate", f"praise in {remark.ref}")
    return "unknown", "no score, and no remark that says it"


def _heard(facts: CompanyFacts) -> list[Remark]:
    """Return what they said, or what was noted of them; what we wrote to them says nothing."""
    return [remark for remark in facts.remarks if remark.direction != "out"]


def _number(text: str | None) -> float | None:
    try:
        score = float(text or "")
    except ValueError:
        return None
    return score if 0 <= score <= HIGHEST else None


def _is_true(text: str | None) -> bool:
    return (text or "").strip().casefold() not in ("", "false", "no", "nein", "0")
