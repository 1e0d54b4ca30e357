"""The receiver behind a real socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from crmbridge.connectors.hubspot.signature import signed
from crmbridge.connectors.hubspot.webhooks import HubSpotWebhooks
from crmbridge.errors import FixConfig
from crmbridge.store import Cursor, Progress, Store
from crmbridge.store.due import Due
from crmbridge.webhooks import Endpoint, Inbox, WebhookApp, listen, make_server

URL = "https://hooks.example/hubspot/main?tenant=a%2Fb"
SECRET = "client-secret"
EVENT = {"eventId": 1, "subscriptionId": 2, "portalId": 99, "occurredAt": 1, "objectId": 7}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "private" / "store.db")
    with opened.locking() as tx:
        Progress(opened, "main").bind(tx, "99", "UTC", "crmb_")
        Progress(opened, "main").save(tx, Cursor("contact", 0, 1))
    yield opened
    opened.close()


@pytest.fixture
def address(store: Store) -> Iterator[str]:
    app = WebhookApp({"/hubspot/main": [Endpoint(HubSpotWebhooks(URL, SECRET), Inbox(store, "main"))]})
    with listen("127.0.0.1", 0) as listener:
        server = make_server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def headers(body: bytes) -> dict[str, str]:
    stamp = str(int(datetime.now(UTC).timestamp() * 1000))
    signature = signed(SECRET, "POST", URL, body, stamp).decode()
    return {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}


def test_what_hubspot_tells_is_stored_and_strangers_are_turned_away(address: str, store: Store) -> None:
    place = address + "/hubspot/main?tenant=a%2Fb"
    body = json.dumps([{**EVENT, "subscriptionType": "contact.propertyChange", "propertyValue": "Jürgen"}]).encode()
    with httpx.Client() as client:
        assert client.post(place, content=body).status_code == 401
        assert client.post(place, content=body + b" ", headers=headers(body)).status_code == 401
        assert client.get(place).status_code == 405
        assert client.post(address + "/", content=body).status_code == 404
        assert Due(store, "main").waiting() == {}
        told = client.post(place, content=body, headers=headers(body))
        assert (told.status_code, told.content) == (204, b"")
        assert "server" not in told.headers
    assert list(Due(store, "main").take("record", "contact", 10)) == ["7"]


def test_a_body_without_an_end_is_cut_off(address: str, store: Store) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 65_536

    with httpx.Client() as client:
        try:
            status = client.post(address + "/hubspot/main", content=endless()).status_code
        except httpx.WriteError:  # the server has hung up before the end
            status = 413
    assert status == 413
    assert Due(store, "main").waiting() == {}


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(FixConfig, match="--port"):
        listen("127.0.0.1", taken.getsockname()[1])
