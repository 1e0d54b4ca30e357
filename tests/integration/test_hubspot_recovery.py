"""What a sync must get right when something goes wrong or changes in the middle of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from crmbridge import Bridge, Contact, Ref
from crmbridge.app import sync_scope
from crmbridge.connector import Page
from crmbridge.errors import CrmBridgeError, FixPlugin, GrantScope, RetryLater, WaitForRun
from crmbridge.model.properties import PropertySpec
from crmbridge.plugins import Quarantined
from crmbridge.plugins.failures import HookFailure
from crmbridge.plugins.session import Session
from crmbridge.sandbox import Portal
from crmbridge.sandbox.kinds import KINDS
from crmbridge.sandbox.merging import merge
from crmbridge.sandbox.privacy import forget
from crmbridge.store import Lease, Store
from crmbridge.store.schema import confirmed, decisions, links, subscriptions
from crmbridge.sync import SyncStep
from crmbridge.sync.byid import Fates
from crmbridge.sync.desk import Desk
from crmbridge.sync.sweeps import Sweep, stream_of

Opened = Callable[..., Bridge]


def people(bridge: Bridge) -> dict[str, Contact]:
    return {contact.id: contact for contact in bridge.contacts()}


def person(portal: Portal, number: int, **more: str) -> str:
    return portal.add("contacts", {"email": f"p{number}@a.example", "firstname": f"N{number}", **more})


def deal_of(portal: Portal, *contacts: str) -> str:
    deal = portal.add("deals", {"dealname": "D", "dealstage": "appointmentscheduled"})
    for one in contacts:
        portal.link("deals", deal, "contacts", one)
    return deal


def delete_for_good(portal: Portal, record_id: str) -> None:
    record = portal.find(KINDS["contacts"], record_id)
    assert record is not None
    with portal.lock:
        forget(portal, KINDS["contacts"], record)


def grow_old(bridge: Bridge, sweep: Sweep, name: str) -> None:
    cursor = bridge.progress.cursor(stream_of(sweep, name))
    with bridge.store.locking() as tx:
        bridge.progress.save(tx, replace(cursor, synced_until=datetime(2020, 1, 1, tzinfo=UTC)))


def rows(bridge: Bridge, table: sa.Table) -> list[Any]:
    with bridge.store.reading() as tx:
        return list(tx.execute(sa.select(table)))


@pytest.mark.parametrize("page", [1, 2, 4, 7])
def test_a_page_that_was_rolled_back_is_read_again(portal: Portal, bridge_to: Opened, page: int) -> None:
    # Kills "after an error keep what still comes": the next page's cursor would count the lost one as read.
    ids = {person(portal, number) for number in range(1_500)}
    bridge, seen = bridge_to(portal), 0

    def stop(step: SyncStep) -> None:
        nonlocal seen
        seen += step.stream == "contact"
        if step.stream == "contact" and seen == page:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bridge.sync(progress=stop)
    bridge.sync()
    assert people(bridge).keys() == ids


@pytest.mark.parametrize("commit", [12, 18, 24])
def test_a_commit_that_fails_loses_no_page(
    portal: Portal, bridge_to: Opened, monkeypatch: pytest.MonkeyPatch, commit: int
) -> None:
    ids = {person(portal, number) for number in range(1_500)}
    bridge, plain, count = bridge_to(portal), Store.writing, 0

    @contextmanager
    def writing(self: Store, lease: Lease) -> Iterator[sa.Connection]:
        nonlocal count
        with plain(self, lease) as tx:
            yield tx
            count += 1
            if count == commit:
                raise WaitForRun("busy")

    monkeypatch.setattr(Store, "writing", writing)
    with pytest.raises(WaitForRun):
        bridge.sync()
    monkeypatch.undo()
    bridge.sync()
    assert people(bridge).keys() == ids


def test_another_streams_error_rolls_back_no_page_for_good(
    portal: Portal, bridge_to: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {person(portal, number) for number in range(1_500)}
    bridge, plain, count = bridge_to(portal), Desk.take_in, 0

    def take_in(self: Desk, tx: sa.Connection, name: str, *rest: Any) -> None:
        nonlocal count
        plain(self, tx, name, *rest)
        count += name == "contact"
        if name == "contact" and count == 4:
            raise RetryLater("disk full")

    monkeypatch.setattr(Desk, "take_in", take_in)
    with pytest.raises(RetryLater):
        bridge.sync()
    monkeypatch.undo()
    bridge.sync()
    assert people(bridge).keys() == ids


def test_a_restored_person_is_in_the_center_again(portal: Portal, bridge_to: Opened) -> None:
    # Kills "same content, no news": archiving took the person out of the center.
    one, other = person(portal, 1), person(portal, 2)
    deal_of(portal, one, other)
    bridge = bridge_to(portal)

    def members() -> set[str]:
        return {member.id for center in bridge.buying_centers() for member in center.members}

    bridge.sync()
    assert members() == {f"contact:{one}", f"contact:{other}"}
    for change in (portal.archive, portal.restore):
        change("contacts", one)
        grow_old(bridge, "archived", "contact")
        bridge.sync()
        left = {f"contact:{other}"} | ({f"contact:{one}"} if change == portal.restore else set())
        assert members() == left


def test_what_a_plugin_failed_on_is_read_again_once_it_is_mended(
    portal: Portal, bridge_to: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {person(portal, number) for number in range(120)}
    failure = HookFailure("p", "transform_record", "u", "broken")
    monkeypatch.setattr(Session, "transform_record", lambda _, record: Quarantined(record.ref, failure))
    bridge = bridge_to(portal)
    with pytest.raises(FixPlugin):
        bridge.sync()
    monkeypatch.undo()
    bridge.sync()
    assert people(bridge).keys() == ids


def test_more_months_bring_older_engagements_at_once(portal: Portal, bridge_to: Opened) -> None:
    times = [(datetime.now(UTC) - timedelta(days=days)).isoformat() for days in (3, 200)]
    new, old = (portal.add("emails", {"hs_timestamp": at, "hs_email_direction": "EMAIL"}) for at in times)
    few = bridge_to(portal, "since_months = 1")
    few.sync()
    assert {one.id for one in few.engagements()} == {new}
    more = bridge_to(portal, "since_months = 24")
    more.sync()
    assert {one.id for one in more.engagements()} == {old, new}


def test_a_platform_that_contradicts_itself_is_not_asked_for_ever(
    portal: Portal, bridge_to: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost, calls = person(portal, 1), 0
    bridge = bridge_to(portal)
    bridge.sync()
    plain = bridge.connector.read_records

    def read_records(name: str, ids: Sequence[str], names: Sequence[str]) -> Sequence[Any]:
        nonlocal calls
        calls += 1
        assert calls < 50, "it goes round for ever"
        return [record for record in plain(name, ids, names) if record.id != ghost]

    monkeypatch.setattr(bridge.connector, "read_records", read_records)
    with bridge.store.locking() as tx:
        bridge.mirror.due.add(tx, "record", "contact", [ghost])
    bridge.sync()
    assert ghost in people(bridge)


def test_a_search_page_cut_short_ends_no_listing(
    portal: Portal, bridge_to: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {person(portal, number) for number in range(1_500)}
    bridge = bridge_to(portal)
    plain = bridge.connector.read_top

    def read_top(*given: Any, **more: Any) -> Page:
        page = plain(*given, **more)
        return Page(page.records[:-1], page.after or ("more" if page.records else None))

    monkeypatch.setattr(bridge.connector, "read_top", read_top)
    bridge.sync()
    assert people(bridge).keys() == ids


def test_a_proxys_404_erases_nobody(portal: Portal, bridge_to: Opened) -> None:
    one = person(portal, 1)
    bridge = bridge_to(portal)
    bridge.sync()
    portal.faults.add("batch/read", status=200, body={"status": "COMPLETE", "results": []}, times=0)
    portal.faults.add(f"GET /crm/objects/2026-09/contacts/{one}", status=404, body="<html>not found</html>", times=0)
    with bridge.store.locking() as tx:
        bridge.mirror.due.add(tx, "record", "contact", [one])
    with pytest.raises(CrmBridgeError):
        bridge.sync()
    assert one in people(bridge)


def test_an_answer_that_was_on_its_way_brings_nobody_back(
    portal: Portal, bridge_to: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = person(portal, 1)
    bridge = bridge_to(portal)
    bridge.sync()
    read, erased, plain, store = threading.Event(), threading.Event(), bridge.connector.read_records, Fates.store
    fates = bridge.connector.read_fates

    def read_records(name: str, ids: Sequence[str], names: Sequence[str]) -> Sequence[Any]:
        found = plain(name, ids, names)
        if name == "contact" and not read.is_set():
            delete_for_good(portal, one)
            read.set()
            erased.wait(5)
        return found

    def read_fates(name: str, ids: Sequence[str]) -> Any:
        read.wait(5)
        return fates(name, ids)

    def stored(self: Fates, *given: Any) -> None:
        store(self, *given)
        erased.set()

    monkeypatch.setattr(bridge.connector, "read_records", read_records)
    monkeypatch.setattr(bridge.connector, "read_fates", read_fates)
    monkeypatch.setattr(Fates, "store", stored)
    portal.edit("contacts", one, {"firstname": "New"})
    with bridge.store.locking() as tx:
        bridge.mirror.due.add(tx, "fate", "contact", [one])
    bridge.sync()
    assert one not in people(bridge)


def test_who_went_into_an_erased_person_is_erased_too(portal: Portal, bridge_to: Opened) -> None:
    winner, loser = person(portal, 1), person(portal, 2)
    bridge = bridge_to(portal)
    bridge.sync()
    with bridge.store.locking() as tx:
        for number, one in enumerate((winner, loser), start=1):
            place = {"connection": "main", "object": "contact", "id": one}
            said = {"property": "roles", "value": "x", "source": "crm", "author": "1", "at": "2026-01-01"}
            tx.execute(decisions.insert().values(**place, **said))
            tx.execute(confirmed.insert().values(**place, property="crmb_roles", value="x", plan_id="p"))
            at = f"p{number}@a.example"
            tx.execute(subscriptions.insert().values(connection="main", address=at, id="1", body=_standing(at)))
    merge(portal, "contacts", winner, loser)
    bridge.sync()
    delete_for_good(portal, winner)
    bridge.sync(full=True)
    assert people(bridge) == {}
    assert [rows(bridge, table) for table in (decisions, confirmed, subscriptions)] == [[], [], []]


def _standing(address: str) -> str:
    return f'{{"address": "{address}", "id": "1", "status": "subscribed"}}'


def test_an_object_asked_for_later_gets_the_links_that_lead_to_it(portal: Portal, bridge_to: Opened) -> None:
    deal = deal_of(portal)
    item = portal.add("line_items", {"name": "X", "quantity": "1"})
    portal.link("deals", deal, "line_items", item)
    bridge_to(portal).sync()
    wider = bridge_to(portal, 'objects = ["line_item"]\nlinks_hours = 0')
    wider.sync()
    assert (deal, item) in {(row.source_id, row.target_id) for row in rows(wider, links)}


def test_subscriptions_asked_for_later_are_read(
    portal: Portal, bridge_to: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(portal, 1)
    bridge_to(portal).sync()
    bridge, asked = bridge_to(portal, "subscriptions = true\nlinks_hours = 0"), list[str]()

    def read_subscriptions(addresses: Sequence[str]) -> Iterator[Any]:
        asked.extend(addresses)
        return iter(())

    monkeypatch.setattr(bridge.connector, "read_subscriptions", read_subscriptions)
    bridge.sync()
    assert asked == ["p1@a.example"]


def test_links_to_an_object_without_its_scope_are_left_out(
    portal: Portal, bridge_to: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = person(portal, 1)
    deal = deal_of(portal, one)
    bridge = bridge_to(portal, 'objects = ["line_item"]')
    plain = bridge.connector.read_links

    def read_links(source: str, target: str, ids: Sequence[str]) -> Iterator[Any]:
        if target == "line_item":
            raise GrantScope("grant it", ("crm.objects.line_items.read",))
        return plain(source, target, ids)

    monkeypatch.setattr(bridge.connector, "read_links", read_links)
    assert "line_item" in bridge.sync().skipped
    assert (deal, one) in {(row.source_id, row.target_id) for row in rows(bridge, links)}


def test_a_persons_value_in_a_property_that_is_read_later_is_a_decision(
    portal: Portal, bridge_to: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, plain = "crmb_later", sync_scope
    portal.define("contacts", name)
    one = person(portal, 1)
    bridge = bridge_to(portal)
    bridge.sync()
    portal.edit("contacts", one, {name: "decider"})
    bridge.sync()

    def wider(*given: Any) -> Any:
        scope = plain(*given)
        names = [*scope.properties.get("contact", ()), name]
        owned = {**scope.owned.get("contact", {}), name: PropertySpec(object="contact", name="later", label="Later")}
        return replace(
            scope, properties={**scope.properties, "contact": names}, owned={**scope.owned, "contact": owned}
        )

    monkeypatch.setattr("crmbridge.app.bridge.sync_scope", wider)
    assert bridge.sync().decisions == 1
    assert [(row.id, row.property, row.value) for row in rows(bridge, decisions)] == [(one, "later", "decider")]


def test_an_old_answer_for_a_new_property_does_not_hide_a_newer_value(
    portal: Portal, bridge_to: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = person(portal, 1)
    bridge_to(portal).sync()
    bridge = bridge_to(portal, 'properties = { contact = ["city"] }')
    portal.edit("contacts", one, {"city": "Old"})
    plain = bridge.connector.read_records

    def read_records(name: str, ids: Sequence[str], names: Sequence[str]) -> Sequence[Any]:
        found = plain(name, ids, names)
        if name == "contact" and list(names) == ["city"]:
            portal.edit("contacts", one, {"city": "New"})  # after it was read, before it is stored
        return found

    monkeypatch.setattr(bridge.connector, "read_records", read_records)
    bridge.sync()
    monkeypatch.undo()
    bridge.sync()
    assert people(bridge)[one].properties["city"] == "New"


def test_a_link_of_a_record_that_has_gone_is_not_kept(
    portal: Portal, bridge_to: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, firm = person(portal, 1), portal.add("companies", {"name": "A"})
    portal.link("contacts", one, "companies", firm)
    bridge = bridge_to(portal)
    bridge.sync()
    plain = bridge.connector.read_links

    def read_links(source: str, target: str, ids: Sequence[str]) -> Iterator[Any]:
        found = list(plain(source, target, ids))
        if source == "contact" and found:
            with bridge.store.locking() as tx:
                bridge.mirror.remove(tx, "contact", [one])
        return iter(found)

    monkeypatch.setattr(bridge.connector, "read_links", read_links)
    with bridge.store.locking() as tx:
        bridge.mirror.due.add(tx, "links", "contact", [one])
    bridge.sync()
    assert rows(bridge, links) == []
    assert Ref("contact", one) not in {contact.ref for contact in bridge.contacts()}
