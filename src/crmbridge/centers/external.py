"""What members from outside the buying company are to it: adviser, supplier, partner, agency, authority. Pure.

The address or the CRM says that somebody is from outside (``people.is_external``); what that person is follows, in
this order, from a person's word, the settings' domains, association labels, the person's own company (its relation to
us, its industry), and the title. Nothing is guessed from a name: without any of these it is ``other``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, get_args

from crmbridge.centers.people import addresses_of, domain
from crmbridge.centers.ranks import departments
from crmbridge.config.centers import Externals
from crmbridge.model.centers import ExternalKind, Member
from crmbridge.model.records import Company

KIND_PROPERTY: Final = "external_kind"
"""Registered name of the contact property by which a person says what somebody is."""

TYPES: Final[Mapping[str, ExternalKind]] = MappingProxyType(
    {"PARTNER": "partner", "RESELLER": "intermediary", "VENDOR": "incumbent_supplier"}
)
"""HubSpot's company property ``type``, which also knows PROSPECT and OTHER."""

_WORDS: Final[Mapping[ExternalKind, tuple[str, ...]]] = MappingProxyType(
    {
        "intermediary": (
            *("broker", r"distribut\w*", r"\w*großhandel", r"\w*händler(?:in)?", r"handelsvertret\w+", "intermediary"),
            *("import and export", r"\w*makler(?:in)?", "reseller", "vermittler(?:in)?", "wholesale(?:r)?"),
        ),
        "incumbent_supplier": ("(?:alt|bestands|vor)?lieferant(?:in|en)?", "suppliers?", "vendors?"),
        "agency": (r"\w*agentur(?:en)?", "agency", "marketing and advertising", "public relations and communications"),
        "authority": (
            *("authority", "aufsicht(?:sbehörde)?", r"\w*behörden?", "judiciary", "law enforcement", "regulator"),
            *("government administration", "legislative office", "public policy", "öffentliche verwaltung"),
            "(?:amt|(?:bau|bundes|finanz|gesundheits|gewerbe|kartell|landes|landrats|ordnungs|umwelt)amt)",
        ),
        "partner": (
            r"(?:(?!ansprech|gesprächs|lebens)\w+)?partner(?:in|firma|unternehmen)?",
            "joint venture",
        ),
        "consultant": (
            *(
                "accounting",
                "advis[eo]rs?",
                "architekt(?:in)?",
                r"\w*berat(?:er|erin|ung)",
                "consult(?:ants?|ing|ancy)",
            ),
            *(r"\w*gutachter(?:in)?", "law practice", "legal services", "management consulting"),
            *(r"(?:fach)?planer(?:in)?", r"sachverständige[rn]?"),
        ),
    }
)
"""Kind to the German and English words that mean it, as labels and industries have them. Of several kinds the first
counts: an adviser of an advertising agency is with an agency."""

_KINDS: Final[Mapping[str | None, ExternalKind]] = {kind: kind for kind in get_args(ExternalKind)}
_NAMED: Final = re.compile("|".join(rf"(?P<{kind}>\b(?:{'|'.join(words)})\b)" for kind, words in _WORDS.items()))


def external_kind(member: Member, buyer: Company | None, settings: Externals) -> ExternalKind | None:
    """Say what a member is to the buying company; None for its own people."""
    if not member.is_external:
        return None
    said = member.facts.decided(KIND_PROPERTY) if member.facts else None
    if said and said.value in _KINDS:
        return _KINDS[said.value]
    return (
        _by_domain(member, settings) or _by_label(member, settings) or _by_company(member, buyer) or _by_title(member)
    )


@lru_cache(maxsize=4096)
def named(text: str) -> ExternalKind | None:
    """The kind that a label or an industry names, German or English."""
    found = {match.lastgroup for match in _NAMED.finditer(text.casefold().replace("_", " "))}
    return next((kind for kind in _WORDS if kind in found), None)


def _by_domain(member: Member, settings: Externals) -> ExternalKind | None:
    if not settings.domains:
        return None
    addresses = addresses_of(member.facts.contact) if member.facts else (member.address or "",)
    return next((settings.domains[name] for item in addresses if (name := domain(item)) in settings.domains), None)


def _by_label(member: Member, settings: Externals) -> ExternalKind | None:
    own = {label.casefold(): kind for label, kind in settings.labels.items()}
    kinds = (own.get(label.casefold()) or named(label) for label in member.labels)
    return next((kind for kind in kinds if kind), None)


def _by_company(member: Member, buyer: Company | None) -> ExternalKind | None:
    company = member.facts.company if member.facts else None
    if company is None or (buyer and company.id == buyer.id):
        return None
    return TYPES.get((company.properties.get("type") or "").upper()) or named(company.industry or "")


def _by_title(member: Member) -> ExternalKind:
    return "consultant" if "consulting" in departments(member) else "other"
