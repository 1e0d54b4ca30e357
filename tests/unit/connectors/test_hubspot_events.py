from __future__ import annotations

import json
from typing import Any

import pytest

from crmbridge.connectors.hubspot.events import read_hints
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.connectors.hubspot.webhooks import open_webhooks
from crmbridge.errors import FixConfig, FixRequest


def event(subscription: str, **more: Any) -> dict[str, Any]:
    base = {"eventId": 1, "subscriptionId": 2, "portalId": 99, "occurredAt": 1767225600000, "attemptNumber": 0}
    return {**base, "subscriptionType": subscription, "objectId": 7, **more}


def found(*events: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(hint.object, hint.id, hint.kind) for hint in read_hints(json.dumps(events).encode())]


@pytest.mark.parametrize("name", ["contact", "company", "deal", "ticket", "line_item"])
@pytest.mark.parametrize(
    ("action", "kind"), [("creation", "changed"), ("propertyChange", "changed"), ("deletion", "gone")]
)
def test_an_event_names_its_record(name: str, action: str, kind: str) -> None:
    assert found(event(f"{name}.{action}")) == [(name, "7", kind)]


@pytest.mark.parametrize(("type_id", "name"), [("0-1", "contact"), ("0-48", "call"), ("0-116", "postal_mail")])
def test_a_generic_event_tells_the_object_by_its_type(type_id: str, name: str) -> None:
    assert found(event("object.creation", objectTypeId=type_id)) == [(name, "7", "changed")]


def test_a_privacy_deletion_is_for_good() -> None:
    assert found(event("contact.privacyDeletion")) == [("contact", "7", "deleted")]


def test_a_restored_record_brings_its_links() -> None:
    assert found(event("deal.restore")) == [("deal", "7", "changed"), ("deal", "7", "links")]


def test_a_merge_names_the_survivor_under_its_new_id_and_all_that_went_in() -> None:
    # Kills: reading objectId only; forgetting newObjectId.
    merge = event("contact.merge", objectId=11, primaryObjectId=11, mergedObjectIds=[12, 13], newObjectId=14)
    assert found(merge) == [
        ("contact", "14", "changed"),
        ("contact", "14", "links"),
        ("contact", "11", "changed"),
        ("contact", "11", "links"),
        ("contact", "12", "gone"),
        ("contact", "13", "gone"),
    ]


def test_a_changed_association_names_both_ends() -> None:
    ends = {"fromObjectId": 1, "toObjectId": 2}
    expected = [("contact", "1", "links"), ("company", "2", "links")]
    assert found(event("contact.associationChange", associationType="CONTACT_TO_COMPANY", **ends)) == expected
    types = {"fromObjectTypeId": "0-1", "toObjectTypeId": "0-2"}
    assert found(event("object.associationChange", **types, **ends)) == expected
    mixed = event("deal.associationChange", associationType="DEAL_TO_LINE_ITEM", **ends)
    assert found(mixed) == [("deal", "1", "links"), ("line_item", "2", "links")]
    activity = event("object.associationChange", associationType="EMAIL_TO_CONTACT", **ends)
    assert found(activity) == [("email", "1", "links"), ("contact", "2", "links")]
    assert found(event("object.associationChange", **types)) == []


def test_the_older_field_name_is_read_too() -> None:
    old = event("contact.creation")
    old["eventType"] = old.pop("subscriptionType")
    assert found(old) == [("contact", "7", "changed")]


@pytest.mark.parametrize(
    "odd",
    [
        event("product.creation"),
        event("conversation.newMessage"),
        event("contact.somethingNew"),
        event("object.creation", objectTypeId="2-1"),
        event("object.creation"),
        event("contact.creation", objectId=None),
        event("contact.creation", objectId=True),
        event("contact.creation", objectId=1.5),
        event("contact.creation", objectId="../x"),
        event("contact.creation", objectId={"id": 1}),
        event("contact.merge", objectId=None, mergedObjectIds="12"),
        event("owner.creation"),
        {},
    ],
)
def test_an_event_that_names_no_record_we_know_leaves_the_others_alone(odd: dict[str, Any]) -> None:
    assert found(odd, event("contact.creation")) == [("contact", "7", "changed")]


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_list_of_events_is_refused_without_its_text(body: bytes) -> None:
    with pytest.raises(FixRequest, match="no list of events"):
        read_hints(body)


def key(**changed: Any) -> str:
    (hint,) = read_hints(json.dumps([event("contact.creation", **changed)]).encode())
    return hint.key


def test_a_repeated_delivery_has_the_key_of_the_first() -> None:
    assert key() == key(attemptNumber=3)


@pytest.mark.parametrize("part", ["portalId", "eventId", "subscriptionId", "objectId", "occurredAt"])
def test_another_event_has_another_key(part: str) -> None:
    # Kills: the event's id alone, which HubSpot gives twice.
    assert key() != key(**{part: 5})


def test_a_custom_object_is_known_by_the_accounts_own_type_id() -> None:
    hooked = {"webhook_url": "https://a.example/h", "webhook_secret": "s"}
    receiver = open_webhooks(settings(**hooked, custom_objects={"machine": "2-1234567"}))
    assert receiver is not None
    (hint,) = receiver.hints(json.dumps([event("object.creation", objectTypeId="2-1234567")]).encode())
    assert (hint.object, hint.account) == ("custom.machine", "99")


def test_an_oauth_app_signs_with_the_secret_it_has() -> None:
    app = {"token": None, "client_id": "app", "client_secret": "s"}
    assert open_webhooks(settings(**app)) is None
    assert open_webhooks(settings(**app, webhook_url="https://a.example/h")) is not None


def settings(**given: Any) -> HubSpotSettings:
    return HubSpotSettings.model_validate({"token": "pat-eu1-x", **given})


def test_a_connection_without_webhooks_has_no_receiver() -> None:
    assert open_webhooks(settings()) is None
    made = open_webhooks(settings(webhook_url="https://a.example/h", webhook_secret="s"))
    assert made is not None
    assert made.url == "https://a.example/h"


@pytest.mark.parametrize(
    ("given", "missing"),
    [({"webhook_url": "https://a.example/h"}, "webhook_secret"), ({"webhook_secret": "s"}, "webhook_url")],
)
def test_half_a_setting_says_what_is_missing(given: dict[str, str], missing: str) -> None:
    with pytest.raises(FixConfig, match=f"{missing} is not set"):
        open_webhooks(settings(**given))


@pytest.mark.parametrize("url", ["http://a.example/h", "https://a.example", "https://u:p@a.example/h", "https://a/h#x"])
def test_an_address_that_hubspot_cannot_call_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="webhook_url"):
        settings(webhook_url=url)


def test_an_empty_secret_is_refused() -> None:
    # Kills: min_length left out; everybody can sign with an empty secret.
    with pytest.raises(ValueError, match="webhook_secret"):
        settings(webhook_secret="")
