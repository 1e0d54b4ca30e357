"""Assembling buying centers from the mirror: who belongs to a case, and by what touches.

A person joins a deal's center by being linked to the deal, or by taking part in an engagement of the deal, known to
the CRM or not. A company without any deal has a center if at least one of its contacts was touched twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final, Literal

from crmbridge.centers.graph import Graph
from crmbridge.centers.people import addresses_of, is_external
from crmbridge.centers.reach import MOST_PEOPLE
from crmbridge.centers.touching import parts_of, touch_of
from crmbridge.model.base import Ref
from crmbridge.model.centers import BuyingCenter, Member, Network, Touch
from crmbridge.model.persons import PersonFacts
from crmbridge.model.records import Company, Deal, Engagement

TOUCHES_BEFORE_DEAL: Final = 2
"""A contact joins the center of a company without deal from this number of touches on."""

BEFORE_DEAL_DAYS: Final = 365
"""Touchpoints of a deal's people count for it from so many days before it was made."""

_Joined = dict[str, Literal["deal", "engagement", "company"]]


def deal_centers(graph: Graph, ids: Sequence[str]) -> dict[str, BuyingCenter]:
    """Assemble the centers of deals, by center id; deals that are gone are left out."""
    graph.around("deal", ids)
    found = {key: graph.touches(Ref("deal", key)) for key in ids if key in graph.deals}
    graph.know_addresses(item for touches in found.values() for item in touches)
    graph.people_of(item for touches in found.values() for item in touches)
    people = {key: _deal_people(graph, graph.deals[key], touches) for key, touches in found.items()}
    firms = {key: graph.company(graph.deals[key].ref) for key in found}
    _read_staff(graph, [company.id for company in firms.values() if company])
    facts = graph.persons(sorted({contact for joined in people.values() for contact in joined}))
    imported = {item.id for key in facts for item in graph.touches(Ref("contact", key)) if item.object == "touchpoint"}
    graph.around("touchpoint", sorted(imported))
    found = {key: _with_touchpoints(graph, graph.deals[key], found[key], people[key]) for key in found}
    decisions = graph.world.judgements.decisions(graph.tx, "deal", ids)
    rulings = graph.world.judgements.rulings.of(graph.tx, [f"deal:{key}" for key in found])
    centers = {}
    for key, touches in found.items():
        deal, company = graph.deals[key], firms[key]
        members = _members(graph, deal.ref, company, people[key], facts)
        unknown = _unknown(graph, touches, company)
        known = {member.id for member in (*members, *unknown)}
        center = BuyingCenter(
            id=f"deal:{key}",
            name=deal.name or (company.name if company else None) or f"Deal {key}",
            deal=deal,
            company=company,
            owner=_owner(graph, deal.owner_id or (company.owner_id if company else None)),
            opened_on=graph.world.day(deal.created_at) if deal.created_at else None,
            closed_on=graph.world.day(deal.close_at) if deal.is_closed and deal.close_at else None,
            stage_label=_stage_label(graph, deal),
            members=tuple(sorted((*members, *unknown), key=lambda member: member.id)),
            touches=tuple(_touch(graph, item, known) for item in touches),
            decisions=decisions.get(key, ()),
            rulings=rulings.get(f"deal:{key}", ()),
            network=graph.reach(company.id).network if company else Network(),
        )
        centers[center.id] = center
    return centers


def company_centers(graph: Graph, ids: Sequence[str]) -> dict[str, BuyingCenter]:
    """Assemble the centers of companies, by center id; they must have no deal."""
    graph.around("company", ids)
    ids = [key for key in ids if key in graph.companies]
    staff = {key: graph.linked(Ref("company", key), "contact") for key in ids}
    facts = graph.persons(sorted({contact for contacts in staff.values() for contact in contacts}))
    decisions = graph.world.judgements.decisions(graph.tx, "company", ids)
    rulings = graph.world.judgements.rulings.of(graph.tx, [f"company:{key}" for key in ids])
    centers = {}
    for key in ids:
        company = graph.companies[key]
        touched = {item: graph.touches(Ref("contact", item)) for item in staff[key] if item in facts}
        joined: _Joined = {item: "company" for item, touches in touched.items() if len(touches) >= TOUCHES_BEFORE_DEAL}
        if not joined:
            continue
        members = _members(graph, company.ref, company, joined, facts)
        touches = _distinct(touched[item] for item in joined)
        center = BuyingCenter(
            id=f"company:{key}",
            name=company.name or f"Company {key}",
            company=company,
            owner=_owner(graph, company.owner_id),
            opened_on=graph.world.day(touches[0].at),
            members=tuple(sorted(members, key=lambda member: member.id)),
            touches=tuple(_touch(graph, item, {member.id for member in members}) for item in touches),
            decisions=decisions.get(key, ()),
            rulings=rulings.get(f"company:{key}", ()),
            network=graph.reach(key).network,
        )
        centers[center.id] = center
    return centers


