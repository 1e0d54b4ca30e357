"""Communication preferences over the API as v3 shows them; 2026-09 has the same paths and one more."""

from __future__ import annotations

from crmbridge.sandbox.call import Answer, Call
from crmbridge.sandbox.consent import SUBSCRIBED, UNSUBSCRIBED
from crmbridge.sandbox.consent_calls import choose
from crmbridge.sandbox.envelope import Json, validation


def definitions(call: Call) -> Answer:
    """List the subscription types."""
    return 200, {"subscriptionDefinitions": call.portal.consent.definitions}


def read_status(call: Call) -> Answer:
    """Tell what holds for one address."""
    email = call.path["email"]
    return 200, {
        "recipient": email,
        "subscriptionStatuses": [_status(call, email, one["id"]) for one in call.portal.consent.definitions],
    }


def subscribe(call: Call) -> Answer:
    """Subscribe an address that has not opted out."""
    email, number = _asked(call)
    if call.portal.consent.status(email, number).status == UNSUBSCRIBED:
        raise validation("The recipient opted out and cannot be subscribed again with this version")
    return _choose(call, email, number, SUBSCRIBED)


def unsubscribe(call: Call) -> Answer:
    """Unsubscribe an address."""
    return _choose(call, *_asked(call), UNSUBSCRIBED)


def resubscribe(call: Call) -> Answer:
    """Subscribe an address, also one that opted out; only the newest version can."""
    return _choose(call, *_asked(call), SUBSCRIBED)


def _asked(call: Call) -> tuple[str, str]:
    email, number = call.field("emailAddress", str, ""), str(call.field("subscriptionId", object, ""))
    if not email or not number:
        raise validation("emailAddress and subscriptionId are required")
    return email, number


def _choose(call: Call, email: str, number: str, status: str) -> Answer:
    words = call.field("legalBasisExplanation", str, None)
    choose(call, email, number, status, call.field("legalBasis", str, None), words)
    return 200, _status(call, email, number)


def _status(call: Call, email: str, number: str) -> Json:
    consent = call.portal.consent
    choice, definition = consent.status(email, number), consent.definition(number) or {}
    wide = email.lower() in consent.opted_out
    return {
        "id": number,
        "name": definition.get("name"),
        "description": definition.get("description"),
        "status": "SUBSCRIBED" if choice.status == SUBSCRIBED else "NOT_SUBSCRIBED",
        "sourceOfStatus": "PORTAL_WIDE_STATUS" if wide else "SUBSCRIPTION_STATUS",
        "brandId": 0,
        "preferenceGroupName": definition.get("purpose"),
        "legalBasis": choice.basis,
        "legalBasisExplanation": choice.explanation,
    }
