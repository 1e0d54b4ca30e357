"""Which HubSpot property fills which field of a record: the only place that knows.

https://developers.hubspot.com/docs/api-reference/latest/crm/understanding-the-crm
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from crmbridge.connectors.hubspot import values
from crmbridge.connectors.hubspot.participants import direction, participants, undelivered
from crmbridge.model.base import ObjectName
from crmbridge.model.records import Company, Contact, Deal, Engagement, Record

Converter = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: a converter and the properties it is given, in its order."""

    convert: Converter
    properties: tuple[str, ...]


def _from(convert: Converter, *properties: str) -> Field:
    return Field(convert, properties)


def _always(value: Any) -> Field:
    return Field(lambda: value, ())


_CONTACT = {
    "email": _from(values.address, "email"),
    "emails": _from(values.addresses, "email", "hs_additional_emails"),
    "first_name": _from(values.text, "firstname"),
    "last_name": _from(values.text, "lastname"),
    "job_title": _from(values.text, "jobtitle"),
    "company_name": _from(values.text, "company"),
    "phone": _from(values.text, "phone"),
    "language": _from(values.language, "hs_language"),
    "lifecycle_stage": _from(values.text, "lifecyclestage"),
    "owner_id": _from(values.text, "hubspot_owner_id"),
}
_COMPANY = {
    "name": _from(values.text, "name"),
    "domains": _from(values.domains, "domain", "hs_additional_domains"),
    "industry": _from(values.text, "industry"),
    "employees": _from(values.count, "numberofemployees"),
    "country": _from(values.text, "country"),
    "lifecycle_stage": _from(values.text, "lifecyclestage"),
    "owner_id": _from(values.text, "hubspot_owner_id"),
}
_DEAL = {
    "name": _from(values.text, "dealname"),
    "amount": _from(values.number, "amount"),
    "currency": _from(values.text, "deal_currency_code"),
    "pipeline_id": _from(values.text, "pipeline"),
    "stage_id": _from(values.text, "dealstage"),
    "probability": _from(values.share, "hs_deal_stage_probability"),
    "close_at": _from(values.moment, "closedate"),
    "is_closed": _from(values.flag, "hs_is_closed"),
    "is_won": _from(values.flag, "hs_is_closed_won"),
    "owner_id": _from(values.text, "hubspot_owner_id"),
}
_EMAIL = {
    "at": _from(values.moment, "hs_timestamp"),
    "direction": _from(direction, "hs_email_direction"),
    "subject": _from(values.text, "hs_email_subject"),
    "failed": _from(undelivered, "hs_email_status"),
    "participants": _from(
        participants, "hs_email_headers", "hs_email_from_email", "hs_email_to_email", "hs_email_cc_email"
    ),
    "owner_id": _from(values.text, "hubspot_owner_id"),
}
_MEETING = {  # HubSpot names no address of an attendee: who attended are the contacts linked to it
    "at": _from(values.moment, "hs_timestamp", "hs_meeting_start_time"),
    "direction": _always("both"),
    "subject": _from(values.text, "hs_meeting_title"),
    "failed": _from(lambda outcome: outcome in {"NO_SHOW", "CANCELED"}, "hs_meeting_outcome"),
    "owner_id": _from(values.text, "hubspot_owner_id"),
}

FIELDS: Mapping[ObjectName, Mapping[str, Field]] = MappingProxyType(
    {"contact": _CONTACT, "company": _COMPANY, "deal": _DEAL, "email": _EMAIL, "meeting": _MEETING}
)
"""Object → field → how it is filled."""

MODELS: Mapping[ObjectName, type[Record]] = MappingProxyType(
    {"contact": Contact, "company": Company, "deal": Deal, "email": Engagement, "meeting": Engagement}
)
"""Object → the model of its records."""

NATIVE: Mapping[ObjectName, frozenset[str]] = MappingProxyType(
    {name: frozenset(prop for field in table.values() for prop in field.properties) for name, table in FIELDS.items()}
)
"""Object → the properties that its fields need."""

MODIFIED: Mapping[ObjectName, str] = MappingProxyType(
    {name: "lastmodifieddate" if name == "contact" else "hs_lastmodifieddate" for name in FIELDS}
)
"""Object → the property that holds when it was modified; contacts have one of their own.

https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
"""
