"""Keep below a platform's rate limits, together with the other programs that spend them.

A bucket is a log of calls: at most `limit` of them in any window. A call counts from its start, and until a window
after it was sent. When that was, its end tells: the end less the time that the quickest calls take. A thread may have
waited for its turn between start and sending, and such calls would arrive closer together than they started.

The platform's headers tell the limit and what is left of it; where more was spent than our own log holds, somebody else
spent it, and the log takes those calls in.
HubSpot's limits and header names: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

_PREFIX = "x-hubspot-ratelimit-"
_MOST_CALLS = 100_000
_LONGEST_WINDOW = 60.0
_REMEMBERED = 50
"""Calls by which the quickest is known."""
_LOOK_AGAIN = 1 / 64
"""Seconds after which to ask again, if all that fills a bucket is under way."""
_NUMBER = re.compile(r"[0-9]{1,9}")


class _Bucket:
    """A sliding log of when calls were sent, ours and others'. The throttle's lock guards it."""

    def __init__(self, limit: int, window: float) -> None:
        self.limit = limit
        self.window = window
        self._sent: deque[float] = deque()
        self._under_way = 0
        self._durations: deque[float] = deque(maxlen=_REMEMBERED)

    def wait(self, now: float) -> float:
        """Seconds until asking again is worth it; zero if one more call fits now."""
        while self._sent and self._sent[0] + self.window <= now:
            self._sent.popleft()
        if len(self._sent) + self._under_way < self.limit:
            return 0.0
        return self._sent[0] + self.window - now if self._sent else _LOOK_AGAIN

    def start(self) -> None:
        self._under_way += 1

    def end(self, started: float, now: float) -> None:
        self._under_way -= 1
        self._durations.append(now - started)
        sent = now - min(self._durations)
        self._sent.append(max(sent, self._sent[-1]) if self._sent else sent)

    def fill(self, now: float, spent: int) -> None:
        """Log as many calls of others as bring the log up to `spent`."""
        self.wait(now)
        self._sent.extend([now] * (spent - len(self._sent) - self._under_way))


class Throttle:
    """Lets calls start at the pace that the platform allows. Threads may share it.

    Args:
        limit: Most calls of ours per window, whatever the headers say; where they tell less, that holds.
        window: Seconds; a longer one in the headers holds. A little more than the platform's allows for the time that
            calls spend on the network.
        search_limit: Searches per search window. HubSpot: 5 a second per account.
        search_window: Seconds.
        search_in_pool: Whether a search spends the common pool too.
        clock: Monotonic seconds.
        sleep: Waits that many seconds.
    """

    def __init__(
        self,
        limit: int,
        window: float = 10.0,
        search_limit: int = 5,
        search_window: float = 1.0,
        *,
        search_in_pool: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if min(limit, search_limit) < 1 or min(window, search_window) <= 0:
            raise ValueError("limits must be at least 1 and windows longer than 0 seconds")
        self._window = window
        self._ours = _Bucket(limit, window)
        self._pool = _Bucket(limit, window)
        self._search = _Bucket(search_limit, search_window)
        self._search_in_pool = search_in_pool
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()

    @contextmanager
    def call(self, *, search: bool = False) -> Iterator[None]:
        """Wait until a call may start; it counts as under way until the block ends."""
        wait, started = self._claim(search=search)
        while wait > 0:
            self._sleep(wait)
            wait, started = self._claim(search=search)
        try:
            yield
        finally:
            with self._lock:
                now = self._clock()
                for bucket in self._buckets(search=search):
                    bucket.end(started, now)

    def observe(self, headers: Mapping[str, str]) -> None:
        """Learn from an answer's headers (names in lower case). Absent or odd ones teach nothing."""
        limit = _whole(headers.get(_PREFIX + "max"))
        left = _whole(headers.get(_PREFIX + "remaining"))
        window = _whole(headers.get(_PREFIX + "interval-milliseconds")) / 1000
        if not (1 <= limit <= _MOST_CALLS and 0 <= left <= limit and 0 < window <= _LONGEST_WINDOW):
            return
        with self._lock:
            self._pool.limit = limit
            self._pool.window = self._ours.window = max(window, self._window)
            self._pool.fill(self._clock(), limit - left)

    def exhausted(self, *, search: bool = False) -> None:
        """Note a refused call (429): the bucket is full, whatever our own log says."""
        bucket = self._search if search else self._pool
        with self._lock:
            bucket.fill(self._clock(), bucket.limit)

    def _claim(self, *, search: bool) -> tuple[float, float]:
        """Seconds to wait, zero if the call has started; and the present."""
        buckets = self._buckets(search=search)
        with self._lock:
            now = self._clock()
            wait = max(bucket.wait(now) for bucket in buckets)
            if wait <= 0:
                for bucket in buckets:
                    bucket.start()
        return wait, now

    def _buckets(self, *, search: bool) -> list[_Bucket]:
        buckets = [self._search] if search else []
        return buckets if search and not self._search_in_pool else [*buckets, self._pool, self._ours]


def _whole(text: str | None) -> int:
    """Return the number that a header holds, or -1."""
    return int(text) if text and _NUMBER.fullmatch(text) else -1
