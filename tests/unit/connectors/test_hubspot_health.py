from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.scopes import READ_SCOPES, WRITE_SCOPES
from crmbridge.errors import CrmBridgeError, FixRequest
from crmbridge.sandbox import Portal, SandboxTransport

CANARY = "pat-eu1-canary-4f1d"


def test_the_account_is_the_portal(portal: Portal, hubspot: HubSpotConnector) -> None:
    account = hubspot.account()
    assert (account.id, account.timezone, account.currency) == (str(portal.portal_id), "Europe/Berlin", "EUR")


@pytest.mark.parametrize("body", [{}, {"portalId": None}])
def test_an_answer_that_names_no_account_is_refused(scripted: Any, body: Any) -> None:
    hubspot, _ = scripted(body)
    with pytest.raises(FixRequest, match="base_url"):
        hubspot.account()


def test_the_scopes_of_the_setup_text_are_enough(portal: Portal, hubspot: HubSpotConnector) -> None:
    portal.scopes = set(READ_SCOPES)
    assert [check.name for check in hubspot.check() if not check.ok] == []
    portal.scopes = set(READ_SCOPES) | set(WRITE_SCOPES)
    hubspot.create_group("deal", "g", "G")


@pytest.mark.parametrize("scope", READ_SCOPES)
def test_a_missing_scope_is_named_with_its_remedy(portal: Portal, hubspot: HubSpotConnector, scope: str) -> None:
    portal.scopes = set(READ_SCOPES) - {scope}
    failed = [check for check in hubspot.check() if not check.ok]
    assert any(scope in check.remedy for check in failed)
    assert all("Service keys" in check.remedy for check in failed)


def test_where_scopes_are_not_told_reading_is_probed(portal: Portal, hubspot: HubSpotConnector) -> None:
    # Kills: taking a credential whose scopes nobody tells for one that may do everything.
    portal.scopes -= {"sales-email-read"}
    portal.faults.add("access-token-info", status=404)
    found = {check.name: check for check in hubspot.check()}
    assert [name for name, check in found.items() if not check.ok] == ["read email"]
    assert "sales-email-read" in found["read email"].remedy
    assert "crm.schemas.contacts.write" in found["write"].message


def test_checking_writes_nothing(portal: Portal, hubspot: HubSpotConnector) -> None:
    list(hubspot.check())
    asked = {path for method, path in portal.calls.mark() if method != "GET"}
    assert asked <= {"/oauth/v2/private-apps/get/access-token-info"}


def test_a_refused_token_ends_the_report_with_its_remedy(portal: Portal, opened: Any) -> None:
    checks = list(opened(CANARY, SandboxTransport(portal)).check())
    assert [(check.name, check.ok) for check in checks] == [("account", False)]
    assert "new key" in checks[0].remedy


def test_an_unreachable_platform_is_reported_not_raised(opened: Any) -> None:
    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route", request=request)

    checks = list(opened(CANARY, httpx.MockTransport(down)).check())
    assert [(check.name, check.ok) for check in checks] == [("account", False)]
    assert "network" in checks[0].remedy


def test_the_token_shows_nowhere(portal: Portal, opened: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hubspot = opened(CANARY, SandboxTransport(portal))
    with pytest.raises(CrmBridgeError) as caught:
        hubspot.account()
    shown = f"{hubspot!r} {hubspot} {vars(hubspot)} {caught.value!r} {caplog.text} {list(hubspot.check())}"
    assert CANARY not in shown
