"""Who took part in an e-mail, and which way it went.

https://developers.hubspot.com/docs/api-reference/crm-emails-v3/guide
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

from crmbridge.connectors.hubspot import values
from crmbridge.model.records import Participant

Part = Literal["from", "to", "cc", "bcc"]
_PARTS: tuple[Part, ...] = ("from", "to", "cc", "bcc")


def participants(
    headers: str | None, sender: str | None, recipients: str | None, copied: str | None
) -> tuple[Participant, ...]:
    """Return the addresses of an e-mail, each once per part.

    Args:
        headers: ``hs_email_headers``, JSON as the mail client logged it.
        sender: ``hs_email_from_email``, which HubSpot derives, as the next two.
        recipients: ``hs_email_to_email``, joined by semicolons.
        copied: ``hs_email_cc_email``, joined by semicolons.
    """
    derived: dict[Part, str | None] = {"from": sender, "to": recipients, "cc": copied}
    logged = _headers(headers)
    found = [
        Participant(address=address, part=part)
        for part in _PARTS
        for address in (*_logged(logged.get(part)), *values.addresses(derived.get(part)))
    ]
    return tuple(dict.fromkeys(found))


def direction(value: str | None) -> Literal["in", "out", "internal"]:
    """Translate ``hs_email_direction``: a logged or forwarded e-mail is one of ours."""
    return "in" if value == "INCOMING_EMAIL" else "out" if value in {"EMAIL", "FORWARDED_EMAIL"} else "internal"


def undelivered(status: str | None) -> bool:
    """Tell whether an e-mail did not arrive, from ``hs_email_status``."""
    return status in {"BOUNCED", "FAILED"}


def _headers(value: str | None) -> dict[str, Any]:
    try:
        parsed = json.loads(value or "{}")
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _logged(entries: Any) -> Iterator[str]:
    for entry in entries if isinstance(entries, list) else [entries]:
        address = entry.get("email") or entry.get("raw") if isinstance(entry, dict) else entry
        found = values.address(address) if isinstance(address, str) else None
        if found:
            yield found
