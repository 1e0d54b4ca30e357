"""The properties of the CRM that this plugin fills, and their values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crmbridge import (
    ROLES,
    BuyingCenter,
    Member,
    Option,
    PersonFacts,
    PropertySpec,
    PropertyValue,
    Ref,
    Role,
    RoleAssignment,
)
from crmbridge.model import ROLE_LABELS
from crmbridge.model.mappings import APPROVAL, mapped, mapping
from crmbridge_roles.crm import PROPERTY
from crmbridge_roles.fragments import SENIORITIES
from crmbridge_roles.titles import read_title

_SENIORITY_LABELS = {
    "junior": "Junior (Nachwuchs)",
    "professional": "Professional (Fachkraft)",
    "senior": "Senior (erfahrene Fachkraft)",
    "lead": "Lead (Leitung)",
    "director": "Director (Bereichsleitung)",
    "management": "Management (Geschäftsleitung)",
}

_DEPARTMENT_LABELS = {
    "management": "Management (Geschäftsleitung)",
    "purchasing": "Purchasing (Einkauf)",
    "finance": "Finance (Finanzen)",
    "hr": "Human resources (Personal)",
    "it": "IT (IT)",
    "engineering": "Engineering and maintenance (Technik und Instandhaltung)",
    "production": "Production (Produktion)",
    "quality": "Quality and safety (Qualität und Arbeitssicherheit)",
    "logistics": "Logistics (Logistik)",
    "legal": "Legal and compliance (Recht, Compliance, Datenschutz)",
    "rnd": "Research and development (Forschung und Entwicklung)",
    "sales": "Sales (Vertrieb)",
    "marketing": "Marketing (Marketing)",
    "customer_service": "Customer service (Kundenservice)",
    "consulting": "Consulting (Beratung)",
    "project_management": "Project management (Projektmanagement)",
    "administration": "Administration (Verwaltung)",
}

_STATUS_LABELS = {
    "dismissed": "Dismissed (Verworfen)",
    "proposed": "Proposed (Vorgeschlagen)",
    "confirmed": "Confirmed (Bestätigt)",
    "locked": "Locked (Festgelegt)",
}
"""From what says least to what says most."""

PROPERTIES = (
    PropertySpec(
        object="contact",
        name="roles",
        label="Buying roles",
        description="Roles in open buying centers, proposed with evidence. An edit by a person is kept.",
        type="multi",
        options=tuple(Option(value=role, label=f"{role.title()} ({ROLE_LABELS[role]})") for role in ROLES),
        fold="union",
    ),
    PropertySpec(
        object="contact",
        name="role_confidence",
        label="Buying role confidence",
        description="0 to 1, of the most certain role.",
        type="number",
        fold="max",
        min_change=0.05,
    ),
    PropertySpec(
        object="contact",
        name="role_evidence",
        label="Buying role evidence",
        description="One line per role: the role, its confidence to the nearest 0.05, the strongest evidence.",
        type="text",
        fold="union",
    ),
    PropertySpec(
        object="contact",
        name="seniority",
        label="Seniority",
        description="Highest rank that the job title states.",
        type="enumeration",
        options=tuple(Option(value=rank, label=_SENIORITY_LABELS[rank]) for rank in SENIORITIES),
        fold="max",
    ),
    PropertySpec(
        object="contact",
        name="department",
        label="Department",
        description="First department that the job title states.",
        type="enumeration",
        options=tuple(Option(value=name, label=label) for name, label in _DEPARTMENT_LABELS.items()),
        core=False,
    ),
    PropertySpec(
        object="contact",
        name="role_status",
        label="Buying role status",
        description="What became of the proposed roles: the most that a person has said about any of them.",
        type="enumeration",
        options=tuple(Option(value=status, label=label) for status, label in _STATUS_LABELS.items()),
        fold="max",
        clear=True,
        core=False,
    ),
)

BUYING_ROLE = PropertySpec(
    object="contact",
    name=PROPERTY,
    label="Buying role",
    description="HubSpot's own property. Values are added; none that stands there is taken away.",
    type="multi",
    options=tuple(
        Option(value=value, label=value.replace("_", " ").capitalize()) for value in mapping("hubspot").values
    ),
    fold="union",
    policy="fill-empty",
    core=False,
)
"""Written only with ``buying_role = "write"``: what is written there is then no evidence."""


def title_values(person: PersonFacts) -> Iterator[PropertyValue]:
    """Seniority and department of a contact's job title."""
    read = read_title(person.contact.job_title or "")
    if not read:
        return
    top = max(read, key=lambda item: SENIORITIES.index(item.seniority))
    yield PropertyValue(
        subject=person.contact.ref,
        property="seniority",
        value=top.seniority,
        confidence=top.confidence,
        reason=_reason(top.text),
    )
    first = next((item for item in read if item.department), None)
    if first:
        yield PropertyValue(
            subject=person.contact.ref,
            property="department",
            value=first.department,
            confidence=first.confidence,
            reason=_reason(first.text),
        )


