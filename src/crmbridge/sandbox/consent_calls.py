"""Communication preferences over the API, as v4 and the dated versions show them.

https://developers.hubspot.com/docs/api-reference/latest/communication-preferences/guide
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crmbridge.sandbox.call import Answer, Call, batch_reply, text_field
from crmbridge.sandbox.consent import LEGAL_BASES, SUBSCRIBED, UNSET, UNSUBSCRIBED, Choice
from crmbridge.sandbox.envelope import ApiError, Json, group_error, validation
from crmbridge.sandbox.records import CALCULATED
from crmbridge.sandbox.times import iso

MOST = 100


def definitions(call: Call) -> Answer:
    """List the subscription types."""
    return batch_reply(call, call.portal.consent.definitions, [])


def read_statuses(call: Call) -> Answer:
    """Tell what holds for one address, subscription by subscription."""
    _check_channel(call.one("channel"))
    return batch_reply(call, _statuses(call, call.path["email"]), [])


def write_status(call: Call) -> Answer:
    """Set one choice of an address."""
    body = call.body if isinstance(call.body, dict) else {}
    return batch_reply(call, [_write(call, call.path["email"], body)], [])


def read_unsubscribed(call: Call) -> Answer:
    """Tell whether an address unsubscribed from everything."""
    _check_channel(call.one("channel"))
    return batch_reply(call, [_wide(call, call.path["email"])], [])


def unsubscribe_all(call: Call) -> Answer:
    """Unsubscribe an address from everything."""
    _check_channel(call.one("channel"))
    opt_out(call, call.path["email"])
    shown = _statuses(call, call.path["email"], "UNSUBSCRIBE_FROM_ALL_OCCURRED") if call.flag("verbose") else []
    return batch_reply(call, shown, [])


def batch_read(call: Call) -> Answer:
    """Tell what holds for several addresses."""
    _check_channel(call.one("channel"))
    return batch_reply(
        call, [{"subscriberIdString": one, "statuses": _statuses(call, one)} for one in _addresses(call)], []
    )


def batch_write(call: Call) -> Answer:
    """Set choices; each stands or fails by itself."""
    results: list[Json] = []
    errors: list[Json] = []
    for item in call.inputs(MOST):
        try:
            results.append(_write(call, text_field(item, "subscriberIdString"), item))
        except ApiError as error:
            context = {"subscriptionId": [str(item.get("subscriptionId"))]}
            errors.append(group_error("VALIDATION_ERROR", error.body["message"], context))
    return batch_reply(call, results, errors)


def batch_unsubscribe_all(call: Call) -> Answer:
    """Unsubscribe several addresses from everything."""
    _check_channel(call.one("channel"))
    addresses = _addresses(call)
    for one in addresses:
        opt_out(call, one)
    words = "UNSUBSCRIBE_FROM_ALL_OCCURRED"
    rows = [{"subscriberIdString": one, "statuses": _statuses(call, one, words)} for one in addresses]
    return batch_reply(call, rows if call.flag("verbose") else [], [])


def batch_read_unsubscribed(call: Call) -> Answer:
    """Tell which of several addresses unsubscribed from everything."""
    _check_channel(call.one("channel"))
    rows = [{"subscriberIdString": one, "wideStatuses": [_wide(call, one)]} for one in _addresses(call)]
    return batch_reply(call, rows, [])


def choose(call: Call, email: str, number: str, status: str, basis: str | None, words: str | None) -> None:
    """Set one choice and carry it over to the contact's record.

    Raises:
        ApiError: 400 for an unknown subscription or legal basis, or one that privacy settings ask for.
    """
    portal = call.portal
    if portal.consent.definition(number) is None:
        raise validation(f"Subscription {number} does not exist")
    if basis is not None and basis not in LEGAL_BASES:
        raise validation(f"legalBasis must be one of {', '.join(LEGAL_BASES)}")
    if portal.privacy_mode and not (basis and words):
        raise validation(
            "legalBasis and legalBasisExplanation are required: the account's data privacy settings are on"
        )
    portal.consent.choose(email, number, Choice(status, portal.clock(), basis, words))
    carry_over(call, email)


def opt_out(call: Call, email: str) -> None:
    """Unsubscribe an address from everything, also on the contact's record."""
    call.portal.consent.opt_out(email, call.portal.clock())
    carry_over(call, email)


def carry_over(call: Call, email: str) -> None:
    """Let ``hs_email_optout`` and its like on the contact say what the address chose."""
    portal = call.portal
    kind = portal.kinds["contacts"]
    record = portal.by_value(kind, "email", email)
    if record is None:
        return
    values = {"hs_email_optout": str(email.lower() in portal.consent.opted_out).lower()}
    for one in portal.consent.definitions:
        name = f"hs_email_optout_{one['id']}"
        if name in portal.properties["contacts"]:
            values[name] = str(portal.consent.status(email, one["id"]).status == UNSUBSCRIBED).lower()
    changed = {name: value for name, value in values.items() if record.properties.get(name, "false") != value}
    if changed:
        portal.write(kind, record, changed, CALCULATED)


def _write(call: Call, email: str, body: Json) -> Json:
    _check_channel(body.get("channel"))
    number, status = text_field(body, "subscriptionId"), body.get("statusState")
    if status not in {SUBSCRIBED, UNSUBSCRIBED, UNSET}:
        raise validation("statusState must be SUBSCRIBED, UNSUBSCRIBED or NOT_SPECIFIED")
    before = call.portal.consent.status(email, number).status
    choose(call, email, number, status, body.get("legalBasis"), body.get("legalBasisExplanation"))
    if before == status:
        return _shown(call, email, number, "NO_STATUS_CHANGE")
    again = before == UNSUBSCRIBED and status == SUBSCRIBED
    return _shown(call, email, number, "RESUBSCRIBE_OCCURRED" if again else "REQUESTED_CHANGE_OCCURRED")


def _statuses(call: Call, email: str, reason: str = "") -> list[Json]:
    return [_shown(call, email, one["id"], reason) for one in call.portal.consent.definitions]


def _shown(call: Call, email: str, number: str, reason: str = "") -> Json:
    choice = call.portal.consent.status(email, number)
    definition = call.portal.consent.definition(number) or {}
    body: Json = {
        "subscriberIdString": email,
        "subscriptionId": int(number),
        "subscriptionName": definition.get("name"),
        "channel": "EMAIL",
        "status": choice.status,
        "source": "PUBLIC_API",
        "businessUnitId": 0,
        "timestamp": iso(choice.at),
    }
    if choice.basis:
        body |= {"legalBasis": choice.basis, "legalBasisExplanation": choice.explanation}
    return body | ({"setStatusSuccessReason": reason} if reason else {})


def _wide(call: Call, email: str) -> Json:
    since = call.portal.consent.opted_out.get(email.lower())
    return {
        "subscriberIdString": email,
        "channel": "EMAIL",
        "wideStatusType": "PORTAL_WIDE",
        "businessUnitId": 0,
        "status": UNSET if since is None else UNSUBSCRIBED,
        "timestamp": iso(since or 0),
    }


def _addresses(call: Call) -> list[str]:
    """Return the inputs of a batch, which are plain texts here."""
    given = call.field("inputs", list, [])
    if not 0 < len(given) <= MOST or not all(isinstance(one, str) for one in given):
        raise validation(f"inputs takes 1 to {MOST} addresses")
    return _distinct(given)


def _distinct(given: Iterable[str]) -> list[str]:
    return [*dict.fromkeys(given)]


def _check_channel(channel: Any) -> None:
    if channel != "EMAIL":
        raise validation("channel must be EMAIL")
