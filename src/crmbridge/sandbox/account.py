"""The account itself: its details, owners and pipelines."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crmbridge.sandbox.call import Answer, Call
from crmbridge.sandbox.envelope import Json, not_found
from crmbridge.sandbox.times import iso


def details(call: Call) -> Answer:
    """Tell which account the token belongs to."""
    portal = call.portal
    moment = datetime.fromtimestamp(portal.clock() / 1000, UTC).astimezone(ZoneInfo(portal.time_zone))
    offset = moment.utcoffset() or timedelta()
    return 200, {
        "portalId": portal.portal_id,
        "accountType": "SANDBOX",
        "timeZone": portal.time_zone,
        "companyCurrency": portal.currency,
        "additionalCurrencies": [],
        "utcOffset": f"{moment:%z}"[:3] + ":" + f"{moment:%z}"[3:],
        "utcOffsetMilliseconds": int(offset.total_seconds()) * 1000,
        "uiDomain": "app-eu1.hubspot.com",
        "dataHostingLocation": "eu1",
    }


def list_owners(call: Call) -> Answer:
    """List owners; archived ones only when asked for."""
    email, archived = call.one("email"), call.flag("archived")
    found = [
        owner
        for owner in call.portal.owners
        if owner["archived"] == archived
        and email in {"", owner["email"]}
        and int(owner["id"]) >= call.number("after", 0)
    ]
    limit = call.limit(500, 100)
    body: Json = {"results": found[:limit]}
    if len(found) > limit:
        body["paging"] = call.next_page(found[limit]["id"])
    return 200, body


def read_owner(call: Call) -> Answer:
    """Read one owner by its id or by the id of its user."""
    key = "userId" if call.one("idProperty") == "userId" else "id"
    archived = call.flag("archived")
    for owner in call.portal.owners:
        if str(owner[key]) == call.path["id"] and owner["archived"] == archived:
            return 200, owner
    raise not_found()


def usage(call: Call) -> Answer:
    """Tell how much of the daily allowance is spent."""
    portal, now = call.portal, call.portal.clock()
    zone = ZoneInfo(portal.time_zone)
    tomorrow = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone).date() + timedelta(days=1)
    resets = datetime.combine(tomorrow, time(), zone).astimezone(UTC)
    return 200, {
        "results": [
            {
                "name": "private-apps-api-calls-daily",
                "usageLimit": portal.limits.daily,
                "currentUsage": portal.limits.spent,
                "collectedAt": iso(now),
                "fetchStatus": "SUCCESS",
                "resetsAt": iso(round(resets.timestamp() * 1000)),
            }
        ]
    }


def list_pipelines(call: Call) -> Answer:
    """List the pipelines of deals or tickets; other objects have none here."""
    known = {"deals": call.portal.pipelines, "tickets": call.portal.ticket_pipelines}
    return 200, {"results": known.get(call.kind.name, [])}


def read_pipeline(call: Call) -> Answer:
    """Read one pipeline."""
    for line in list_pipelines(call)[1]["results"]:
        if line["id"] == call.path["id"]:
            return 200, line
    raise not_found()


def list_stages(call: Call) -> Answer:
    """List the stages of one pipeline."""
    return 200, {"results": read_pipeline(call)[1]["stages"]}
