"""The stage of a company as its own figures tell it, whether it has a center or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from crmbridge import CompanyFacts, Due, PropertyValue
from crmbridge_journey.days import later
from crmbridge_journey.settings import Settings


def company_stage(facts: CompanyFacts, settings: Settings, today: date) -> Iterator[PropertyValue | Due]:
    """Yield retention for a customer with a recent touch, else awareness from the first touch on."""
    first, last = facts.first_touch_on, facts.last_touch_on
    if first is None or last is None:
        return
    if first > today:
        yield Due(on=first)
        return
    lapses = later(last, settings.retention_days + 1)
    stage, reason = "awareness", "touched"
    if any(deal.is_won for deal in facts.deals) and today < lapses:
        stage, reason = "retention", f"won case, touched within {settings.retention_days} days"
        yield Due(on=lapses)
    yield PropertyValue(subject=facts.company.ref, property="journey_stage", value=stage, reason=reason)
