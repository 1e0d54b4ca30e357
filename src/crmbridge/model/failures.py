"""What plugins failed on, put together for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FailureGroup:
    """Failures of one plugin in one hook that are alike.

    Attributes:
        plugin: Its name.
        hook: The hook.
        message: The exception's class and its place in the plugin's code, or what is wrong; never a value.
        count: How many there were.
        units: The first few of what it failed on: ids, never values.
    """

    plugin: str
    hook: str
    message: str
    count: int
    units: tuple[str, ...]
