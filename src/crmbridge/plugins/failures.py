"""What became of a hook call that went wrong, and of one that went well."""

from __future__ import annotations

import inspect
import logging
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from threading import Lock
from typing import Any, Final, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from crmbridge import model
from crmbridge.errors import FixPlugin
from crmbridge.model.base import Ref
from crmbridge.model.failures import FailureGroup

LOG = logging.getLogger("crmbridge.hooks")

FAILURES_KEPT: Final = 100
"""Failures that are remembered in full of each plugin and hook; all are counted."""

_TELLING: Final = frozenset(
    ("missing", "literal_error", "string_pattern_mismatch", "greater_than", "less_than_equal", "finite_number")
)
"""Kinds of refusals whose messages hold what a field takes, and nothing of what it was given; so do those of types."""

SHOWN: Final = 3
"""Units that are named of each group of failures."""

T = TypeVar("T")


class BadResult(FixPlugin):
    """A plugin answered something that its hook does not allow. The text is ours and holds no value."""


class CutShort(BaseException):
    """A call that was ended from outside. No ``Exception``, so that a plugin does not catch it unawares."""


class OutOfTime(CutShort):
    """A call took longer than it may.

    Args:
        seconds: What it may take.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"ran longer than {seconds:g} s")


class Ended(CutShort):
    """The process of a plugin ended, or was ended, before it answered. The text is ours and says why."""


@dataclass(frozen=True)
class HookFailure:
    """A plugin that raised, gave a bad result, or took too long.

    Attributes:
        plugin: Its name.
        hook: The hook.
        unit: What it was asked about: ids, never values.
        message: The exception's class and its place in the plugin's code, or what is wrong with the result.
    """

    plugin: str
    hook: str
    unit: str
    message: str


class Answers(NamedTuple, Generic[T]):
    """What all plugins said to one question; no dataclass, since one is made for each question.

    Attributes:
        items: Their results, in the plugins' order; nothing of a plugin that failed.
        due: The earliest day on which one of them could change with no new record.
        failures: Plugins whose results are unknown here.
    """

    items: tuple[T, ...] = ()
    due: date | None = None
    failures: tuple[HookFailure, ...] = ()


@dataclass(frozen=True)
class Quarantined:
    """A record that a plugin failed on: unknown, never deleted."""

    ref: Ref
    failure: HookFailure


class FailureLog:
    """What failed in a session. It stays small however much does; may be used from several threads."""

    def __init__(self) -> None:
        self._kept: defaultdict[tuple[str, str], list[HookFailure]] = defaultdict(list)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    @property
    def failures(self) -> tuple[HookFailure, ...]:
        """The first failures of each plugin and hook, at most ``FAILURES_KEPT`` of each."""
        return tuple(failure for kept in self._kept.values() for failure in kept)

    @property
    def counts(self) -> Mapping[tuple[str, str], int]:
        """How often each (plugin, hook) failed."""
        return dict(self._counts)

    def groups(self) -> tuple[FailureGroup, ...]:
        """The failures by plugin and hook, each with its first units."""
        return tuple(
            FailureGroup(*place, kept[0].message, self._counts[place], tuple(item.unit for item in kept[:SHOWN]))
            for place, kept in self._kept.items()
        )

    def add(self, failure: HookFailure) -> None:
        """Remember a failure; log the first of each plugin and hook, so that a million records make one line."""
        place = (failure.plugin, failure.hook)
        with self._lock:
            self._counts[place] += 1
            first = self._counts[place] == 1
            if len(self._kept[place]) < FAILURES_KEPT:
                self._kept[place].append(failure)
        if first:
            LOG.warning(
                "%s failed in %s on %s: %s; its next failures there are counted, not logged",
                *(failure.plugin, failure.hook, failure.unit, failure.message),
            )


def merged(groups: Iterable[FailureGroup]) -> tuple[FailureGroup, ...]:
    """Join groups of several sessions that are about one plugin and hook."""
    found: dict[tuple[str, str], FailureGroup] = {}
    for group in groups:
        place = (group.plugin, group.hook)
        known = found.get(place, FailureGroup(*place, group.message, 0, ()))
        units = dict.fromkeys((*known.units, *group.units))
        found[place] = FailureGroup(*place, known.message, known.count + group.count, tuple(units)[:SHOWN])
    return tuple(found.values())


def traced(error: BaseException) -> str:
    """Write the way to where an exception was raised, and its class; its text may quote a record, so it stays out."""
    way = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (most recent call last):\n{way}{type(error).__name__}"


def describe(error: BaseException, function: Callable[..., Any]) -> str:
    """Name the exception's class and the line of the plugin it came from; its text may quote a record, so it stays out.

    The line is the deepest one in the package of ``function``.
    """
    if type(error) in (BadResult, Ended):
        return str(error)
    home = str(function.__module__).partition(".")[0]
    code = inspect.unwrap(function).__code__
    file, line = code.co_filename, code.co_firstlineno
    for frame, number in traceback.walk_tb(error.__traceback__):
        if str(frame.f_globals.get("__name__")).partition(".")[0] == home:
            file, line = frame.f_code.co_filename, number
    what = str(error) if type(error) is OutOfTime else type(error).__name__
    why = _refused(error) if isinstance(error, ValidationError) else ""
    return f"{what} at {PurePath(file).name}:{line}{why}"


def _refused(error: ValidationError) -> str:
    """Name the field that one of crmbridge's own models refused, and what it takes; never what it was given."""
    kind = getattr(model, error.title, None)
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    fault = next((item for item in faults if item["type"] in _TELLING), faults[0])  # a union refuses once per kind
    field, said = next(iter(fault["loc"]), None), fault["type"]
    if not isinstance(kind, type) or not issubclass(kind, BaseModel):
        return ""
    if field not in kind.model_fields:
        return f": {error.title}"
    tells = said in _TELLING or said.endswith("_type")
    return f": {error.title}.{field}" + (f": {fault['msg']}" if tells else "")
