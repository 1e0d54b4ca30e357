"""Starts, asks and ends the process of one plugin."""

from __future__ import annotations

import itertools
import logging
import os
import signal
import socket
import subprocess
import sys
import weakref
from collections.abc import Iterator, Mapping
from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import Any, Final

from crmbridge.context import RunContext
from crmbridge.hookspecs import PROJECT
from crmbridge.model.plan import Plan
from crmbridge.plugins.failures import BadResult, Ended
from crmbridge.plugins.limits import Separation, for_plan
from crmbridge.plugins.separate import answers
from crmbridge.plugins.separate.protocol import MOST_BYTES, Call, Channel, Garbled, Hello, Known, pickled, read_json
from crmbridge.plugins.sources import Source

STARTING: Final = 60.0
"""Seconds in which a process must have started, imported its plugin and told what it registers."""

BATCH: Final = 500
"""Rows of a plan that go together."""

LONGEST: Final = 300
"""Characters of what a process says in words."""

KEPT: Final = ("LANG", "LD_LIBRARY_PATH", "PATH", "PYTHONHASHSEED", "PYTHONHOME", "PYTHONUTF8", "TZ")
"""Variables that a process gets, besides those that begin with ``LC_``; none of them is anybody's secret."""

LOG = logging.getLogger("crmbridge.hooks")


class Worker:
    """The process of one plugin; started when it is needed, and again after it was ended.

    May be used from several threads: calls wait for each other.
    """

    def __init__(self, source: Source, section: Mapping[str, Any], separation: Separation, seconds: float) -> None:
        self._name = source.name
        self._log = logging.getLogger(f"{PROJECT}.plugin.{source.name}")
        self._hello = Hello(source, dict(section), separation.memory_mb, self._log.getEffectiveLevel())
        self._seconds = seconds
        self._lock = Lock()
        self._process: _Process | None = None
        self._told: RunContext[Any] | None = None
        self._warned: set[str] = set()

    def register(self) -> dict[str, Any]:
        """Start the process and hear what the plugin registers, unread and unchecked.

        Raises:
            Ended: It did not get that far.
        """
        self.close()
        deadline = monotonic() + max(STARTING, self._seconds)
        try:
            self._process = _Process()
            self._process.channel.send(pickled(self._hello), deadline)
            return self._heard(deadline)
        except BaseException as error:  # noqa: BLE001 its process must be ended, and then it is raised
            raise self._ended(error, max(STARTING, self._seconds)) from None

    def call(self, hook: str, arguments: Mapping[str, object]) -> object:
        """Have a hook called, with its arguments by name.

        Raises:
            BadResult: The hook failed, or returned what none may return.
            Ended: Its process ended, or was ended because it took too long.
        """
        with self._lock:
            if self._process is None and "registered" not in self.register():
                self.close()
                raise Ended("does not register any more as it did")
            plan = arguments.get("plan")
            rows = len(plan) if isinstance(plan, Plan) else 0
            seconds = for_plan(self._seconds, rows)
            try:
                message = self._called(hook, arguments, monotonic() + seconds if seconds else None)
            except BaseException as error:  # noqa: BLE001 its process must be ended, and then it is raised
                raise self._ended(error, seconds) from None
        if "failed" in message:
            raise BadResult(plain(message["failed"]))
        return answers.read(message.get("answer"))

    def close(self) -> None:
        """End the process, and all that it started."""
        process, self._process, self._told = self._process, None, None
        if process is not None:
            process.end()

    def _called(self, hook: str, arguments: Mapping[str, object], deadline: float | None) -> dict[str, Any]:
        assert self._process is not None, "it was started"
        channel = self._process.channel
        sent = {name: item.header if isinstance(item, Plan) else item for name, item in arguments.items()}
        channel.send(pickled(Call(hook, sent, self._news(sent.pop("ctx", None)))), deadline)
        streams: dict[int, Iterator[Any]] = {}
        while "rows" in (message := self._heard(deadline)):
            plan, stream = arguments.get("plan"), message["rows"]
            if not isinstance(plan, Plan) or not isinstance(stream, int):
                raise Garbled("asked for rows of no plan")
            rows = streams.setdefault(stream, iter(plan))
            channel.send(pickled(list(itertools.islice(rows, BATCH))), deadline)
        return message

    def _news(self, context: object) -> Known | None:
        """What the process must be told of the run; nothing if it knows."""
        if not isinstance(context, RunContext) or context is self._told:
            return None
        self._told = context
        return Known(**{name: getattr(context, name) for name in Known._fields})

    def _heard(self, deadline: float | None) -> dict[str, Any]:
        assert self._process is not None, "it was started"
        message = read_json(self._process.channel.receive(deadline, MOST_BYTES))
        self._note(message.pop("log", None), message.pop("tried", None))
        return message

    def _note(self, lines: object, tried: object) -> None:
        """Log what the plugin logged, and warn once of each thing that a judging hook must not do."""
        for line in lines if isinstance(lines, list) else ():
            match line:
                case [int(level), str(text)]:
                    self._log.log(min(max(level, logging.DEBUG), logging.CRITICAL), "%s", plain(text))
        for event in tried if isinstance(tried, list) else ():
            if isinstance(event, str) and event not in self._warned and len(self._warned) < LONGEST:
                self._warned.add(event)
                LOG.warning("%s did what a judging hook must not do: %s", self._name, plain(event))

    def _ended(self, error: BaseException, seconds: float) -> BaseException:
        """End a process that failed, and say why; the user's word goes through."""
        process = self._process
        why = process.why() if process and isinstance(error, EOFError | ConnectionError) else ""
        self.close()
        if isinstance(error, TimeoutError):
            return Ended(f"ran longer than {seconds:g} s; its process was ended")
        if isinstance(error, EOFError | OSError):
            return Ended(f"its process {why or 'could not be asked'}")
        return Ended(f"its process {error}") if isinstance(error, Garbled) else error


class _Process:
    """A fresh interpreter in a session of its own, so that it can be ended with all that it starts."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        life, alive = os.pipe()
        try:
            self._popen = subprocess.Popen(  # noqa: S603 this interpreter, with numbers
                [sys.executable, "-P", "-m", "crmbridge.plugins.separate.child", str(theirs.fileno()), str(life)],
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), life),
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            os.close(alive)
            raise
        finally:
            theirs.close()
            os.close(life)
        self.channel = Channel(ours)
        self.end = weakref.finalize(self, _end, self._popen, ours, alive)

    def why(self) -> str:
        """Say how it ended, if it has within a second."""
        with suppress(subprocess.TimeoutExpired):
            code = self._popen.wait(1)
            return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return "stopped answering"


def _end(popen: subprocess.Popen[bytes], ours: socket.socket, alive: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(popen.pid, signal.SIGKILL)
    popen.wait()
    ours.close()
    os.close(alive)


def environment() -> dict[str, str]:
    """The environment of a process: nothing that could be a secret, and where Python finds its modules."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith("LC_")}
    return kept | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def plain(text: object) -> str:
    """Keep of a text from a process what can be shown: one short line."""
    return "".join(letter for letter in str(text)[:LONGEST] if letter.isprintable())
