"""Faults in the middle of a sync: after each of them the mirror is the portal again, and nothing was lost meanwhile."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from itertools import count
from typing import TYPE_CHECKING

import pytest

from crmbridge.errors import CrmBridgeError, GrantScope, RetryLater
from crmbridge.model.changes import PropertyChange
from crmbridge.sandbox import serve
from crmbridge.sandbox.merging import merge
from crmbridge.sandbox.toxics import Toxic
from crmbridge.sync.crew import GRACE
from crmbridge.sync.engine import SEARCHES_AT_ONCE

if TYPE_CHECKING:
    from tests.faults.conftest import World

LISTS = "GET /crm/objects/2026-09/contacts"
LEAN = "engagements = []"
MAIL = 'engagements = ["email"]'
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
    (whole, cost), (_, restart) = world.synced(LEAN), world.synced(LEAN)
    expected, number = world.held(whole), 0
    for number in count(1):
        world.restore(start)
        before = calls.count()
        if not died(world, number):
            break
        bridge, _ = world.synced(LEAN)
        assert world.held(bridge) == expected, f"before commit {number}"
        assert calls.count() - before <= cost + restart + HELPERS
    assert number > 15
    for last in range(number - 1, 15, -1):  # how many pages one commit takes in depends on the threads
        world.restore(start)
        if died(world, last, after=True):
            break
    bridge, _ = world.synced(LEAN)
    assert world.held(bridge) == expected, "after the last"
    world.assert_sane(bridge)


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
        stuck = Toxic("latency", seconds=6)  # longer than anybody should wait
        world.portal.faults.toxic(stuck, LISTS, skip=6)
        with subprocess.Popen(command, cwd=world.folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            try:
                while world.portal.calls.count(LISTS) < 7 and process.poll() is None:
                    time.sleep(0.01)  # the command is another process: only its calls tell how far it is
                process.send_signal(signal.SIGTERM)
                asked = time.monotonic()
                _, told = process.communicate(timeout=30)
            finally:
                process.kill()
        assert time.monotonic() - asked < 5
        assert (process.returncode, b"nothing is lost" in told) == (143, True)
        world.portal.faults.clear()
        bridge = world.open(MAIL)
        assert 0 < bridge.mirror.count("contact") < len(people)
        assert bridge.progress.cursor("contact").after is not None
        bridge.sync()
    world.assert_sane(bridge)


# T18: records that are gone


@pytest.mark.parametrize("at", range(4))
def test_t18_an_aborted_listing_deletes_nothing(world: World, at: int) -> None:
    # Kills: looking after missing records at the end of a run instead of at the end of a listing.
    people = world.people(350)
    bridge, _ = world.synced()
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
    bridge, _ = world.synced()
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
    bridge, _ = world.synced()
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


# T39: records that were merged


@pytest.mark.parametrize("new_id", [False, True], ids=["same id", "new id"])
def test_t39_merges_and_chains_of_them_leave_the_survivor_with_all_links(world: World, *, new_id: bool) -> None:
    # Kills: ignoring hs_merged_object_ids.
    people = world.people(5)
    world.deal(*people[:2])
    world.deal(people[2])
    bridge, _ = world.synced()
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
    bridge, _ = world.synced()
    plan = bridge.plan()
    named = {change.subject.id for change in plan if isinstance(change, PropertyChange)}
    assert named == {winner, loser}
    merge(world.portal, "deals", winner, loser)
    result = bridge.apply(plan, approve=plan.hash)
    refused = [row.change for row in bridge.refused(plan)]
    assert {change.subject.id for change in refused if isinstance(change, PropertyChange)} == {loser}
    assert result.invalid + result.rejected + result.conflicts == len(refused)
    planned = {c.property: c.after for c in plan if isinstance(c, PropertyChange) and c.subject.id == winner}
    held = world.portal.record("deals", winner)["properties"]
    assert {name: held.get(name) for name in planned} == planned
    bridge.sync()
    world.assert_sane(bridge)
    assert bridge.journal.entries(plan.header.id), "the history is kept"
