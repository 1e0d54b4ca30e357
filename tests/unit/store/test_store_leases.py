"""One run per connection: what a lease lets through and what it stops."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest
import sqlalchemy as sa

from crmbridge.errors import LeaseLost, WaitForRun
from crmbridge.store import Progress, Run, Store
from crmbridge.store.schema import leases


def test_a_second_run_of_the_same_connection_waits(store: Store, run: Run) -> None:
    with pytest.raises(WaitForRun, match="wait until it ends"), Progress(store, "main").run("sync", "run-2"):
        pass
    assert run.lease.epoch == 1


def test_another_connection_is_free(store: Store, run: Run) -> None:
    with Progress(store, "other").run("sync", "run-2") as other:
        assert other.lease.connection == "other"
    assert run.lease.connection == "main"


def test_a_lease_is_free_again_when_its_run_ends(store: Store) -> None:
    progress = Progress(store, "main")
    epochs = []
    for number in range(3):
        with progress.run("sync", f"run-{number}") as held:
            epochs.append(held.lease.epoch)
    assert epochs == [1, 2, 3]


def test_the_lease_of_a_killed_process_is_taken_over(store: Store) -> None:
    script = (
        "import os, sys, pathlib\n"
        "from crmbridge.store import Progress, Store\n"
        "store = Store.open(pathlib.Path(sys.argv[1]))\n"
        "with Progress(store, 'main').run('sync', 'killed'):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(store.path)], check=False)
    assert ended.returncode == -9
    with Progress(store, "main").run("sync", "next") as held:
        assert held.lease.epoch == 2


def test_a_run_whose_lease_was_taken_over_writes_nothing_more(store: Store) -> None:
    # kills the mutant that renews by connection without looking at the epoch
    with ExitStack() as stack:
        zombie = stack.enter_context(Progress(store, "main").run("sync", "zombie"))
        with store.locking() as tx:
            tx.execute(leases.update().values(expires_at=0.0))
        stack.enter_context(Progress(store, "main").run("sync", "successor"))
        with pytest.raises(LeaseLost, match="start this one again"), store.writing(zombie.lease) as tx:
            tx.execute(sa.text("DELETE FROM runs"))
    assert {item["status"] for item in Progress(store, "main").last_runs()} == {"done"}


def test_a_failed_run_says_so_and_gives_its_lease_back(store: Store) -> None:
    progress = Progress(store, "main")
    with pytest.raises(ZeroDivisionError), progress.run("sync", "broken"):
        _ = 1 / 0
    assert progress.last_runs()[0]["status"] == "failed"
    with progress.run("sync", "next"):
        pass


def test_a_lease_is_kept_while_nothing_is_written(store: Store, run: Run) -> None:
    # mutant: who is asked for longer than a lease lasts loses it
    taken = (leases.update().values(expires_at=0.0), sa.select(leases.c.expires_at))
    with store.locking() as tx:
        tx.execute(taken[0])
    with Progress(store, "main").keeping(run, every=0.001):
        for _ in range(2000):
            with store.reading() as tx:
                if tx.scalar(taken[1]):
                    break
        with pytest.raises(WaitForRun), Progress(store, "main").run("sync", "run-2"):
            pass
    assert "crmbridge-lease" not in {thread.name for thread in threading.enumerate()}


def test_a_lease_that_was_lost_is_not_taken_back(store: Store, run: Run) -> None:
    with store.locking() as tx:
        tx.execute(leases.update().values(epoch=run.lease.epoch + 1, expires_at=0.0))
    with Progress(store, "main").keeping(run, every=0.001):
        keeper = next(thread for thread in threading.enumerate() if thread.name == "crmbridge-lease")
        keeper.join(10)
        assert not keeper.is_alive()
    with store.reading() as tx:
        assert tx.scalar(sa.select(leases.c.expires_at)) == 0.0
