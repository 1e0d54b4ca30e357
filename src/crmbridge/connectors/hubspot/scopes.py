"""The scopes that a HubSpot credential needs.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes
"""

from __future__ import annotations

READ_SCOPES: tuple[str, ...] = (
    "crm.objects.contacts.read",
    "crm.objects.companies.read",
    "crm.objects.deals.read",
    "crm.objects.owners.read",
    "sales-email-read",
)
"""For what crmbridge reads; meetings come with the contacts' scope."""

WRITE_SCOPES: tuple[str, ...] = (
    "crm.objects.contacts.write",
    "crm.objects.companies.write",
    "crm.objects.deals.write",
    "crm.schemas.contacts.write",
    "crm.schemas.companies.write",
    "crm.schemas.deals.write",
)
"""For what crmbridge writes: values, and the properties it creates."""
