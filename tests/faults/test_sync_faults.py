"""Faults in the middle of a sync: after each of them the mirror is the portal again, and nothing was lost meanwhile."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from itertools import count
from typing import TYPE_CHECKING

import pytest

from crmbridge import Bridge
from crmbridge.errors import CrmBridgeError, GrantScope, RetryLater
from crmbridge.model.changes import PropertyChange
from crmbridge.sandbox import serve
from crmbridge.sandbox.merging import merge
from crmbridge.sandbox.times import iso
from crmbridge.sandbox.toxics import Toxic
from crmbridge.sync.crew import GRACE
from crmbridge.sync.desk import Desk
from crmbridge.sync.engine import SEARCHES_AT_ONCE

if TYPE_CHECKING:
    from tests.faults.conftest import World

LISTS = "GET /crm/objects/2026-09/contacts"
LEAN = "engagements = []"
MAIL = 'engagements = ["email"]'
OWNER = {"email": "o@a.example", "firstName": "O", "lastName": "O", "teams": []}
HELPERS = 10 + SEARCHES_AT_ONCE
"""Calls under way at most, each of one page."""


def furnish(world: World) -> list[str]:
    """A small account with links."""
    people, mails = world.people(110), world.mails(20)
    world.deal(*people[:3])
    for number, mail in enumerate(mails):
        world.portal.links.add(("emails", "contacts"), mail, people[number % 5], [])
    return people


def change(world: World, people: list[str]) -> None:
    """Things that a delta has to find."""
    for one in people[:105]:
        world.portal.edit("contacts", one, {"firstname": "Changed"})
    world.deal(people[9])
    merge(world.portal, "contacts", people[0], people[1])


# T1: the process dies at a commit


def died(world: World, number: int, *, after: bool = False) -> bool:
    """Let a sync die at this commit; False if it has fewer."""
    with pytest.MonkeyPatch.context() as patch:
        bridge = world.open(LEAN)
        world.kill_at_commit(patch, bridge, number, after=after)
        try:
            bridge.sync()
        except BaseException as error:
            if type(error).__name__ != "Killed":
                raise
            world.bury()
            return True
    return False


@pytest.mark.parametrize("delta", [False, True], ids=["first", "delta"])
def test_t1_a_death_at_any_commit_changes_nothing_in_the_end(world: World, *, delta: bool) -> None:
    # What is left after commit n is what is left before commit n + 1: only the last one needs both.
    # Kills: the cursor in a transaction before its rows; ids crossed out before what was read of them is stored.
    people = furnish(world)
    world.open(LEAN)
    if delta:
        world.open(LEAN).sync()
        change(world, people)
    start, calls = world.copy(), world.portal.calls
    (whole, cost), (_, restart) = synced(world, LEAN), synced(world, LEAN)
    expected, number = world.held(whole), 0
    for number in count(1):
        world.restore(start)
        before = calls.count()
        if not died(world, number):
            break
        bridge, _ = synced(world, LEAN)
        assert world.held(bridge) == expected, f"before commit {number}"
        assert calls.count() - before <= cost + restart + HELPERS
    assert number > 15
    world.restore(start)
    assert died(world, number - 1, after=True)
    bridge, _ = synced(world, LEAN)
    assert world.held(bridge) == expected, "after the last"
    world.assert_sane(bridge)


def synced(world: World, sync: str = MAIL) -> tuple[Bridge, int]:
    """A bridge that has synced, and what it cost."""
    before, bridge = world.portal.calls.count(), world.open(sync)
    bridge.sync()
    return bridge, world.portal.calls.count() - before


# T4: the process is asked to end


def test_t4_a_sync_that_is_asked_to_end_keeps_its_checkpoint_and_gives_the_lease_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Kills: no handler of SIGTERM (exit code -15, the lease stays); waiting for calls under way without an end.
    people = world.people(1_500)
    world.folder.mkdir()
    monkeypatch.setenv("HUBSPOT_TOKEN", world.portal.token)
    assert GRACE <= 5
    hasty = "from crmbridge.cli import main; from crmbridge.sync import crew; crew.GRACE = 0.5; main()"
    command = [sys.executable, "-c", hasty, "sync"]
    with serve(world.portal, latency=0.15) as server:
        section = f'connector = "hubspot"\ntoken = "env:HUBSPOT_TOKEN"\nbase_url = "{server.base_url}"\n'
        law = '[privacy]\nprocessing = "legitimate-interest"\n'
        (world.folder / "crmbridge.toml").write_text(f"[connections.main]\n{section}{law}")
        stuck = Toxic("latency", seconds=5)  # longer than anybody should wait
        world.portal.faults.toxic(stuck, LISTS, skip=6)
        process = subprocess.Popen(command, cwd=world.folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        while world.portal.calls.count(LISTS) < 7 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        _, told = process.communicate(timeout=30)
        assert time.monotonic() - asked < 4
        assert (process.returncode, b"nothing is lost" in told) == (143, True)
        world.portal.faults.clear()
        bridge = world.open(MAIL)
        assert 0 < bridge.mirror.count("contact") < len(people)
        assert bridge.progress.cursor("contact").after is not None
        bridge.sync()
    world.assert_sane(bridge)


# T13, T14: paging that does not get on


@pytest.mark.parametrize("fault", ["duplicate_page", "cursor_loop"])
@pytest.mark.parametrize("what", ["list", "archived", "owners"])
def test_t13_a_page_that_comes_twice_stops_the_sync_which_goes_on_later(world: World, fault: str, what: str) -> None:
    # Kills: following whatever cursor the platform names.
    portal = world.portal
    portal.owners = [{"id": str(number), "archived": False, **OWNER} for number in range(1, 251)]
    people = world.people(350)
    bridge = world.open(MAIL) if what == "list" else synced(world)[0]
    if what == "archived":
        for one in people[:250]:
            portal.archive("contacts", one)
        world.sweep(bridge, "archived")
    path = "GET /crm/owners" if what == "owners" else LISTS
    portal.faults.named(fault, path, times=0)
    before = portal.calls.count(path)
    with pytest.raises(RetryLater):
        bridge.sync()
    assert portal.calls.count(path) - before <= 10
    portal.faults.clear()
    world.assert_sane(synced(world)[0])


def test_t13_hits_that_come_twice_stop_the_delta_which_goes_on_later(world: World) -> None:
    # Kills: the last id of a page as the next cursor, whatever it is.
    people = world.people(250)
    bridge, _ = synced(world)
    world.portal.touch("contacts")
    hit = {"id": people[0], "updatedAt": iso(world.portal.clock())}
    answer = {"total": 9, "results": [hit], "paging": {"next": {"after": "1"}}}
    world.portal.faults.add("contacts/search", status=200, body=answer, times=0)
    before = world.portal.calls.count("contacts/search")
    with pytest.raises(RetryLater):
        bridge.sync()
    assert world.portal.calls.count("contacts/search") - before == 2
    world.portal.faults.clear()
    bridge.sync()
    world.assert_sane(bridge)


@pytest.mark.parametrize(
    ("path", "circle"),
    [
        (LISTS, False),
        (LISTS, True),
        ("contacts/search", False),
        ("contacts/search", True),
        pytest.param("GET /crm/owners", False, marks=pytest.mark.xfail(strict=True, reason="owners have no limit")),
        ("GET /crm/owners", True),
    ],
)
def test_t14_cursors_that_lead_nowhere_stop_the_sync_which_goes_on_later(
    world: World, path: str, *, circle: bool
) -> None:
    # Kills: no memory of cursors; no limit of empty pages in a row.
    people = world.people(150)
    synced(world)
    world.portal.touch("contacts", people[:50])
    first = int(people[-1])
    for number in range(40):
        after = first + (number % 2 if circle else number) + 1
        nothing = {"results": [], "paging": {"next": {"after": str(after)}}}
        world.portal.faults.add(path, status=200, body=nothing)
    before = world.portal.calls.count(path)
    bridge = world.open(MAIL)
    with pytest.raises(RetryLater):
        bridge.sync(full=path == LISTS)
    assert world.portal.calls.count(path) - before <= 12
    assert {one.id for one in bridge.contacts()} == {*people}
    world.portal.faults.clear()
    world.assert_sane(synced(world)[0])


# T15: the account does not stand still


class Crowd:
    """People who work in the account while it is read: before each call something happens."""

    def __init__(self, world: World, seed: int) -> None:
        self.portal, self.dice = world.portal, random.Random(seed)
        self.mails, self.deal = world.mails(60), world.deal()

    def __call__(self) -> None:
        portal, dice = self.portal, self.dice
        with portal.lock:
            people = portal.ids("contacts")
            one, other = dice.sample(people, 2)
            match dice.randrange(8):
                case 0 | 1 | 2:
                    portal.edit("contacts", one, {"jobtitle": f"Title {dice.random()}"})
                case 3:
                    portal.archive("contacts", one)
                case 4:
                    portal.link("emails", dice.choice(self.mails), "contacts", one)
                case 5:
                    portal.link("deals", self.deal, "contacts", one)
                    portal.unlink("emails", dice.choice(self.mails), "contacts", other)
                case 6:
                    merge(portal, "contacts", one, other, new_id=dice.random() < 0.5)
                case _:
                    portal.add("contacts", {"firstname": f"New {dice.random()}"})


@pytest.mark.parametrize("seed", range(4))
def test_t15_what_happens_while_pages_are_read_is_there_after_one_delta_and_the_sweeps(
    world: World, seed: int
) -> None:
    # Kills: the end of a pass as its "read until"; taking a page's word for records that changed since.
    world.people(700)
    world.wire.before = Crowd(world, seed)
    bridge = world.open(MAIL)
    bridge.sync()
    bridge.sync()
    world.sweep(bridge, "archived")
    bridge.sync()
    world.wire.before = lambda: None
    world.sweep(bridge, "archived", "links")
    bridge.sync()
    world.assert_sane(bridge)


# T16 is "12,000 records on one millisecond" in test_peers_fail.py


# T17: the index lags


@pytest.mark.parametrize("seed", range(3))
def test_t17_an_index_that_lags_up_to_a_minute_hides_nothing_for_good(
    world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # Kills: a delta without overlap.
    dice, clock = random.Random(seed), world.virtual()
    portal = world.portal
    monkeypatch.setitem(Desk.__init__.__kwdefaults__, "now", clock.now)
    world.people(120)
    clock.sleep(400)
    for _ in range(12):
        portal.search_lag = dice.randrange(60_001)
        people = portal.ids("contacts")
        portal.edit("contacts", dice.choice(people), {"jobtitle": f"Title {dice.random()}"})
        portal.add("contacts", {"firstname": "New"})
        clock.sleep(dice.random() * 30)
        world.open(MAIL, index_lag_seconds=300).sync()
    clock.sleep(60)
    bridge = world.open(MAIL, index_lag_seconds=300)
    bridge.sync()
    world.assert_sane(bridge)


# T18: what is gone


@pytest.mark.parametrize("at", range(4))
def test_t18_an_aborted_listing_deletes_nothing(world: World, at: int) -> None:
    # Kills: looking after missing records at the end of a run instead of at the end of a listing.
    people = world.people(350)
    bridge, _ = synced(world)
    for one in (people[0], people[349]):
        world.portal.archive("contacts", one)
    world.portal.faults.add("objects/2026-09/contacts", status=404, body={"status": "error"}, skip=at, times=0)
    with pytest.raises(CrmBridgeError):
        bridge.sync(full=True)
    assert bridge.mirror.count("contact") == 350
    world.portal.faults.clear()
    assert bridge.sync().archived == {"contact": 2}
    world.assert_sane(bridge)


# T22: a part of a batch fails


@pytest.mark.parametrize("path", ["contacts/batch/read", "/emails/contacts/batch/read"])
def test_t22_a_batch_of_which_a_part_failed_does_not_pass_for_the_whole(world: World, path: str) -> None:
    # Kills: taking the results of a 207 and forgetting its errors: who is not in it would look deleted or unlinked.
    people = furnish(world)
    bridge, _ = synced(world)
    for one in people[:120]:
        world.portal.edit("contacts", one, {"firstname": "Changed"})
    for mail in world.portal.ids("emails"):
        world.portal.edit("emails", mail, {"hs_email_subject": "Changed"})
    world.portal.faults.named("partial", path, times=0, failing=0.3)
    before = world.linked(bridge), {one.id for one in bridge.contacts()}
    with pytest.raises(RetryLater):
        bridge.sync()
    assert (world.linked(bridge), {one.id for one in bridge.contacts()}) == before
    world.portal.faults.clear()
    bridge.sync()
    world.assert_sane(bridge)


# T26: a scope is missing; that of a revoked token is in test_auth_faults.py


def test_t26_without_the_scope_for_emails_all_else_is_read(world: World) -> None:
    # Kills: one refusal ends the sync; an object that was skipped passes for an empty one.
    people = furnish(world)
    world.portal.scopes.discard("sales-email-read")
    bridge = world.open(MAIL)
    result = bridge.sync()
    assert [*result.skipped] == ["email"]
    assert "sales-email-read" in result.skipped["email"]
    assert (bridge.mirror.count("contact"), bridge.mirror.count("email")) == (len(people), 0)
    assert bridge.mirror.count("deal") == 1
    world.portal.scopes.add("sales-email-read")
    bridge.sync()
    world.assert_sane(bridge)


def test_t26_an_object_that_was_read_before_is_kept_while_its_scope_is_missing(world: World) -> None:
    # Kills: taking a refusal for an empty listing.
    furnish(world)
    bridge, _ = synced(world)
    world.portal.scopes.discard("sales-email-read")
    world.sweep(bridge, "archived", "links")
    assert [*bridge.sync(full=True).skipped] == ["email"]
    assert bridge.mirror.count("email") == 20
    world.portal.scopes.add("sales-email-read")
    bridge.sync()
    world.assert_sane(bridge)


def test_t26_without_the_scope_for_contacts_there_is_no_sync(world: World) -> None:
    # Kills: skipping what buying centers cannot do without.
    furnish(world)
    world.portal.scopes.discard("crm.objects.contacts.read")
    with pytest.raises(GrantScope, match="crm.objects.contacts.read"):
        world.open(MAIL).sync()


# T39: merges


@pytest.mark.parametrize("new_id", [False, True], ids=["same id", "new id"])
def test_t39_merges_and_chains_of_them_leave_the_survivor_with_all_links(world: World, *, new_id: bool) -> None:
    # Kills: ignoring hs_merged_object_ids; following one step of a chain.
    people = world.people(5)
    world.deal(*people[:2])
    world.deal(people[2])
    bridge, _ = synced(world)
    one = merge(world.portal, "contacts", people[1], people[0], new_id=new_id)
    two = merge(world.portal, "contacts", people[2], one, new_id=new_id)
    bridge.sync()
    world.assert_sane(bridge)
    last = merge(world.portal, "contacts", people[3], two, new_id=new_id)
    bridge.sync()
    world.assert_sane(bridge)
    with bridge.store.reading() as tx:
        gone = {*people[:4]} - {last}
        assert bridge.mirror.links.survivors(tx, "contact", gone) == dict.fromkeys(gone, last)


def test_t39_a_plan_that_names_a_merged_record_does_not_write_to_it(world: World) -> None:
    # Kills: sending rows of records that were not there when they were looked at: HubSpot would write to the survivor.
    people = world.people(6)
    winner, loser = world.deal(*people, name="Winner"), world.deal(name="Loser")
    bridge, _ = synced(world)
    plan = bridge.plan()
    named = {change.subject.id for change in plan if isinstance(change, PropertyChange)}
    assert named == {winner, loser}
    merge(world.portal, "deals", winner, loser)
    result = bridge.apply(plan, approve=plan.hash)
    refused = [row.change for row in bridge.refused(plan)]
    assert {change.subject.id for change in refused if isinstance(change, PropertyChange)} == {loser}
    assert result.rejected + result.conflicts == len(refused)
    planned = {c.property: c.after for c in plan if isinstance(c, PropertyChange) and c.subject.id == winner}
    held = world.portal.record("deals", winner)["properties"]
    assert {name: held.get(name) for name in planned} == planned
    bridge.sync()
    world.assert_sane(bridge)
    assert bridge.journal.entries(plan.header.id), "the history is kept"
