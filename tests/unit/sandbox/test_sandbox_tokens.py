"""Facts 23 and 25: several tokens on one portal, OAuth, introspection, what the account has spent."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from crmbridge.sandbox import Portal, SandboxTransport

CONTACTS = "/crm/objects/2026-09/contacts"
TOKEN = "/oauth/2026-09/token"


def ask(api: httpx.Client, url: str = TOKEN, **form: str) -> httpx.Response:
    app = {"client_id": "sandbox-client", "client_secret": "sandbox-client-secret"}
    return api.post(url, data=app | form)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def first(portal: Portal, api: httpx.Client) -> dict[str, Any]:
    code = portal.grants.authorize(["crm.objects.contacts.read", "crm.objects.contacts.write"])
    reply = ask(api, grant_type="authorization_code", code=code, redirect_uri=portal.grants.redirect_uri)
    return dict(reply.json())


@pytest.mark.parametrize("url", ["/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token", TOKEN])
def test_fact_25_a_token_lives_for_1800_seconds_and_its_refresh_token_stays(
    api: httpx.Client, first: dict[str, Any], url: str
) -> None:
    assert (first["expires_in"], first["token_type"]) == (1800, "bearer")
    again = ask(api, url, grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert again["refresh_token"] == first["refresh_token"]
    assert again["access_token"] != first["access_token"]


def test_fact_25_a_bad_refresh_token_is_named(portal: Portal, api: httpx.Client, first: dict[str, Any]) -> None:
    def refused() -> tuple[int, str, str]:
        reply = ask(api, grant_type="refresh_token", refresh_token=first["refresh_token"])
        body = reply.json()
        return reply.status_code, body.get("status", ""), body.get("error", "")

    assert refused()[0] == 200
    portal.grants.revoke(first["refresh_token"])
    assert refused() == (400, "BAD_REFRESH_TOKEN", "invalid_grant")
    assert api.get(CONTACTS, headers=bearer(first["access_token"])).status_code == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_id": "x", "grant_type": "refresh_token"}, "BAD_CLIENT_ID", "invalid_client"),
        ({"client_secret": "x", "grant_type": "refresh_token"}, "BAD_CLIENT_SECRET", "invalid_client"),
        ({"grant_type": "authorization_code", "code": "x"}, "BAD_REDIRECT_URI", "invalid_grant"),
        (
            {"grant_type": "authorization_code", "code": "x", "redirect_uri": "http://localhost/callback"},
            "BAD_AUTH_CODE",
            "invalid_grant",
        ),
        ({"grant_type": "password"}, "BAD_GRANT_TYPE", "unsupported_grant_type"),
    ],
)
def test_what_the_token_endpoint_refuses(api: httpx.Client, form: dict[str, str], status: str, error: str) -> None:
    reply = ask(api, **form)
    assert (reply.status_code, reply.json()["status"], reply.json()["error"]) == (400, status, error)


def test_a_code_is_good_once(portal: Portal, api: httpx.Client) -> None:
    code = portal.grants.authorize(["x"])
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": portal.grants.redirect_uri}
    assert [ask(api, **form).status_code for _ in range(2)] == [200, 400]


def test_fact_23_an_expired_token_says_so(api: httpx.Client, first: dict[str, Any], clock: Any) -> None:
    own = bearer(first["access_token"])
    clock.turn(1_799_999)
    assert api.get(CONTACTS, headers=own).status_code == 200
    clock.turn(1)
    refused = api.get(CONTACTS, headers=own)
    assert (refused.status_code, refused.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert refused.json()["context"]["expireTime"]


def test_fact_23_each_token_has_scopes_and_a_source_of_its_own(portal: Portal, api: httpx.Client) -> None:
    reader = portal.grants.issue(["crm.objects.contacts.read"])
    writer = portal.grants.issue(["crm.objects.contacts.read", "crm.objects.contacts.write"], app_id=4711)
    body = {"properties": {"email": "a@firm.example"}}
    refused = api.post(CONTACTS, json=body, headers=bearer(reader))
    assert (refused.status_code, refused.json()["category"]) == (403, "MISSING_SCOPES")
    context = refused.json()["errors"][0]["context"]
    assert context["requiredGranularScopes"] == ["crm.objects.contacts.write"]
    made = api.post(CONTACTS, json=body, headers=bearer(writer)).json()
    history = portal.record("contacts", made["id"])["propertiesWithHistory"]["email"]
    assert (history[0]["sourceType"], history[0]["sourceId"]) == ("INTEGRATION", "4711")
    portal.grants.revoke(writer)
    assert api.get(CONTACTS, headers=bearer(writer)).json()["category"] == "INVALID_AUTHENTICATION"


def test_tokens_can_be_asked_about(portal: Portal, api: httpx.Client, first: dict[str, Any], clock: Any) -> None:
    clock.turn(600_000)
    access, refresh = first["access_token"], first["refresh_token"]
    shown = api.get(f"/oauth/v1/access-tokens/{access}").json()
    assert (shown["expires_in"], shown["hub_id"]) == (1200, portal.portal_id)
    assert api.get(f"/oauth/v1/refresh-tokens/{refresh}").json()["token_type"] == "refresh"
    told = ask(api, "/oauth/2026-09/token/introspect", token=access).json()
    assert (told["active"], told["token_use"], told["expires_in"]) == (True, "access_token", 1200)
    assert ask(api, "/oauth/2026-09/token/introspect", token=refresh).json()["token_use"] == "refresh_token"
    clock.turn(1_200_000)
    assert ask(api, "/oauth/2026-09/token/introspect", token=access).json() == {"active": False}
    assert api.get(f"/oauth/v1/access-tokens/{access}").status_code == 404
    assert api.delete(f"/oauth/v1/refresh-tokens/{refresh}").status_code == 204
    assert api.get(f"/oauth/v1/refresh-tokens/{refresh}").status_code == 404


def test_a_static_token_can_be_asked_about(portal: Portal, api: httpx.Client, first: dict[str, Any]) -> None:
    url = "/oauth/v2/private-apps/get/access-token-info"
    told = api.post(url, json={"tokenKey": portal.token}).json()
    assert (told["hubId"], told["appId"]) == (portal.portal_id, portal.app_id)
    assert told["scopes"] == sorted(portal.scopes)
    assert api.post(url, json={"tokenKey": first["access_token"]}).status_code == 404


def test_the_token_endpoint_asks_for_no_bearer_and_other_paths_do(portal: Portal) -> None:
    with httpx.Client(transport=SandboxTransport(portal), base_url="https://api.hubapi.com") as stranger:
        assert ask(stranger, grant_type="password").status_code == 400
        assert ask(stranger, "/oauth/2026-09/token/revoke", token="x").status_code == 200
        assert stranger.get("/account-info/v3/details").status_code == 401


def test_the_account_tells_what_it_has_spent(portal: Portal, api: httpx.Client) -> None:
    api.get(CONTACTS)
    [row] = api.get("/account-info/2026-09/api-usage/daily/private-apps").json()["results"]
    assert (row["currentUsage"], row["usageLimit"]) == (2, portal.limits.daily)
    assert row["resetsAt"] == "2026-09-21T22:00:00.000Z"  # midnight in Berlin


def test_fact_22_each_app_has_a_window_of_its_own_and_the_day_is_shared(portal: Portal, api: httpx.Client) -> None:
    portal.limits.calls, portal.limits.daily = 2, 3
    other = portal.grants.issue(["crm.objects.contacts.read"], app_id=4711)
    assert [api.get(CONTACTS).status_code for _ in range(3)] == [200, 200, 429]
    # Kills the mutant with one window for the whole account.
    assert api.get(CONTACTS, headers=bearer(other)).status_code == 200
    refused = api.get(CONTACTS, headers=bearer(other))
    assert (refused.status_code, refused.json()["policyName"]) == (429, "DAILY")


def test_fact_22_an_oauth_app_has_110_calls_and_no_daily_allowance(
    portal: Portal, api: httpx.Client, first: dict[str, Any]
) -> None:
    portal.limits.daily = 0
    replies = [api.get(CONTACTS, headers=bearer(first["access_token"])) for _ in range(111)]
    assert [reply.status_code for reply in replies[-2:]] == [200, 429]
    assert replies[0].headers["x-hubspot-ratelimit-max"] == "110"
    assert "x-hubspot-ratelimit-daily" not in replies[0].headers
    assert api.get(CONTACTS).json()["policyName"] == "DAILY"
