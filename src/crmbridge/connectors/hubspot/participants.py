"""Who took part in an engagement, and which way it went.

https://developers.hubspot.com/docs/api-reference/crm-emails-v3/guide
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from pydantic_core import from_json

from crmbridge.connectors.hubspot import values

Direction: TypeAlias = Literal["in", "out", "internal"]
Draft: TypeAlias = dict[str, str]
"""The fields of a ``Participant``; the engagement's model makes it one, which is quicker than to make it here."""


def participants(headers: str | None, sender: str | None, recipients: str | None, copied: str | None) -> list[Draft]:
    """Return the addresses of an e-mail, each once per part.

    Args:
        headers: ``hs_email_headers``, JSON as the mail client logged it.
        sender: ``hs_email_from_email``, which HubSpot derives, as the next two.
        recipients: ``hs_email_to_email``, joined by semicolons.
        copied: ``hs_email_cc_email``, joined by semicolons.
    """
    logged = _headers(headers)
    found: list[Draft] = []
    for part, joined in (("from", sender), ("to", recipients), ("cc", copied), ("bcc", None)):
        texts = _texts(logged[part]) if part in logged else []
        if joined:
            texts += joined.split(";")
        if texts:
            addresses = dict.fromkeys(map(values.address, dict.fromkeys(texts)))  # most texts come twice
            found += [{"part": part, "address": address} for address in addresses if address]
    return found


def attendees(owners: str | None) -> list[Draft]:
    """Return the owners who attended a meeting, from ``hs_attendee_owner_ids``."""
    return [{"part": "attendee", "owner_id": owner} for owner in dict.fromkeys(values.many(owners))]


def email_direction(value: str | None) -> Direction:
    """Translate ``hs_email_direction``: a logged or forwarded e-mail is one of ours."""
    return "in" if value == "INCOMING_EMAIL" else "out" if value in {"EMAIL", "FORWARDED_EMAIL"} else "internal"


def call_direction(value: str | None) -> Direction:
    """Translate ``hs_call_direction``."""
    return "in" if value == "INBOUND" else "out" if value == "OUTBOUND" else "internal"


def channel(value: str | None) -> str | None:
    """Translate ``hs_communication_channel_type``: ``WHATS_APP``, ``LINKEDIN_MESSAGE``, ``SMS``, or a later one."""
    return value.lower().replace("whats_app", "whatsapp").removesuffix("_message") if value else None


def undelivered(status: str | None) -> bool:
    """Tell whether an e-mail did not arrive, from ``hs_email_status``."""
    return status in {"BOUNCED", "FAILED"}


def unanswered(status: str | None) -> bool:
    """Tell whether a call reached nobody, from ``hs_call_status``."""
    return status in {"BUSY", "CANCELED", "FAILED", "MISSED", "NO_ANSWER"}


def deferred(status: str | None) -> bool:
    """Tell whether a task was put off, from ``hs_task_status``."""
    return status == "DEFERRED"


def missed(outcome: str | None) -> bool:
    """Tell whether a meeting did not take place, from ``hs_meeting_outcome``."""
    return outcome in {"CANCELED", "NO_SHOW"}


def _headers(value: str | None) -> dict[str, Any]:
    if not value:
        return {}
    try:
        parsed = from_json(value)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _texts(entries: Any) -> list[str]:
    if not entries:
        return []
    found = [
        entry.get("email") or entry.get("raw") if isinstance(entry, dict) else entry
        for entry in (entries if isinstance(entries, list) else [entries])
    ]
    return [text for text in found if isinstance(text, str)]
