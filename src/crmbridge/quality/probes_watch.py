"""Watches a function while it runs: does it read the clock, chance, the environment, a file or the network?

Calls are seen by Python's profiler, what happens inside C by its audit events. What was only loaded on first use
(texts, imports, time zones) is not seen if the function ran once before.
"""

from __future__ import annotations

import gc
import inspect
import os
import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from types import FrameType
from typing import Any, Final

_CLOCKS: Final = frozenset(
    (
        *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time"),
        *("process_time_ns", "thread_time", "thread_time_ns", "clock_gettime", "clock_gettime_ns"),
        *("localtime", "gmtime", "ctime", "sleep"),
    )
)
_NOW: Final = frozenset(("now", "utcnow", "today"))
_CHANCE: Final = getattr(random.random, "__self__", None)
_ENVIRONMENT: Final = frozenset(
    getattr(type(os.environ), name).__code__ for name in ("__getitem__", "__setitem__", "__delitem__", "__iter__")
)
_OUTSIDE: Final = {
    "open": "a file",
    "os.listdir": "a folder",
    "os.scandir": "a folder",
    "os.mkdir": "a folder",
    "os.remove": "a file",
    "os.rename": "a file",
    "os.putenv": "the environment",
    "os.unsetenv": "the environment",
    "os.system": "a process",
    "os.fork": "a process",
    "os.exec": "a process",
    "os.posix_spawn": "a process",
    "subprocess.Popen": "a process",
    "socket.connect": "the network",
    "socket.getaddrinfo": "the network",
    "socket.sendto": "the network",
    "socket.bind": "the network",
    "sqlite3.connect": "a database",
}
_OURS: Final = ("crmbridge", "logging", "_strptime", "zoneinfo", "importlib")
"""Packages that may do so on a plugin's behalf: its log writes times, a date is read in the words of a locale."""

_watchers: dict[int, list[tuple[str, str]]] = {}
"""By thread: what was seen; audit hooks cannot be taken away again."""


@contextmanager
def watching() -> Iterator[list[tuple[str, str]]]:
    """Watch this thread until the block ends; yields what was seen, as (``clock``, ``outside`` …, where)."""
    _listen()
    seen: list[tuple[str, str]] = []
    before, thread = sys.getprofile(), threading.get_ident()
    _watchers[thread] = seen
    collecting = gc.isenabled()
    gc.disable()  # libraries are called back by it, and read the clock: Hypothesis does
    sys.setprofile(_profiler(seen))
    try:
        yield seen
    finally:
        sys.setprofile(before)
        del _watchers[thread]
        if collecting:
            gc.enable()


def _profiler(seen: list[tuple[str, str]]) -> Callable[[FrameType, str, Any], None]:
    def note(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and (what := _named(called)):
            if not _is_ours(frame):
                seen.append((what, f"{_home(frame)}:{frame.f_lineno} calls {called.__qualname__}"))
        elif event == "call" and frame.f_code in _ENVIRONMENT:
            caller = _outer(frame)
            if caller is not None and not _is_ours(caller):
                seen.append(("the environment", f"{_home(caller)}:{caller.f_lineno} reads os.environ"))

    return note


def _named(called: Any) -> str:
    """Say what a built-in function reads; nothing for all others."""
    name, owner = called.__name__, getattr(called, "__self__", None)
    if name in _NOW and isinstance(owner, type) and issubclass(owner, date):
        return "the clock"
    if name in _CLOCKS and getattr(called, "__module__", None) == "time":
        return "the clock"
    return "chance" if name == "urandom" or (owner is not None and owner is _CHANCE) else ""


def _outer(frame: FrameType) -> FrameType | None:
    """The first frame outside of ``os`` and the mappings that it builds on."""
    found = frame.f_back
    while found is not None and _home(found) in ("os", "_collections_abc"):
        found = found.f_back
    return found


def _is_ours(frame: FrameType) -> bool:
    return _home(frame).partition(".")[0] in _OURS


def _home(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "?"))


def _audited(event: str, _: tuple[Any, ...]) -> None:
    if event not in _OUTSIDE or not _watchers:
        return
    seen = _watchers.get(threading.get_ident())
    if seen is not None:
        frame = inspect.currentframe()
        frame = frame and frame.f_back  # the code that caused it
        if frame is not None and not _is_ours(frame):
            seen.append((_OUTSIDE[event], f"{_home(frame)}:{frame.f_lineno} causes {event}"))


_listening = threading.Event()


def _listen() -> None:
    if not _listening.is_set():
        _listening.set()
        sys.addaudithook(_audited)
