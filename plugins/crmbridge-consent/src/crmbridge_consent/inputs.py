"""What the mirror must hold for the rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crmbridge import InputSpec
from crmbridge.model import ObjectName
from crmbridge_consent.known import OPT_OUT
from crmbridge_consent.settings import Settings

HUBSPOT: Final = (
    "hs_email_bad_address",
    "hs_email_hard_bounce_reason_enum",
    "hs_email_optout",
    "hs_email_quarantined",
    "hs_legal_basis",
    "mobilephone",
)
"""HubSpot's own contact properties that the rules read."""

SPOKEN: Final[tuple[ObjectName, ...]] = ("note", "call", "meeting", "email", "communication", "task")
"""Where opt-outs are looked for."""


def inputs(settings: Settings) -> Iterator[InputSpec]:
    """Name HubSpot's own properties, the configured ones on whatever platform, and the texts."""
    numbers = {number for group in settings.subscriptions.values() for number in group}
    yield InputSpec(
        object="contact", properties=(*HUBSPOT, *sorted(OPT_OUT + number for number in numbers)), connector="hubspot"
    )
    yield InputSpec(object="contact", properties=tuple(sorted(_configured(settings))))
    yield InputSpec(object="company", properties=(settings.address_property,))
    if settings.read_texts:
        yield from (InputSpec(object=name, texts=True) for name in SPOKEN)


def _configured(settings: Settings) -> frozenset[str]:
    names = {value for name, value in settings if name.endswith("_property")}
    names |= {value for _, value in settings.section_7_3}
    if not settings.packs_by_country:
        names.discard(settings.country_property)
    return frozenset(filter(None, names)).union(*(record.properties for record in settings.records))
