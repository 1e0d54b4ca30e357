from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crmbridge.connector import Delivery, Hint
from crmbridge.store import Cursor, Progress, Store
from crmbridge.webhooks import Endpoint, Inbox, WebhookApp

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATH = "/hubspot/main"


@dataclass
class FakeReceiver:
    """Trusts calls whose header says so, and gives the hints it is told to."""

    url: str = f"https://hooks.example{PATH}"
    password: str = "open"
    answer: Sequence[Hint] | Exception = ()
    seen: list[Delivery] = field(default_factory=list)

    def verify(self, delivery: Delivery, now: datetime) -> bool:
        assert now == NOW
        self.seen.append(delivery)
        return delivery.headers.get("x-password") == self.password

    def hints(self, body: bytes) -> Sequence[Hint]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def hint(id_: str = "7", kind: Any = "changed", key: str = "k", account: str = "99") -> Hint:
    return Hint(account, "contact", id_, kind, key)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store whose connections ``main`` and ``other`` have begun to read contacts of accounts 99 and 100."""
    opened = Store.open(tmp_path / "private" / "store.db")
    with opened.locking() as tx:
        for name, account in (("main", "99"), ("other", "100")):
            Progress(opened, name).bind(tx, account, "UTC", "crmb_")
            Progress(opened, name).save(tx, Cursor("contact", 0, 1))
    yield opened
    opened.close()


@dataclass
class Answer:
    status: int
    headers: dict[bytes, bytes]


Call = Callable[..., Answer]


@pytest.fixture
def receiver() -> FakeReceiver:
    return FakeReceiver()


@pytest.fixture
def call(store: Store, receiver: FakeReceiver) -> Call:
    """Calls an app with one endpoint the way a server does."""

    def made(
        *parts: bytes,
        app: WebhookApp | None = None,
        headers: Sequence[tuple[bytes, bytes]] = ((b"X-Password", b"open"),),
        then: dict[str, Any] | None = None,
        **scope: Any,
    ) -> Answer:
        app = app or WebhookApp({PATH: [Endpoint(receiver, Inbox(store, "main"))]}, clock=lambda: NOW)
        base = {"type": "http", "method": "POST", "path": PATH, "raw_path": PATH.encode(), "query_string": b""}
        return asyncio.run(_exchange(app, {**base, "headers": list(headers), **scope}, parts or (b"[]",), then))

    return made


async def _exchange(app: WebhookApp, scope: Any, parts: Sequence[bytes], then: dict[str, Any] | None) -> Answer:
    last = len(parts) - 1
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": part, "more_body": place < last or then is not None}
        for place, part in enumerate(parts)
    ]
    messages += [then] if then else []
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not messages:
            await asyncio.Event().wait()  # a caller that says no more
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[1]["body"] == b""
    return Answer(sent[0]["status"], dict(sent[0]["headers"]))
