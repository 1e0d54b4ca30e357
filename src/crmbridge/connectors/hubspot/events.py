"""HubSpot's webhook events as hints. Pure; an event names records, its values are not looked at.

https://developers.hubspot.com/docs/api-reference/latest/webhooks/guide
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from crmbridge.connector import Hint, HintKind
from crmbridge.connectors.hubspot.kinds import TYPE_IDS
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.errors import FixRequest
from crmbridge.model.base import ObjectName

GENERIC: Final = "object"
"""How a subscription begins that tells the object by its type id."""

NAMED: Final = frozenset(("contact", "company", "deal", "ticket", "line_item"))
"""How the older subscriptions begin: the object's name, which is also crmbridge's."""

Names = Mapping[str, ObjectName]
Found = Iterator[tuple[ObjectName, Any, HintKind]]


def read_hints(body: bytes, names: Names = TYPE_IDS) -> list[Hint]:
    """Read a delivery: a JSON list of events. Events that name no record crmbridge knows are left out.

    Args:
        body: As it was sent.
        names: Objects by HubSpot's type id; custom ones are the account's own.

    Raises:
        FixRequest: It is no JSON list of objects.
    """
    return [
        Hint(str(event.get("portalId")), name, id_, kind, _key(event))
        for event in _events(body)
        for name, given, kind in _records(event, names)
        if (id_ := _id(given))
    ]


def _events(body: bytes) -> list[Json]:
    try:
        events = json.loads(body)
    except (ValueError, RecursionError):
        events = None
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise FixRequest("this is no list of events: let HubSpot's app call this address, and nothing else")
    return events


def _key(event: Json) -> str:
    """Name an event. ``eventId`` alone is not unique, says HubSpot; a repeated delivery keeps all of these."""
    parts = ("portalId", "eventId", "subscriptionId", "objectId", "occurredAt")
    return ":".join(str(event.get(part, "")) for part in parts)


def _records(event: Json, names: Names) -> Found:
    subscription = str(event.get("subscriptionType") or event.get("eventType") or "")
    subject, _, action = subscription.partition(".")
    if action == "associationChange":
        yield from _ends(event, names)
        return
    name = names.get(str(event.get("objectTypeId"))) if subject == GENERIC else subject
    if name is None or (subject != GENERIC and name not in NAMED):
        return
    match action:
        case "creation" | "propertyChange":
            yield name, event.get("objectId"), "changed"
        case "restore":
            yield from _whole(name, event.get("objectId"))
        case "deletion":
            yield name, event.get("objectId"), "gone"
        case "privacyDeletion":
            yield name, event.get("objectId"), "deleted"
        case "merge":
            yield from _merged(name, event)


def _whole(name: ObjectName, id_: Any) -> Found:
    """A record that came or grew together with its links, of which no event tells."""
    yield name, id_, "changed"
    yield name, id_, "links"


def _merged(name: ObjectName, event: Json) -> Found:
    """The survivor, which may have got a new id, and those that went into it."""
    losers = event.get("mergedObjectIds")
    primary, new = event.get("primaryObjectId"), event.get("newObjectId")
    for id_ in dict.fromkeys(filter(_id, (new, primary, event.get("objectId")))):
        yield from _whole(name, id_)
    for id_ in losers if isinstance(losers, list) else ():
        yield name, id_, "gone"


def _ends(event: Json, names: Names) -> Found:
    """Both records of a link: HubSpot tells their type ids, older apps only a text such as ``CONTACT_TO_COMPANY``."""
    told = str(event.get("associationType", "")).lower().split("_to_")
    words: Iterable[str] = told if len(told) == 2 else ("", "")  # noqa: PLR2004 - a link has two ends
    for end, word in zip(("from", "to"), words, strict=True):
        name = names.get(str(event.get(f"{end}ObjectTypeId"))) or (word if word in names.values() else None)
        if name is not None:
            yield name, event.get(f"{end}ObjectId"), "links"


def _id(value: Any) -> str:
    """Return an id as text, or nothing if this is none."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdecimal() else ""
