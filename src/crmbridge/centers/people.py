"""Whose address is whose: our own people, free mail, other organisations. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from crmbridge.model.records import Company, Contact, Engagement, Owner

FREE_MAIL: Final = frozenset(
    {
        "aol.com",
        "freenet.de",
        "gmail.com",
        "gmx.at",
        "gmx.ch",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "hotmail.de",
        "icloud.com",
        "live.com",
        "mail.com",
        "me.com",
        "outlook.com",
        "outlook.de",
        "posteo.de",
        "proton.me",
        "protonmail.com",
        "t-online.de",
        "web.de",
        "yahoo.com",
        "yahoo.de",
    }
)
"""Domains that say nothing about a person's organisation."""

MASS_MAIL: Final = 12
"""An engagement with more outside addresses than this is mass mail: nobody joins a center by it."""


@dataclass(frozen=True)
class OurPeople:
    """The vendor's side: addresses and domains of the CRM's users.

    Attributes:
        ids: Address → owner id.
    """

    addresses: frozenset[str]
    domains: frozenset[str]
    ids: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, owners: Iterable[Owner]) -> OurPeople:
        """Take addresses and domains from the CRM's users."""
        ids = {owner.email.lower(): owner.id for owner in owners if owner.email}
        return cls(frozenset(ids), frozenset(map(domain, ids)) - FREE_MAIL, ids)

    def includes(self, address: str) -> bool:
        """True if the address is on our side."""
        return address in self.addresses or domain(address) in self.domains


def domain(address: str) -> str:
    """The part behind the last @, lower case."""
    return address.rpartition("@")[2].lower()


def outsiders(engagement: Engagement, ours: OurPeople) -> list[str]:
    """Addresses of the other side in an engagement, in order, once each; none of mass mail."""
    found = [item.address for item in engagement.participants if item.address and not ours.includes(item.address)]
    found = list(dict.fromkeys(found))
    return found if len(found) <= MASS_MAIL else []


def senders(engagement: Engagement) -> list[str]:
    """Addresses that wrote the engagement."""
    return [item.address for item in engagement.participants if item.address and item.part == "from"]


def is_external(company: Company | None, organization_id: str | None, addresses: Iterable[str]) -> bool:
    """True if somebody belongs to another organisation than the buying company.

    The address decides where it can: a domain of the company is inside, free mail says nothing. Otherwise the
    organisation that the CRM names does.
    """
    if company is None:
        return False
    domains = {domain(address) for address in addresses} - FREE_MAIL
    if domains & set(company.domains):
        return False
    if organization_id is not None:
        return organization_id != company.id
    return bool(domains and company.domains)


def addresses_of(contact: Contact) -> tuple[str, ...]:
    """All addresses of a contact, lower case."""
    return contact.emails or ((contact.email,) if contact.email else ())
