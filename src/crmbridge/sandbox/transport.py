"""The sandbox without a socket: an httpx transport that answers in the same process."""

from __future__ import annotations

import httpx

from crmbridge.sandbox.envelope import Request
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.routes import handle
from crmbridge.sandbox.toxics import Toxic


class SandboxTransport(httpx.BaseTransport):
    """Pass it to ``httpx.Client(transport=...)``; any base address leads to the portal."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request from the portal.

        Raises:
            httpx.RemoteProtocolError: A fault drops the connection, or cuts the body.
            httpx.ReadError: A fault resets the connection.
            httpx.ReadTimeout: A fault delays the answer beyond the client's read timeout.
        """
        url = request.url
        asked = Request(
            request.method,
            url.raw_path.partition(b"?")[0].decode(),
            url.query.decode(),
            {name.lower(): value for name, value in request.headers.items()},
            request.read(),
            f"{url.scheme}://{url.netloc.decode()}",
        )
        answer = handle(self.portal, asked)
        if answer.toxic is not None:
            _suffer(answer.toxic, len(answer.body), request)
        if answer.dropped:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body, request=request)


def _suffer(toxic: Toxic, length: int, request: httpx.Request) -> None:
    """Raise what a client would see of a connection that misbehaves; nobody waits here."""
    patience = (request.extensions.get("timeout") or {}).get("read")
    if toxic.name == "timeout" or (patience is not None and toxic.delay(length) > patience):
        raise httpx.ReadTimeout("timed out", request=request)
    if toxic.name == "reset_peer":
        raise httpx.ReadError("Connection reset by peer", request=request)
    if toxic.name == "limit_data" and toxic.size < length:
        words = "peer closed connection without sending complete message body"
        raise httpx.RemoteProtocolError(words, request=request)
