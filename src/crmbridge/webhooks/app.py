"""The receiver as an ASGI application: it answers once the hints are stored, and reads nothing from the platform.

https://asgi.readthedocs.io/en/stable/specs/www.html
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from crmbridge.connector import Delivery, WebhookReceiver
from crmbridge.errors import CrmBridgeError, FixRequest, NotSupported
from crmbridge.webhooks.inbox import Inbox

LONGEST_BODY: Final = 1024 * 1024
"""Bytes; HubSpot sends at most 100 events in a call, a fraction of that."""

PATIENCE_SECONDS: Final = 5.0
"""How long a body may take; HubSpot itself gives up then.
https://developers.hubspot.com/docs/api-reference/latest/webhooks/guide"""

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Endpoint:
    """One connection behind an address: who proves the caller, and where its hints go."""

    receiver: WebhookReceiver
    inbox: Inbox


class Refused(Exception):
    """A call that gets no further, and the status it is answered with."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class WebhookApp:
    """Answers 204 once the hints of a call are stored. A caller who cannot prove itself gets 401, whatever is wrong.

    Every other answer than 2xx makes HubSpot call again, up to ten times within a day.

    Args:
        endpoints: By path, undecoded. Several connections behind one path are accounts that share an app.
        clock: Tells the time.
        patience: Seconds that a body may take.
    """

    def __init__(
        self,
        endpoints: Mapping[str, Sequence[Endpoint]],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._endpoints = endpoints
        self._clock = clock
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call. Raises ``NotSupported`` for what is not HTTP."""
        if scope["type"] != "http":
            raise NotSupported(f"the webhook receiver speaks HTTP only, not {scope['type']}")
        try:
            await self._take(scope, receive)
            status = HTTPStatus.NO_CONTENT
        except Refused as refused:
            status = refused.status
        headers = [] if status == HTTPStatus.NO_CONTENT else [(b"content-length", b"0")]
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append((b"allow", b"POST"))
        await send({"type": "http.response.start", "status": int(status), "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _take(self, scope: Scope, receive: Receive) -> None:
        path = _path(scope)
        endpoints = self._endpoints.get(path)
        if endpoints is None:
            raise Refused(HTTPStatus.NOT_FOUND)
        if scope["method"] != "POST":
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            body = await asyncio.wait_for(_body(headers, receive), self._patience)
        except TimeoutError:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT) from None
        query = scope["query_string"].decode("latin-1")
        delivery = Delivery(scope["method"], f"{path}?{query}" if query else path, headers, body)
        now = self._clock()
        trusting = [endpoint for endpoint in endpoints if endpoint.receiver.verify(delivery, now)]
        if not trusting:
            _log.warning("%s: a call was refused: its signature, its time or its address is not right", path)
            raise Refused(HTTPStatus.UNAUTHORIZED)
        await asyncio.to_thread(_store, trusting, body, now)


def _store(endpoints: Sequence[Endpoint], body: bytes, now: datetime) -> None:
    """Keep the hints of a verified body, in a thread of its own: the store waits for other writers."""
    for endpoint in endpoints:
        name = endpoint.inbox.connection
        try:
            hints = endpoint.receiver.hints(body)
            kept = endpoint.inbox.accept(hints, now)
        except FixRequest as error:
            _log.warning("%s: a call was refused: %s", name, error)
            raise Refused(HTTPStatus.BAD_REQUEST) from None
        except CrmBridgeError as error:
            _log.error("%s: a call could not be stored: %s", name, error)
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE) from None
        _log.info("%s: %d of %d hints are new", name, kept, len(hints))


def _path(scope: Scope) -> str:
    """The path as it travelled; ASGI leaves ``raw_path`` to the server."""
    raw = scope.get("raw_path")
    return raw.decode("latin-1") if raw else str(scope["path"])


async def _body(headers: Mapping[str, str], receive: Receive) -> bytes:
    """Read the body, but no more of it than is allowed."""
    told = headers.get("content-length", "")
    if len(told) > len(str(LONGEST_BODY)) or (told.isdecimal() and int(told) > LONGEST_BODY):
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(HTTPStatus.BAD_REQUEST)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LONGEST_BODY:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        more = message.get("more_body", False)
    return b"".join(parts)