def next_change(graph: Graph, center: BuyingCenter) -> date | None:
    """The day on which an engagement to come, or a message that no longer counts, will change the center."""
    refs = [member.facts.contact.ref for member in center.members if member.facts]
    if center.deal:
        refs.append(center.deal.ref)
    days = [graph.next_engagement(refs)]
    if center.company:
        days += [graph.reach(center.company.id).due_on, graph.next_engagement(graph.circle(center.company.id))]
    return min((day for day in days if day), default=None)


def first_touch_to_come(graph: Graph, company_id: str) -> date | None:
    """The day of the next engagement with anybody of a company."""
    return graph.next_engagement(graph.circle(company_id))


def _with_touchpoints(graph: Graph, deal: Deal, touches: list[Engagement], people: _Joined) -> list[Engagement]:
    """Add the imported touchpoints of the deal's people that name no deal: from a year before it until its end."""
    near = [
        item
        for key in people
        for item in graph.touches(Ref("contact", key))
        if item.object == "touchpoint" and not graph.linked(item.ref, "deal")
    ]
    if not near:
        return touches
    begin = graph.world.day(deal.created_at) - timedelta(days=BEFORE_DEAL_DAYS) if deal.created_at else date.min
    end = graph.world.day(deal.close_at) if deal.is_closed and deal.close_at else date.max
    return _distinct([touches, [item for item in near if begin <= graph.world.day(item.at) <= end]])


def _read_staff(graph: Graph, company_ids: Iterable[str]) -> None:
    """Read the people of companies; of those with too many, none."""
    ids = sorted(set(company_ids))
    graph.around("company", ids)
    groups = (graph.linked(Ref("company", key), "contact") for key in ids)
    graph.read_people(key for group in groups if len(group) <= MOST_PEOPLE for key in group)


def _deal_people(graph: Graph, deal: Deal, touches: Sequence[Engagement]) -> _Joined:
    joined: _Joined = {}
    for item in touches:
        seen = {graph.by_address[address] for address in graph.outsiders(item) if address in graph.by_address}
        joined |= dict.fromkeys(sorted(seen | set(graph.linked(item.ref, "contact"))), "engagement")
    return joined | dict.fromkeys(graph.linked(deal.ref, "contact"), "deal")


def _members(
    graph: Graph, case: Ref, company: Company | None, joined: _Joined, facts: dict[str, PersonFacts]
) -> list[Member]:
    members = []
    for key, how in joined.items():
        if key not in facts or facts[key].contact.archived:
            continue
        person = facts[key]
        ref = person.contact.ref
        organization = person.company.id if person.company else None
        firm = graph.neighbours[ref].get(company.ref, []) if company else []
        links = [*graph.neighbours[case].get(ref, []), *(link for link in firm if not link.primary)]
        members.append(
            Member(
                id=f"contact:{key}",
                facts=person,
                joined_by=how,
                labels=tuple(dict.fromkeys(sorted(link.label for link in links if link.label))),
                organization_id=organization,
                is_external=is_external(company, organization, addresses_of(person.contact)),
                reach=graph.reach(company.id).shares.get(key) if company else None,
            )
        )
    return members


def _unknown(graph: Graph, touches: Sequence[Engagement], company: Company | None) -> list[Member]:
    """Members known by address only."""
    addresses = {address for item in touches for address in graph.outsiders(item)}
    return [
        Member(
            id=f"address:{address}",
            address=address,
            joined_by="engagement",
            is_external=is_external(company, None, [address]),
        )
        for address in sorted(addresses - graph.by_address.keys())
    ]


def _touch(graph: Graph, item: Engagement, known: Collection[str]) -> Touch:
    seats = {address: _seat(graph, address) for address in graph.outsiders(item)}
    seen = {f"contact:{key}" for key in graph.linked(item.ref, "contact")} | set(seats.values())
    acted = {f"contact:{key}" for key in graph.responders(item)}
    return touch_of(
        item,
        on=graph.world.day(item.at),
        members=[seat for seat in seen if seat in known],
        responders=[seat for seat in acted if seat in known],
        parts=parts_of(item, seats.get, graph.world.ours.ids),
        text=graph.texts.of.get(item.ref),
    )


def _seat(graph: Graph, address: str) -> str:
    contact = graph.by_address.get(address)
    return f"contact:{contact}" if contact else f"address:{address}"


def _distinct(groups: Any) -> list[Engagement]:
    found = {item.ref: item for group in groups for item in group}
    return sorted(found.values(), key=lambda item: (item.at, item.object, item.id))


def _owner(graph: Graph, owner_id: str | None) -> str | None:
    owner = graph.world.owners.get(owner_id or "")
    return owner.name if owner else None


def _stage_label(graph: Graph, deal: Deal) -> str | None:
    pipeline = graph.world.pipelines.get(deal.pipeline_id or "")
    stages = pipeline.stages if pipeline else ()
    return next((stage.label for stage in stages if stage.id == deal.stage_id), deal.stage_id)
