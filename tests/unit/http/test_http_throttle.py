from __future__ import annotations

import threading
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.http import Throttle

TICK = 1 / 64  # binary fractions add up exactly


class VirtualClock:
    """Time that passes by sleeping only; `read` is what each thread saw last."""

    def __init__(self) -> None:
        self.now = 0.0
        self._lock = threading.Lock()
        self.seen = threading.local()

    def __call__(self) -> float:
        with self._lock:
            now = self.seen.last = self.now
        time.sleep(0)  # lets another thread in between the look at the clock and what follows from it
        return now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        with self._lock:
            self.now += seconds


def crowded(starts: list[float], limit: int, window: float) -> bool:
    """Whether some window holds more than `limit` starts."""
    return any(late - early < window for early, late in zip(starts, starts[limit:], strict=False))


def told(limit: int, left: int, milliseconds: int = 10_000) -> dict[str, str]:
    return {
        "x-hubspot-ratelimit-max": str(limit),
        "x-hubspot-ratelimit-remaining": str(left),
        "x-hubspot-ratelimit-interval-milliseconds": str(milliseconds),
    }


def start(throttle: Throttle, *, search: bool = False) -> None:
    """Make a call that is over at once."""
    with throttle.call(search=search):
        pass


def waited(throttle: Throttle, clock: VirtualClock, *, search: bool = False) -> float:
    before = clock.now
    start(throttle, search=search)
    return clock.now - before


# Kills: a fixed window counter (2N calls around its edge); starts forgotten a tick too early.
@given(
    limit=st.integers(1, 6),
    window=st.integers(1, 640).map(lambda n: n * TICK),
    gaps=st.lists(st.integers(0, 64), min_size=1, max_size=60),
)
def test_no_window_ever_holds_more_starts_than_the_limit(limit: int, window: float, gaps: list[int]) -> None:
    clock = VirtualClock()
    throttle = Throttle(limit, window, clock=clock, sleep=clock.sleep)
    starts = []
    for gap in gaps:
        clock.now += gap * TICK
        start(throttle)
        starts.append(clock.now)
    assert not crowded(starts, limit, window)


# Kills: the claim outside the lock.
@given(limit=st.integers(1, 5), threads=st.integers(2, 4), searches=st.booleans())
def test_threads_share_one_limit(limit: int, threads: int, searches: bool) -> None:
    clock = VirtualClock()
    throttle = Throttle(limit, 1.0, search_limit=limit, clock=clock, sleep=clock.sleep)
    starts: list[float] = []

    def work() -> None:
        for _ in range(8):
            with throttle.call(search=searches):
                starts.append(clock.seen.last)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(starts) == 8 * threads
    assert not crowded(sorted(starts), limit, 1.0)


def test_the_limit_is_used_to_the_full() -> None:
    clock = VirtualClock()
    throttle = Throttle(19, clock=clock, sleep=clock.sleep)
    assert [waited(throttle, clock) for _ in range(20)] == [0.0] * 19 + [10.0]


def test_searches_have_a_limit_of_their_own() -> None:
    clock = VirtualClock()
    throttle = Throttle(2, clock=clock, sleep=clock.sleep)
    waits = [waited(throttle, clock, search=True) for _ in range(6)]
    assert waits == [0.0] * 5 + [1.0]
    assert [waited(throttle, clock) for _ in range(2)] == [0.0, 0.0]


def test_searches_spend_the_pool_where_told_so() -> None:
    clock = VirtualClock()
    throttle = Throttle(2, search_in_pool=True, clock=clock, sleep=clock.sleep)
    waits = [waited(throttle, clock, search=True) for _ in range(2)]
    assert [*waits, waited(throttle, clock)] == [0.0, 0.0, 10.0]


def test_calls_of_other_programs_are_counted() -> None:
    # Kills: headers ignored; Remaining read as ours alone.
    clock = VirtualClock()
    throttle = Throttle(100, clock=clock, sleep=clock.sleep)
    start(throttle)
    throttle.observe(told(100, 3))
    assert [waited(throttle, clock) for _ in range(4)] == [0.0, 0.0, 0.0, 10.0]


