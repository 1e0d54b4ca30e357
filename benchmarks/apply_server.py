"""The sandbox that is written to: in a process of its own, telling for what each call was made.

Run with ``python -m benchmarks.apply_server``: the first line of standard input says what to serve, each further line
is a question; the answers are JSON, one a line.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.server import WINDOW, Asked, Terms, listening, most_within, portal_of
from crmbridge.sandbox import Portal, create_app

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

KINDS: Final = ("re-read", "write", "read-back", "history", "definitions", "other")
"""What a call is made for. A read of a record that was written since the last figures is a read-back."""


@dataclass
class Writes:
    """What the server saw since the last time.

    Attributes:
        calls: Requests let through, by ``KINDS``.
        refused: Those answered 429.
        most: Most calls let through in any ten seconds.
        cpu: Seconds of processor time that the sandbox itself took.
    """

    calls: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    most: int = 0
    cpu: float = 0.0

    @property
    def total(self) -> int:
        """All calls let through."""
        return sum(self.calls.values())


class Ledger:
    """An ASGI application around another that logs for what it was called, and when it answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._answers: list[tuple[float, str, int]] = []
        self._written: set[str] = set()
        self._cpu = time.process_time()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and log its answer."""
        body = await _body(receive)
        kind = self._kind(scope["path"], body)

        async def again() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._answers.append((time.monotonic(), kind, message["status"]))
            await send(message)

        await self._app(scope, again, watched)

    def figures(self) -> Writes:
        """Return what was seen since the last time, and forget it."""
        (answers, self._answers), self._written = (self._answers, []), set()
        let = [(at, kind) for at, kind, status in answers if status != HTTPStatus.TOO_MANY_REQUESTS]
        counts = Counter(kind for _, kind in let)
        before, self._cpu = self._cpu, time.process_time()
        return Writes(
            calls={kind: counts[kind] for kind in KINDS},
            refused=len(answers) - len(let),
            most=most_within([at for at, _ in let], WINDOW),
            cpu=self._cpu - before,
        )

    def _kind(self, path: str, body: bytes) -> str:
        if "/properties/" in path:
            return "definitions"
        if "/objects/" not in path or not path.endswith(("/batch/read", "/batch/update")):
            return "other"
        asked = json.loads(body)
        ids = {row["id"] for row in asked["inputs"]}
        if path.endswith("/batch/update"):
            self._written |= ids
            return "write"
        if asked.get("propertiesWithHistory"):
            return "history"
        return "read-back" if ids & self._written else "re-read"


async def _body(receive: Receive) -> bytes:
    parts, more = list[bytes](), True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


class WriteServer(Asked):
    """The running server, seen from the benchmark.

    Attributes:
        base_url: Its address.
        token: The token it accepts.
    """

    def __init__(self, process: subprocess.Popen[str], terms: Terms) -> None:
        super().__init__(process)
        hello = self._ask(asdict(terms))
        self.base_url: str = hello["base_url"]
        self.token: str = hello["token"]

    def figures(self) -> Writes:
        """Return what the server saw since the last time."""
        return Writes(**self._ask({"do": "figures"}))

    def edit(self, ids: Sequence[str], properties: Mapping[str, str]) -> None:
        """Edit contacts as a person does in the platform's screens."""
        self._ask({"do": "edit", "ids": ids, "properties": properties})

    def contacts(self, names: Sequence[str]) -> dict[str, dict[str, str | None]]:
        """Return what stands in the portal's own data: these properties of every contact, by id."""
        return dict(self._ask({"do": "contacts", "names": names}))


@contextmanager
def write_serving(terms: Terms) -> Iterator[WriteServer]:
    """Serve a portal in another process until the block ends."""
    command, pipe = (sys.executable, "-m", "benchmarks.apply_server"), subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8") as process:  # noqa: S603 - our own module
        yield WriteServer(process, terms)


def main() -> None:
    """Serve until standard input ends."""
    terms = Terms(**json.loads(sys.stdin.readline()))
    with tempfile.TemporaryDirectory(prefix="crmbridge-benchmark-") as folder:
        portal = portal_of(terms, Path(folder))
        portal.limits.calls = terms.rate
        portal.limits.enabled = terms.rate > 0
        ledger = Ledger(create_app(portal, terms.latency))
        with listening(ledger) as port:
            _reply({"base_url": f"http://127.0.0.1:{port}", "token": portal.token})
            for line in sys.stdin:
                _reply(_answered(portal, ledger, json.loads(line)))


def _answered(portal: Portal, ledger: Ledger, question: dict[str, Any]) -> Mapping[str, Any]:
    match question["do"]:
        case "edit":
            for record_id in question["ids"]:
                portal.edit("contacts", record_id, question["properties"])
            return {}
        case "contacts":
            with portal.lock:
                shelf = portal.shelf(portal.kinds["contacts"])
                return {
                    record.id: {name: record.properties.get(name) for name in question["names"]}
                    for record in shelf.walk()
                }
        case _:
            return asdict(ledger.figures())


def _reply(document: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
