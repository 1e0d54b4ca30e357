"""Read ahead: while one page is stored, the next one is on its way."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future
from typing import Final, Generic, TypeVar

T = TypeVar("T")

GRACE: Final = 5.0
"""Seconds to wait for a call under way when nobody wants its page any more. Ctrl-C must not wait for the retries of a
platform that is away: a longer call is left to its thread, which ends with it and keeps no process alive."""


class _End:
    """There is no further item."""


class _Next(threading.Thread, Generic[T]):
    """Takes one item from an iterator, in a thread of its own."""

    def __init__(self, source: Iterator[T]) -> None:
        super().__init__(name="crmbridge-ahead", daemon=True)
        self._source = source
        self.outcome: Future[T | _End] = Future()
        self.start()

    def run(self) -> None:
        """Take it, or note what was raised instead."""
        try:
            self.outcome.set_result(next(self._source, _End()))
        except BaseException as error:  # noqa: BLE001 - it is raised again where the item is asked for
            self.outcome.set_exception(error)


def ahead(items: Iterable[T]) -> Generator[T]:
    """Yield the items in their order, and take the next one in a helper thread while one is worked on.

    There is never more than one helper, one item ahead. What the iterator raises comes after the items before it.
    Close the generator when leaving it early, so that its helper ends with the block: ``with closing(ahead(pages))``.
    """
    source = iter(items)
    coming = _Next(source)
    try:
        while not isinstance(item := coming.outcome.result(), _End):
            coming = _Next(source)
            yield item
    finally:
        coming.join(GRACE)
