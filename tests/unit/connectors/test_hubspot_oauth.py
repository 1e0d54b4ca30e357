from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from crmbridge.connectors.hubspot.connector import HubSpotConnector, open_hubspot
from crmbridge.connectors.hubspot.oauth import HubSpotSignIn, parsed
from crmbridge.connectors.hubspot.scopes import READ_SCOPES
from crmbridge.connectors.hubspot.settings import BASE_URL, HubSpotSettings
from crmbridge.errors import FixConfig, FixCredential, FixRequest, RetryLater
from crmbridge.http import HttpClient, TokenFile
from crmbridge.sandbox import Portal, SandboxTransport

MINUTE = 60.0


class World:
    """A portal with an OAuth app, seen from a connection; both keep the time that the test sets."""

    def __init__(self, portal: Portal, folder: Path) -> None:
        self.now, self.portal = 1_772_366_400.0, portal
        portal.clock = lambda: int(self.now * 1000)
        self.store = TokenFile(folder / "tokens" / "main.json")
        self.transport: httpx.BaseTransport = SandboxTransport(portal)
        self.opened: list[HubSpotConnector] = []
        self.settings = app(redirect_uri=portal.grants.redirect_uri)

    def client(self, auth: Any = None) -> HttpClient:
        return HttpClient(BASE_URL, auth, transport=self.transport, sleep=lambda _: None)

    def sign_in(self, **changes: Any) -> HubSpotSignIn:
        settings = self.settings.model_copy(update=changes)
        return HubSpotSignIn(settings, self.store, self.client, lambda: self.now)

    def connector(self) -> HubSpotConnector:
        door = self.sign_in()
        self.opened.append(HubSpotConnector(self.settings, self.client(door.auth()), door.introspected))
        return self.opened[-1]


def app(**settings: Any) -> HubSpotSettings:
    secret = SecretStr("sandbox-client-secret")
    return HubSpotSettings.model_validate({"client_id": "sandbox-client", "client_secret": secret, **settings})


@pytest.fixture
def world(portal: Portal, tmp_path: Path) -> Iterator[World]:
    world = World(portal, tmp_path)
    yield world
    for connector in world.opened:
        connector.close()


def refreshes(portal: Portal) -> int:
    """How often the token endpoint was called."""
    return portal.calls.count("POST /oauth/2026-09/token")


def test_the_page_to_grant_access_on_names_app_scopes_and_state() -> None:
    url = HubSpotSignIn(app(optional_scopes=("forms",)), TokenFile(Path("x"))).url("s 1/&")
    assert url.startswith("https://app.hubspot.com/oauth/authorize?client_id=sandbox-client&")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": ["sandbox-client"],
        "redirect_uri": ["http://localhost:8976/oauth"],
        "scope": [" ".join(("oauth", *READ_SCOPES))],
        "optional_scope": ["forms"],
        "state": ["s 1/&"],
    }
    assert "+" not in url


def test_signing_in_keeps_tokens_that_read_the_account(world: World) -> None:
    code = world.portal.grants.authorize(READ_SCOPES)
    grant = world.sign_in().finish(code)
    assert grant.account == str(world.portal.portal_id)
    assert set(grant.scopes) == set(READ_SCOPES)
    tokens = world.store.get()
    assert tokens
    assert tokens.expires_at == world.now + 30 * MINUTE
    assert world.connector().account().id == grant.account
    with pytest.raises(FixCredential, match="BAD_AUTH_CODE: authorise crmbridge again"):
        world.sign_in().finish(code)


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"client_id": "other"}, "BAD_CLIENT_ID: HubSpot knows no such app: correct client_id"),
        ({"client_secret": SecretStr("canary-4711")}, "BAD_CLIENT_SECRET: .* correct client_secret"),
        ({"redirect_uri": "http://localhost:1/x"}, "BAD_REDIRECT_URI: .* make redirect_uri read"),
    ],
)
def test_a_refused_app_is_told_by_the_setting_to_correct(world: World, changes: dict[str, Any], remedy: str) -> None:
    code = world.portal.grants.authorize(READ_SCOPES)
    with pytest.raises(FixCredential, match=remedy) as caught:
        world.sign_in(**changes).finish(code)
    assert "canary-4711" not in f"{caught.value!r}{caught.value.__context__!r}"
    assert world.store.get() is None


def test_an_hour_of_work_refreshes_ahead_and_never_meets_a_401(world: World) -> None:
    world.sign_in().finish(world.portal.grants.authorize(READ_SCOPES))
    hubspot = world.connector()
    before = refreshes(world.portal)
    for _ in range(61):
        hubspot.account()
        world.now += MINUTE
    assert refreshes(world.portal) - before == 2


