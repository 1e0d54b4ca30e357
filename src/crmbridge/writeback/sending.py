"""Sends one batch, and halves it until each refused row is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from crmbridge.errors import FixRequest

T = TypeVar("T")
R = TypeVar("R")


def halved(call: Callable[[Sequence[T]], Sequence[R]], rows: Sequence[T], refused: Callable[[T, str], R]) -> list[R]:
    """Send rows; where the platform refuses all of them, send each half by itself.

    With b bad among n rows it takes at most 2·b·⌈log2 n⌉ + 1 calls.

    Args:
        call: Sends rows, and returns their outcomes.
        rows: Nothing is sent if there are none.
        refused: Makes the outcome of a row that is refused by itself, from the platform's code.

    Raises:
        RetryLater: Some of it may have been written: read back.
    """
    if not rows:
        return []
    try:
        return list(call(rows))
    except FixRequest as error:
        if len(rows) == 1:
            return [refused(rows[0], error.category or "REFUSED")]
        middle = len(rows) // 2
        return [*halved(call, rows[:middle], refused), *halved(call, rows[middle:], refused)]
