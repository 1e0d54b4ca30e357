"""What the mirror must hold for the rules."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge import InputSpec
from crmbridge_consent.facts import OPT_OUT
from crmbridge_consent.settings import Settings

HUBSPOT = (
    "hs_email_bad_address",
    "hs_email_hard_bounce_reason_enum",
    "hs_email_optout",
    "hs_email_quarantined",
    "hs_legal_basis",
    "mobilephone",
)
"""HubSpot's own contact properties that the rules read."""


def inputs(settings: Settings) -> Iterator[InputSpec]:
    """Name HubSpot's own properties, and the configured ones on whatever platform."""
    numbers = {number for group in settings.subscriptions.values() for number in group}
    yield InputSpec(
        object="contact", properties=(*HUBSPOT, *sorted(OPT_OUT + number for number in numbers)), connector="hubspot"
    )
    configured = {
        settings.objection_property,
        settings.email_objection_property,
        settings.phone_objection_property,
        settings.post_objection_property,
        settings.consent_state_property,
        settings.consent_expires_property,
        settings.double_opt_in_property,
        settings.section_7_3_property,
        settings.address_property,
    }
    yield InputSpec(object="contact", properties=tuple(sorted(filter(None, configured))))
    yield InputSpec(object="company", properties=(settings.address_property,))
