"""How often each kind of call was made, so that a demo or a test can print what a step cost."""

from __future__ import annotations

import threading
from collections import Counter

Call = tuple[str, str]


class CallLog:
    """Thread-safe counts of calls by (method, path template), e.g. ``("GET", ".../contacts/{id}")``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Call] = Counter()

    def add(self, method: str, template: str) -> None:
        """Count one call."""
        with self._lock:
            self._counts[method, template] += 1

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
