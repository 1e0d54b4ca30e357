"""Asks one plugin after the other, and keeps what one of them does from harming anybody else.

Whatever a plugin raises, ``SystemExit`` included, is its failure and nobody else's; a bad result and a call that takes
too long count like a raise. Only ``KeyboardInterrupt``, the user's word, goes through.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from time import perf_counter
from types import TracebackType
from typing import Any, Final, Generic, NamedTuple, Self, TypeVar

from crmbridge.context import Drop, PluginSettings, RunContext
from crmbridge.model.base import Frozen
from crmbridge.model.changes import PropertyChange
from crmbridge.model.failures import FailureGroup
from crmbridge.model.plan import Plan
from crmbridge.model.proposals import Due
from crmbridge.model.records import Record
from crmbridge.plugins import results
from crmbridge.plugins.budget import WATCH
from crmbridge.plugins.calls import HookCall, Observer
from crmbridge.plugins.failures import Answers, CutShort, Ended, FailureLog, HookFailure, describe, traced
from crmbridge.plugins.hooks import Hook
from crmbridge.plugins.limits import for_plan
from crmbridge.plugins.registration import Plugin
from crmbridge.plugins.units import Subject, unit_of

CUT_SHORT: Final = 3
"""Calls of one plugin that may be cut short in a session; after the last it is out, or one that hangs takes days."""

T = TypeVar("T")
M = TypeVar("M", bound=Frozen)
R = TypeVar("R", Record, PropertyChange)


@dataclass(frozen=True, slots=True)
class Seat:
    """One plugin's implementation of one hook, what it knows, and how long a call may take."""

    name: str
    plugin: Plugin
    hook: Hook
    ctx: RunContext[PluginSettings]
    seconds: float


class Said(NamedTuple, Generic[M]):
    """What one plugin answered: its results, and the days on which they could change."""

    items: list[M]
    dues: list[Due]


Check = Callable[[Seat, Sequence[M]], None]
Read = Callable[[Seat, object], T]
"""Narrows the answer of a plugin."""


