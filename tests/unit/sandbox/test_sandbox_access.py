from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from crmbridge.sandbox import Portal, SandboxTransport

DETAILS = "/account-info/2026-09/details"
CONTACTS = "/crm/objects/2026-09/contacts"


@pytest.mark.parametrize("header", ["Bearer pat-other", "", "pat-x"])
def test_only_the_portals_token_is_accepted(portal: Portal, api: httpx.Client, header: str) -> None:
    assert portal.token.startswith("pat-sandbox-")
    refused = api.get(DETAILS, headers={"Authorization": header})
    assert (refused.status_code, refused.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    assert portal.token not in refused.text
    assert uuid.UUID(refused.json()["correlationId"]) == uuid.UUID(refused.headers["x-hubspot-correlation-id"])


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", CONTACTS, "crm.objects.contacts.read"),
        ("POST", CONTACTS, "crm.objects.contacts.write"),
        ("GET", "/crm/v3/objects/emails", "sales-email-read"),
        ("GET", "/crm/v3/objects/meetings", "crm.objects.contacts.read"),
        ("GET", "/crm/v3/objects/contacts?associations=emails", "sales-email-read"),
        ("GET", "/crm/v3/owners", "crm.objects.owners.read"),
        ("POST", "/crm/properties/2026-09/deals/groups", "crm.schemas.deals.write"),
    ],
)
def test_a_missing_scope_is_named(portal: Portal, api: httpx.Client, method: str, path: str, scope: str) -> None:
    portal.scopes.remove(scope)
    refused = api.request(method, path, json={"name": "x"} if method == "POST" else None)
    assert (refused.status_code, refused.json()["category"]) == (403, "MISSING_SCOPES")
    assert scope in refused.json()["errors"][0]["context"]["requiredGranularScopes"]


def test_any_one_scope_of_several_is_enough(portal: Portal, api: httpx.Client) -> None:
    portal.scopes.remove("crm.schemas.contacts.read")
    assert api.get("/crm/v3/properties/contacts").status_code == 200
    portal.scopes.remove("crm.objects.contacts.read")
    assert api.get("/crm/v3/properties/contacts").status_code == 403


