"""The process of one plugin: ``python -m crmbridge.plugins.separate.child SOCKET LIFE``; started by ``parent``.

It imports the plugin, tells what it registers, and answers calls until its socket closes. What is printed goes nowhere.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import pickle
import resource
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from crmbridge.context import RunContext
from crmbridge.errors import FixConfig, FixPlugin
from crmbridge.model.changes import Change
from crmbridge.model.plan import Plan, PlanHeader
from crmbridge.plugins.failures import BadResult, describe
from crmbridge.plugins.hooks import Hook
from crmbridge.plugins.registration import Plugin, register
from crmbridge.plugins.separate.answers import written
from crmbridge.plugins.separate.protocol import MOST_BYTES, Call, Channel, Hello, Known

MOST_LOGGED: Final = 100
"""Lines of one call; their length is ``LONGEST_LINE``."""
LONGEST_LINE: Final = 500

ACTING: Final = ("register_connectors", "register_commands", "on_event")
"""Hooks that may do more than judge."""


class Notes(logging.Handler):
    """Keeps what the plugin logs, and what it tries, until the next answer takes it along."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[int, str]] = []
        self._tried: set[str] = set()
        self.judging = False

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line; one that cannot be put together is no failure of the hook, as in any process."""
        if len(self._lines) < MOST_LOGGED:
            try:
                self._lines.append((record.levelno, record.getMessage()[:LONGEST_LINE]))
            except Exception:  # noqa: BLE001 arguments may be anything
                self.handleError(record)

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Keep what a judging hook, which has no business with it, asks of the system."""
        if self.judging and (event in _ATTEMPTS or (event == "open" and _writes(arguments[1]))):
            self._tried.add(event)

    def taken(self) -> dict[str, Any]:
        """Hand over what was kept."""
        kept = {"log": self._lines, "tried": sorted(self._tried)}
        self._lines, self._tried = [], set()
        return kept


_ATTEMPTS: Final = frozenset(
    {"socket.connect", "socket.bind", "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.posix_spawn"}
)
"""Events of https://docs.python.org/3/library/audit_events.html."""


def _writes(mode: object) -> bool:
    return isinstance(mode, str) and any(letter in mode for letter in "wax+")


class Child:
    """Answers the calls of one plugin."""

    def __init__(self, channel: Channel, notes: Notes) -> None:
        self._channel = channel
        self._notes = notes
        self._known: Known | None = None
        self._streams = 0
        self._pid = os.getpid()

    def run(self) -> None:
        """Register the plugin, then answer until crmbridge is gone."""
        hello: Hello = pickle.loads(self._channel.receive())  # noqa: S301 from the process that started this one
        if hello.memory_mb is not None:
            limit = hello.memory_mb * 1024 * 1024
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        log = logging.getLogger(f"crmbridge.plugin.{hello.source.name}")
        log.addHandler(self._notes)
        log.setLevel(hello.log_level)
        plugin = self._registered(hello)
        while plugin is not None:
            self._answer(plugin)

    def _registered(self, hello: Hello) -> Plugin | None:
        try:
            plugin = register(hello.source, hello.section)
        except FixPlugin as error:
            self._say({"refused": [error.problem, error.hook, error.remedy]})
        except FixConfig as error:
            self._say({"misconfigured": [list(fault) for fault in error.faults]})
        else:
            self._say({"registered": _described(plugin)})
            return plugin
        return None

    def _answer(self, plugin: Plugin) -> None:
        call: Call = pickle.loads(self._channel.receive())  # noqa: S301 from the process that started this one
        self._known = call.known or self._known
        hook = plugin.hooks[call.hook]
        self._notes.judging = call.hook not in ACTING
        try:
            result = hook(self._arguments(plugin, hook, call))
            answer = {"answer": None if call.hook == "on_event" else written(result)}
            _check_size(answer)
        except BaseException as error:  # noqa: BLE001 a plugin may raise anything, and even exit
            answer = {"failed": describe(error, hook.function)}
        self._notes.judging = False
        self._say(answer)

    def _arguments(self, plugin: Plugin, hook: Hook, call: Call) -> Mapping[str, object]:
        arguments, header, own = dict(call.arguments), call.arguments.get("plan"), plugin.context
        if isinstance(header, PlanHeader):
            arguments["plan"] = Plan(header, self._rows)
        if "ctx" in hook.arguments:
            assert self._known is not None, "the first call brings it"
            known = self._known._asdict()
            arguments["ctx"] = RunContext(plugin=own.plugin, settings=own.settings, log=own.log, **known)
        return arguments

    def _rows(self) -> Iterator[Change]:
        """Stream the rows of the plan; each stream begins anew."""
        self._streams += 1
        mine = self._streams
        while True:
            self._say({"rows": mine})
            batch: list[Change] = pickle.loads(self._channel.receive())  # noqa: S301 from the process that started this one
            if not batch:
                return
            yield from batch

    def _say(self, message: dict[str, Any]) -> None:
        """Answer; a process that the plugin forked and that came back here must not, or each call had two answers."""
        if os.getpid() != self._pid:
            os._exit(1)
        self._channel.send(json.dumps(message | self._notes.taken()).encode())


def _check_size(answer: dict[str, Any]) -> None:
    if len(json.dumps(answer)) > MOST_BYTES // 2:  # the log goes with it
        raise BadResult(f"returned more than {MOST_BYTES // 2} bytes")


def _described(plugin: Plugin) -> dict[str, Any]:
    return {
        "hooks": {name: hook.arguments for name, hook in plugin.hooks.items()},
        "settings": plugin.settings_text,
        "keys": plugin.keys,
        "inputs": written(plugin.inputs),
        "properties": written(plugin.properties),
        "stages": written(plugin.stages),
    }


def die_with_parent(life: int) -> None:
    """Let the system end this process and those it starts as soon as the other end of a pipe is closed.

    Nothing is ever written there; that it closes is a signal, whose default is to end whoever gets it. That works even
    while a plugin hangs in C.
    """
    os.set_inheritable(life, False)  # noqa: FBT003 the function takes it by position
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(life, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)


def main(end: int, life: int) -> None:
    """Be the process of a plugin."""
    die_with_parent(life)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    channel = Channel(socket.socket(fileno=end))
    os.set_inheritable(end, False)  # noqa: FBT003 the function takes it by position
    notes = Notes()
    sys.addaudithook(notes.audit)
    try:
        Child(channel, notes).run()
    except EOFError:
        sys.exit()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
