"""The sandbox that is measured against: in a process of its own, counting what it is asked.

Run with ``python -m benchmarks.server``: the first line of standard input says what to serve, each further line asks
for the figures since the last one; the answers are JSON, one a line.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from benchmarks.job import KINDS
from crmbridge.sandbox import Portal, create_app, dump_portal, load_portal
from crmbridge.sandbox.generator import generate_bulk

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

WINDOW: Final = 10.0
"""Seconds in which HubSpot counts calls."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the server saw.

    Attributes:
        calls: Requests answered.
        searches: Those that searched.
        refused: Those answered 429.
        most: Most calls let through in any ten seconds; searches are calls only where they count as such.
        most_searches: Most searches let through in any second.
    """

    calls: int
    searches: int
    refused: int
    most: int
    most_searches: int


@dataclass(frozen=True)
class Terms:
    """On what terms a portal is served.

    Attributes:
        contacts: Contacts to generate; likewise the next three.
        each: Engagements per contact, all alike, instead of their number.
        dump: The portal's file: generated into it once, then loaded from it; empty: it is forgotten.
        latency: Seconds before each answer.
        rate: Calls in ten seconds; 0 switches every limit off.
        searches: Searches in a second.
        in_pool: Whether a search counts as a call too.
    """

    contacts: int
    companies: int
    deals: int
    engagements: int
    each: float | None = None
    dump: str = ""
    latency: float = 0.0
    rate: int = 0
    searches: int = 5
    in_pool: bool = False


class Meter:
    """An ASGI application around another that logs when it answered what; ``in_pool``: searches count as calls too."""

    def __init__(self, app: ASGIApp, *, in_pool: bool) -> None:
        self._app, self._in_pool = app, in_pool
        self._answers: list[tuple[float, bool, int]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and log its answer."""

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                search = scope["path"].endswith("/search")
                self._answers.append((time.monotonic(), search, message["status"]))
            await send(message)

        await self._app(scope, receive, watched)

    def figures(self) -> Figures:
        """Return the figures since the last time."""
        answers, self._answers = self._answers, []
        let = [(at, search) for at, search, status in answers if status != HTTPStatus.TOO_MANY_REQUESTS]
        return Figures(
            calls=len(answers),
            searches=sum(search for _, search, _ in answers),
            refused=len(answers) - len(let),
            most=most_within([at for at, search in let if self._in_pool or not search], WINDOW),
            most_searches=most_within([at for at, search in let if search], 1.0),
        )


def most_within(times: Sequence[float], width: float) -> int:
    """Return the most of these ascending times that lie within less than ``width`` seconds."""
    held: deque[float] = deque()
    most = 0
    for at in times:
        held.append(at)
        while held[0] <= at - width:
            held.popleft()
        most = max(most, len(held))
    return most


class Asked:
    """A process that answers each line of JSON with one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


class Server(Asked):
    """The running server, seen from the benchmark.

    Attributes:
        base_url: Its address.
        token: The token it accepts.
        properties: The names of all properties, by plural object name.
        records: How many records there are, by plural object name.
        links: How many links there are, by the two object names, e.g. ``deals>contacts``.
    """

    def __init__(self, process: subprocess.Popen[str], terms: Terms) -> None:
        super().__init__(process)
        hello = self._ask(asdict(terms))
        self.base_url: str = hello["base_url"]
        self.token: str = hello["token"]
        self.properties: dict[str, list[str]] = hello["properties"]
        self.records: dict[str, int] = hello["records"]
        self.links: dict[str, int] = hello["links"]

    def figures(self) -> Figures:
        """Return what the server saw since the last time."""
        return Figures(**self._ask({}))


@contextmanager
def serving(terms: Terms) -> Iterator[Server]:
    """Serve a portal in another process until the block ends."""
    command, pipe = (sys.executable, "-m", "benchmarks.server"), subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8") as process:  # noqa: S603 - our own module
        yield Server(process, terms)


def portal_of(terms: Terms, folder: Path) -> Portal:
    """Generate a portal into ``folder``, or load it into there where it was generated before."""
    path, database = Path(terms.dump) if terms.dump else None, folder / "portal.db"
    if path is not None and path.exists():
        return load_portal(path, into=database)
    portal = generate_bulk(
        contacts=terms.contacts,
        companies=terms.companies,
        deals=terms.deals,
        engagements=terms.engagements,
        engagements_per_contact=terms.each,
        path=database,
    )
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        dump_portal(portal, path)
    return portal


def main() -> None:
    """Serve until standard input ends."""
    terms = Terms(**json.loads(sys.stdin.readline()))
    with tempfile.TemporaryDirectory(prefix="crmbridge-benchmark-") as folder:
        serve(portal_of(terms, Path(folder)), terms)


def serve(portal: Portal, terms: Terms) -> None:
    """Serve a portal until standard input ends."""
    portal.limits.calls, portal.limits.searches = terms.rate, terms.searches
    portal.limits.enabled = terms.rate > 0
    portal.limits.search_in_pool = terms.in_pool
    meter = Meter(create_app(portal, terms.latency), in_pool=terms.in_pool)
    with listening(meter) as port:
        _answer(_hello(portal, port))
        for _ in sys.stdin:
            _answer(asdict(meter.figures()))


@contextmanager
def listening(app: ASGIApp) -> Iterator[int]:
    """Serve an application on this machine until the block ends; yield the port."""
    # Only with its protocol named does asyncio switch off the wait for small packets.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.005)  # uvicorn has no event to wait for, only this flag
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def _hello(portal: Portal, port: int) -> dict[str, Any]:
    records, links = portal.truth_counts()
    return {
        "base_url": f"http://127.0.0.1:{port}",
        "token": portal.token,
        "properties": {kind: sorted(portal.properties[kind]) for kind in KINDS},
        "records": {kind: records.get(kind, 0) for kind in KINDS},
        "links": {f"{one}>{other}": number for (one, other), number in links.items()},
    }


def _answer(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
