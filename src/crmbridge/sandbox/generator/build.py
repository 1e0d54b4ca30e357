"""Generates a whole portal: the same arguments give the same portal, byte for byte."""

from __future__ import annotations

import random
from datetime import date
from typing import Final

from crmbridge.errors import FixConfig
from crmbridge.sandbox.generator.activity import draft_activity
from crmbridge.sandbox.generator.companies import draft_companies
from crmbridge.sandbox.generator.deals import draft_deals
from crmbridge.sandbox.generator.drafts import Deal, Draft
from crmbridge.sandbox.generator.habits import Habits, confuse, forget
from crmbridge.sandbox.generator.loading import link_all, load, roll_up
from crmbridge.sandbox.generator.names import make_pools
from crmbridge.sandbox.generator.people import draft_people
from crmbridge.sandbox.generator.talk import draft_talk
from crmbridge.sandbox.generator.world import furnish, make_owners
from crmbridge.sandbox.portal import FOUNDED, Portal
from crmbridge.sandbox.times import DAY, midnight_ms

TODAY: Final = date(2026, 11, 2)


def generate(  # noqa: PLR0913 - the knobs of a portal
    seed: int = 7,
    today: date = TODAY,
    *,
    companies: int = 300,
    contacts: int = 2000,
    deals: int = 400,
    engagements: int = 10_000,
    languages: tuple[str, ...] = ("de", "en"),
    talk: bool = False,
    untitled: float = 0.0,
    misfiled: float = 0.0,
    uncopied: float = 0.0,
    merged: float = 0.0,
) -> Portal:
    """Generate a B2B portal whose last entry lies before ``today``.

    Args:
        seed: Another seed is another portal.
        today: The as-of date.
        companies: Number of companies.
        contacts: Number of contacts, external consultants among them.
        deals: Number of deals, in two pipelines.
        engagements: Number of emails and meetings together.
        languages: ``de``, ``en`` or both; of two, the first is the more frequent.
        talk: Add notes and calls whose texts tell roles, stances and opt-outs, and some that mislead.
        untitled: Share of contacts without a job title.
        misfiled: Share of notes, calls and meetings that are filed with somebody else.
        uncopied: Share of emails whose copies are lost.
        merged: Share of contacts that were merged into a colleague; ``portal.truth`` follows.

    Returns:
        The portal; ``portal.truth`` holds the roles that the generator had in mind.

    Raises:
        FixConfig: A number does not fit the others, a share is none, a language is not offered, or Faker is missing.
    """
    if min(companies, contacts, deals, engagements) < 0 or (deals and not companies) or (engagements and not contacts):
        raise FixConfig("counts must not be negative; deals need companies, engagements need contacts")
    habits = Habits(untitled, misfiled, uncopied, merged)
    dice = random.Random(f"{seed} {today}")  # noqa: S311 - no secret hangs on it
    pools, end = make_pools(seed, languages), midnight_ms(today)
    owners = make_owners(dice, pools[languages[0]], FOUNDED)
    firms = draft_companies(dice, companies, languages, pools, owners, end)
    people = draft_people(dice, firms, contacts, pools, owners, end)
    cases = draft_deals(dice, firms, people, deals, owners, end)
    _know_members_first(cases)
    logged = draft_activity(dice, cases, people, engagements, owners, end)
    aside = random.Random(f"aside {seed} {today}")  # noqa: S311 - as above; apart, so that the rest stays as it is
    told = draft_talk(aside, cases, owners, end) if talk else []
    forget(aside, habits, people, [*logged, *told])
    roll_up(firms, people, cases, logged)
    portal = Portal(seed)
    furnish(portal, owners)
    load(portal, dice, "companies", firms)
    for one in people:
        if one.company:
            one.values["associatedcompanyid"] = one.company.id
    load(portal, dice, "contacts", people)
    load(portal, dice, "deals", cases)
    for kind in ("emails", "meetings"):
        load(portal, dice, kind, [made for made in logged if made.kind == kind])
    link_all(portal, dice, people, cases, logged)
    for kind in ("notes", "calls"):
        load(portal, aside, kind, [made for made in told if made.kind == kind])
    link_all(portal, aside, (), (), told)
    confuse(aside, habits.merged, portal, people, cases, end)
    portal.truth = {case.id: {one.id: roles for one, roles in case.cast.items()} for case in cases}
    return portal


def _know_members_first(deals: list[Deal]) -> None:
    """Nobody talks to a contact, and nothing is sold to a company, before the record exists."""
    for deal in deals:
        known: list[Draft] = [*deal.cast, *filter(None, [deal.company])]
        for draft in known:
            draft.created = min(draft.created, deal.created - 10 * DAY)
