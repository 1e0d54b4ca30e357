"""How often each kind of call was made, so that a demo or a test can print what a step cost."""

from __future__ import annotations

import threading
from collections import Counter, deque
from typing import Final

WINDOW: Final = 10_000
"""Milliseconds of the window of ``busiest``: the platform's own."""
Call = tuple[str, str]


class CallLog:
    """Thread-safe counts of calls by (method, path template), e.g. ``("GET", ".../contacts/{id}")``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Call] = Counter()
        self._starts: deque[int] = deque()
        self.busiest = 0
        """Most calls that began within any ``WINDOW``."""

    def add(self, method: str, template: str, now: int) -> None:
        """Count one call that begins now, epoch milliseconds."""
        with self._lock:
            self._counts[method, template] += 1
            self._starts.append(now)
            while self._starts[0] <= now - WINDOW:
                self._starts.popleft()
            self.busiest = max(self.busiest, len(self._starts))

    def mark(self) -> Counter[Call]:
        """Return the counts until now; hand them to ``since`` later."""
        with self._lock:
            return Counter(self._counts)

    def since(self, mark: Counter[Call]) -> Counter[Call]:
        """Return what was called after a mark."""
        with self._lock:
            return self._counts - mark

    def count(self, part: str = "") -> int:
        """Return the number of calls whose ``METHOD template`` contains this text."""
        with self._lock:
            return sum(number for call, number in self._counts.items() if part in " ".join(call))
