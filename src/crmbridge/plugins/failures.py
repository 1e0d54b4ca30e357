"""What became of a hook call that went wrong, and of one that went well."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any, Generic, TypeVar

from crmbridge.errors import FixPlugin
from crmbridge.model.base import Ref

T = TypeVar("T")


class BadResult(FixPlugin):
    """A plugin answered something that its hook does not allow. The text is ours and holds no value."""


@dataclass(frozen=True)
class HookFailure:
    """A plugin that raised, or gave a bad result.

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


@dataclass(frozen=True)
class Answers(Generic[T]):
    """What all plugins said to one question.

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


def describe(error: BaseException, function: Callable[..., Any]) -> str:
    """Name the exception's class and the line of the plugin it came from; its text may quote a record, so it stays out.

    The line is the deepest one in the package of ``function``.
    """
    if type(error) is BadResult:
        return str(error)
    home = function.__module__.partition(".")[0]
    code = inspect.unwrap(function).__code__
    file, line = code.co_filename, code.co_firstlineno
    for frame, number in traceback.walk_tb(error.__traceback__):
        if str(frame.f_globals.get("__name__")).partition(".")[0] == home:
            file, line = frame.f_code.co_filename, number
    return f"{type(error).__name__} at {PurePath(file).name}:{line}"