class Asking:
    """The plugins of one run over one connection, by the hooks they have.

    As a context manager it holds them to their time. See ``Session`` for the arguments.
    """

    def __init__(
        self,
        plugins: Mapping[str, Plugin],
        contexts: Mapping[str, RunContext[PluginSettings]],
        *,
        observe: Observer | None = None,
        wanted: Container[tuple[str, str]] | None = None,
    ) -> None:
        self._seats: dict[str, list[Seat]] = {}
        for plugin in plugins.values():
            for name, hook in plugin.hooks.items():
                seat = Seat(plugin.name, plugin, hook, contexts[plugin.name], plugin.seconds)
                self._seats.setdefault(name, []).append(seat)
        self._observe = observe
        self._wanted = wanted
        models = [model for plugin in plugins.values() for model in plugin.stages]
        self._stages = frozenset((model.key, stage) for model in models for stage in model.keys)
        self._log = FailureLog()
        self._cut_short: Counter[str] = Counter()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(WATCH.on())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def failures(self) -> tuple[HookFailure, ...]:
        """The first failures of each plugin and hook, at most ``FAILURES_KEPT`` of each."""
        return self._log.failures

    @property
    def failure_counts(self) -> Mapping[tuple[str, str], int]:
        """How often each (plugin, hook) failed."""
        return self._log.counts

    @property
    def failure_groups(self) -> tuple[FailureGroup, ...]:
        """The failures by plugin and hook."""
        return self._log.groups()

    def _having(self, hook: str) -> Sequence[Seat]:
        return self._seats.get(hook, ())

    def _chain(self, hook: str, argument: str, value: R, check: Callable[[R, R], None]) -> R | Drop | HookFailure:
        """Hand a value from plugin to plugin, until one drops it or fails."""
        for seat in self._having(hook):
            before = value
            answer = self._ask(
                seat,
                before,
                {argument: before},
                lambda _, result: _replaced(before, check, result),  # noqa: B023
            )
            if type(answer) is Drop or type(answer) is HookFailure:
                return answer
            value = answer  # type: ignore[assignment] # it is no drop and no failure
        return value

    def _collect(
        self,
        hook: str,
        arguments: dict[str, object],
        subject: Subject,
        kind: type[M],
        check: Check[M],
        only: str | None = None,
    ) -> Answers[M]:
        """Ask all plugins that have ``hook`` (and the hook ``only``, if given); of one that fails nothing is kept."""

        def read(seat: Seat, result: object) -> Said[M]:
            return _collected(seat, kind, check, self._wanted, result)

        items: list[M] = []
        dues: list[Due] = []
        failures: list[HookFailure] = []
        for seat in self._having(hook):
            if only is not None and only not in seat.plugin.hooks:
                continue
            answer = self._ask(seat, subject, arguments, read)
            if type(answer) is HookFailure:
                failures.append(answer)
            else:
                items += answer.items  # type: ignore[union-attr] # it is no failure
                dues += answer.dues  # type: ignore[union-attr] # it is no failure
        if not (items or dues or failures):
            return _NOTHING
        due = min(item.on for item in dues) if dues else None
        return Answers(tuple(items), due, tuple(failures))

    def _ask(self, seat: Seat, subject: Subject, arguments: dict[str, object], read: Read[T]) -> T | HookFailure:
        """Call one plugin and narrow its answer; the only place that catches what plugins raise.

        Args:
            seat: Whom to ask.
            subject: What it is asked about.
            arguments: Of the hook; ``ctx``, which each plugin has its own of, is put in.
            read: Narrows the answer.
        """
        begun = perf_counter() if self._observe is not None else 0.0
        try:
            if self._cut_short:
                self._refuse_if_out(seat)
            seconds = for_plan(seat.seconds, len(subject)) if type(subject) is Plan else seat.seconds
            arguments["ctx"] = seat.ctx
            answer: T = WATCH.within(seconds, _called, seat, arguments, read)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 a plugin may raise anything, and even exit
            return self._failed(seat, unit_of(subject), error, begun)
        if self._observe is not None:
            told = [*answer.items, *answer.dues] if isinstance(answer, Said) else answer
            self._observe(HookCall(seat.name, seat.hook.name, unit_of(subject), perf_counter() - begun, told))
        return answer

    def _refuse_if_out(self, seat: Seat) -> None:
        if self._cut_short[seat.name] >= CUT_SHORT:
            raise Ended(f"is not asked again for now: {CUT_SHORT} of its calls were cut short")

    def _failed(self, seat: Seat, unit: str, error: BaseException, begun: float) -> HookFailure:
        name, hook = seat.name, seat.hook.name
        log = seat.plugin.context.log
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s failed on %s:\n%s", hook, unit, traced(error))
        if isinstance(error, CutShort):
            self._cut_short[name] += 1
        failure = HookFailure(name, hook, unit, describe(error, seat.hook.function))
        if self._observe is not None:
            self._observe(HookCall(name, hook, unit, perf_counter() - begun, None, failure, error))
        self._log.add(failure)
        return failure


_NOTHING: Final[Answers[Any]] = Answers()


def _called(seat: Seat, arguments: Mapping[str, object], read: Read[T]) -> T:
    return read(seat, seat.hook(arguments))


def _replaced(before: R, check: Callable[[R, R], None], result: object) -> R | Drop:
    if result is None:
        return before
    after = results.replacement(result, before)
    if not isinstance(after, Drop):
        check(after, before)
    return after


def _collected(
    seat: Seat, kind: type[M], check: Check[M], wanted: Container[tuple[str, str]] | None, result: object
) -> Said[M]:
    """Narrow results one by one; by their types, since ``isinstance`` is slow on models."""
    items: list[M] = []
    dues: list[Due] = []
    by, narrow, add = seat.name, results.narrow, items.append
    for item in results.listed(result):
        if type(item) is Due:
            dues.append(narrow(item, Due))
        elif wanted is None or not results.is_idle(item, seat.plugin.specs, wanted):
            add(narrow(item, kind, by))
    if items:
        check(seat, items)
    return Said(items, dues)