def test_calls_that_left_the_window_are_not_taken_for_the_counted_ones() -> None:
    # Kills: comparing the headers with a log that still holds stale starts.
    clock = VirtualClock()
    throttle = Throttle(4, clock=clock, sleep=clock.sleep)
    for _ in range(3):
        start(throttle)
    clock.now = 20.0
    throttle.observe(told(4, 2))
    assert [waited(throttle, clock) for _ in range(3)] == [0.0, 0.0, 10.0]


def test_an_old_answer_that_knows_less_changes_nothing() -> None:
    clock = VirtualClock()
    throttle = Throttle(4, clock=clock, sleep=clock.sleep)
    throttle.observe(told(4, 1))
    throttle.observe(told(4, 3))
    assert [waited(throttle, clock) for _ in range(2)] == [0.0, 10.0]


@pytest.mark.parametrize(("told_limit", "limit"), [(2, 2), (8, 5)])
def test_the_lower_of_the_told_limit_and_ours_holds(told_limit: int, limit: int) -> None:
    clock = VirtualClock()
    throttle = Throttle(5, clock=clock, sleep=clock.sleep)
    throttle.observe(told(told_limit, told_limit))
    assert [waited(throttle, clock) for _ in range(limit + 1)] == [0.0] * limit + [10.0]


def test_a_longer_window_of_ours_holds() -> None:
    clock = VirtualClock()
    throttle = Throttle(1, 12.0, clock=clock, sleep=clock.sleep)
    throttle.observe(told(1, 1))
    assert [waited(throttle, clock) for _ in range(2)] == [0.0, 12.0]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        told(0, 0),
        told(5, 9),
        told(5, 0, 86_400_000),
        told(5, 0, 0),
        {**told(5, 0), "x-hubspot-ratelimit-remaining": "-1"},
        {**told(5, 0), "x-hubspot-ratelimit-max": "9" * 5000},
        {**told(5, 0), "x-hubspot-ratelimit-max": "٣"},
    ],
)
def test_odd_headers_teach_nothing(headers: dict[str, str]) -> None:
    clock = VirtualClock()
    throttle = Throttle(3, clock=clock, sleep=clock.sleep)
    throttle.observe(headers)
    assert [waited(throttle, clock) for _ in range(4)] == [0.0, 0.0, 0.0, 10.0]


def test_a_refused_call_fills_its_bucket() -> None:
    clock = VirtualClock()
    throttle = Throttle(9, clock=clock, sleep=clock.sleep)
    throttle.exhausted(search=True)
    assert waited(throttle, clock) == 0.0
    assert waited(throttle, clock, search=True) == 1.0
    throttle.exhausted()
    assert waited(throttle, clock) == 9.0  # our own call at 0 s is the first to leave the window


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 20), st.integers(0, 20)), max_size=40))
def test_headers_never_loosen_the_window_beyond_our_limit(steps: list[tuple[int, int, int]]) -> None:
    clock = VirtualClock()
    throttle = Throttle(5, clock=clock, sleep=clock.sleep)
    starts = []
    for gap, limit, left in steps:
        clock.now += gap * TICK
        start(throttle)
        starts.append(clock.now)
        throttle.observe(told(limit, min(left, limit)))
    assert all(early <= late for early, late in pairwise(starts))
    assert not crowded(starts, 5, 10.0)


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Throttle(0)


def test_a_call_that_was_held_up_counts_from_when_it_was_sent() -> None:
    # Kills "count a call from its start": one that waited for its thread shares the platform's window with later ones.
    clock = VirtualClock()
    throttle = Throttle(2, window=10.0, clock=clock, sleep=clock.sleep)
    with throttle.call():
        clock.now += 1.0  # what a call takes
    with throttle.call():
        clock.now += 5.0  # this one was sent four seconds late
    assert waited(throttle, clock) == 4.0, "a window after the first was sent"


def test_calls_under_way_fill_the_bucket() -> None:
    clock = VirtualClock()
    throttle = Throttle(2, window=1.0, clock=clock, sleep=clock.sleep)
    with throttle.call(), throttle.call():
        assert throttle._claim(search=False)[0] > 0
