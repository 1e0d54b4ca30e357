"""Plans made by hand, and records with links, for rows that are not values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from crmbridge.model import (
    BuyingCenter,
    Change,
    Deal,
    Evidence,
    LabelChange,
    Member,
    PersonFacts,
    Plan,
    PlanHeader,
    PropertyChange,
    PropertyDefinition,
    Ref,
    Role,
    RoleAssignment,
)
from crmbridge.model.records import Contact
from crmbridge.store import Unit
from crmbridge.writeback import make_plan
from crmbridge.writeback.tally import Tally

from .conftest import AT, TODAY, Portal

NUMBERS = count()
DEAL = Ref("deal", "9")


def contact(id_: str) -> Ref:
    return Ref("contact", id_)


def plan_of(portal: Portal, rows: Sequence[Change], origin: str = "judged") -> Plan:
    """Store a plan of these rows."""
    header = PlanHeader(
        id=f"handmade{next(NUMBERS)}",
        connection="main",
        account_id="memory",
        as_of=TODAY,
        created_at=datetime.now(UTC),
        serial=0,
        plugins={},
        origin=origin,
    )
    tally = Tally(header)
    kept = list(tally.watch(rows))
    with portal.store.locking() as tx:
        portal.journal.plans.save(tx, header, kept)
        portal.journal.plans.set_header(tx, tally.complete())
    return Plan(tally.complete(), lambda: iter(kept))


def ends(portal: Portal, plan: Plan) -> list[tuple[str, str]]:
    """State and reason where each row ended, in order of rows."""
    last = {int(item["row"]): (item["state"], item["reason"]) for item in portal.journal.entries(plan.header.id)}
    return [last.get(number, ("planned", "")) for number in range(len(plan))]


def deals(portal: Portal, *ids: str, owner: str | None = None) -> None:
    """Put deals into the CRM and into the mirror."""
    records = [Deal(id=id_, name="D", owner_id=owner, created_at=AT, updated_at=AT) for id_ in ids]
    for record in records:
        portal.crm.add(record)
    with portal.store.locking() as tx:
        portal.mirror.put(tx, records, 1, 1)


def link(portal: Portal, *contacts: str, deal: Ref = DEAL, label: str | None = None) -> None:
    """Link contacts to a deal in the CRM, and let the mirror read it."""
    for id_ in contacts:
        portal.crm.connect(deal, contact(id_), label)
    sync_links(portal, deal)


def sync_links(portal: Portal, deal: Ref = DEAL) -> None:
    """Let the mirror read the links of a deal, as a sync does."""
    found = list(portal.crm.read_links("deal", "contact", [deal.id]))
    with portal.store.locking() as tx:
        portal.mirror.links.put(tx, "deal", [deal.id], "contact", found)


def labels(portal: Portal, id_: str, deal: Ref = DEAL) -> set[str | None]:
    """What the CRM says of a contact's link to a deal; None for the plain link."""
    return {item.label for item in portal.crm.read_links("contact", "deal", [id_]) if item.target == deal}


def labelled(id_: str, label: str = "Decider", *, after: bool = True, deal: Ref = DEAL) -> LabelChange:
    """A row that puts a label on, or takes it off."""
    return LabelChange(subject=contact(id_), target=deal, label=label, before=not after, after=after, by="core")


def scored(id_: str, value: str = "1") -> PropertyChange:
    """A row that writes a value."""
    return PropertyChange(
        subject=contact(id_), property="crmb_score", before=None, after=value, policy="own", by="judge"
    )


def score(portal: Portal) -> None:
    """Let contacts have a score."""
    portal.define(
        PropertyDefinition(object="contact", name="crmb_score", label="Score", type="number", group="crmbridge")
    )


def case(portal: Portal, roles: dict[str, dict[Role, float]], **more: Any) -> None:
    """Store the judged center of the deal: contact id → role → confidence."""
    members = tuple(
        Member(
            id=f"contact:{id_}",
            facts=PersonFacts(contact=Contact(id=id_)),
            joined_by="deal",
            roles=tuple(assigned(role, value) for role, value in found.items()),
        )
        for id_, found in roles.items()
    )
    center = BuyingCenter(id="deal:9", name="D", deal=Deal(id="9", name="D"), members=members).model_copy(update=more)
    with portal.store.locking() as tx:
        portal.judgements.put(tx, "center", [Unit("center", "deal:9", "hash", center=center, last_on=TODAY)])


def assigned(role: Role, value: float) -> RoleAssignment:
    """A role with this confidence, as judging would state it."""
    evidence = (Evidence(source="title", weight=value, text="title"),)
    return RoleAssignment(
        role=role, confidence=value, status="proposed" if value >= 0.5 else "candidate", evidence=evidence
    )


def planned(portal: Portal, today: date = TODAY, **config: Any) -> Plan:
    """Make a plan, with the CRM at hand for its labels."""
    with portal.run() as run:
        return make_plan(
            portal.store,
            "main",
            config=portal.config.model_copy(update=config),
            plugins=portal.plugins,
            session=portal.plugins.bind("main", run.id, today),
            run=run,
            as_of=today,
            account_id="memory",
            labels=portal.crm.read_labels,
        )
