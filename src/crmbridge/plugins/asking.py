"""Asks one plugin after the other, and keeps what one of them does from harming anybody else.

Whatever a plugin raises, ``SystemExit`` included, is its failure and nobody else's; a bad result and a call that takes
too long count like a raise. Only ``KeyboardInterrupt``, the user's word, goes through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from types import TracebackType
from typing import Any, Final, Self, TypeVar

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
from crmbridge.plugins.failures import Answers, CutShort, Ended, FailureLog, HookFailure, describe
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
    """One plugin's implementation of one hook, and what it knows."""

    plugin: Plugin
    hook: Hook
    ctx: RunContext[PluginSettings]


Check = Callable[[Seat, Sequence[M]], None]


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
                self._seats.setdefault(name, []).append(Seat(plugin, hook, contexts[plugin.name]))
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
            read = partial(_replaced, value, check)
            answer = self._ask(seat, value, {argument: value}, read)
            if type(answer) is Drop or type(answer) is HookFailure:
                return answer
            value = answer  # type: ignore[assignment] # it is no drop and no failure
        return value

    def _collect(
        self,
        hook: str,
        arguments: Mapping[str, object],
        subject: Subject,
        kind: type[M],
        check: Check[M],
        only: str | None = None,
    ) -> Answers[M]:
        """Ask all plugins that have ``hook`` (and the hook ``only``, if given); of one that fails nothing is kept."""
        answers: list[M | Due] = []
        failures = []
        for seat in self._having(hook):
            if only is not None and only not in seat.plugin.hooks:
                continue
            read = partial(_collected, seat, kind, check, self._wanted)
            answer = self._ask(seat, subject, arguments, read)
            if type(answer) is HookFailure:
                failures.append(answer)
            elif answer:
                answers += answer  # type: ignore[arg-type] # it is no failure
        if not (answers or failures):
            return _NOTHING
        items, dues = _split(answers)
        due = min(item.on for item in dues) if dues else None
        return Answers(tuple(items), due, tuple(failures))

    def _ask(
        self, seat: Seat, subject: Subject, arguments: Mapping[str, object], read: Callable[[object], T]
    ) -> T | HookFailure:
        """Call one plugin and narrow its answer; the only place that catches what plugins raise.

        Args:
            seat: Whom to ask.
            subject: What it is asked about.
            arguments: Of the hook, but ``ctx``.
            read: Narrows the answer.
        """
        plugin, hook = seat.plugin, seat.hook
        begun = perf_counter()
        try:
            if self._cut_short:
                self._refuse_if_out(plugin)
            seconds = for_plan(plugin.seconds, len(subject)) if type(subject) is Plan else plugin.seconds
            answer: T = WATCH.within(seconds, _called, hook, {"ctx": seat.ctx, **arguments}, read)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 a plugin may raise anything, and even exit
            return self._failed(seat, unit_of(subject), error, begun)
        if self._observe is not None:
            self._observe(HookCall(plugin.name, hook.name, unit_of(subject), perf_counter() - begun, answer))
        return answer

    def _refuse_if_out(self, plugin: Plugin) -> None:
        if self._cut_short[plugin.name] >= CUT_SHORT:
            raise Ended(f"is not asked again in this run: {CUT_SHORT} of its calls were cut short")

    def _failed(self, seat: Seat, unit: str, error: BaseException, begun: float) -> HookFailure:
        plugin, hook = seat.plugin, seat.hook.name
        plugin.context.log.debug("%s failed on %s", hook, unit, exc_info=error)
        self._cut_short[plugin.name] += isinstance(error, CutShort)
        failure = HookFailure(plugin.name, hook, unit, describe(error, seat.hook.function))
        if self._observe is not None:
            self._observe(HookCall(plugin.name, hook, unit, perf_counter() - begun, None, failure))
        self._log.add(failure)
        return failure


_NOTHING: Final[Answers[Any]] = Answers()


def _called(hook: Hook, arguments: Mapping[str, object], read: Callable[[object], T]) -> T:
    return read(hook(arguments))


def _replaced(before: R, check: Callable[[R, R], None], result: object) -> R | Drop:
    if result is None:
        return before
    after = results.replacement(result, before)
    if not isinstance(after, Drop):
        check(after, before)
    return after


def _collected(
    seat: Seat, kind: type[M], check: Check[M], wanted: Container[tuple[str, str]] | None, result: object
) -> list[M | Due]:
    plugin, by = seat.plugin, seat.plugin.name
    answers: list[M | Due] = [
        results.narrow(item, Due) if type(item) is Due else results.narrow(item, kind, by)
        for item in results.listed(result)
        if wanted is None or not results.is_idle(item, plugin.specs, wanted)
    ]
    if answers:
        check(seat, _split(answers)[0])
    return answers


def _split(answers: Sequence[M | Due]) -> tuple[Sequence[M], list[Due]]:
    """Part the results from the days on which they could change, by their types: ``isinstance`` is slow on models."""
    dues = [item for item in answers if type(item) is Due]
    if not dues:
        return answers, dues  # type: ignore[return-value] # there is no day among them
    return [item for item in answers if type(item) is not Due], dues  # type: ignore[misc] # what is left is no day
