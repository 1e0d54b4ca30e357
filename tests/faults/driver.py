"""A process that forks others: each runs ``crmbridge`` for real, and dies, stops or starves where it is told.

It reads orders from its standard input, one JSON document a line, and answers each with one. What it patches are the
seams of the product; the product itself has no such switches.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from alembic import command  # noqa: F401 -- imported before the fork, so that it costs no child its time

from crmbridge.cli import main as crmbridge
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.store import Store
from crmbridge.writeback.desk import Also, Desk, Entries
from crmbridge.writeback.hands import values

Order = dict[str, Any]
Hit = Callable[[], None]
CREATES = ("create_definition", "create_group")


def at(number: int, what: int) -> Hit:
    """Make a function that sends a signal to its own thread when it is called the given time."""
    calls, lock = count(1), threading.Lock()

    def hit() -> None:
        with lock:
            reached = next(calls) == number
        if reached:
            signal.pthread_kill(threading.get_ident(), what)

    return hit


def patched(owner: Any, name: str, around: Callable[..., Any]) -> None:
    """Put ``around``, which is given the real function first, in the place of a method."""
    real = getattr(owner, name)

    def instead(*args: Any, **more: Any) -> Any:
        return around(real, *args, **more)

    setattr(owner, name, instead)


@dataclass(frozen=True)
class Trap:
    """Meets ``hit`` at one point of apply, for rows of these kinds."""

    point: str
    kinds: Sequence[str]
    hit: Hit

    def arm(self) -> None:
        """Put itself into the seams of this process."""
        patched(Desk, "intend", self.intend)
        patched(Desk, "end", self.end)
        patched(httpx.Client, "send", self.send)
        for name in ("update",) if "property" in self.kinds else CREATES:
            patched(HubSpotConnector, name, self.write)

    def reached(self, point: str, entries: Entries | None = None) -> None:
        """Meet ``hit`` if this is the point."""
        about = entries is None or any(row.change.kind in self.kinds for row, _ in entries)
        if point == self.point and about:
            self.hit()

    def intend(self, real: Callable[..., None], desk: Desk, entries: Entries, also: Also | None = None) -> None:
        """The intents of a batch are journalled."""
        self.reached("before the journal", entries)
        real(desk, entries, also)
        self.reached("after the journal", entries)

    def end(self, real: Callable[..., None], desk: Desk, entries: Entries, also: Also | None = None) -> None:
        """What became of a batch is journalled."""

        def inside(tx: sa.Connection) -> None:
            if also:
                also(tx)
            self.reached("before confirming is committed", entries)

        real(desk, entries, inside)
        self.reached("after confirming", entries)

    def send(self, real: Any, client: httpx.Client, request: httpx.Request, **more: Any) -> Any:
        """A request goes out, and its answer begins to come in."""
        written = ("batch/update",) if "property" in self.kinds else ("/groups", "properties/2026-09/contacts")
        answer = real(client, request, **more)
        if request.method == "POST" and request.url.path.endswith(written):
            self.reached("after the request is sent")
        return answer

    def write(self, real: Any, *args: Any) -> Any:
        """The connector writes."""
        answer = real(*args)
        self.reached("after the response")
        return answer


def limit_pages(more: int) -> None:
    """Let the database grow by so many pages and no further, as on a disk that is full."""

    most: list[int] = []

    @sa.event.listens_for(sa.Engine, "connect")
    def _limit(raw: Any, _record: object) -> None:
        if not most:
            most.append(raw.execute("PRAGMA page_count").fetchone()[0] + more)
        raw.execute(f"PRAGMA max_page_count={most[0]}")


def at_statement(hit: Hit) -> None:
    """Meet ``hit`` before a statement is executed."""

    @sa.event.listens_for(sa.Engine, "before_cursor_execute")
    def _count(*_: object) -> None:
        hit()


def obey(order: Order) -> None:
    """Do what an order says, in the child, and run the command, or just open the store."""
    hit = at(order.get("number", 1), order.get("signal", signal.SIGKILL))
    if order.get("signal") == signal.SIGSTOP:
        values.MOST_AT_ONCE = 1  # type: ignore[misc]  # who is stopped must not be holding SQLite's lock in another thread
    if "point" in order:
        Trap(order["point"], order.get("kinds", ["property"]), hit).arm()
    if order.get("statement"):
        at_statement(hit)
    if "pages" in order:
        limit_pages(order["pages"])
    if "bytes" in order:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["bytes"], resource.RLIM_INFINITY))
    if "seconds" in order:  # nobody handles this signal: it ends the process as kill -9 does, at any instruction
        signal.setitimer(signal.ITIMER_REAL, order["seconds"])
    if "store" in order:
        Store.open(Path(order["store"])).close()
        return
    sys.argv = ["crmbridge", *order["words"]]
    crmbridge()


@contextmanager
def printing_to(path: str) -> Iterator[None]:
    """Let the two outputs of this process go into a file, and nothing come in."""
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(file, 1)
    os.dup2(file, 2)
    yield
    sys.stdout.flush()
    sys.stderr.flush()


def child(order: Order) -> int:
    """Be the process that was ordered."""
    with printing_to(order["output"]):
        try:
            obey(order)
        except SystemExit as end:
            return int(end.code or 0)
    return 0


def ended(pid: int) -> str:
    """Wait until a child ends or stops."""
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return "stopped"
    return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit {os.WEXITSTATUS(status)}"


def serve() -> None:
    """Obey until there are no more orders."""
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            answer: Order = {"ended": ended(order["wait"])}
        else:
            pid = os.fork()
            if pid == 0:
                code = 70  # an error that was not told
                try:
                    code = child(order)
                finally:
                    os._exit(code)
            answer = {"pid": pid}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
