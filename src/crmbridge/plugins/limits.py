"""How long a call of a plugin may take, and which plugins run in a process of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SECONDS = 60.0
"""What one call may take, unless the configuration says otherwise."""

PLAN_ROWS = 10_000
"""A check of a plan has the time of one call for each of so many rows."""


@dataclass(frozen=True, kw_only=True)
class Separation:
    """How a plugin runs in a process of its own.

    Attributes:
        memory_mb: Address space of that process in MiB; None for no limit.
    """

    memory_mb: int | None = None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What plugins may take.

    Attributes:
        seconds: Of one call; 0 for no limit.
        by_plugin: Where it differs, by the plugin's name.
        separate: Plugins that run in processes of their own, by name.
    """

    seconds: float = SECONDS
    by_plugin: Mapping[str, float] = field(default_factory=dict)
    separate: Mapping[str, Separation] = field(default_factory=dict)

    def seconds_of(self, plugin: str) -> float:
        """What one call of a plugin may take."""
        return self.by_plugin.get(plugin, self.seconds)


USUAL = Limits()
"""One minute for each call, and no processes."""


def for_plan(seconds: float, rows: int) -> float:
    """What a check of a plan of so many rows may take."""
    return seconds * max(1.0, rows / PLAN_ROWS)
