"""The sandbox behind a socket: a Starlette app, served by uvicorn in a background thread."""

from __future__ import annotations

import asyncio
import socket
import struct
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
    from starlette.types import ASGIApp, Receive, Scope, Send

    from crmbridge.sandbox.toxics import Toxic

NEEDS_EXTRA = 'the sandbox server needs more packages: pip install "crmbridge[sandbox]"'
LOOPBACK = ("127.0.0.1", "::1")
WIRE = "crmbridge.wire"
"""Where the scope of a request holds its connection."""
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

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        toxic = self.answer.toxic
        if toxic is not None and toxic.name in {"timeout", "reset_peer"}:
            await asyncio.sleep(toxic.seconds)
            _break_off(scope.get(WIRE), reset=toxic.name == "reset_peer")
            return
        headers = {"Content-Length": str(len(self.answer.body)), **self.answer.headers}
        if self.answer.dropped:
            headers = {"Content-Length": "1"}
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        if self.answer.status == HTTPStatus.NO_CONTENT:
            raw = [item for item in raw if item[0] != b"content-length"]
        await send({"type": "http.response.start", "status": self.answer.status or 200, "headers": raw})
        if self.answer.dropped:
            return
        for piece, pause in toxic.pieces(self.answer.body) if toxic else [(self.answer.body, 0.0)]:
            if pause:
                await asyncio.sleep(pause)
            await send({"type": "http.response.body", "body": piece, "more_body": toxic is not None})
        if toxic is not None:
            await _finish(toxic, scope, send)


async def _finish(toxic: Toxic, scope: Scope, send: Send) -> None:
    """End an answer that was sent in pieces."""
    if toxic.name == "limit_data":
        _break_off(scope.get(WIRE), reset=False)
        return
    if toxic.name == "slow_close":
        await asyncio.sleep(toxic.seconds)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _break_off(wire: asyncio.Transport | None, *, reset: bool) -> None:
    """Close a connection without a word; ``reset``: so that the other side reads of a reset."""
    if wire is None:
        return
    if reset:
        wire.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.abort()
    else:
        wire.close()


def _with_wire(app: ASGIApp) -> ASGIApp:
    """Let an application reach the connection itself, which ASGI hides but uvicorn's ``send`` belongs to."""

    async def reach(scope: Scope, receive: Receive, send: Send) -> None:
        scope[WIRE] = getattr(getattr(send, "__self__", None), "transport", None)
        await app(scope, receive, send)

    return reach


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
    config = uvicorn.Config(
        _with_wire(create_app(portal, latency)), log_config=None, log_level="critical", lifespan="off"
    )
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
