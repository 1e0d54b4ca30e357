"""Several batches under way at once: what fails in one of them, and that no row is lost, doubled or left unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Lock, get_ident

import pytest

from crmbridge.connector import Capabilities
from crmbridge.errors import LeaseLost, RetryLater
from crmbridge.store import Store
from crmbridge.store.leases import acquire

from .test_apply_faults import Bench, FaultyCrm, Killed, at, fail

IDS = [f"{place:04}" for place in range(1_000)]


class Roomy(FaultyCrm):
    """A platform that takes four calls at once."""

    @property
    def capabilities(self) -> Capabilities:
        return super().capabilities.model_copy(update={"calls_at_once": 4})


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[Bench]:
    """A thousand contacts."""
    store = Store.open(tmp_path / "store.db")
    bench = Bench(store)
    bench.crm = Roomy()
    bench.fill(IDS)
    yield bench
    store.close()


def test_batches_are_under_way_at_once_and_each_row_is_sent_once(crowd: Bench) -> None:
    """Kills: one batch after the other: the barrier would not open."""
    together, threads = Barrier(4, timeout=20), set()

    def meet(name: str) -> None:
        if name == "update" and len(crowd.crm.sent) == 0:
            threads.add(get_ident())
            together.wait()

    crowd.crm.before = meet
    plan = crowd.scores(IDS)
    assert crowd.apply(plan).confirmed == 1_000
    assert len(threads) == 4
    assert sorted(id_ for batch in crowd.crm.sent for id_ in batch) == IDS
    assert crowd.journal.verify().faults == ()


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("number", [1, 4, 7])
def test_after_a_crash_in_one_batch_every_row_is_decided(crowd: Bench, where: str, number: int) -> None:
    """Kills: forgetting the batches that were under way beside the one that failed."""
    plan = crowd.scores(IDS)
    setattr(crowd.crm, where, at("update", Killed(), number))
    with pytest.raises(Killed):
        crowd.apply(plan)
    crowd.crm.before = crowd.crm.after = lambda _: None
    crowd.apply(plan)
    assert crowd.counts(plan) == {"confirmed": 1_000}
    times = Counter(id_ for batch in crowd.crm.sent for id_ in batch)
    assert sorted(times) == IDS
    assert set(times.values()) == {1}


def test_after_a_failure_no_further_batch_begins(crowd: Bench) -> None:
    """Kills: feeding the threads on after one has failed."""
    plan = crowd.scores(IDS)
    crowd.crm.before = lambda name: fail(RetryLater("daily limit", after=60)) if name == "update" else None
    with pytest.raises(RetryLater, match="daily limit"):
        crowd.apply(plan)
    assert crowd.crm.updates <= 2 * 5  # each batch tries twice; one more may have begun before the first gave up
    assert crowd.counts(plan) == {"planned": 1_000}


def test_a_lease_that_is_lost_stops_all_batches(crowd: Bench) -> None:
    """Kills: writing outcomes or intents without the epoch."""
    plan, lock, took = crowd.scores(IDS), Lock(), list[int]()

    def take_over(name: str) -> None:
        with lock:
            if name == "update" and not took:
                took.append(1)
                with crowd.store.locking() as tx:
                    tx.exec_driver_sql("UPDATE leases SET expires_at = 0")
                    acquire(tx, "main", "thief")

    crowd.crm.before = take_over
    with pytest.raises(LeaseLost):
        crowd.apply(plan)
    assert crowd.counts(plan).get("confirmed", 0) <= 300
    assert crowd.crm.updates <= 4
