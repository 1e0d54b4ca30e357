"""Evidence from what people keep in the CRM: association labels and HubSpot's buying role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from crmbridge import ROLES, Evidence, Member, Role
from crmbridge_roles.lexicon import labels
from crmbridge_roles.text import fold

PROPERTY: Final = "hs_buying_role"
"""HubSpot's own property: several values, joined by semicolons."""

WEIGHT: Final = 0.90

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


def crm_evidence(member: Member, own_labels: Mapping[str, Role]) -> Iterator[tuple[Role, Evidence]]:
    """Labels first, those with the deal before those with the company, then the property."""
    for label in member.labels:
        for role, against in label_roles(label, own_labels):
            yield (
                role,
                Evidence(source="crm", weight=WEIGHT, against=against, text=f'association label "{label[:200]}"'),
            )
    if member.facts:
        contact = member.facts.contact
        for value in (contact.properties.get(PROPERTY) or "").split(";"):
            name = value.strip()
            if name in VALUES:
                text = f"{PROPERTY} is {name}"
                yield VALUES[name], Evidence(source="crm", weight=WEIGHT, text=text, ref=contact.ref)


def label_roles(label: str, own_labels: Mapping[str, Role]) -> list[tuple[Role, bool]]:
    """The roles that a label names, each with True if the label denies it ("not the decision maker")."""
    text = fold(label)
    own = next((role for name, role in own_labels.items() if fold(name) == text), None)
    if own:
        return [(own, False)]
    found = {hit.value for hit in labels().find(text)}
    return [(role, "not" in found) for role in ROLES if role in found]
