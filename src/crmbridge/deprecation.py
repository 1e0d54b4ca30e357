"""How something public is retired: it warns until a named version, and from that version on it is an error.

A function is marked with ``deprecated``, a hook or an argument of one in ``crmbridge.hookspecs.RETIRED``; the module
``__getattr__`` of a name that moved calls ``Retirement.warn``. The promise to plugin authors stands in
``docs/plugins/compatibility.md``.
"""

from __future__ import annotations

import functools
import inspect
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class CrmBridgeDeprecationWarning(DeprecationWarning):
    """Something is used that a named later version will not have; the message says what to use instead."""


@dataclass(frozen=True, kw_only=True)
class Retirement:
    """When something goes, and what follows it.

    Attributes:
        since: The version from which on it warns, such as ``0.2``.
        remove_in: The version from which on it is an error.
        use: What to use instead.
    """

    since: str
    remove_in: str
    use: str

    def is_over(self, current: str = "") -> bool:
        """True from ``remove_in`` on, its pre-releases included; ``current`` is the installed version if not given."""
        return _release(current or version("crmbridge")) >= _release(self.remove_in)

    def warn(self, name: str, user: Callable[..., Any] | None = None) -> None:
        """Warn that ``name`` is used: by the function ``user``, or else by the caller's caller."""
        text = f"{name} is deprecated since {self.since} and goes in {self.remove_in}: use {self.use}"
        if user is None:
            warnings.warn(text, CrmBridgeDeprecationWarning, stacklevel=3)
        else:
            code = inspect.unwrap(user).__code__
            warnings.warn_explicit(text, CrmBridgeDeprecationWarning, code.co_filename, code.co_firstlineno)


def deprecated(*, since: str, remove_in: str, use: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Mark a function: each call warns, as ``Retirement`` says.

    Raises:
        RuntimeError: Version ``remove_in`` is reached and the function still there. Marking raises it, at import, so
            no release can hold it.
    """
    retirement = Retirement(since=since, remove_in=remove_in, use=use)

    def mark(function: Callable[P, T]) -> Callable[P, T]:
        if retirement.is_over():
            raise RuntimeError(f"{function.__qualname__} was to go in {remove_in}: delete it")

        @functools.wraps(function)
        def warned(*args: P.args, **values: P.kwargs) -> T:
            retirement.warn(function.__qualname__)
            return function(*args, **values)

        return warned

    return mark


def _release(text: str) -> tuple[int, ...]:
    """Read the three numbers that a version begins with; one that is not there is 0. A pre-release is its release."""
    numbers = [int(number) for number in re.split(r"[^\d.]", text)[0].split(".") if number]
    return tuple((*numbers, 0, 0)[:3])