def role_values(center: BuyingCenter, *, status: bool = True) -> Iterator[PropertyValue]:
    """Roles, confidence and evidence of each contact with an assigned role; the status also where all are dismissed.

    Args:
        center: Judged as far as roles.
        status: False to leave the status out.
    """
    for member in center.members:
        if member.facts and status:
            yield from _status(member.facts.contact.ref, member.roles)
        assigned = [item for item in member.roles if member.plays(item.role)]
        if member.facts and assigned:
            yield from _values(member, sorted(assigned, key=lambda item: ROLES.index(item.role)))


def _values(member: Member, assigned: list[RoleAssignment]) -> Iterator[PropertyValue]:
    top = max(assigned, key=lambda item: item.confidence)
    subject = member.facts.contact.ref if member.facts else None
    lines = [_line(item) for item in assigned]
    values = {
        "roles": tuple(item.role for item in assigned),
        "role_confidence": top.confidence,
        "role_evidence": "\n".join(lines),
    }
    for name, value in values.items():
        if subject:
            yield PropertyValue(
                subject=subject,
                property=name,
                value=value,
                confidence=top.confidence,
                reason="; ".join(lines)[:500],
            )


def buying_role_values(center: BuyingCenter, *, stance: bool) -> Iterator[PropertyValue]:
    """HubSpot's values for the assigned roles of each contact.

    Args:
        center: Judged as far as roles and stances.
        stance: True to tell champions and blockers, too.
    """
    for member in center.members:
        if member.facts is None:
            continue
        assigned: list[Role | None] = [role for role in ROLES if member.plays(role)]
        cls = member.stance.cls if stance and member.stance else None
        values = {
            value
            for role in assigned or [None]
            for value in mapped(role, "hubspot", stance=cls, **_traits(member, role))
        }
        if values:
            named = ", ".join(role for role in assigned if role) or "none"
            yield PropertyValue(
                subject=member.facts.contact.ref,
                property=PROPERTY,
                value=tuple(sorted(values)),
                reason=f"assigned roles: {named}" + (f"; stance: {cls}" if cls else ""),
            )


def _traits(member: Member, role: Role | None) -> dict[str, Any]:
    """What the mapping asks for besides the role."""
    top = max((item.seniority for item in member.titles if item.seniority), key=SENIORITIES.index, default=None)
    departments = [item.department for item in member.titles if item.department]
    signed = any(piece.source == "signature" for item in member.roles if item.role == role for piece in item.evidence)
    return {
        "seniority": top,
        "department": "legal" if "legal" in departments else next(iter(departments), None),
        "operative": member.plays("user"),
        "evidence": [APPROVAL] if signed else [],
    }


def _status(subject: Ref, roles: tuple[RoleAssignment, ...]) -> Iterator[PropertyValue]:
    known = [item for item in roles if item.status in _STATUS_LABELS]
    if known:
        order = list(_STATUS_LABELS)
        top = max(known, key=lambda item: (order.index(item.status), item.confidence, item.role))
        yield PropertyValue(
            subject=subject, property="role_status", value=top.status, reason=f"{top.role} is {top.status}"
        )


def _line(item: RoleAssignment) -> str:
    """Confidence in steps of 0.05: a line does not change each day that evidence ages."""
    strongest = next((evidence.text for evidence in item.evidence if not evidence.against), "no evidence")
    return f"{item.role} {round(item.confidence * 20) / 20:.2f}: {strongest}"


def _reason(title: str) -> str:
    return f'job title "{title}"'[:500]
