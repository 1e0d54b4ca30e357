"""Fact 25, webhooks: what is recorded of changes, and how deliveries are built and signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from typing import Any

import httpx
import pytest

from crmbridge.sandbox import Portal
from crmbridge.sandbox.events import again, signature
from crmbridge.sandbox.merging import merge

URL = "https://hooks.firm.example/in?portal=1"


def kinds(portal: Portal) -> list[str]:
    return [event["subscriptionType"] for event in portal.events.waiting]


def test_nothing_is_recorded_until_somebody_listens(portal: Portal) -> None:
    portal.add("contacts", {})
    assert portal.events.waiting == []


def test_each_change_makes_the_event_of_its_kind(portal: Portal, api: httpx.Client, clock: Any) -> None:
    portal.subscribe(URL, "secret")
    one, company = portal.add("contacts", {}), portal.add("companies", {"name": "X"})
    portal.edit("contacts", one, {"jobtitle": "CFO"}, user=7)
    change = portal.events.waiting[-1]
    assert (change["objectId"], change["propertyName"], change["propertyValue"]) == (int(one), "jobtitle", "CFO")
    assert (change["changeSource"], change["sourceId"], change["occurredAt"]) == ("CRM_UI", "userId:7", clock())
    portal.link("contacts", one, "companies", company, "Primary")
    link = next(event for event in portal.events.waiting if event["subscriptionType"] == "contact.associationChange")
    assert (link["associationType"], link["associationRemoved"]) == ("CONTACT_TO_COMPANY", False)
    assert (link["toObjectId"], link["isPrimaryAssociation"]) == (int(company), True)
    portal.unlink("contacts", one, "companies", company)
    assert "company.associationChange" in kinds(portal)
    api.delete(f"/crm/v3/objects/contacts/{one}")
    assert portal.events.waiting[-1]["changeFlag"] == "DELETED"
    portal.restore("contacts", one)
    portal.add("notes", {"hs_timestamp": "2026-09-01T00:00:00Z"})
    assert kinds(portal)[-2:] == ["contact.restore", "object.creation"]


@pytest.mark.parametrize("new_id", [False, True])
def test_fact_19_a_merge_tells_of_itself_and_of_the_deletion_only(portal: Portal, *, new_id: bool) -> None:
    one, two = portal.add("contacts", {}), portal.add("contacts", {"city": "Ulm"})
    company = portal.add("companies", {"name": "X"})
    portal.link("contacts", two, "companies", company)
    portal.subscribe(URL, "secret")
    survivor = merge(portal, "contacts", one, two, new_id=new_id)
    assert kinds(portal) == ["contact.merge"] + ["contact.deletion"] * (2 if new_id else 1)
    told = portal.events.waiting[0]
    assert (told["primaryObjectId"], told["mergedObjectIds"]) == (int(one), [int(two)])
    assert told["newObjectId"] == int(survivor)
    assert portal.events.waiting[1]["objectId"] == int(two)


def test_a_privacy_deletion_has_an_event_of_its_own(portal: Portal, api: httpx.Client) -> None:
    one = portal.add("contacts", {})
    portal.subscribe(URL, "secret")
    api.post("/crm/objects/2026-09/contacts/gdpr-delete", json={"objectId": one})
    assert kinds(portal) == ["contact.privacyDeletion", "contact.deletion"]


def test_fact_25_a_delivery_holds_a_hundred_events_at_most(portal: Portal, clock: Any) -> None:
    portal.subscribe(URL, "secret", ["contact.creation"])
    for _ in range(250):
        portal.add("contacts", {"city": "Ulm"})
    sent = portal.events.deliveries(clock())
    sizes = [json.loads(one.body) for one in sent]
    assert [len(events) for events in sizes] == [100, 100, 50]
    assert {event["subscriptionType"] for events in sizes for event in events} == {"contact.creation"}
    assert portal.events.deliveries(clock()) == []


def test_fact_25_events_may_come_out_of_order_and_twice(portal: Portal, clock: Any) -> None:
    portal.subscribe(URL, "secret", ["contact.creation"])
    ids = [int(portal.add("contacts", {})) for _ in range(20)]
    [sent] = portal.events.deliveries(clock(), dice=random.Random(1), duplicates=2)
    order = [event["objectId"] for event in json.loads(sent.body)]
    assert sorted(order) == sorted([*ids, *ids[:2]])
    assert order != sorted(order)


def test_fact_25_a_delivery_is_signed_and_a_second_try_is_signed_anew(portal: Portal, clock: Any) -> None:
    to = portal.subscribe(URL, "secret", ["contact.creation"])
    portal.add("contacts", {})
    [sent] = portal.events.deliveries(clock())
    clock.turn(60_000)
    later = again(to, sent, clock())
    for one, attempt, moment in ((sent, 0, clock() - 60_000), (later, 1, clock())):
        source = f"POST{URL}".encode() + one.body + str(moment).encode()
        expected = base64.b64encode(hmac.new(b"secret", source, hashlib.sha256).digest()).decode()
        assert one.headers["X-HubSpot-Signature-v3"] == expected
        assert one.headers["X-HubSpot-Request-Timestamp"] == str(moment)
        assert [event["attemptNumber"] for event in json.loads(one.body)] == [attempt]


def test_fact_25_the_signature_is_the_one_that_others_compute() -> None:
    body = b'[{"eventId":1}]'
    made = signature("secret", "POST", "https://www.example.com/webhook_uri", body, 1_767_225_600_000)
    assert made == "lWSppOqsS6w/pCwnygkGvIpZ4oDpZuIsSsLP4VLLcAM="
    # Kills the mutant that signs the address as it is escaped on the wire.
    escaped = signature("secret", "POST", "https://www.example.com/in%3Fa%40b", body, 1)
    assert escaped == signature("secret", "POST", "https://www.example.com/in?a@b", body, 1)
