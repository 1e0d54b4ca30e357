"""What waits to be read by id."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmbridge.store import Due, Store


@pytest.fixture
def due(tmp_path: Path) -> Iterator[Due]:
    store = Store.open(tmp_path / "store.db")
    yield Due(store, "main")
    store.close()


def test_ids_wait_once_and_leave_when_they_were_read(due: Due) -> None:
    with due.store.locking() as tx:
        due.add(tx, "record", "contact", ["1", "2", "2"])
        due.add(tx, "links", "contact", ["9"])
    assert due.waiting() == {("record", "contact"): 2, ("links", "contact"): 1}
    taken = due.take("record", "contact", 10, {"1"})
    assert list(taken) == ["2"]
    with due.store.locking() as tx:
        due.done(tx, "record", "contact", taken)
    assert list(due.take("record", "contact", 10)) == ["1"]


def test_what_is_asked_for_while_it_is_read_is_read_again(due: Due) -> None:
    # Kills "delete by id alone": a notification that arrives during the read would be forgotten.
    with due.store.locking() as tx:
        due.add(tx, "record", "contact", ["7"])
    taken = due.take("record", "contact", 10)
    with due.store.locking() as tx:
        due.add(tx, "record", "contact", ["7"])
    with due.store.locking() as tx:
        due.done(tx, "record", "contact", taken)
    assert list(due.take("record", "contact", 10)) == ["7"]


def test_a_notification_counts_once_and_is_forgotten_after_days(due: Due) -> None:
    with due.store.locking() as tx:
        assert [due.seen(tx, "a", 100.0), due.seen(tx, "a", 101.0), due.seen(tx, "b", 101.0)] == [False, True, False]
        assert not due.seen(tx, "a", 101.0 + 4 * 86_400)


def test_what_waits_is_counted_without_asking_the_store(due: Due) -> None:
    assert due.pending("links", "deal") == 0
    with due.store.locking() as tx:
        due.add(tx, "links", "deal", ["1", "2"])
    assert due.pending("links", "deal") == 2
    with due.store.locking() as tx:
        due.done(tx, "links", "deal", due.take("links", "deal", 1))
    assert due.pending("links", "deal") == 1
