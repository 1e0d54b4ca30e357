"""The sandbox without a socket: an httpx transport that answers in the same process."""

from __future__ import annotations

import httpx

from crmbridge.sandbox.envelope import Request
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.routes import handle


class SandboxTransport(httpx.BaseTransport):
    """Pass it to ``httpx.Client(transport=...)``; any base address leads to the portal."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request from the portal.

        Raises:
            httpx.RemoteProtocolError: A fault drops the connection.
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
        if answer.dropped:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.body, request=request)
