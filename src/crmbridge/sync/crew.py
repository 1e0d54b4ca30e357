"""Several calls under way at once: helper threads read, the engine's own thread stores, one commit for what is there.

A helper reads one page at a time, and the page after it is asked for only once it is stored: a run that is killed
loses at most one page of each helper.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final, Protocol

import sqlalchemy as sa

from crmbridge.errors import GrantScope
from crmbridge.model.base import ObjectName
from crmbridge.store import Lease, Store

GRACE: Final = 5.0
"""Seconds to wait for calls under way after an error. Ctrl-C must not wait for the retries of a platform that is
away: a longer call is left to its thread, which keeps no process alive."""


@dataclass(frozen=True)
class Call:
    """One thing to read, and what to do with it.

    Attributes:
        read: Reads it; runs in a helper thread and must not write to the store.
        store: Stores what was read, in the transaction given; runs in the engine's thread.
        search: True if it is paid from the platform's budget for searches.
    """

    read: Callable[[], Any]
    store: Callable[[sa.Connection, Any], None]
    search: bool = False


class Stream(Protocol):
    """Something that is read call by call.

    Attributes:
        name: The object it reads.
    """

    name: ObjectName

    def next(self, *, search: bool) -> Call | None:
        """The next call of this budget; None if there is none now. It is asked again after each commit."""
        ...


@dataclass(frozen=True)
class _Asked:
    call: Call
    name: ObjectName


@dataclass(frozen=True)
class _Done:
    call: Call
    name: ObjectName
    result: Any = None
    error: BaseException | None = None


class Crew:
    """Helper threads for one run.

    Args:
        store: Where results go.
        calls: Calls under way at most, searches aside.
        searches: Searches under way at most.
        skip: Asked whether to do without an object for which a scope is missing.
    """

    def __init__(self, store: Store, calls: int, searches: int, skip: Callable[[ObjectName, GrantScope], bool]) -> None:
        self._store = store
        self._skip = skip
        self._skipped: set[ObjectName] = set()
        self._room = {False: calls, True: searches}
        self._asked: SimpleQueue[_Asked | None] = SimpleQueue()
        self._done: SimpleQueue[_Done] = SimpleQueue()
        self._under_way = 0
        self._storing = False
        self._helpers: list[threading.Thread] = []

    def run(self, lease: Lease, streams: Sequence[Stream]) -> None:
        """Read the streams to their ends; the first ones have precedence.

        Raises:
            CrmBridgeError: The first that a call raised. What was read besides is stored before.
        """
        try:
            self._hand_out(streams)
            while self._under_way:
                self._take_in(lease, self._answers(None))
                self._hand_out(streams)
        except BaseException:
            self._wind_up(lease)
            raise
        finally:
            self._dismiss()

    def _hand_out(self, streams: Iterable[Stream]) -> None:
        for stream in streams:
            for search in (True, False):
                while (
                    self._room[search]
                    and stream.name not in self._skipped
                    and (call := stream.next(search=search)) is not None
                ):
                    self._room[search] -= 1
                    self._under_way += 1
                    if self._under_way > len(self._helpers):
                        self._helpers.append(threading.Thread(target=self._help, name="crmbridge-reader", daemon=True))
                        self._helpers[-1].start()
                    self._asked.put(_Asked(call, stream.name))

    def _dismiss(self) -> None:
        """End the helpers; one whose call is still under way ends with it."""
        for _ in self._helpers:
            self._asked.put(None)
        if not self._under_way:
            for helper in self._helpers:
                helper.join()

    def _help(self) -> None:
        while (asked := self._asked.get()) is not None:
            try:
                self._done.put(_Done(asked.call, asked.name, asked.call.read()))
            except BaseException as error:  # noqa: BLE001 - it is raised again in the engine's thread
                self._done.put(_Done(asked.call, asked.name, error=error))

    def _answers(self, patience: float | None) -> list[_Done]:
        """Wait for an answer, and take all that are there; they count as no longer under way."""
        found: list[_Done] = []
        try:
            found.append(self._done.get(timeout=patience))
            while True:
                found.append(self._done.get_nowait())
        except Empty:
            pass
        for done in found:
            self._room[done.call.search] += 1
            self._under_way -= 1
        return found

    def _take_in(self, lease: Lease, answers: Sequence[_Done]) -> None:
        good = [done for done in answers if done.error is None]
        if good:
            self._storing = True
            with self._store.writing(lease) as tx:
                for done in good:
                    done.call.store(tx, done.result)
            self._storing = False
        for done in answers:
            if isinstance(done.error, GrantScope) and (done.name in self._skipped or self._skip(done.name, done.error)):
                self._skipped.add(done.name)
            elif done.error is not None:
                raise done.error

    def _wind_up(self, lease: Lease) -> None:
        """After an error: keep what calls under way still bring within a moment; they must not hide the first error.

        Nothing is kept if storing itself failed: the streams in memory are further then than what was committed.
        """
        if self._storing:
            return
        try:
            until = time.monotonic() + GRACE
            while self._under_way and (answers := self._answers(max(until - time.monotonic(), 0.001))):
                self._take_in(lease, [done for done in answers if done.error is None])
        except Exception:  # noqa: BLE001, S110 - the first error is the one to tell; what is lost is read again
            pass
