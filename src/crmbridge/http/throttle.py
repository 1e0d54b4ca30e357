"""Keep below a platform's rate limits, together with the other programs that spend them.

A bucket is a log of call starts: at most `limit` of them in any window. The platform's headers tell the limit and what
is left of it; where more was spent than our own log holds, somebody else spent it, and the log takes those calls in.
HubSpot's limits and header names: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

_PREFIX = "x-hubspot-ratelimit-"
_MOST_CALLS = 100_000
_LONGEST_WINDOW = 60.0
_NUMBER = re.compile(r"[0-9]{1,9}")


class _Bucket:
    """A sliding log of call starts, ours and others'. The throttle's lock guards it."""

    def __init__(self, limit: int, window: float) -> None:
        self.limit = limit
        self.window = window
        self._starts: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Seconds until asking again is worth it; zero if one more call fits now."""
        while self._starts and self._starts[0] + self.window <= now:
            self._starts.popleft()
        if len(self._starts) < self.limit:
            return 0.0
        return self._starts[0] + self.window - now

    def add(self, now: float) -> None:
        self._starts.append(now)

    def fill(self, now: float, spent: int) -> None:
        """Log as many calls of others as bring the log up to `spent`."""
        self.wait(now)
        self._starts.extend([now] * (spent - len(self._starts)))


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

    def acquire(self, *, search: bool = False) -> None:
        """Wait until a call may start, and log its start."""
        while (wait := self._claim(search=search)) > 0:
            self._sleep(wait)

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

    def _claim(self, *, search: bool) -> float:
        buckets = [self._search] if search else []
        if not search or self._search_in_pool:
            buckets += [self._pool, self._ours]
        with self._lock:
            now = self._clock()
            wait = max(bucket.wait(now) for bucket in buckets)
            if wait <= 0:
                for bucket in buckets:
                    bucket.add(now)
        return wait


def _whole(text: str | None) -> int:
    """Return the number that a header holds, or -1."""
    return int(text) if text and _NUMBER.fullmatch(text) else -1
