"""Pages that come twice, lead nowhere, or change while they are read; an index that lags."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from crmbridge.errors import RetryLater
from crmbridge.sandbox.merging import merge
from crmbridge.sandbox.times import iso

if TYPE_CHECKING:
    from tests.faults.conftest import World

LISTS = "GET /crm/objects/2026-09/contacts"
MAIL = 'engagements = ["email"]'
OWNER = {"email": "o@a.example", "firstName": "O", "lastName": "O", "teams": []}


# T13, T14: paging that does not get on


@pytest.mark.parametrize("fault", ["duplicate_page", "cursor_loop"])
@pytest.mark.parametrize("what", ["list", "archived", "owners"])
def test_t13_a_page_that_comes_twice_stops_the_sync_which_goes_on_later(world: World, fault: str, what: str) -> None:
    # Kills: following whatever cursor the platform names.
    portal = world.portal
    portal.owners = [{"id": str(number), "archived": False, **OWNER} for number in range(1, 251)]
    people = world.people(350)
    bridge = world.open(MAIL) if what == "list" else world.synced()[0]
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
    world.assert_sane(world.synced()[0])


def test_t13_hits_that_come_twice_stop_the_delta_which_goes_on_later(world: World) -> None:
    # Kills: the last id of a page as the next cursor, whatever it is.
    people = world.people(250)
    bridge, _ = world.synced()
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
        ("GET /crm/owners", False),
        ("GET /crm/owners", True),
    ],
)
def test_t14_cursors_that_lead_nowhere_stop_the_sync_which_goes_on_later(
    world: World, path: str, *, circle: bool
) -> None:
    # Kills: no memory of cursors; no limit of empty pages in a row.
    people = world.people(150)
    world.synced()
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
    world.assert_sane(world.synced()[0])


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
def test_t15_what_happens_while_pages_are_read_is_there_after_one_delta_and_the_sweeps(world: World, seed: int) -> None:
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
def test_t17_an_index_that_lags_up_to_a_minute_hides_nothing_for_good(world: World, seed: int) -> None:
    # Kills: a delta without overlap.
    dice, clock = random.Random(seed), world.virtual()
    portal = world.portal
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