def test_no_window_of_ten_seconds_takes_more_calls_than_allowed(portal: Portal, api: httpx.Client, clock: Any) -> None:
    portal.limits.calls = 3
    for left in (2, 1, 0):
        reply = api.get(DETAILS)
        assert reply.headers["x-hubspot-ratelimit-remaining"] == str(left)
        clock.turn(3_000)
    refused = api.get(DETAILS)
    assert (refused.status_code, refused.json()["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    assert "retry-after" not in refused.headers
    assert refused.json()["errorType"] == "RATE_LIMIT"
    # Kills the mutant with a fixed window: one call frees after ten seconds, not all three.
    clock.turn(1_000)
    assert [api.get(DETAILS).status_code for _ in range(2)] == [200, 429]


def test_searches_have_a_limit_of_their_own_and_no_headers(portal: Portal, api: httpx.Client, clock: Any) -> None:
    portal.limits.calls = 1
    codes = [api.post(f"{CONTACTS}/search", json={}) for _ in range(6)]
    assert [reply.status_code for reply in codes] == [200] * 5 + [429]
    assert codes[5].json()["policyName"] == "SECONDLY"
    assert not any("ratelimit" in name for name in codes[0].headers)
    assert api.get(DETAILS).status_code == 200
    clock.turn(1_000)
    assert api.post(f"{CONTACTS}/search", json={}).status_code == 200


def test_the_daily_allowance_returns_at_the_accounts_midnight(portal: Portal, api: httpx.Client, clock: Any) -> None:
    portal.limits.daily = 1
    assert api.get(DETAILS).headers["x-hubspot-ratelimit-daily-remaining"] == "0"
    assert api.get(DETAILS).json()["policyName"] == "DAILY"
    clock.turn(7 * 3_600_000)  # 21:13 UTC, 23:13 in Berlin
    assert api.get(DETAILS).status_code == 429
    clock.turn(3_600_000)
    assert api.get(DETAILS).status_code == 200


def test_limits_can_be_switched_off(portal: Portal, api: httpx.Client) -> None:
    portal.limits.off()
    assert {api.get(DETAILS).status_code for _ in range(200)} == {200}


def test_a_long_address_is_refused(api: httpx.Client) -> None:
    assert api.get(CONTACTS, params={"properties": "x" * 16_001}).status_code == 414


def test_a_body_must_be_json(api: httpx.Client) -> None:
    kind = {"Content-Type": "text/plain"}
    assert api.post(CONTACTS, content=b"{}", headers=kind).status_code == 415
    kind = {"Content-Type": "application/json"}
    assert api.post(CONTACTS, content=b"{", headers=kind).status_code == 400
    assert api.post(CONTACTS, content=b"[]", headers=kind).status_code == 400


def test_faults_strike_where_and_as_often_as_told(portal: Portal, api: httpx.Client) -> None:
    portal.faults.add("GET /account", status=502, body="<html>bad gateway</html>", times=2, skip=1)
    replies = [api.get(DETAILS) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 502, 502, 200]
    assert replies[1].headers["content-type"] == "text/html"
    portal.faults.add(status=477, body={"status": "error"}, headers={"Retry-After": "60"})
    parked = api.get(DETAILS)
    assert (parked.status_code, parked.headers["retry-after"], parked.json()) == (477, "60", {"status": "error"})
    portal.faults.add(status=500)
    portal.faults.clear()
    assert api.get(DETAILS).status_code == 200


def test_a_dropped_connection_may_have_taken_effect(portal: Portal, api: httpx.Client) -> None:
    for applied, stored in ((False, 0), (True, 1)):
        portal.faults.add("POST", drop=True, applied=applied)
        with pytest.raises(httpx.RemoteProtocolError):
            api.post(CONTACTS, json={"properties": {"firstname": "a"}})
        assert len(portal.ids("contacts")) == stored


def test_calls_are_counted_by_kind(portal: Portal, api: httpx.Client) -> None:
    made = portal.add("contacts", {"email": "a@x.example"})
    api.get(f"{CONTACTS}/{made}")
    mark = portal.calls.mark()
    api.get(f"{CONTACTS}/{made}")
    api.get(f"{CONTACTS}/a@x.example", params={"idProperty": "email"})
    api.post(f"{CONTACTS}/search", json={})
    assert dict(portal.calls.since(mark)) == {("GET", f"{CONTACTS}/{{id}}"): 2, ("POST", f"{CONTACTS}/search"): 1}
    assert (portal.calls.count(), portal.calls.count("search")) == (4, 1)


def test_the_account_owners_and_pipelines(portal: Portal, api: httpx.Client) -> None:
    account = api.get(DETAILS).json()
    assert (account["portalId"], account["timeZone"], account["utcOffset"]) == (
        portal.portal_id,
        "Europe/Berlin",
        "+02:00",
    )
    assert [one["id"] for one in api.get("/crm/owners/2026-09").json()["results"]] == ["77"]
    assert [one["id"] for one in api.get("/crm/v3/owners", params={"archived": "true"}).json()["results"]] == ["78"]
    assert api.get("/crm/v3/owners/501", params={"idProperty": "userId"}).json()["id"] == "77"
    [line] = api.get("/crm/pipelines/2026-09/deals").json()["results"]
    won = next(stage for stage in line["stages"] if stage["id"] == "closedwon")
    assert (line["id"], won["metadata"]) == ("default", {"isClosed": "true", "probability": "1.0"})
    assert api.get("/crm/v3/pipelines/deals/default").json()["id"] == "default"


def test_two_portals_do_not_share_anything() -> None:
    first, second = Portal(1), Portal(2)
    first.add("contacts", {"firstname": "a"})
    first.define("contacts", "extra")
    assert second.ids("contacts") == []
    assert "extra" not in second.properties["contacts"]
    assert first.token != second.token
    assert SandboxTransport(first).portal is first
