"""Drafts deals: who buys what for how much, how far it came, and when."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from crmbridge.sandbox.derived import deal_values
from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.generator.casting import cast_roles
from crmbridge.sandbox.generator.drafts import Company, Deal, Person, chance, in_office
from crmbridge.sandbox.generator.words import LOST, NEXT_STEP, TOPICS
from crmbridge.sandbox.generator.world import PIPELINES, PROJECT
from crmbridge.sandbox.records import CALCULATED, IMPORT, Version, person
from crmbridge.sandbox.times import DAY, iso

SPAN = 540 * DAY  # about eighteen months
_SOURCES = ("ORGANIC_SEARCH", "PAID_SEARCH", "EMAIL_MARKETING", "REFERRALS", "DIRECT_TRAFFIC", "OFFLINE", "OFFLINE")


def draft_deals(
    dice: random.Random,
    companies: Sequence[Company],
    people: Sequence[Person],
    number: int,
    owners: list[Json],
    end: int,
) -> list[Deal]:
    """Draft deals, more of them where more people are known."""
    if not companies:
        return []
    advisers = [one for one in people if one.company is None]
    weights = [max(len(company.people), 0.01) ** 0.8 for company in companies]
    chosen = dice.choices(companies, weights, k=number)
    return [_draft(dice, company, advisers, owners, end) for company in chosen]


def _draft(dice: random.Random, company: Company, advisers: list[Person], owners: list[Json], end: int) -> Deal:
    topic, price = dice.choice(TOPICS[company.language])
    amount = round(price * (company.employees / 100) ** 0.6 * dice.uniform(0.6, 1.6), -2) or 500
    created = in_office(dice, end - 6 * DAY - round(SPAN * dice.random() ** 1.6))
    owner = company.owner if chance(dice, 0.8) else dice.randrange(len(owners))
    adviser = dice.choice(advisers) if advisers and chance(dice, 0.12) else None
    deal = Deal({}, created, company=company, topic=topic, owner=owner)
    deal.cast = cast_roles(dice, company.people, amount, adviser)
    deal.linked = [one for one in deal.cast if chance(dice, 0.75)] or [*deal.cast][:1]
    deal.values = {
        "dealname": f"{company.values['name']}: {topic}",
        "amount": f"{amount:.0f}",
        "deal_currency_code": "EUR" if company.language == "de" else dice.choice(("GBP", "EUR")),
        "dealtype": "existingbusiness" if company.values["lifecyclestage"] == "customer" else "newbusiness",
        "hs_priority": dice.choice(("low", "medium", "high")),
        "hs_analytics_source": dice.choice(_SOURCES),
        "hubspot_owner_id": owners[owner]["id"],
        "num_associated_contacts": str(len(deal.linked)),
        "createdate": iso(created),
    }
    _progress(dice, deal, owners[owner]["userId"], end)
    return deal


def _progress(dice: random.Random, deal: Deal, user: int, end: int) -> None:
    """Move a deal through its pipeline, sometimes back and forth, until it closes or the days run out."""
    line = PIPELINES[1] if chance(dice, 0.3) else PIPELINES[0]
    path = [stage["id"] for stage in line["stages"]][:-2]
    won, lost = (stage["id"] for stage in line["stages"][-2:])
    length = round(dice.lognormvariate(4.75, 0.5) * DAY) + (30 * DAY if line["id"] == PROJECT else 0)
    deal.open = deal.created + length > end - DAY
    deal.end = end if deal.open else in_office(dice, deal.created + length)
    reached = path[: max(1, round(len(path) * dice.uniform(0.2, 1.0)))] if deal.open or chance(dice, 0.5) else path
    if len(reached) > 1 and chance(dice, 0.12):
        reached = [*reached, reached[-2], reached[-1]]
    if not deal.open:
        reached = [*reached, won if reached[-1] == path[-1] and chance(dice, 0.7) else lost]
    moments = [deal.created, *sorted(_moments(dice, deal, len(reached) - 1))]
    if not deal.open:
        moments[-1] = deal.end
    deal.values["pipeline"] = line["id"]
    _close(dice, deal, end, won=reached[-1] == won)
    _enter(deal, reached, moments, user)


def _moments(dice: random.Random, deal: Deal, number: int) -> Iterator[int]:
    last = max(deal.created + 1, deal.end - 2 * DAY)
    for _ in range(number):
        yield max(deal.created, in_office(dice, dice.randrange(deal.created, last)))


def _close(dice: random.Random, deal: Deal, end: int, *, won: bool) -> None:
    language = deal.company.language if deal.company else "en"
    if deal.open:
        deal.values["closedate"] = iso(in_office(dice, end + dice.randrange(-20 * DAY, 120 * DAY)))
        deal.values["hs_next_step"] = dice.choice(NEXT_STEP[language])
        return
    deal.values["closedate"] = iso(deal.end)
    if not won:
        deal.values["closed_lost_reason"] = dice.choice(LOST[language])


def _enter(deal: Deal, stages: list[str], moments: list[int], user: int) -> None:
    """Write the history of stages and what the platform calculates from it."""
    versions: list[Version] = []
    for stage, moment in zip(stages, moments, strict=True):
        old = versions[-1].value if versions else ""
        deal.values["dealstage"] = stage
        deal.values |= deal_values(deal.values, ["dealstage"], old, PIPELINES, moment)
        versions.append(Version(stage, moment, person(user) if versions else IMPORT))
        deal.touch(moment)
    deal.history["dealstage"] = versions
    deal.history["hs_deal_stage_probability"] = [
        Version(deal.values["hs_deal_stage_probability"], deal.updated, CALCULATED)
    ]
