"""The mirror follows a HubSpot account: what is created, changed, archived, merged and deleted there.

What other integrations fail at, and faults, are in tests/faults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from crmbridge import Bridge, Contact
from crmbridge.errors import FixRequest
from crmbridge.sandbox import Portal
from crmbridge.sandbox.merging import merge
from crmbridge.sandbox.privacy import forget
from crmbridge.sandbox.records import Record
from crmbridge.sandbox.times import iso
from crmbridge.store.schema import metadata
from crmbridge.sync import engine
from crmbridge.sync.sweeps import Sweep, stream_of

Opened = Callable[..., Bridge]

RECENT = (datetime.now(UTC) - timedelta(days=3)).isoformat()
LONG_AGO = (datetime.now(UTC) - timedelta(days=3000)).isoformat()


def people(bridge: Bridge) -> dict[str, Contact]:
    return {contact.id: contact for contact in bridge.contacts()}


def person(portal: Portal, number: int, **more: str) -> str:
    return portal.add("contacts", {"email": f"p{number}@a.example", "firstname": f"N{number}", **more})


def crowd(portal: Portal, count: int, **more: str) -> list[str]:
    """Add many people at once."""
    kind, now, first = portal.kinds["contacts"], portal.clock(), 30_000_000_000
    stamps = dict.fromkeys((kind.created, kind.modified, "hs_lastmodifieddate"), iso(now))
    ids = [str(first + 7 * number) for number in range(count)]
    portal.insert_many(kind, (Record(id_, {**more, **stamps, "hs_object_id": id_}, now, now) for id_ in ids))
    return ids


def email(portal: Portal, at: str = RECENT) -> str:
    return portal.add("emails", {"hs_timestamp": at, "hs_email_direction": "EMAIL", "hs_email_subject": "Offer"})


def grow_old(bridge: Bridge, sweep: Sweep, name: str) -> None:
    """Let a sweep be due."""
    cursor = bridge.progress.cursor(stream_of(sweep, name))
    with bridge.store.locking() as tx:
        bridge.progress.save(tx, replace(cursor, synced_until=datetime(2020, 1, 1, tzinfo=UTC)))


def linked(bridge: Bridge, name: str, record_id: str) -> set[str]:
    with bridge.store.reading() as tx:
        edges = list(bridge.mirror.links.edges(tx, name, [record_id]))
    return {str(end) for edge in edges for end in (edge.source, edge.target)} - {f"{name}:{record_id}"}


def test_every_record_is_read_once_by_lists_and_searches(portal: Portal, bridge_to: Opened) -> None:
    ids = {*crowd(portal, 1_250)}
    result = bridge_to(portal).sync()
    assert result.read["contact"] == len(ids), "none twice"
    assert people(bridge_to(portal)).keys() == ids, "none missing"
    searches = portal.calls.count("search")
    assert searches >= 2, "searches shared the work"
    assert portal.calls.count("GET /crm/objects/2026-09/contacts") < 13, "so lists had less to do"


def test_what_the_index_does_not_show_yet_comes_with_the_next_delta(portal: Portal, bridge_to: Opened) -> None:
    known = {*crowd(portal, 450)}
    portal.search_lag = 60_000
    late = {person(portal, number) for number in range(450, 470)}
    bridge = bridge_to(portal)
    bridge.sync()
    portal.search_lag = 0
    bridge.sync()
    assert people(bridge).keys() == known | late


def test_nothing_new_costs_at_most_two_searches_a_type(portal: Portal, bridge_to: Opened) -> None:
    crowd(portal, 250)
    bridge = bridge_to(portal)
    bridge.sync()
    before = portal.calls.count("search"), portal.calls.count("")
    bridge.sync()
    types = ("companies", "contacts", "deals", "emails", "meetings")
    assert portal.calls.count("search") - before[0] <= 2 * len(types)
    assert portal.calls.count("batch/read") <= 2 * len(types), "and nothing is read by id"


def test_an_archived_record_leaves_and_a_restored_one_comes_back(portal: Portal, bridge_to: Opened) -> None:
    ids = [person(portal, number) for number in range(3)]
    bridge = bridge_to(portal)
    bridge.sync()
    portal.archive("contacts", ids[1])
    assert len(people(bridge)) == 3
    grow_old(bridge, "archived", "contact")
    assert bridge.sync().archived == {"contact": 1}
    assert ids[1] not in people(bridge)
    portal.restore("contacts", ids[1])
    grow_old(bridge, "archived", "contact")
    bridge.sync()
    assert ids[1] in people(bridge)


def test_a_finished_listing_finds_what_is_gone_an_interrupted_one_deletes_nothing(
    portal: Portal, bridge_to: Opened
) -> None:
    ids = crowd(portal, 350)
    bridge = bridge_to(portal)
    bridge.sync()
    portal.archive("contacts", ids[7])
    portal.faults.add("GET /crm/objects/2026-09/contacts", status=404, body={"status": "error"}, skip=1)
    with pytest.raises(FixRequest):
        bridge.sync(full=True)
    assert len(people(bridge)) == 350
    portal.faults.clear()
    assert bridge.sync(full=True).archived == {"contact": 1}
    assert ids[7] not in people(bridge)


@pytest.mark.parametrize("new_id", [False, True])
def test_a_merged_record_leaves_and_nothing_points_at_it(portal: Portal, bridge_to: Opened, *, new_id: bool) -> None:
    # Kills "ignore hs_merged_object_ids", which leaves the loser alive for good.
    winner, loser, other = (person(portal, number) for number in range(3))
    deal = portal.add("deals", {"dealname": "D", "dealstage": "appointmentscheduled"})
    portal.link("deals", deal, "contacts", loser)
    portal.link("deals", deal, "contacts", other)
    mail = email(portal)
    portal.link("emails", mail, "contacts", loser)
    bridge = bridge_to(portal)
    bridge.sync()
    survivor = merge(portal, "contacts", winner, loser, new_id=new_id)
    bridge.sync()
    assert people(bridge).keys() == {survivor, other}
    assert linked(bridge, "deal", deal) == {f"contact:{survivor}", f"contact:{other}"}
    assert linked(bridge, "email", mail) == {f"contact:{survivor}"}
    with bridge.store.reading() as tx:
        assert bridge.mirror.links.survivors(tx, "contact", [loser]) == {loser: survivor}


def test_a_chain_of_merges_leads_to_the_last(portal: Portal, bridge_to: Opened) -> None:
    one, two, three = (person(portal, number) for number in range(3))
    bridge = bridge_to(portal)
    bridge.sync()
    merge(portal, "contacts", two, one)
    bridge.sync()
    merge(portal, "contacts", three, two)
    bridge.sync()
    assert people(bridge).keys() == {three}
    with bridge.store.reading() as tx:
        assert bridge.mirror.links.survivors(tx, "contact", [one, two]) == {one: three, two: three}


def test_a_person_deleted_for_privacy_is_erased_everywhere(portal: Portal, bridge_to: Opened) -> None:
    # Kills "archive what a listing does not show": the values would stay.
    kept, gone = person(portal, 1), portal.add("contacts", {"email": "canary@erase.example", "firstname": "Canary"})
    deal = portal.add("deals", {"dealname": "D", "dealstage": "appointmentscheduled"})
    for one in (kept, gone):
        portal.link("deals", deal, "contacts", one)
    bridge = bridge_to(portal)
    bridge.sync()
    plan = bridge.plan()
    bridge.apply(plan, approve=plan.hash)
    kind = portal.kind("contacts")
    assert kind is not None
    record = portal.find(kind, gone)
    assert record is not None
    with portal.lock:
        forget(portal, kind, record)
    bridge.sync(full=True)
    with bridge.store.reading() as tx:
        for table in metadata.sorted_tables:
            for row in tx.execute(sa.select(table)):
                assert "canary" not in str(row).lower(), table.name
                assert table.name in {"journal", "plan_rows", "plans", "dirty"} or gone not in str(row), table.name
    assert people(bridge).keys() == {kept}
    bridge.judge()


def test_a_new_property_is_unknown_until_it_is_read_and_costs_no_listing(
    portal: Portal, bridge_to: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = crowd(portal, 250, city="Ulm")
    bridge_to(portal).sync()
    monkeypatch.setattr(engine, "SEARCHES_AT_ONCE", 1)
    wider = 'properties = { contact = ["city", "zip"] }'
    portal.faults.add("contacts/batch/read", status=404, body={"status": "error"}, skip=1, times=5)
    with pytest.raises(FixRequest):
        bridge_to(portal, wider).sync()
    found = people(bridge_to(portal, wider)).values()
    read = [one for one in found if "city" in one.properties]
    assert 0 < len(read) < 250
    assert all(one.properties["city"] == "Ulm" and one.properties["zip"] is None for one in read)
    portal.faults.clear()
    lists = portal.calls.count("GET /crm/objects/2026-09/contacts")
    bridge_to(portal, wider).sync()
    assert all(one.properties["city"] == "Ulm" for one in people(bridge_to(portal, wider)).values())
    assert len(people(bridge_to(portal, wider))) == len(ids)
    assert portal.calls.count("GET /crm/objects/2026-09/contacts") == lists


def test_engagements_of_the_last_months_only(portal: Portal, bridge_to: Opened) -> None:
    old = [email(portal, LONG_AGO) for _ in range(450)]
    new = {email(portal) for _ in range(30)}
    bridge = bridge_to(portal)
    bridge.sync()
    assert {one.id for one in bridge.engagements()} == new
    assert portal.calls.count("GET /crm/objects/2026-09/emails") <= 1, f"{len(old)} old ones were not listed"
    everything = bridge_to(portal, "since_months = 0")
    everything.sync(full=True)
    assert {one.id for one in everything.engagements()} == new | set(old)


def test_only_what_is_linked_to_open_deals(portal: Portal, bridge_to: Opened) -> None:
    deal = portal.add("deals", {"dealname": "Open", "dealstage": "appointmentscheduled"})
    closed = portal.add("deals", {"dealname": "Closed", "dealstage": "closedlost"})
    mails = [email(portal) for _ in range(3)]
    portal.link("emails", mails[0], "deals", deal)
    portal.link("emails", mails[1], "deals", closed)
    bridge = bridge_to(portal, 'engagements_of = "open-deals"')
    bridge.sync()
    assert {one.id for one in bridge.engagements()} == {mails[0]}
    assert linked(bridge, "email", mails[0]) == {f"deal:{deal}"}
    portal.link("emails", mails[2], "deals", deal)
    portal.edit("emails", mails[1], {"hs_email_subject": "Not ours"})
    bridge.sync()
    assert {one.id for one in bridge.engagements()} == {mails[0], mails[2]}


def test_a_narrower_selection_takes_out_what_nobody_asks_for(portal: Portal, bridge_to: Opened) -> None:
    deal = portal.add("deals", {"dealname": "Open", "dealstage": "appointmentscheduled"})
    mails = [email(portal) for _ in range(3)]
    portal.link("emails", mails[0], "deals", deal)
    bridge_to(portal).sync()
    narrow = bridge_to(portal, 'engagements_of = "open-deals"')
    narrow.sync()
    assert {one.id for one in narrow.engagements()} == {mails[0]}


def test_only_deals_of_one_pipeline(portal: Portal, bridge_to: Opened) -> None:
    deals = [portal.add("deals", {"dealname": "D", "dealstage": "appointmentscheduled"}) for _ in range(2)]
    bridge = bridge_to(portal, 'pipelines = ["another"]')
    bridge.sync()
    assert list(bridge.deals()) == []
    wider = bridge_to(portal)
    wider.sync()
    assert {deal.id for deal in wider.deals()} == set(deals), "another selection lists anew"


def test_only_contacts_of_a_segment(portal: Portal, bridge_to: Opened) -> None:
    ids = [person(portal, number) for number in range(5)]
    connector = bridge_to(portal).connector
    segment = connector.create_segment("contact", "Key accounts")
    connector.change_members(segment, ids[:2])
    bridge = bridge_to(portal, 'segments = ["Key accounts"]')
    bridge.sync()
    assert people(bridge).keys() == set(ids[:2])
    portal.edit("contacts", ids[4], {"firstname": "Outside"})
    connector.change_members(segment, [ids[2]], [ids[0]])
    bridge.sync()
    assert people(bridge).keys() == {ids[1], ids[2]}


def test_a_hint_has_one_record_read_again(portal: Portal, bridge_to: Opened) -> None:
    one = person(portal, 1)
    bridge = bridge_to(portal)
    bridge.sync()
    kind = portal.kind("contacts")
    assert kind is not None
    portal.search_lag = 3_600_000
    portal.edit("contacts", one, {"firstname": "Late"})
    bridge.sync()
    assert people(bridge)[one].first_name == "N1", "the index does not show it"
    with bridge.store.locking() as tx:
        bridge.mirror.due.add(tx, "record", "contact", [one])
    bridge.sync()
    assert people(bridge)[one].first_name == "Late"
