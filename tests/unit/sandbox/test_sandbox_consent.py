"""Fact 25, communication preferences: choices per address, legal bases, and what the contact shows of them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from crmbridge.sandbox import Portal

V4 = "/communication-preferences/v4"
DATED = "/communication-preferences/2026-09"
V3 = "/communication-preferences/v3"
EMAIL = "a@firm.example"
NEWS = 8_472_915


def write(api: httpx.Client, state: str, root: str = DATED, **more: Any) -> httpx.Response:
    body = {"channel": "EMAIL", "statusState": state, "subscriptionId": NEWS, **more}
    return api.post(f"{root}/statuses/{EMAIL}", json=body)


def statuses(api: httpx.Client) -> dict[int, str]:
    rows = api.get(f"{DATED}/statuses/{EMAIL}", params={"channel": "EMAIL"}).json()["results"]
    return {row["subscriptionId"]: row["status"] for row in rows}


@pytest.mark.parametrize("root", [V4, DATED])
def test_a_choice_is_kept_and_tells_what_it_changed(api: httpx.Client, root: str) -> None:
    names = [row["name"] for row in api.get(f"{root}/definitions").json()["results"]]
    assert names[0] == "Newsletter"
    assert statuses(api)[NEWS] == "NOT_SPECIFIED"
    for state, reason in (
        ("SUBSCRIBED", "REQUESTED_CHANGE_OCCURRED"),
        ("SUBSCRIBED", "NO_STATUS_CHANGE"),
        ("UNSUBSCRIBED", "REQUESTED_CHANGE_OCCURRED"),
        ("SUBSCRIBED", "RESUBSCRIBE_OCCURRED"),
    ):
        assert write(api, state, root).json()["results"][0]["setStatusSuccessReason"] == reason
    assert statuses(api)[NEWS] == "SUBSCRIBED"


@pytest.mark.parametrize(
    "wrong", [{"channel": "SMS"}, {"statusState": "YES"}, {"subscriptionId": 1}, {"legalBasis": "BECAUSE"}]
)
def test_a_choice_that_makes_no_sense_is_refused(api: httpx.Client, wrong: dict[str, Any]) -> None:
    body = {"channel": "EMAIL", "statusState": "SUBSCRIBED", "subscriptionId": NEWS, **wrong}
    assert api.post(f"{DATED}/statuses/{EMAIL}", json=body).status_code == 400


def test_fact_25_privacy_settings_ask_for_a_legal_basis(portal: Portal, api: httpx.Client) -> None:
    portal.privacy_mode = True
    refused = write(api, "SUBSCRIBED")
    assert (refused.status_code, "legalBasis" in refused.json()["message"]) == (400, True)
    basis = {"legalBasis": "LEGITIMATE_INTEREST_CLIENT", "legalBasisExplanation": "customer since 2019"}
    assert write(api, "SUBSCRIBED", **basis).json()["results"][0]["legalBasis"] == "LEGITIMATE_INTEREST_CLIENT"
    body = {"emailAddress": EMAIL, "subscriptionId": str(NEWS)}
    assert api.post(f"{V3}/unsubscribe", json=body).status_code == 400


def test_unsubscribing_from_everything_shows_on_the_contact(portal: Portal, api: httpx.Client) -> None:
    contact = portal.add("contacts", {"email": EMAIL})
    write(api, "SUBSCRIBED")
    wide = f"{DATED}/statuses/{EMAIL}/unsubscribe-all"
    reply = api.post(wide, params={"channel": "EMAIL", "verbose": "true"}).json()
    assert {row["setStatusSuccessReason"] for row in reply["results"]} == {"UNSUBSCRIBE_FROM_ALL_OCCURRED"}
    [row] = api.get(wide, params={"channel": "EMAIL"}).json()["results"]
    assert (row["status"], row["wideStatusType"]) == ("UNSUBSCRIBED", "PORTAL_WIDE")
    assert set(statuses(api).values()) == {"UNSUBSCRIBED"}
    values = portal.record("contacts", contact)
    assert values["properties"]["hs_email_optout"] == "true"
    assert values["propertiesWithHistory"]["hs_email_optout"][0]["sourceType"] == "CALCULATED"


def test_subscribing_again_takes_up_one_subscription_only(portal: Portal, api: httpx.Client) -> None:
    contact = portal.add("contacts", {"email": EMAIL})
    api.post(f"{DATED}/statuses/{EMAIL}/unsubscribe-all", params={"channel": "EMAIL"})
    write(api, "SUBSCRIBED")
    # Kills the mutant that forgets the wide opt-out: the other subscriptions stay unsubscribed.
    assert sorted(statuses(api).values()) == ["SUBSCRIBED", "UNSUBSCRIBED", "UNSUBSCRIBED"]
    values = portal.record("contacts", contact)["properties"]
    assert (values["hs_email_optout"], values["hs_email_optout_8472915"]) == ("false", "false")


def test_batches_read_and_write_several_addresses(portal: Portal, api: httpx.Client) -> None:
    inputs = [
        {"subscriberIdString": one, "channel": "EMAIL", "statusState": "SUBSCRIBED", "subscriptionId": number}
        for one, number in ((EMAIL, NEWS), ("b@firm.example", 1))
    ]
    reply = api.post(f"{DATED}/statuses/batch/write", json={"inputs": inputs})
    assert (reply.status_code, len(reply.json()["results"]), reply.json()["numErrors"]) == (207, 1, 1)
    both = {"inputs": [EMAIL, "b@firm.example"]}
    read = api.post(f"{DATED}/statuses/batch/read", params={"channel": "EMAIL"}, json=both).json()["results"]
    assert [row["statuses"][0]["status"] for row in read] == ["SUBSCRIBED", "NOT_SPECIFIED"]
    wide = f"{DATED}/statuses/batch/unsubscribe-all"
    api.post(wide, params={"channel": "EMAIL"}, json={"inputs": [EMAIL]})
    rows = api.post(f"{wide}/read", params={"channel": "EMAIL"}, json=both).json()["results"]
    assert [row["wideStatuses"][0]["status"] for row in rows] == ["UNSUBSCRIBED", "NOT_SPECIFIED"]
    assert api.post(wide, params={"channel": "EMAIL"}, json={"inputs": []}).status_code == 400


@pytest.mark.parametrize(
    ("path", "scope"),
    [("batch/read", "communication_preferences.statuses.batch.read"), ("batch/write", "…batch.write")],
)
def test_batches_need_scopes_of_their_own(portal: Portal, api: httpx.Client, path: str, scope: str) -> None:
    portal.scopes = {one for one in portal.scopes if "batch" not in one}
    refused = api.post(f"{DATED}/statuses/{path}", params={"channel": "EMAIL"}, json={"inputs": [EMAIL]})
    assert refused.status_code == 403
    [needed] = refused.json()["errors"][0]["context"]["requiredGranularScopes"]
    assert needed.endswith(scope.removeprefix("…"))


def test_version_3_names_states_otherwise_and_takes_nobody_back(api: httpx.Client) -> None:
    body = {"emailAddress": EMAIL, "subscriptionId": str(NEWS)}
    assert api.get(f"{V3}/definitions").json()["subscriptionDefinitions"][0]["id"] == str(NEWS)
    assert api.post(f"{V3}/subscribe", json=body).json()["status"] == "SUBSCRIBED"
    assert api.post(f"{V3}/unsubscribe", json=body).json()["status"] == "NOT_SUBSCRIBED"
    assert api.post(f"{V3}/subscribe", json=body).status_code == 400
    rows = api.get(f"{V3}/status/email/{EMAIL}").json()["subscriptionStatuses"]
    assert {row["sourceOfStatus"] for row in rows} == {"SUBSCRIPTION_STATUS"}
    assert api.post(f"{V3}/resubscribe", json=body).status_code == 404
    assert api.post(f"{DATED}/resubscribe", json=body).json()["status"] == "SUBSCRIBED"
