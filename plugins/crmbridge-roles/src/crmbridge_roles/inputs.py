"""What the mirror must hold for this plugin."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge import InputSpec
from crmbridge_roles.crm import ENRICHED, PROPERTY
from crmbridge_roles.settings import RolesSettings
from crmbridge_roles.statements.people import SALUTATION


def inputs(settings: RolesSettings) -> Iterator[InputSpec]:
    """Name HubSpot's buying role, enriched values and salutation, and whose texts are read."""
    yield InputSpec(object="contact", properties=(PROPERTY, *ENRICHED), connector="hubspot")
    if settings.statements:
        yield InputSpec(object="contact", properties=(SALUTATION,), connector="hubspot")
        yield InputSpec(object="note", texts=True)
        yield InputSpec(object="call", texts=True)
        if settings.read_mail:
            yield InputSpec(object="email", texts=True)
