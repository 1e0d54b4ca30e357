"""Turns drafts into records of a portal: ids by age, links with labels, and the roll-ups over activity."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from crmbridge.sandbox.derived import role_counts
from crmbridge.sandbox.generator.drafts import Activity, Company, Deal, Draft, Person, chance
from crmbridge.sandbox.generator.world import COMPANY_LABEL, DEAL_LABELS
from crmbridge.sandbox.kinds import KINDS
from crmbridge.sandbox.link_types import Pair
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.records import Record
from crmbridge.sandbox.times import iso


def roll_up(
    companies: Sequence[Company], people: Sequence[Person], deals: Sequence[Deal], logged: Sequence[Activity]
) -> None:
    """Write the counts and last dates that the platform keeps on contacts, companies and deals."""
    past = [made for made in logged if made.values.get("hs_meeting_outcome") != "SCHEDULED"]
    for made in sorted(past, key=lambda one: one.created):
        targets: list[Draft] = [*made.people, *filter(None, (made.company, made.deal))]
        moment = made.values["hs_timestamp"]
        for target in targets:
            target.touch(made.created)
            target.values["notes_last_contacted"] = target.values["hs_last_sales_activity_timestamp"] = moment
        for one in made.people:
            one.values["num_contacted_notes"] = str(int(one.values.get("num_contacted_notes", "0")) + 1)
            if made.kind == "meetings":
                one.values["engagements_last_meeting_booked"] = moment
            elif made.values["hs_email_direction"] == "INCOMING_EMAIL" and one is made.people[0]:
                one.values["hs_sales_email_last_replied"] = moment
    joined = Counter(one for deal in deals for one in deal.linked)
    for one in people:
        one.values["num_associated_deals"] = str(joined[one])
    for company in companies:
        _count(company, [deal for deal in deals if deal.company is company])


def _count(company: Company, deals: list[Deal]) -> None:
    open_deals = [deal for deal in deals if deal.open]
    company.values |= role_counts(one.values.get("hs_buying_role", "") for one in company.people)
    company.values |= {
        "num_associated_contacts": str(len(company.people)),
        "num_associated_deals": str(len(deals)),
        "hs_num_open_deals": str(len(open_deals)),
        "hs_total_deal_value": str(sum(int(deal.values["amount"]) for deal in open_deals)),
    }
    for deal in deals:
        company.touch(deal.created)


def load(portal: Portal, dice: random.Random, name: str, drafts: Iterable[Draft]) -> None:
    """Give ids in the order of creation and store the records."""
    kind = KINDS[name]
    ordered, records = sorted(drafts, key=lambda draft: draft.created), []
    for draft, number in zip(ordered, ascending_ids(dice, len(ordered)), strict=True):
        draft.id = str(number)
        updated = max(draft.updated, draft.created)
        values = {key: value for key, value in draft.values.items() if value}
        values |= {kind.created: iso(draft.created), kind.modified: iso(updated), "hs_object_id": draft.id}
        values |= {"hs_lastmodifieddate": iso(updated), "hs_object_source": draft.source.type}
        records.append(Record(draft.id, values, draft.created, updated, draft.source, draft.history))
    portal.insert_many(kind, records)


def ascending_ids(dice: random.Random, number: int) -> Iterator[int]:
    """Yield ids as old portals have them: a small dense block, then wide ones with long gaps between."""
    current = 20_000_000_000 + dice.randrange(10**9)
    jumps = {round(number * share) for share in (0.04, 0.35, 0.7)}
    for place in range(number):
        if place in jumps:
            current += dice.randrange(30 * 10**9, 200 * 10**9)
        current += dice.randrange(1, 40) if place < number * 0.04 else dice.randrange(1, 900_000)
        yield current


def link_all(
    portal: Portal, dice: random.Random, people: Sequence[Person], deals: Sequence[Deal], logged: Sequence[Activity]
) -> None:
    """Link everything: primary companies, deals with labels on some contacts, activities."""
    found: dict[Pair, list[tuple[str, str, list[int]]]] = defaultdict(list)
    for one in people:
        if one.company:
            types = _company_types(portal, dice, one)
            found["contacts", "companies"].append((one.id, one.company.id, types))
    for deal in deals:
        if deal.company:
            found["deals", "companies"].append((deal.id, deal.company.id, [5]))
        for one in deal.linked:
            found["contacts", "deals"].append((one.id, deal.id, _deal_types(portal, dice, deal.cast[one])))
    for made in logged:
        found[made.kind, "contacts"] += [(made.id, one.id, []) for one in made.people]
        if made.company:
            found[made.kind, "companies"].append((made.id, made.company.id, []))
        if made.deal:
            found[made.kind, "deals"].append((made.id, made.deal.id, []))
    for pair, rows in found.items():
        portal.links.load(pair, rows)


def _company_types(portal: Portal, dice: random.Random, one: Person) -> list[int]:
    known = portal.links.find(("contacts", "companies"), COMPANY_LABEL)
    labelled = known and one.job == "ceo" and chance(dice, 0.1)
    return [1, known.id] if known and labelled else [1]


def _deal_types(portal: Portal, dice: random.Random, roles: frozenset[str]) -> list[int]:
    """Return the labels that a person gave: on one link in five, and never more than the roles allow."""
    if not chance(dice, 0.2):
        return []
    labels = [DEAL_LABELS[role] for role in sorted(roles) if role in DEAL_LABELS]
    found = [portal.links.find(("contacts", "deals"), label) for label in labels[:2]]
    return [kind.id for kind in found if kind]
