"""Lists from below and searches from above read every record once, in whatever order their answers come."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.sync.gaps import Gap, Gaps
from crmbridge.sync.ranges import RangeWalk, Top

LIST, SEARCH = 10, 20
WINDOW = 1_500

uneven = st.one_of(
    st.integers(1, 60),
    st.integers(20_000_000_000, 20_000_002_000),
    st.integers(1, 900_000_000_000),
)


@dataclass
class Account:
    """Records by id, as a list and as a search see them."""

    ids: list[int]
    unindexed: frozenset[int] = frozenset()
    taken: list[int] = field(default_factory=list)
    calls: int = 0
    most: int = SEARCH

    def listed(self, low: int) -> tuple[Sequence[int], int | None]:
        start = bisect_left(self.ids, low)
        page = self.ids[start : start + LIST]
        rest = self.ids[start + LIST : start + LIST + 1]
        self.calls += 1
        return page, rest[0] if rest else None

    def searched(self, top: Top) -> tuple[Sequence[int], bool]:
        assert top.skip + SEARCH <= WINDOW, "the platform refuses this"
        found = [one for one in self.ids if top.low <= one and (top.high is None or one < top.high)]
        shown = [one for one in reversed(found) if one not in self.unindexed]
        self.calls += 1
        page = shown[top.skip : top.skip + self.most]
        return page, len(shown) > top.skip + len(page)


def read(account: Account, walk: RangeWalk, choose: st.DataObject | None, helpers: int = 4) -> int:
    """Keep calls under way, and answer them in any order; say how many rounds it takes if all answers take as long."""
    under_way: list[int | Top] = []
    rounds, left = 0, 0
    for _ in range(100_000):
        while sum(isinstance(call, int) for call in under_way) < helpers and (low := walk.next_list()) is not None:
            under_way.append(low)
        while sum(isinstance(call, Top) for call in under_way) < 2 and (top := walk.next_search()) is not None:
            under_way.append(top)
        if not under_way:
            return rounds
        if not left:
            rounds, left = rounds + 1, len(under_way)
        left -= 1
        place = choose.draw(st.integers(0, len(under_way) - 1)) if choose else 0
        call = under_way.pop(place)
        if isinstance(call, int):
            ids, after = account.listed(call)
            account.taken += walk.listed(call, after, ids)
        else:
            page, more = account.searched(call)
            account.taken += walk.searched(call, page, more=more)
    pytest.fail("it does not end")


@settings(max_examples=150, deadline=None)
@given(st.lists(uneven, unique=True, max_size=400).map(sorted), st.data())
def test_each_record_is_read_once(ids: list[int], choose: st.DataObject) -> None:
    # Kills: "clip a page to the gap it was asked for" and "book a page before its answer".
    account = Account(ids)
    walk = RangeWalk(Gaps(), SEARCH, WINDOW)
    read(account, walk, choose)
    assert sorted(account.taken) == ids
    assert walk.finished


@settings(max_examples=60, deadline=None)
@given(st.lists(uneven, unique=True, min_size=30, max_size=300).map(sorted), st.data())
def test_it_goes_on_where_it_stopped(ids: list[int], choose: st.DataObject) -> None:
    account = Account(ids)
    walk = RangeWalk(Gaps(), SEARCH, WINDOW)
    for _ in range(choose.draw(st.integers(0, 10))):
        if (low := walk.next_list()) is not None:
            found, after = account.listed(low)
            account.taken += walk.listed(low, after, found)
        if (top := walk.next_search()) is not None:
            page, more = account.searched(top)
            account.taken += walk.searched(top, page, more=more)
    read(account, RangeWalk(Gaps.from_text(walk.gaps.to_text()), SEARCH, WINDOW), choose)
    assert sorted(account.taken) == ids


def test_what_the_index_does_not_show_is_all_that_can_be_missing() -> None:
    ids = list(range(1, 5_000))
    late = frozenset(range(4_900, 5_000)) | {2_500}
    account = Account(ids, unindexed=late)
    read(account, RangeWalk(Gaps(), SEARCH, WINDOW), None)
    assert set(ids) - set(account.taken) <= late
    assert len(account.taken) == len(set(account.taken))


def test_both_budgets_are_spent_and_few_calls_wasted() -> None:
    ids = [*range(1, 52), *range(20_000_000_000, 20_000_600_000, 60), *range(300_000_000_000, 300_010_000_000, 900_000)]
    account = Account(ids)
    walk = RangeWalk(Gaps(), SEARCH, WINDOW)
    rounds = read(account, walk, None, helpers=8)
    assert sorted(account.taken) == ids
    assert rounds < account.calls / 5, "many were under way to the end; kills: a gap searched to its end ends the front"
    lists_alone = len(ids) / LIST
    assert account.calls < 0.9 * lists_alone, "searches bring more per call than lists, so both together need fewer"


@settings(max_examples=100, deadline=None)
@given(st.lists(uneven, unique=True, max_size=400).map(sorted), st.data())
def test_lists_alone_read_each_record_once(ids: list[int], choose: st.DataObject) -> None:
    account = Account(ids)
    read(account, RangeWalk(Gaps(), SEARCH, WINDOW, alone=True), choose)
    assert sorted(account.taken) == ids


def test_lists_alone_cut_the_ids_and_waste_few_calls() -> None:
    ids = [*range(1, 52), *range(20_000_000_000, 20_000_600_000, 60), *range(300_000_000_000, 300_010_000_000, 900_000)]
    account = Account(ids)
    rounds = read(account, RangeWalk(Gaps(), SEARCH, WINDOW, alone=True), None, helpers=8)
    assert sorted(account.taken) == ids
    assert account.calls < 1.02 * len(ids) / LIST
    assert rounds < account.calls / 3, "several lists were under way"


@settings(max_examples=60, deadline=None)
@given(st.lists(uneven, unique=True, max_size=300).map(sorted), st.data(), st.integers(1, SEARCH + 5))
def test_a_search_that_brings_more_or_less_than_usual_ends_nothing(
    ids: list[int], choose: st.DataObject, most: int
) -> None:
    # Kills "a page that is not full is the last": a platform may cut one short.
    account = Account(ids, most=most)
    read(account, RangeWalk(Gaps(), SEARCH, WINDOW), choose)
    assert sorted(account.taken) == ids


@settings(max_examples=100, deadline=None)
@given(st.lists(uneven, unique=True, min_size=100, max_size=600).map(sorted), st.data())
def test_what_is_archived_and_made_meanwhile_hides_nothing(ids: list[int], choose: st.DataObject) -> None:
    # Kills "what two searches in a row skipped to is read": counting shifts when a record above goes or comes.
    stayed = set(ids)

    class Restless(Account):
        def searched(self, top: Top) -> tuple[Sequence[int], bool]:
            answer = super().searched(top)
            gone = choose.draw(st.sampled_from(self.ids)) if self.ids else 0
            self.ids = [one for one in self.ids if one != gone]
            stayed.discard(gone)
            insort(self.ids, new := choose.draw(st.integers(1, 900_000_000_000)))
            self.ids = sorted(set(self.ids))
            made.add(new)
            return answer

    made: set[int] = set()
    account = Restless(list(ids))
    read(account, RangeWalk(Gaps(), SEARCH, WINDOW), choose)
    assert stayed - made <= set(account.taken)
    assert len(account.taken) == len(set(account.taken))


def test_one_page_needs_one_call() -> None:
    account = Account(list(range(7)))
    read(account, RangeWalk(Gaps(), SEARCH, WINDOW), None)
    assert account.calls == 1


def test_gaps_can_be_written_down() -> None:
    gaps = Gaps()
    gaps.read(10, 20)
    gaps.sized(20, 500)
    assert list(Gaps.from_text(gaps.to_text())) == [Gap(0, 10), Gap(20, None, 500)]
    assert list(Gaps.from_text("12345")) == [Gap(12345, None)], "the cursor of an earlier version"
    assert list(Gaps.from_text(None)) == [Gap(0, None)]
