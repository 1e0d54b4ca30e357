"""Ends a call of a plugin that takes too long, if it is made in the main thread.

A second thread looks at the clock. When the call is overdue it signals the main thread, where Python runs signal
handlers between two steps of the program, and when a wait is interrupted; the handler raises ``OutOfTime`` in the
plugin's code. A plugin that swallows it gets it again. A search of ``re`` lets no other thread look at the clock, but
heeds signals: so the system sends the same signal while the program computes. Code in C that does neither goes on: only
a process of its own can be ended then.
"""

from __future__ import annotations

import math
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import get_ident
from time import monotonic
from types import FrameType
from typing import Any, Final, TypeVar

from crmbridge.plugins.failures import OutOfTime

TICK: Final = 0.05
"""Seconds between two looks at the clock: by so much a call may overrun."""

CPU_TICK: Final = 0.25
"""Seconds of computing between two signals of the system."""

SIGNAL: Final = getattr(signal, "SIGVTALRM", None) if hasattr(signal, "pthread_kill") else None
"""That of the timer ``ITIMER_VIRTUAL``, which hardly anything uses; ``SIGALRM`` and its timer are left to others."""

T = TypeVar("T")


class Watch:
    """Watches the main thread; one for the process, since its signal handlers are."""

    def __init__(self) -> None:
        self._users = 0
        self._main = 0
        self._stray = False
        self._deadline = math.inf
        self._seconds = 0.0
        self._late = False
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._before: Any = None
        self._timed = False

    @contextmanager
    def on(self) -> Iterator[None]:
        """Watch for the time of a ``with`` statement; nothing is watched where that is not in the main thread."""
        if SIGNAL is None or threading.current_thread() is not threading.main_thread():
            yield
            return
        if not self._users:
            self._begin(SIGNAL)
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                self._end(SIGNAL)

    def within(self, seconds: float, function: Callable[..., T], *arguments: object) -> T:
        """Call a function, which has so many seconds; 0 is all the time there is.

        Raises:
            OutOfTime: It took longer, or it would have.
        """
        if not seconds or get_ident() != self._main:
            return function(*arguments)
        outer = self._deadline, self._seconds
        self._seconds = seconds
        self._deadline = monotonic() + seconds
        try:
            answer = function(*arguments)
        finally:
            if self._stray:
                os._exit(1)
            late, self._late = self._late, False
            self._deadline, self._seconds = outer
        if late:  # it swallowed the word: what it answers may be half of it
            raise OutOfTime(seconds)
        return answer

    def _begin(self, number: int) -> None:
        self._before = signal.signal(number, self._handle)
        self._timed = not any(signal.getitimer(signal.ITIMER_VIRTUAL))  # else somebody else's profiler runs
        if self._timed:
            signal.setitimer(signal.ITIMER_VIRTUAL, CPU_TICK, CPU_TICK)
        self._ended.clear()
        self._main = get_ident()
        looking = (number, self._main)
        self._thread = threading.Thread(target=self._look, args=looking, name="crmbridge-watch", daemon=True)
        self._thread.start()

    def _end(self, number: int) -> None:
        """Stop thread and timer, and only then give the signal back: unhandled, it ends a program."""
        self._main = 0
        if self._timed:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        self._ended.set()
        assert self._thread is not None, "it was begun"
        self._thread.join()
        if threading.current_thread() is threading.main_thread():  # a generator may be closed in any other
            signal.signal(number, self._before or signal.SIG_DFL)

    def forked(self) -> None:
        """Note, in a process that was forked off, that it must not come back from the call in which it was."""
        self._stray = self._deadline < math.inf

    def _look(self, number: int, main: int) -> None:
        while not self._ended.wait(TICK):
            if monotonic() >= self._deadline:
                signal.pthread_kill(main, number)

    def _handle(self, _: int, frame: FrameType | None) -> None:
        """Raise in the code that was called, never in ``within`` itself, which would miss its clearing up."""
        if monotonic() >= self._deadline and frame is not None and frame.f_code is not _WITHIN:
            self._late = True
            raise OutOfTime(self._seconds)


_WITHIN: Final = Watch.within.__code__

WATCH: Final = Watch()
"""The watch of this process."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=WATCH.forked)
