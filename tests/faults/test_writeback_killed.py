"""kill -9 in the middle of an apply, by a real process: no row is lost, none is written twice, none stays undecided."""

from __future__ import annotations

import random
import time
from itertools import count
from pathlib import Path

import pytest

from .sanity import CHANGES, CONTACTS, LEVEL, SCORE, Driver, Site, Template, assert_sane

KILLED = "signal 9"
POINTS = (
    "before the journal",
    "after the journal",
    "after the request is sent",
    "after the response",
    "before confirming is committed",
    "after confirming",
)


def assert_written(site: Site, most: int = 1) -> None:
    """Every value stands, and none was written more often than that."""
    assert site.values(SCORE) == site.wanted(SCORE)
    assert site.values(LEVEL) == site.wanted(LEVEL)
    assert len(site.ledger.applied) == 2 * CONTACTS
    assert max(site.ledger.applied.values()) <= most


@pytest.mark.parametrize("point", POINTS)
def test_t3_values_are_written_once_wherever_the_process_dies(site: Site, driver: Driver, point: str) -> None:
    """Kills: journalling after sending; taking what was being sent for confirmed; forgetting batches under way."""
    assert driver.run(site, point=point, number=2)[0] == KILLED
    ended = driver.run(site, point=point)[0]
    assert ended in (KILLED, f"exit {CHANGES}", "exit 0")  # all three batches may have been under way already
    if ended == KILLED:
        assert site.apply().error == ""
    assert site.states() == {"confirmed": 2 * CONTACTS}
    assert_written(site)
    assert_sane(site)


@pytest.mark.parametrize("point", POINTS[1::2])
def test_t3_definitions_are_created_once_wherever_the_process_dies(fresh: Site, driver: Driver, point: str) -> None:
    """Kills: creating again what a dead run created; not taking it into the manifest."""
    kinds = ["group", "definition"]
    for _ in range(2):  # of three rows
        assert driver.run(fresh, point=point, kinds=kinds)[0] == KILLED
    assert fresh.apply().document["unknown"] == 0
    assert fresh.states() == {"confirmed": 2 * CONTACTS + 3}
    assert_written(fresh)
    with fresh.bridge() as bridge, bridge.store.reading() as tx:
        assert bridge.journal.manifest.owned(tx, "property") == {("contact", SCORE), ("contact", LEVEL)}
        assert bridge.journal.manifest.owned(tx, "group") == {("contact", "crmbridge")}
    assert_sane(fresh)


def test_t2_an_apply_that_dies_again_and_again_at_any_instruction_writes_every_row(
    next_plan: Template, driver: Driver, tmp_path: Path
) -> None:
    """Kills: forgetting the batches that were under way beside the one that was seen to fail."""
    chance, kills, until = random.Random(7), 0, time.monotonic() + 6
    for number in count():
        if time.monotonic() > until:
            break
        with Site.of(next_plan, tmp_path / str(number) / "main") as site:
            longest = 0.1
            while driver.run(site, seconds=chance.uniform(0.02, longest))[0] == "signal 14":
                kills += 1
                longest *= 1.15  # so that it comes to an end
            assert site.states() == {"confirmed": 2 * CONTACTS}
            assert_written(site, most=2)  # the platform may still be at it when the next run reads back
            assert_sane(site)
    assert kills > 5
