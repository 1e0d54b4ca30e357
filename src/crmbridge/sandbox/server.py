"""The sandbox behind a socket: a Starlette app, served by uvicorn in a background thread."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from crmbridge.errors import FixConfig
from crmbridge.sandbox.envelope import Request, Response
from crmbridge.sandbox.portal import Portal
from crmbridge.sandbox.routes import handle

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request as AsgiRequest
    from starlette.types import Receive, Scope, Send

NEEDS_EXTRA = 'the sandbox server needs more packages: pip install "crmbridge[sandbox]"'
LOOPBACK = ("127.0.0.1", "::1")
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running server: where it listens and the token it accepts."""

    base_url: str
    token: str
    portal: Portal


@dataclass(frozen=True, slots=True)
class _Reply:
    """The portal's answer as an ASGI response; a dropped one breaks off in the middle of its body."""

    answer: Response

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        headers = {"Content-Length": str(len(self.answer.body)), **self.answer.headers}
        if self.answer.dropped:
            headers = {"Content-Length": "1"}
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        if self.answer.status == HTTPStatus.NO_CONTENT:
            raw = [item for item in raw if item[0] != b"content-length"]
        await send({"type": "http.response.start", "status": self.answer.status or 200, "headers": raw})
        if not self.answer.dropped:
            await send({"type": "http.response.body", "body": self.answer.body})


def create_app(portal: Portal, latency: float = 0.0) -> Starlette:
    """Make the ASGI application of a portal.

    Args:
        portal: The state to serve.
        latency: Seconds to wait before every answer, as a distant server would.

    Raises:
        FixConfig: Starlette is not installed.
    """
    try:
        from starlette.applications import Starlette
        from starlette.routing import Route
    except ImportError:
        raise FixConfig(NEEDS_EXTRA) from None

    async def answer(request: AsgiRequest) -> _Reply:
        scope = request.scope
        asked = Request(
            request.method,
            scope["raw_path"].decode(),
            scope["query_string"].decode(),
            dict(request.headers),
            await request.body(),
            f"{request.url.scheme}://{request.url.netloc}",
        )
        if latency:
            await asyncio.sleep(latency)
        return _Reply(handle(portal, asked))

    return Starlette(routes=[Route("/{path:path}", answer, methods=METHODS)])


@contextmanager
def serve(portal: Portal, host: str = "127.0.0.1", port: int = 0, latency: float = 0.0) -> Iterator[Sandbox]:
    """Serve a portal on this machine until the block ends.

    Args:
        portal: The state to serve.
        host: ``127.0.0.1`` or ``::1``.
        port: The port to listen on; 0 lets the system choose.
        latency: Seconds to wait before every answer.

    Yields:
        Address and token, once the server answers.

    Raises:
        FixConfig: The host is not loopback, or the extra packages are missing.
    """
    if host not in LOOPBACK:
        raise FixConfig("the sandbox listens on this machine only: use host 127.0.0.1")
    try:
        import uvicorn
    except ImportError:
        raise FixConfig(NEEDS_EXTRA) from None
    config = uvicorn.Config(create_app(portal, latency), log_config=None, log_level="critical", lifespan="off")
    with _listen(host, port) as listener:
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="crmbridge-sandbox")
        thread.start()
        try:
            _wait(server, thread)
            name = f"[{host}]" if ":" in host else host
            yield Sandbox(f"http://{name}:{listener.getsockname()[1]}", portal.token, portal)
        finally:
            server.should_exit = True
            thread.join()


def _listen(host: str, port: int) -> socket.socket:
    """Open the socket; only with its protocol named does asyncio switch off the wait for small packets."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise FixConfig(f"the sandbox cannot listen on port {port}: choose another, or 0") from error
    return listener


def _wait(server: Any, thread: threading.Thread) -> None:
    """Wait until the server answers; it sets ``started`` in its own thread."""
    while not server.started and thread.is_alive():
        time.sleep(0.005)  # uvicorn has no event to wait for, only this flag
