"""What a criterion can look at: named fields of a member."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from crmbridge import BuyingCenter, Company, Member

PROPERTY: Final = "property:"
"""Begins the name of a field that is a property of the contact, by the platform's name."""

SENIORITIES: Final = ("junior", "professional", "senior", "lead", "director", "management")
"""From low to high; ``at_least`` compares seniorities in this order."""

Values = tuple[str, ...]
Reader = Callable[[Member, BuyingCenter], Values]


def _text(value: object) -> Values:
    return () if value in (None, "") else (str(value),)


def _company(member: Member, center: BuyingCenter) -> Company | None:
    """The member's own company; the buying company for a member of it whose record names none."""
    own = member.facts.company if member.facts else None
    return own or (None if member.is_external else center.company)


def _of_contact(name: str) -> Reader:
    return lambda member, _: _text(getattr(member.facts.contact, name)) if member.facts else ()


def _of_company(name: str) -> Reader:
    return lambda member, center: _text(getattr(_company(member, center), name, None))


def _roles(member: Member, _: BuyingCenter) -> Values:
    return tuple(item.role for item in member.roles if member.plays(item.role))


_READERS: Final[Mapping[str, Reader]] = {
    "seniority": lambda member, _: tuple(item.seniority for item in member.titles if item.seniority),
    "department": lambda member, _: tuple(item.department for item in member.titles if item.department),
    "role": _roles,
    "is_external": lambda member, _: ("true" if member.is_external else "false",),
    "job_title": _of_contact("job_title"),
    "language": _of_contact("language"),
    "lifecycle_stage": _of_contact("lifecycle_stage"),
    "company.industry": _of_company("industry"),
    "company.employees": _of_company("employees"),
    "company.country": _of_company("country"),
}

FIELDS: Final = tuple(_READERS)
"""All fields but the properties."""


def known_field(name: str) -> str:
    """Return the name of a field.

    Raises:
        ValueError: There is no such field.
    """
    if name not in FIELDS and not (name.startswith(PROPERTY) and name != PROPERTY):
        raise ValueError(f"unknown field; allowed are {', '.join(FIELDS)} and {PROPERTY}<name>")
    return name


def read_field(name: str, member: Member, center: BuyingCenter) -> Values:
    """The values of a field as text; empty if unknown. A property with several values is split at semicolons."""
    if reader := _READERS.get(name):
        return reader(member, center)
    raw = member.facts.contact.properties.get(name.removeprefix(PROPERTY)) if member.facts else None
    return tuple(part.strip() for part in (raw or "").split(";") if part.strip())