def test_t25_an_uninstalled_app_ends_the_run_with_what_to_do(world: World) -> None:
    world.sign_in().finish(world.portal.grants.authorize(READ_SCOPES))
    hubspot = world.connector()
    tokens = world.store.get()
    assert tokens
    world.portal.grants.revoke(tokens.refresh.get_secret_value())
    world.now += 30 * MINUTE
    before = world.portal.calls.count()
    for _ in range(5):
        with pytest.raises(
            FixCredential, match="BAD_REFRESH_TOKEN: authorise crmbridge again with `crmbridge connect`"
        ):
            hubspot.account()
    assert world.portal.calls.count() - before == 1
    assert world.store.get() == tokens
    world.sign_in().finish(world.portal.grants.authorize(READ_SCOPES))
    assert hubspot.account().id == str(world.portal.portal_id)


def test_a_401_of_the_token_endpoint_does_not_send_people_to_sign_in(world: World) -> None:
    world.transport = httpx.MockTransport(lambda _: httpx.Response(401, json={"status": "error"}))
    with pytest.raises(RetryLater, match="run again"):
        world.sign_in().finish("code")


@pytest.mark.parametrize("data", [None, [], {}, {"access_token": "a"}, {"access_token": "a", "refresh_token": "b"}])
def test_an_answer_without_tokens_is_refused(data: Any) -> None:
    with pytest.raises(FixRequest, match="base_url"):
        parsed(data, 0.0)


def test_an_answer_without_a_refresh_token_leaves_the_one_before() -> None:
    first = parsed({"access_token": "a", "refresh_token": "r", "expires_in": 1800, "hub_id": 7}, 0.0)
    again = parsed({"access_token": "b", "expires_in": 1800}, 100.0, first)
    assert (again.refresh, again.account, again.expires_at) == (SecretStr("r"), "7", 1900.0)


# --- settings ---------------------------------------------------------------------------------------------------------

KEY = {"token": "pat-x"}
APP = {"client_id": "c", "client_secret": "s"}


@pytest.mark.parametrize(
    ("given", "ending"),
    [
        ({}, "one of the two ways"),
        (KEY | APP, "not both"),
        (KEY | {"client_id": "c"}, "not both"),
        ({"client_id": "c"}, "both of them"),
        ({"client_secret": "s"}, "both of them"),
    ],
)
def test_there_is_exactly_one_way_in(given: dict[str, str], ending: str) -> None:
    with pytest.raises(ValidationError, match=f"set token .*, or client_id and client_secret .*{ending}"):
        HubSpotSettings.model_validate(given)


@pytest.mark.parametrize(
    ("given", "calls"), [(KEY, 190), (APP, 110), (KEY | {"calls_per_10s": 19}, 19), (APP | {"calls_per_10s": 19}, 19)]
)
def test_an_oauth_app_has_a_lower_ceiling(given: dict[str, Any], calls: int) -> None:
    # Kills: the ceiling of keys for OAuth, whose answers tell no daily limit and whose searches come on top.
    assert HubSpotSettings.model_validate(given).most_calls == calls


def test_a_connection_by_oauth_needs_a_place_for_its_tokens(tmp_path: Path) -> None:
    with pytest.raises(FixConfig, match="token store"):
        open_hubspot(HubSpotSettings.model_validate(APP))
    connector = open_hubspot(HubSpotSettings.model_validate(APP), TokenFile(tmp_path / "t" / "main.json"))
    with pytest.raises(FixCredential, match="crmbridge connect"):
        connector.account()
    assert connector.calls == 0
    connector.close()
    with pytest.raises(FixConfig, match="signs in by token"):
        HubSpotSignIn(HubSpotSettings.model_validate(KEY), TokenFile(tmp_path))


def test_the_official_client_gets_the_token_of_the_moment(world: World) -> None:
    world.sign_in().finish(world.portal.grants.authorize(READ_SCOPES))
    tokens = world.store.get()
    assert tokens
    assert world.connector().official_client().access_token == tokens.access.get_secret_value()


# --- what doctor says -------------------------------------------------------------------------------------------------


def test_a_sign_in_is_reported_with_its_expiry_and_no_daily_calls(world: World) -> None:
    world.sign_in().finish(world.portal.grants.authorize(READ_SCOPES))
    found = {check.name: check for check in world.connector().check()}
    assert [check.name for check in found.values() if not check.ok] == []
    assert "30 more minutes" in found["expiry"].message
    assert "daily calls" not in found


def test_a_scope_that_was_not_granted_leads_back_to_connect(world: World) -> None:
    world.sign_in().finish(world.portal.grants.authorize(set(READ_SCOPES) - {"crm.objects.owners.read"}))
    (fault,) = [check for check in world.connector().check() if not check.ok]
    assert fault.name == "scope crm.objects.owners.read"
    assert "crmbridge connect" in fault.remedy


def test_nobody_signed_in_is_reported_with_its_remedy(world: World) -> None:
    (fault,) = world.connector().check()
    assert (fault.ok, fault.remedy) == (False, "sign in with `crmbridge connect`")
