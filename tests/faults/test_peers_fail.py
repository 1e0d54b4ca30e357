"""What integrations of HubSpot are known to fail at, one test for each; speed is measured in benchmarks/."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from crmbridge.connectors.hubspot import reading
from crmbridge.sandbox import generate_bulk, serve
from crmbridge.sandbox.merging import merge
from crmbridge.sync.engine import SEARCHES_AT_ONCE

if TYPE_CHECKING:
    from tests.faults.conftest import World

LEAN = "engagements = []"
MAIL = 'engagements = ["email"]'
HELPERS = 10 + SEARCHES_AT_ONCE


def test_a_company_and_a_deal_with_1500_contacts_are_linked_to_all_of_them(world: World) -> None:
    # Kills: the first page of a record's links for all of them.
    people = world.people(1_500)
    firm, deal = world.portal.add("companies", {"name": "Large"}), world.deal()
    world.portal.links.load(("contacts", "companies"), [(one, firm, [1]) for one in people])
    world.portal.links.load(("deals", "contacts"), [(deal, one, []) for one in people])
    bridge = world.open()
    bridge.sync()
    with bridge.store.reading() as tx:
        for end in (f"company:{firm}", f"deal:{deal}"):
            name, _, id_ = end.partition(":")
            edges = [*bridge.mirror.links.edges(tx, name, [id_])]
            assert len({str(ref) for edge in edges for ref in (edge.source, edge.target)} - {end}) == 1_500
    world.assert_sane(bridge)


@pytest.mark.parametrize("step", [0, 1], ids=["on one millisecond", "one after another"])
def test_12000_records_changed_since_the_cursor_are_each_read_once(world: World, step: int) -> None:
    # T16. Kills: paging a delta by time or by offset, neither of which gets past 10,000 hits.
    clock = world.virtual()
    bridge = world.open(LEAN)
    bridge.sync()
    ids = world.people(12_000, world.portal.clock() + 1, step)
    clock.sleep(60)
    assert bridge.sync().read["contact"] == len(ids)
    assert bridge.mirror.ids("contact", limit=20_000) == ids


@pytest.mark.parametrize("searches", [False, True], ids=["lists", "lists and searches"])
def test_a_first_sync_at_the_limits_is_refused_next_to_nothing_and_wastes_no_time(
    world: World, monkeypatch: pytest.MonkeyPatch, *, searches: bool
) -> None:
    # Kills: no limiter, or one that counts from the start of a window; one that stays far below what is allowed.
    monkeypatch.setattr(reading, "LIST_LIMIT", 5)
    clock = world.virtual()
    world.portal.limits.enabled = True
    world.people(4_000)
    bridge = world.open(LEAN, clock=clock, limited=True, search_listing=searches)
    result = bridge.sync()
    assert bridge.mirror.count("contact") == 4_000
    assert world.portal.limits.refused <= result.calls / 50, "time may pass between a call and its arrival"
    searched = world.portal.calls.count("search")
    assert searched >= 15 if searches else result.calls > 700
    best = max((result.calls - searched) / 19, searched / 5)
    assert clock.seconds <= 2 * best + 10, "one who waits moves the clock of all"


def test_a_kill_at_call_150_costs_at_most_one_page_of_each_helper(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Kills: a checkpoint at the end of an object; asking for a page before the one ahead of it is stored.
    monkeypatch.setattr(reading, "LIST_LIMIT", 10)
    world.people(3_000)
    calls = world.portal.calls
    world.open(LEAN)
    empty = world.copy()
    whole = world.open(LEAN, search_listing=False)
    whole.sync()
    cost = calls.count()
    whole.sync()
    start = calls.count() - cost
    assert cost > 250
    world.restore(empty)
    before = calls.count()
    bridge = world.open(LEAN, search_listing=False)
    with pytest.MonkeyPatch.context() as patch:
        world.kill_at_call(patch, bridge, 150)
        with pytest.raises(BaseException, match="dead") as died:
            bridge.sync()
        assert died.typename == "Killed"
        world.bury()
    assert calls.count() - before == 150
    bridge = world.open(LEAN, search_listing=False)
    bridge.sync()
    assert calls.count() - before <= cost + start + HELPERS
    world.assert_sane(bridge)


def test_archived_and_merged_records_leave_the_mirror(world: World) -> None:
    # Kills: deltas alone, which never name what is gone.
    people = world.people(300)
    world.deal(people[1], people[2], people[3])
    bridge = world.open(MAIL)
    bridge.sync()
    world.portal.archive("contacts", people[1])
    merge(world.portal, "contacts", people[3], people[2])
    world.sweep(bridge, "archived")
    bridge.sync()
    assert {one.id for one in bridge.contacts()} == {*people} - {people[1], people[2]}
    world.assert_sane(bridge)


def test_a_link_without_a_modification_date_is_found_for_one_call_per_1000_records(world: World) -> None:
    # Kills: links with changed records only; one call for the links of each record.
    people = world.people(1_200)
    deal = world.deal()
    bridge = world.open(MAIL)
    bridge.sync()
    world.portal.links.add(("deals", "contacts"), deal, people[5], [])
    bridge.sync()
    with bridge.store.reading() as tx:
        assert not [*bridge.mirror.links.edges(tx, "deal", [deal])], "no date tells of it"
    world.sweep(bridge, "links")
    calls = world.portal.calls
    before = calls.count("associations")
    bridge.sync()
    assert calls.count("associations") - before <= 5
    world.assert_sane(bridge)


def test_a_thousand_properties_with_long_names_are_all_read(world: World) -> None:
    # Kills: all names in the address; leaving out what does not fit.
    names = [f"p{number:04}_{'x' * 90}" for number in range(1_000)]
    for name in names:
        world.portal.define("contacts", name)
    people = world.people(250)
    for one in people[:3]:
        world.portal.edit("contacts", one, {name: name[:5] for name in names})
    quoted = ", ".join(f'"{name}"' for name in names)
    bridge = world.open(f"{MAIL}\nproperties = {{ contact = [{quoted}] }}")
    bridge.sync()
    assert world.wire.longest < 7_000
    found = {one.id: one.properties for one in bridge.contacts()}
    assert found.keys() == {*people}
    assert all(found[one][name] == name[:5] for one in people[:3] for name in names)
    world.portal.edit("contacts", people[9], {names[999]: "late"})
    bridge.sync()
    assert world.wire.longest < 7_000
    world.assert_sane(bridge)


def test_what_the_index_does_not_show_yet_comes_with_the_next_delta(world: World) -> None:
    # Kills: a cursor without overlap. More of it is T17 in test_sync_faults.py.
    clock = world.virtual()
    people = world.people(450)
    clock.sleep(600)
    world.portal.search_lag = 60_000
    world.portal.edit("contacts", people[7], {"jobtitle": "Late"})
    late = world.portal.add("contacts", {"firstname": "Late"})
    bridge = world.open(MAIL, index_lag_seconds=300)
    bridge.sync()
    world.portal.edit("contacts", people[8], {"jobtitle": "Later"})
    bridge.sync()
    clock.sleep(70)
    bridge.sync()
    assert late in {one.id for one in bridge.contacts()}
    world.assert_sane(bridge)


def test_own_writes_do_not_come_back_as_changes_nor_are_they_made_again(world: World) -> None:
    # Kills: a modification date as news; planning what stands already.
    world.deal(*world.people(3))
    bridge = world.open(MAIL)
    bridge.sync()
    plan = bridge.plan()
    assert bridge.apply(plan, approve=plan.hash).confirmed > 0
    result = bridge.sync()
    assert (result.changed, result.decisions) == ({}, 0)
    writes = world.portal.calls.count("batch/update")
    assert bridge.run().applied is None
    assert world.portal.calls.count("batch/update") == writes


GROWTH = """
import re, sys
from crmbridge import Bridge
from crmbridge.store import database
database.PRAGMAS = tuple(one for one in database.PRAGMAS if "cache_size" not in one)
with Bridge.from_config(sys.argv[1]) as bridge:
    bridge.sync()
    peak = re.search("VmHWM: *([0-9]+)", open("/proc/self/status").read().replace("\\t", " "))[1]
    print(bridge.mirror.count("contact"), peak)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc: what getrusage tells includes the parent's memory")
def test_memory_does_not_grow_with_the_account(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kills: keeping the records of an object until its end. SQLite's page cache, which has a bound, is left aside.
    peaks = []
    for contacts in (2_000, 8_000):
        portal = generate_bulk(contacts=contacts, companies=0, deals=0, engagements=0)
        portal.limits.off()
        monkeypatch.setenv("HUBSPOT_TOKEN", portal.token)
        with serve(portal) as server:
            folder = world.folder / str(contacts)
            folder.mkdir(parents=True)
            (folder / "crmbridge.toml").write_text(
                f'[connections.main]\nconnector = "hubspot"\ntoken = "env:HUBSPOT_TOKEN"\n'
                f'base_url = "{server.base_url}"\n[privacy]\nprocessing = "legitimate-interest"\n'
            )
            command = [sys.executable, "-c", GROWTH, str(folder / "crmbridge.toml")]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        assert told[0] == str(contacts)
        peaks.append(int(told[1]))
    assert peaks[1] - peaks[0] < 12_000, "KiB for 6,000 records more"
