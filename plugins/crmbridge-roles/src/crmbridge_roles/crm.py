"""Evidence from what people keep in the CRM: association labels and HubSpot's properties.

They are read in the order in which accounts really keep roles: a label with the deal or the company is about this
purchase; HubSpot's buying role is about the person, in whatever purchase, and read where no label names a role.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from crmbridge import ROLES, Evidence, Member, Role
from crmbridge_roles.lexicon import labels
from crmbridge_roles.rows import DEFAULTS, Trait, rows
from crmbridge_roles.settings import RolesSettings
from crmbridge_roles.text import fold
from crmbridge_roles.titles import read_title

PROPERTY: Final = "hs_buying_role"
"""HubSpot's own property: several values, joined by semicolons."""

ENRICHED: Final = ("hs_seniority", "hs_role")
"""What HubSpot's data enrichment says of a person's rank and work."""

WEIGHT: Final = 0.90

BOUGHT: Final = 0.50
"""Bought data says no more than this about a role."""

VALUES: Final[Mapping[str, Role]] = {
    "DECISION_MAKER": "decider",
    "EXECUTIVE_SPONSOR": "decider",
    "BUDGET_HOLDER": "decider",
    "CHAMPION": "influencer",
    "INFLUENCER": "influencer",
    "LEGAL_AND_COMPLIANCE": "influencer",
    "END_USER": "user",
}
"""Roles of the property's values. ``BLOCKER`` is a stance and ``OTHER`` says nothing: they mean no role."""

Seniority = Literal["management", "director", "lead", "senior", "professional", "junior"]

_RANKS: Final[Mapping[str, Seniority]] = {
    "owner": "management",
    "partner": "management",
    "executive": "management",
    "vp": "director",
    "director": "director",
    "manager": "lead",
    "senior": "senior",
    "employee": "professional",
    "entry": "junior",
}
"""Ranks of the enriched seniority. HubSpot prints no list of its values: one that is not here says nothing."""


def crm_evidence(member: Member, settings: RolesSettings) -> Iterator[tuple[Role, Evidence]]:
    """Labels, else HubSpot's buying role, unless that is what this plugin writes."""
    named = False
    for label in member.labels:
        for role, against in label_roles(label, settings.labels):
            named = True
            text = f'association label "{label[:200]}"'
            yield role, Evidence(source="crm", weight=WEIGHT, against=against, text=text)
    if member.facts and not named and settings.buying_role == "read":
        contact = member.facts.contact
        for value in (contact.properties.get(PROPERTY) or "").split(";"):
            name = value.strip()
            if name in VALUES:
                text = f"{PROPERTY} is {name}"
                yield VALUES[name], Evidence(source="crm", weight=WEIGHT, text=text, ref=contact.ref)


def vendor_evidence(member: Member, *, routine: bool) -> Iterator[tuple[Role, Evidence]]:
    """What enriched rank and work say, as a title would, for a person whose title says nothing."""
    if member.facts is None or member.titles:
        return
    contact = member.facts.contact
    rank, work = (contact.properties.get(name) or "" for name in ENRICHED)
    seniority = _RANKS.get(rank)
    if seniority is None:
        return
    read = read_title(work.replace("_", " ")) if work else ()
    department = next((item.department for item in read if item.department), None)
    text = f"{ENRICHED[0]} is {rank}" + (f", {ENRICHED[1]} is {work[:100]}" if work else "")
    for row in rows(Trait(seniority, department, None, member.is_external, routine)):
        for role, weight in DEFAULTS[row].items():
            yield role, Evidence(source="vendor", weight=min(weight, BOUGHT), text=text, ref=contact.ref)


def label_roles(label: str, own_labels: Mapping[str, Role]) -> list[tuple[Role, bool]]:
    """The roles that a label names, each with True if the label denies it ("not the decision maker")."""
    text = fold(label)
    own = next((role for name, role in own_labels.items() if fold(name) == text), None)
    if own:
        return [(own, False)]
    found = {hit.value for hit in labels().find(text)}
    return [(role, "not" in found) for role in ROLES if role in found]
