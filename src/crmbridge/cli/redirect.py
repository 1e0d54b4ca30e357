"""The one request that ends a sign-in: the platform sends the browser back with a code, or says why not."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from urllib.parse import parse_qs, urlsplit

from crmbridge.errors import FixConfig, FixCredential, RetryLater

PATIENCE = 300.0
"""Seconds to wait for a person to sign in and grant access."""
LOOPBACK = ("localhost", "127.0.0.1")
DONE = b"crmbridge has the answer. You can close this page and go back to the terminal."
QUICK = 5.0
"""Seconds that one request may take: a browser opens connections that it may never use."""


def code_in(url: str, state: str) -> str | None:
    """Read the code from the address the browser was sent to; None if it answers another request.

    Raises:
        FixCredential: Access was not granted.
    """
    query = {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
    if not hmac.compare_digest(query.get("state", "").encode(), state.encode()):
        return None
    return _code(query)


def _code(query: Mapping[str, str]) -> str | None:
    if "error" in query:
        raise FixCredential("access was not granted: run `crmbridge connect` again, and grant it")
    return query.get("code") or None


class Listener(TCPServer):
    """Waits on the loopback interface for the address that a browser is sent to.

    Args:
        redirect_uri: ``http://localhost:PORT/…``.
        state: What must come back with the code; all else is turned away.

    Raises:
        FixConfig: The address is not one of this machine, or its port is taken.
    """

    allow_reuse_address = True

    def __init__(self, redirect_uri: str, state: str) -> None:
        place = urlsplit(redirect_uri)
        if place.scheme != "http" or place.hostname not in LOOPBACK or not place.port:
            raise FixConfig(
                "redirect_uri does not lead to this machine (http://localhost:PORT/…): "
                "run `crmbridge connect --code -` and paste the address that the browser ends at"
            )
        self._path, self._state = place.path or "/", state
        self._code: str | None = None
        self._refusal: FixCredential | None = None
        try:
            super().__init__(("127.0.0.1", place.port), _Handler)
        except OSError as error:
            raise FixConfig(f"port {place.port} of redirect_uri is taken ({error.strerror}): free it") from None

    def wait(self, patience: float = PATIENCE) -> str:
        """Return the code, once it has come.

        Raises:
            FixCredential: Access was not granted.
            RetryLater: Nobody came in time.
        """
        until = time.monotonic() + patience
        while self._code is None and self._refusal is None:
            self.timeout = until - time.monotonic()
            if self.timeout <= 0:
                raise RetryLater(f"nobody signed in within {patience:.0f} s: run `crmbridge connect` again")
            self.handle_request()
        if self._refusal:
            raise self._refusal
        return str(self._code)

    def take(self, target: str) -> bool:
        """Look at a request; True if it was the one."""
        try:
            self._code = code_in(target, self._state) if urlsplit(target).path == self._path else None
        except FixCredential as refusal:
            self._refusal = refusal
        return self._code is not None or self._refusal is not None


class _Handler(BaseHTTPRequestHandler):
    timeout = QUICK

    def do_GET(self) -> None:
        """Answer the browser: with a fixed text, so that nothing in the request can come back."""
        ours = isinstance(self.server, Listener) and self.server.take(self.path)
        body = DONE if ours else b""
        self.send_response(HTTPStatus.OK if ours else HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Log nothing: the request holds the code."""
