from __future__ import annotations

import logging
from typing import Any

import pytest

from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.errors import GrantScope, RetryLater
from crmbridge.model.subscriptions import Subscription
from crmbridge.sandbox import Portal
from crmbridge.sandbox.consent import Choice

BATCH = "communication_preferences.statuses.batch.read"
NO_SCOPE = (403, {"category": "MISSING_SCOPES", "errors": [{"context": {"requiredGranularScopes": [BATCH]}}]})
KINDS = {"results": [{"id": 5, "name": "Rundbrief"}]}
NOTHING: dict[str, Any] = {"results": []}
AT = 1_772_366_400_000


@pytest.fixture
def newsletter(portal: Portal) -> str:
    kind = str(portal.consent.definitions[0]["id"])
    portal.consent.choose("in@muster.example", kind, Choice("SUBSCRIBED", AT, "CONSENT_WITH_NOTICE"))
    portal.consent.choose("out@muster.example", kind, Choice("UNSUBSCRIBED", AT))
    portal.consent.opt_out("never@muster.example", AT)
    return kind


def told(rows: Any) -> set[tuple[str, str, str]]:
    return {(row.address, row.id, row.status) for row in rows if row.status != "unknown"}


def test_what_people_chose_is_read_in_batches(portal: Portal, hubspot: HubSpotConnector, newsletter: str) -> None:
    found = list(hubspot.read_subscriptions(["in@muster.example", "OUT@muster.example", "never@muster.example"]))
    assert ("in@muster.example", newsletter, "subscribed") in told(found)
    assert ("out@muster.example", newsletter, "unsubscribed") in told(found)
    assert ("never@muster.example", "", "unsubscribed") in told(found)
    assert ("out@muster.example", "", "unsubscribed") not in told(found)
    (chosen,) = [one for one in found if one.status == "subscribed"]
    assert chosen == Subscription(
        address="in@muster.example",
        id=newsletter,
        name="Newsletter",
        status="subscribed",
        legal_basis="CONSENT_WITH_NOTICE",
        at=chosen.at,
    )
    assert chosen.at
    assert hubspot.calls == 3


def test_a_hundred_addresses_are_two_calls(portal: Portal, hubspot: HubSpotConnector) -> None:
    list(hubspot.read_subscriptions([f"p{number}@muster.example" for number in range(101)]))
    assert hubspot.calls == 1 + 2 * 2


def test_without_the_batch_scope_it_reads_one_by_one(
    portal: Portal, hubspot: HubSpotConnector, newsletter: str, caplog: pytest.LogCaptureFixture
) -> None:
    addresses = ["in@muster.example", "out@muster.example", "never@muster.example"]
    whole = told(hubspot.read_subscriptions(addresses))
    portal.faults.add("/statuses/batch/", status=403, body=NO_SCOPE[1], times=1000)
    before = hubspot.calls
    caplog.set_level(logging.DEBUG)
    assert told(hubspot.read_subscriptions(addresses)) == whole
    assert hubspot.calls == before + 1 + 1 + 2 * 3
    assert "muster.example" not in caplog.text


def test_a_batch_that_the_scope_forbids_is_asked_for_once(scripted: Any) -> None:
    hubspot, script = scripted(KINDS, NO_SCOPE, NOTHING)
    assert list(hubspot.read_subscriptions([f"p{number}@b.example" for number in range(110)])) == []
    assert len(script.requests) == 1 + 1 + 2 * 110  # kills: asking again for each hundred


def test_a_missing_read_scope_is_told(scripted: Any) -> None:
    hubspot, _ = scripted(KINDS, NO_SCOPE)
    with pytest.raises(GrantScope):  # kills: reading nothing as nobody having chosen
        list(hubspot.read_subscriptions(["a@b.example"]))


def test_one_address_that_hubspot_refuses_does_not_hide_the_others(scripted: Any) -> None:
    invalid = (400, {"category": "VALIDATION_ERROR"})
    status = {"subscriptionId": 5, "status": "SUBSCRIBED", "timestamp": "2026-03-01T12:00:00Z"}
    hubspot, _ = scripted(KINDS, invalid, invalid, {"results": [status]}, NOTHING)
    found = list(hubspot.read_subscriptions(["a@b", "c@d.example"]))
    assert [(one.address, one.name, one.status) for one in found] == [("c@d.example", "Rundbrief", "subscribed")]


def test_a_part_that_failed_does_not_pass_for_nothing_chosen(scripted: Any) -> None:
    hubspot, _ = scripted(KINDS, (207, {"results": [], "errors": [{"category": "INTERNAL_ERROR"}]}))
    with pytest.raises(RetryLater):
        list(hubspot.read_subscriptions(["a@b.example"]))


def test_an_opt_out_of_one_brand_counts_as_one_of_everything(scripted: Any) -> None:
    wide = {"status": "UNSUBSCRIBED", "wideStatusType": "BUSINESS_UNIT_WIDE", "businessUnitId": 7}
    whose = {"subscriberIdString": "a@b.example"}
    hubspot, _ = scripted(
        KINDS, {"results": [whose | {"statuses": []}]}, {"results": [whose | {"wideStatuses": [wide]}]}
    )
    assert told(hubspot.read_subscriptions(["a@b.example"])) == {("a@b.example", "", "unsubscribed")}
