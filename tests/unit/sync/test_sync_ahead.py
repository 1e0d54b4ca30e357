"""Reading ahead changes when things are read, never what, nor in which order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from crmbridge.sync import ahead as reading
from crmbridge.sync.ahead import ahead


def _helpers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "crmbridge-ahead"]


def test_items_come_in_order_and_all_of_them() -> None:
    assert list(ahead(range(50))) == list(range(50))
    assert list(ahead([])) == []
    assert list(ahead([None, 0, ""])) == [None, 0, ""]  # kills the mutant that stops at what is falsy
    assert _helpers() == []


def test_the_next_item_is_on_its_way_while_one_is_worked_on() -> None:
    begun = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        begun.set()
        yield 2

    with closing(ahead(items())) as numbers:
        assert next(numbers) == 1
        assert begun.wait(10)  # kills the mutant that reads in turn


def test_never_more_than_one_item_is_ahead() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(9):
            taken.append(number)
            yield number

    for number in ahead(items()):
        for thread in threading.enumerate():
            if thread.name == "crmbridge-ahead":
                thread.join(10)
        assert taken == list(range(min(number + 2, 9)))


@pytest.mark.parametrize("error", [ValueError("page 3"), KeyboardInterrupt()])
def test_what_the_iterator_raises_comes_after_the_items_before_it(error: BaseException) -> None:
    def items() -> Iterator[int]:
        yield from (1, 2)
        raise error

    numbers = ahead(items())
    assert [next(numbers), next(numbers)] == [1, 2]
    with pytest.raises(type(error)) as raised:
        next(numbers)
    assert raised.value is error
    assert _helpers() == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_leaving_early_leaves_no_thread_behind(error: type[BaseException]) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(9):
            taken.append(number)
            yield number

    with pytest.raises(error), closing(ahead(items())) as numbers:
        for _ in numbers:
            raise error
    assert _helpers() == []
    assert taken == [0, 1]


def test_leaving_early_does_not_wait_for_a_call_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    # kills the mutant that joins without a limit: Ctrl-C would wait for every retry
    monkeypatch.setattr(reading, "GRACE", 0.01)
    release = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        release.wait()

    with closing(ahead(items())) as numbers:
        next(numbers)
    hanging = [thread for thread in threading.enumerate() if thread.name == "crmbridge-ahead"]
    assert [thread.daemon for thread in hanging] == [True]  # it keeps no process alive
    release.set()
    for thread in hanging:
        thread.join(10)
    assert _helpers() == []
