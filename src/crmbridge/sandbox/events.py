"""Webhook events: what a portal remembers of its changes, and how a delivery of them is built and signed.

https://developers.hubspot.com/docs/api-reference/latest/webhooks/guide
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.kinds import Kind
from crmbridge.sandbox.records import Source

MOST: Final = 100  # events in one delivery
_NAMED: Final = {"contact", "company", "deal", "ticket", "product", "line_item"}
_FLAGS: Final = {"creation": "CREATED", "deletion": "DELETED", "restore": "RESTORED", "merge": "MERGED"}
_ESCAPES: Final = {f"%{ord(sign):02X}": sign for sign in ":/?@!$'()*,;"}


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where events go.

    Attributes:
        id: What an event shows as ``subscriptionId``.
        url: The receiver's address.
        secret: The app's client secret, with which deliveries are signed.
        types: Event types, e.g. ``contact.propertyChange``; empty means all.
    """

    id: int
    url: str
    secret: str
    types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST to a receiver: its address, its signed headers, its body."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Events:
    """The changes of a portal since somebody began to listen.

    Attributes:
        portal_id: The account's number.
        app_id: The app that the subscriptions belong to.
        enabled: Whether changes are recorded; ``subscribe`` switches it on.
        waiting: Events that no delivery has taken, oldest first.
        subscriptions: Who gets them.
    """

    portal_id: int
    app_id: int
    enabled: bool = False
    waiting: list[Json] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    _last: int = 0

    def subscribe(self, url: str, secret: str, types: Collection[str] = ()) -> Subscription:
        """Register a receiver and begin to record."""
        made = Subscription(1_000_001 + len(self.subscriptions), url, secret, frozenset(types))
        self.subscriptions.append(made)
        self.enabled = True
        return made

    def add(self, kind: Kind, change: str, object_id: str, now: int, source: Source, **more: Any) -> None:
        """Record one change, e.g. ``creation`` of a contact."""
        if not self.enabled:
            return
        self._last += 1
        known = kind.singular in _NAMED
        event: Json = {
            "eventId": self._last,
            "subscriptionId": 0,
            "portalId": self.portal_id,
            "appId": self.app_id,
            "occurredAt": now,
            "subscriptionType": f"{kind.singular if known else 'object'}.{change}",
            "attemptNumber": 0,
            "objectId": int(object_id),
            "objectTypeId": kind.type_id,
            "changeSource": source.type,
            "sourceId": source.id,
        }
        if change in _FLAGS:
            event["changeFlag"] = _FLAGS[change]
        self.waiting.append(event | more)

    def add_link(
        self, one: tuple[Kind, str], other: tuple[Kind, str], now: int, *, removed: bool, primary: bool
    ) -> None:
        """Record that a link was made or removed, as (object type, id) of the first sees it."""
        (kind, here), (there_kind, there) = one, other
        self.add(
            kind,
            "associationChange",
            here,
            now,
            Source("ASSOCIATIONS"),
            associationType=f"{kind.singular}_TO_{there_kind.singular}".upper(),
            fromObjectId=int(here),
            toObjectId=int(there),
            associationRemoved=removed,
            isPrimaryAssociation=primary,
        )

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Record nothing inside the block: a merge tells of itself, not of the values it moves."""
        before, self.enabled = self.enabled, False
        try:
            yield
        finally:
            self.enabled = before

    def deliveries(self, now: int, *, dice: random.Random | None = None, duplicates: int = 0) -> list[Delivery]:
        """Take the waiting events and build what is posted to each receiver.

        Args:
            now: Time of sending, epoch milliseconds.
            dice: Shuffles the events, as the platform promises no order.
            duplicates: How many of the events are sent twice.
        """
        taken, self.waiting = self.waiting, []
        made: list[Delivery] = []
        for one in self.subscriptions:
            asked = [event for event in taken if not one.types or event["subscriptionType"] in one.types]
            asked += asked[:duplicates]
            if dice is not None:
                dice.shuffle(asked)
            made += [delivery(one, asked[start : start + MOST], now) for start in range(0, len(asked), MOST)]
        return made


def delivery(subscription: Subscription, events: Sequence[Json], now: int, attempt: int = 0) -> Delivery:
    """Build one signed POST.

    Args:
        subscription: Who gets it.
        events: Up to 100 events.
        now: Time of sending, epoch milliseconds.
        attempt: 0 for the first try; up to 10 more follow within 24 hours.
    """
    told = {"subscriptionId": subscription.id, "attemptNumber": attempt}
    body = json.dumps([event | told for event in events], separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "X-HubSpot-Request-Timestamp": str(now),
        "X-HubSpot-Signature-v3": signature(subscription.secret, "POST", subscription.url, body, now),
        "X-HubSpot-Signature-Version": "v3",
        "User-Agent": "HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebHooks",
    }
    return Delivery(subscription.url, headers, body)


def again(subscription: Subscription, sent: Delivery, now: int) -> Delivery:
    """Build the next try of a delivery that the receiver did not take."""
    events = json.loads(sent.body)
    return delivery(subscription, events, now, events[0]["attemptNumber"] + 1)


def signature(secret: str, method: str, url: str, body: bytes, timestamp: int) -> str:
    """Return signature v3: base64 of HMAC-SHA256 over method, address, raw body and timestamp.

    https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
    """
    for escape, sign in _ESCAPES.items():
        url = url.replace(escape, sign)
    source = method.encode() + url.encode() + body + str(timestamp).encode()
    return base64.b64encode(hmac.new(secret.encode(), source, hashlib.sha256).digest()).decode()
