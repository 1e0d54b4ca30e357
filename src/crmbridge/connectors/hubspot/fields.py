"""Which HubSpot property fills which field of a record: the only place that knows.

https://developers.hubspot.com/docs/api-reference/latest/crm/understanding-the-crm
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from crmbridge.connectors.hubspot import values
from crmbridge.connectors.hubspot.participants import (
    attendees,
    call_direction,
    channel,
    deferred,
    email_direction,
    missed,
    participants,
    unanswered,
    undelivered,
)
from crmbridge.model.base import ObjectName

Converter = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: a converter and the properties it is given, in its order.

    It is asked only if one of the properties is filled, else the field keeps its default.
    """

    convert: Converter
    properties: tuple[str, ...]


def _from(convert: Converter, *properties: str) -> Field:
    return Field(convert, properties)


_MERGED = _from(values.merged, "hs_merged_object_ids")
_OWNER = _from(values.text, "hubspot_owner_id")
_AT = _from(values.moment, "hs_timestamp")

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
    "owner_id": _OWNER,
    # Each of the two misses some: https://github.com/fivetran/dbt_hubspot/issues/168
    "merged_ids": _from(values.merged, "hs_merged_object_ids", "hs_calculated_merged_vids"),
}
_COMPANY = {
    "name": _from(values.text, "name"),
    "domains": _from(values.domains, "domain", "hs_additional_domains"),
    "industry": _from(values.text, "industry"),
    "employees": _from(values.count, "numberofemployees"),
    "country": _from(values.text, "country"),
    "lifecycle_stage": _from(values.text, "lifecyclestage"),
    "owner_id": _OWNER,
    "merged_ids": _MERGED,
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
    "owner_id": _OWNER,
    "merged_ids": _MERGED,
}
_TICKET = {
    "subject": _from(values.text, "subject"),
    "pipeline_id": _from(values.text, "hs_pipeline"),
    "stage_id": _from(values.text, "hs_pipeline_stage"),
    "priority": _from(values.text, "hs_ticket_priority"),
    "closed_at": _from(values.moment, "closed_date"),
    "owner_id": _OWNER,
    "merged_ids": _MERGED,
}
_LINE_ITEM = {
    "name": _from(values.text, "name"),
    "quantity": _from(values.number, "quantity"),
    "price": _from(values.number, "price"),
    "amount": _from(values.number, "amount"),
}
_FEEDBACK = {"name": _from(values.text, "hs_survey_name")}
_CUSTOM = {"name": _from(values.text, "name"), "merged_ids": _MERGED}
_EMAIL = {
    "at": _AT,
    "direction": _from(email_direction, "hs_email_direction"),
    "subject": _from(values.text, "hs_email_subject"),
    "failed": _from(undelivered, "hs_email_status"),
    "participants": _from(
        participants, "hs_email_headers", "hs_email_from_email", "hs_email_to_email", "hs_email_cc_email"
    ),
    "owner_id": _OWNER,
}
_MEETING = {  # HubSpot names no address of an attendee: who attended are its owners, and the contacts linked to it
    "at": _from(values.first_moment, "hs_timestamp", "hs_meeting_start_time"),
    "subject": _from(values.text, "hs_meeting_title"),
    "failed": _from(missed, "hs_meeting_outcome"),
    "duration_seconds": _from(values.between, "hs_meeting_start_time", "hs_meeting_end_time"),
    "participants": _from(attendees, "hs_attendee_owner_ids"),
    "owner_id": _OWNER,
}
_CALL = {
    "at": _AT,
    "direction": _from(call_direction, "hs_call_direction"),
    "subject": _from(values.text, "hs_call_title"),
    "failed": _from(unanswered, "hs_call_status"),
    "duration_seconds": _from(values.seconds, "hs_call_duration"),
    "owner_id": _OWNER,
}
_TASK = {  # it is due at its time
    "at": _AT,
    "subject": _from(values.text, "hs_task_subject"),
    "failed": _from(deferred, "hs_task_status"),
    "owner_id": _OWNER,
}
_NOTE = {"at": _AT, "owner_id": _OWNER}
_COMMUNICATION = {"at": _AT, "channel": _from(channel, "hs_communication_channel_type"), "owner_id": _OWNER}

FIELDS: Mapping[ObjectName, Mapping[str, Field]] = MappingProxyType(
    {
        "contact": _CONTACT,
        "company": _COMPANY,
        "deal": _DEAL,
        "ticket": _TICKET,
        "line_item": _LINE_ITEM,
        "feedback": _FEEDBACK,
        "email": _EMAIL,
        "meeting": _MEETING,
        "call": _CALL,
        "note": _NOTE,
        "task": _TASK,
        "communication": _COMMUNICATION,
        "postal_mail": _NOTE,
    }
)
"""Object → field → how it is filled."""

TEXTS: Mapping[ObjectName, str] = MappingProxyType(
    {
        "note": "hs_note_body",
        "call": "hs_call_body",
        "meeting": "hs_meeting_body",
        "email": "hs_email_text",
        "communication": "hs_communication_body",
        "task": "hs_task_body",
        "ticket": "content",
    }
)
"""Object → the property that holds what its records say.

https://developers.hubspot.com/docs/api-reference/latest/crm/activities/notes/guide and its neighbours
"""

FIXED: Mapping[ObjectName, Mapping[str, Any]] = MappingProxyType(
    {"meeting": {"direction": "both"}, "communication": {"direction": "out"}, "postal_mail": {"direction": "out"}}
)
"""Object → fields that no property fills. HubSpot does not say which way a message or a letter went: that we logged it
is no sign of an answer.
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the records of an object are read.

    Attributes:
        single: Name, converter and property of each field that one property fills: the most, and quicker apart.
        joined: Name, converter and properties of the others.
        fixed: Fields that no property fills.
        native: All properties that the fields need.
    """

    single: tuple[tuple[str, Converter, str], ...]
    joined: tuple[tuple[str, Converter, tuple[str, ...]], ...]
    fixed: Mapping[str, Any]
    native: frozenset[str]


def _reading(name: ObjectName, table: Mapping[str, Field]) -> Reading:
    rows = [(key, field.convert, field.properties) for key, field in table.items()]
    return Reading(
        single=tuple((key, convert, props[0]) for key, convert, props in rows if len(props) == 1),
        joined=tuple(row for row in rows if len(row[2]) > 1),
        fixed=FIXED.get(name, {}),
        native=frozenset(prop for _, _, props in rows for prop in props),
    )


_READINGS = {name: _reading(name, table) for name, table in FIELDS.items()}
_CUSTOM_READING = _reading("", _CUSTOM)


def reading_of(name: ObjectName) -> Reading:
    """Tell how an object's records are read; those that the account defined are all read in one way."""
    return _READINGS.get(name, _CUSTOM_READING)


def modified(name: ObjectName) -> str:
    """Return the property that holds when a record was modified; contacts have one of their own.

    https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
    """
    return "lastmodifieddate" if name == "contact" else "hs_lastmodifieddate"
