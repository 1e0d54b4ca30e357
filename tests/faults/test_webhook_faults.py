"""Forged, repeated, late and disordered webhooks: the worst that they do is nothing."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crmbridge.connectors.hubspot.signature import signed
from crmbridge.connectors.hubspot.webhooks import HubSpotWebhooks
from crmbridge.store import Cursor, Progress, Store
from crmbridge.store.due import Due
from crmbridge.webhooks import Endpoint, Inbox, WebhookApp

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STAMP = str(int(NOW.timestamp() * 1000))
URL = "https://hooks.example/hubspot"
SECRET = "client-secret"


def event(action: str, id_: int = 7, event_id: int = 1, **more: Any) -> dict[str, Any]:
    base = {"eventId": event_id, "subscriptionId": 2, "portalId": 99, "occurredAt": 1767225599000, "attemptNumber": 0}
    return {**base, "subscriptionType": f"contact.{action}", "objectId": id_, **more}


def written(*events: Mapping[str, Any]) -> bytes:
    return json.dumps(events).encode()


BODY = written(event("creation"))


def proof(body: bytes = BODY, *, secret: str = SECRET, stamp: str = STAMP, url: str = URL) -> dict[bytes, bytes]:
    signature = signed(secret, "POST", url, body, stamp)
    return {b"x-hubspot-signature-v3": signature, b"x-hubspot-request-timestamp": stamp.encode()}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "private" / "store.db")
    with opened.locking() as tx:
        Progress(opened, "main").bind(tx, "99", "UTC", "crmb_")
        Progress(opened, "main").save(tx, Cursor("contact", 0, 1))
    yield opened
    opened.close()


class Door:
    """The receiver of one connection, called without a socket."""

    def __init__(self, store: Store) -> None:
        self.due = Due(store, "main")
        self.now = NOW
        endpoint = Endpoint(HubSpotWebhooks(URL, SECRET), Inbox(store, "main"))
        self.app = WebhookApp({"/hubspot": [endpoint]}, clock=lambda: self.now)

    def call(self, body: bytes, headers: Mapping[bytes, bytes] | None = None, **scope: Any) -> int:
        return asyncio.run(self.answer(body, headers, **scope))

    async def answer(self, body: bytes, headers: Mapping[bytes, bytes] | None = None, **scope: Any) -> int:
        sent: list[dict[str, Any]] = []
        asked = {"type": "http", "method": "POST", "path": "/hubspot", "query_string": b"", **scope}
        given = proof(body) if headers is None else headers

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app({**asked, "headers": list(given.items())}, receive, send)
        return int(sent[0]["status"])

    def waiting(self) -> set[tuple[str, str]]:
        return {(kind, id_) for kind in ("record", "links") for id_ in self.due.take(kind, "contact", 1000)}


@pytest.fixture
def door(store: Store) -> Door:
    return Door(store)


SIGNATURE, TIMESTAMP = proof()
V1 = hashlib.sha256(SECRET.encode() + BODY).hexdigest().encode()
V2 = hashlib.sha256(SECRET.encode() + b"POST" + URL.encode() + BODY).hexdigest().encode()

FORGED = {
    "wrong secret": proof(secret="another"),
    "no secret": proof(secret=""),
    "another address": proof(url="https://hooks.example/other"),
    "body altered by one byte": proof(BODY.replace(b"7", b"8")),
    "no headers": {},
    "no signature": {TIMESTAMP: STAMP.encode()},
    "no timestamp": {SIGNATURE: proof()[SIGNATURE]},
    "empty signature": proof() | {SIGNATURE: b""},
    "non-ASCII signature": proof() | {SIGNATURE: "ü".encode()},
    "bytes that are no text": proof() | {SIGNATURE: b"\xff\xfe\x80"},
    "non-ASCII timestamp": proof() | {TIMESTAMP: "١٢".encode()},
    "version 1": {b"x-hubspot-signature": V1, b"x-hubspot-signature-version": b"v1", TIMESTAMP: STAMP.encode()},
    "version 2": {b"x-hubspot-signature": V2, b"x-hubspot-signature-version": b"v2", TIMESTAMP: STAMP.encode()},
    "version 1 as 3": proof() | {SIGNATURE: V1},
    "version 2 as 3": proof() | {SIGNATURE: V2},
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_call_is_refused_and_has_no_effect(door: Door, what: str) -> None:
    # T29. Kills: text compared instead of bytes; a fall back to older signatures.
    assert door.call(BODY, FORGED[what]) == 401
    assert door.waiting() == set()


def test_a_query_that_was_not_signed_is_refused(door: Door) -> None:
    assert door.call(BODY, query_string=b"x=1") == 401


def test_a_forged_host_changes_nothing(door: Door) -> None:
    # Kills: the address taken from the call, so that a signature for another place opens this one.
    elsewhere = proof(url="https://evil.example/hubspot")
    told = {b"host": b"evil.example", b"x-forwarded-host": b"evil.example", b"x-forwarded-proto": b"https"}
    assert door.call(BODY, elsewhere | told) == 401
    assert door.call(BODY, proof() | told) == 204


def test_the_same_work_is_done_whatever_is_wrong(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    # T29. Kills: leaving early on a bad time, which tells a forger by the delay that his signature was not the fault.
    done: list[bytes] = []

    def counting(*args: Any) -> bytes:
        done.append(args[3])
        return signed(*args)

    monkeypatch.setattr("crmbridge.connectors.hubspot.signature.signed", counting)
    for headers in FORGED.values():
        door.call(BODY, headers)
    assert done == [BODY] * len(FORGED)


STALE = {
    "301 s late": timedelta(seconds=301),
    "301 s early": timedelta(seconds=-301),
    "a year early": timedelta(days=-365),
}


@pytest.mark.parametrize("what", STALE)
def test_a_replayed_call_is_refused(door: Door, what: str) -> None:
    # T30. Kills: only the past is checked.
    door.now = NOW + STALE[what]
    assert door.call(BODY) == 401
    assert door.waiting() == set()


@pytest.mark.parametrize("stamp", ["NaN", "inf", "-1", "1e400", "9" * 400, STAMP + ".0", " " + STAMP, ""])
def test_a_time_that_is_none_is_refused_though_it_is_signed(door: Door, stamp: str) -> None:
    # T30. Kills: float() or int() of the header without a look at it first.
    assert door.call(BODY, proof(stamp=stamp)) == 401


def test_the_same_event_fifty_times_at_once_has_one_effect(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    # T31. Kills: asking whether an event was seen in another transaction than the one that remembers it.
    added: list[str] = []
    add = Due.add

    def counting(*args: Any) -> None:
        added.extend(args[4])
        add(*args)

    monkeypatch.setattr(Due, "add", counting)

    async def all_at_once() -> list[int]:
        bodies = [written(event("creation", attemptNumber=attempt)) for attempt in range(50)]
        return await asyncio.gather(*(door.answer(body) for body in bodies))

    assert asyncio.run(all_at_once()) == [204] * 50
    assert added == ["7"]
    assert door.waiting() == {("record", "7")}


def test_a_batch_of_a_hundred_with_repetitions_has_each_effect_once(door: Door) -> None:
    # T31.
    events = [event("propertyChange", id_=place % 40, event_id=place % 40) for place in range(100)]
    assert door.call(written(*events)) == 204
    assert door.waiting() == {("record", str(place)) for place in range(40)}


def test_events_under_one_id_are_not_taken_for_one(door: Door) -> None:
    # Kills: HubSpot's event id alone as the key; it is not unique.
    assert door.call(written(event("creation", id_=1), event("creation", id_=2))) == 204
    assert door.waiting() == {("record", "1"), ("record", "2")}


STORY = (
    event("creation", event_id=1),
    event("propertyChange", event_id=2, propertyName="jobtitle", propertyValue="Chief of 1"),
    event("propertyChange", event_id=3, propertyName="jobtitle", propertyValue="Chief of 2"),
    event("deletion", event_id=4),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(len(STORY)))))
def test_events_in_any_order_ask_for_the_same(door: Door, order: tuple[int, ...]) -> None:
    # T32. Kills: an event that acts by itself, such as a deletion that removes the record.
    for place in order:
        assert door.call(written(STORY[place])) == 204
    assert door.waiting() == {("record", "7")}


def test_nothing_that_an_event_says_of_a_record_is_kept(door: Door, store: Store) -> None:
    # T32: events are hints, the values come from reading the record.
    assert door.call(written(*STORY)) == 204
    kept = b"".join(path.read_bytes() for path in store.path.parent.iterdir())
    assert b"99:2:2:7:" in kept  # the file was read at all
    assert b"Chief of" not in kept
    assert b"jobtitle" not in kept
