from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from crmbridge.connector import Use
from crmbridge.connectors.hubspot import grants
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.scopes import ALWAYS, READ_SCOPES, WRITE_SCOPES, missing, needs, superfluous
from crmbridge.errors import RetryLater
from crmbridge.http import HttpClient
from crmbridge.sandbox import Portal

WRITING = Use(reads=ALWAYS.reads, writes=frozenset(("contact", "company", "deal")))
NOON = 1_772_366_400.0


def test_the_default_needs_are_the_documented_scopes() -> None:
    assert set(READ_SCOPES) == {
        "crm.objects.contacts.read",
        "crm.objects.companies.read",
        "crm.objects.deals.read",
        "crm.objects.owners.read",
        "sales-email-read",
    }
    assert not missing(WRITING, {*READ_SCOPES, *WRITE_SCOPES})
    assert superfluous(WRITING, {*READ_SCOPES, *WRITE_SCOPES, "oauth"}) == []


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("call", "crm.objects.contacts.read"),
        ("email", "sales-email-read"),
        ("ticket", "tickets"),
        ("line_item", "crm.objects.line_items.read"),
        ("form_submission", "forms"),
        ("segment", "crm.lists.read"),
        ("subscription", "communication_preferences.read"),
        ("custom.machine", "crm.objects.custom.read"),
    ],
)
def test_an_object_has_its_scope(name: str, scope: str) -> None:
    (need,) = needs(Use(reads=frozenset((name,))))
    assert need[0] == scope
    assert missing(Use(reads=frozenset((name,))), {scope}) == {}


def test_what_reads_without_writing_does_not_need_to_write() -> None:
    # Kills: asking for write scopes where nothing is written.
    assert not any("write" in scope for need in needs(ALWAYS) for scope in need)
    assert superfluous(ALWAYS, {*READ_SCOPES, "crm.objects.deals.write"}) == ["crm.objects.deals.write"]


def test_one_of_two_scopes_is_enough() -> None:
    use = Use(reads=frozenset(("subscription",)))
    assert missing(use, {"communication_preferences.read_write"}) == {}
    assert list(missing(use, {"crm.lists.read"}).values()) == [("read subscription",)]
    alone = Use(reads=frozenset(("pipeline",)))
    assert missing(alone, {"crm.schemas.deals.read"}) == {}


@pytest.mark.parametrize("scope", [*READ_SCOPES, *WRITE_SCOPES])
def test_t26_each_missing_scope_is_predicted_with_what_it_is_for(
    portal: Portal, hubspot: HubSpotConnector, scope: str
) -> None:
    # Kills: a scope left out of the table, and a report that stops at reading.
    portal.scopes = {*READ_SCOPES, *WRITE_SCOPES} - {scope}
    (fault,) = [check for check in hubspot.check(WRITING) if not check.ok]
    assert fault.name == f"scope {scope}"
    assert ("write" if scope in WRITE_SCOPES else "read") in fault.message
    assert fault.remedy.endswith(f"Service keys add to the key: {scope}")


def test_what_is_granted_beyond_need_is_named(portal: Portal, hubspot: HubSpotConnector) -> None:
    portal.scopes = {*READ_SCOPES, *WRITE_SCOPES, "crm.lists.write"}
    found = {check.name: check for check in hubspot.check(WRITING)}
    assert found["least privilege"].ok
    assert found["least privilege"].message.endswith(": crm.lists.write")
    assert "least privilege" not in {
        check.name for check in hubspot.check(WRITING.model_copy(update={"writes": WRITING.writes | {"segment"}}))
    }


@pytest.mark.parametrize("answer", [{}, {"scopes": []}, {"active": False, "scopes": ["x"]}, [], None, "no"])
def test_an_answer_that_tells_no_scopes_is_none(answer: Any) -> None:
    assert grants.granted(lambda: answer) is None


@pytest.fixture
def asked() -> Callable[[Any], HttpClient]:
    def client(answer: Any) -> HttpClient:
        def handler(request: httpx.Request) -> httpx.Response:
            if request.url.path == grants.USAGE:
                return httpx.Response(200, json=answer)
            return httpx.Response(429, json={"policyName": "DAILY"})

        http = HttpClient(
            "https://crm.example",
            SecretStr("pat-x"),
            transport=httpx.MockTransport(handler),
            until_reset=lambda: grants.until_reset(http, lambda: NOON),
        )
        return http

    return client


def row(used: int, resets: str | None = "2026-03-01T23:00:00Z") -> dict[str, Any]:
    fields = {"name": "private-apps-api-calls-daily", "usageLimit": 625_000, "currentUsage": used}
    return {"results": [fields | {"resetsAt": resets, "fetchStatus": "SUCCESS"}]}


@pytest.mark.parametrize(("used", "ok"), [(1234, True), (625_000, False)])
def test_the_days_calls_are_told_in_the_accounts_time(asked: Callable[[Any], HttpClient], used: int, ok: bool) -> None:
    with asked(row(used)) as http:
        check = grants.usage(http, "Europe/Berlin")
    assert check
    assert check.ok == ok
    assert check.message == (
        f"{used:,} of 625,000 calls of the day are spent; they come back 2026-03-02 00:00 Europe/Berlin"
    )


@pytest.mark.parametrize("answer", [{}, {"results": []}, {"results": [{"currentUsage": None}]}, []])
def test_usage_that_is_not_told_is_none(asked: Callable[[Any], HttpClient], answer: Any) -> None:
    with asked(answer) as http:
        assert grants.usage(http, "UTC") is None
        assert grants.until_reset(http) is None


def test_t7_a_used_up_day_says_when_the_next_one_begins(asked: Callable[[Any], HttpClient]) -> None:
    # Kills: a wait of unknown length, which a scheduler can only answer by trying again and again.
    with asked(row(625_000)) as http, pytest.raises(RetryLater) as caught:
        http.get("/crm/x")
    assert caught.value.after == 11 * 3600
    with asked({}) as http, pytest.raises(RetryLater) as caught:
        http.get("/crm/x")
    assert caught.value.after is None


def test_the_sandbox_tells_its_calls(portal: Portal, hubspot: HubSpotConnector) -> None:
    found = {check.name: check for check in hubspot.check()}
    assert "Europe/Berlin" in found["daily calls"].message
