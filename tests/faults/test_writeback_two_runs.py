"""Two processes apply at once, and one that was thought dead comes back: nothing is written twice."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing

import pytest

from crmbridge.sandbox.records import person

from .sanity import CHANGES, CONTACTS, FAILED, LEVEL, SCORE, Driver, Site, assert_sane


def assert_written(site: Site, most: int) -> None:
    assert (site.values(SCORE), site.values(LEVEL)) == (site.wanted(SCORE), site.wanted(LEVEL))
    assert max(site.ledger.applied.values()) <= most


def test_t33_of_two_that_apply_one_plan_one_runs_and_the_other_is_told_to_wait(site: Site, driver: Driver) -> None:
    """Kills: no lease."""
    pid = driver.start(site, point="after the journal", number=2, signal=signal.SIGSTOP)
    assert driver.wait(pid) == "stopped"
    said = site.apply()
    assert (said.code, said.error) == (FAILED, "WaitForRun")
    os.kill(pid, signal.SIGCONT)
    assert driver.wait(pid) == f"exit {CHANGES}"
    driver.output(site)
    assert site.states() == {"confirmed": 2 * CONTACTS}
    assert_written(site, most=1)
    assert_sane(site)


def test_t33_two_that_start_together_write_every_row_once(site: Site, driver: Driver) -> None:
    pids = [driver.start(site) for _ in range(2)]
    ends = sorted(driver.wait(pid) for pid in pids)
    assert ends in ([f"exit {FAILED}", f"exit {CHANGES}"], ["exit 0", f"exit {CHANGES}"], ["exit 1", "exit 10"])
    assert_written(site, most=1)
    assert_sane(site)


@pytest.mark.parametrize("point", ["before the journal", "after the response", "after the request is sent"])
def test_t33_a_holder_that_slept_past_its_lease_writes_nothing_more(site: Site, driver: Driver, point: str) -> None:
    """Kills: a journal entry, or an update, that does not ask for the epoch."""
    pid = driver.start(site, point=point, number=2, signal=signal.SIGSTOP)
    assert driver.wait(pid) == "stopped"
    lapse(site)
    assert site.apply().code == CHANGES
    assert site.states() == {"confirmed": 2 * CONTACTS}
    sent, entries = len(site.ledger.calls), journal_of(site)
    os.kill(pid, signal.SIGCONT)
    assert driver.wait(pid) == f"exit {FAILED}"
    assert "LeaseLost" in driver.output(site)
    assert (len(site.ledger.calls), journal_of(site)) == (sent, entries)
    assert_written(site, most=1)
    assert_sane(site)


def test_t33_a_holder_that_slept_right_before_sending_sends_nothing(site: Site, driver: Driver) -> None:
    """What was journalled before the sleep must not go out after it: a person may have edited in between."""
    pid = driver.start(site, point="after the journal", number=1, signal=signal.SIGSTOP)
    assert driver.wait(pid) == "stopped"
    lapse(site)
    assert site.apply().code == CHANGES
    for id_ in site.portal.ids("contacts"):
        site.portal.edit("contacts", id_, {SCORE: "-5"}, source=person(7))
    sent, entries = len(site.ledger.calls), journal_of(site)
    os.kill(pid, signal.SIGCONT)
    assert driver.wait(pid) == f"exit {FAILED}"
    assert journal_of(site) == entries
    assert len(site.ledger.calls) == sent
    assert set(site.values().values()) == {"-5"}


def journal_of(site: Site) -> int:
    with site.bridge() as bridge:
        return bridge.journal.verify().entries


def lapse(site: Site) -> None:
    """Let the time of the lease be over."""
    with closing(sqlite3.connect(site.store)) as file, file:
        file.execute("UPDATE leases SET expires_at = 0")
