"""What one call of one plugin was: for traces. Observers see answers, which are personal data."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from crmbridge.plugins.failures import HookFailure

LOG = logging.getLogger("crmbridge.hooks")


@dataclass(frozen=True)
class HookCall:
    """One call of one plugin.

    Attributes:
        plugin: Its name.
        hook: The hook.
        unit: What it was asked about: ids, never values.
        seconds: How long it took, reading its answer included.
        answer: What it said, as core took it; None if it failed.
        failure: Why nothing was taken.
        error: What was raised in this process; unlike ``failure`` its text may quote a record.
    """

    plugin: str
    hook: str
    unit: str
    seconds: float
    answer: object
    failure: HookFailure | None = None
    error: BaseException | None = None


Observer = Callable[[HookCall], None]
"""Told of every call, in the calling thread; it must not raise."""


def log_call(call: HookCall) -> None:
    """Log a call: what was said by its kind only, never a value. Failures are logged where they happen."""
    if call.failure is None:
        milliseconds = call.seconds * 1000
        LOG.info("%s %s %s -> %s in %.2f ms", call.hook, call.plugin, call.unit, kind_of(call.answer), milliseconds)


def kind_of(answer: object) -> str:
    """Name the type of an answer, or how many of which types; never a value."""
    if isinstance(answer, type):
        return answer.__name__
    if not isinstance(answer, list | tuple):
        return type(answer).__name__
    counts = Counter(type(item).__name__ for item in answer)
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing"
