"""Facts 19 and 20: merged records, archived ones, and those deleted for privacy."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from crmbridge.errors import FixRequest, RecordMissing
from crmbridge.sandbox import Portal
from crmbridge.sandbox.merging import TooManyMerges, merge

ONE = "/crm/objects/2026-09/contacts/{}"
READ = "/crm/objects/2026-09/contacts/batch/read"
UPDATE = "/crm/objects/2026-09/contacts/batch/update"
MERGE = "/crm/v3/objects/contacts/merge"
FORGET = "/crm/objects/2026-09/contacts/gdpr-delete"


@pytest.fixture
def two(portal: Portal) -> tuple[str, str]:
    one = portal.add("contacts", {"email": "a@firm.example", "jobtitle": "CFO"})
    return one, portal.add("contacts", {"email": "b@firm.example", "jobtitle": "Buyer", "city": "Ulm"})


@pytest.mark.parametrize("new_id", [False, True])
def test_fact_19_the_survivor_keeps_the_primarys_values_and_names_the_losers(
    portal: Portal, api: httpx.Client, two: tuple[str, str], clock: Any, *, new_id: bool
) -> None:
    portal.merges_make_ids = new_id
    clock.turn(5_000)
    reply = api.post(MERGE, json={"primaryObjectId": two[0], "objectIdToMerge": two[1]})
    body = reply.json()
    assert reply.status_code == 200
    assert (body["id"] not in two) is new_id
    values = body["properties"]
    assert (values["email"], values["jobtitle"], values["city"]) == ("a@firm.example", "CFO", "Ulm")
    assert values["hs_additional_emails"] == "b@firm.example"
    gone = [two[1], two[0]] if new_id else [two[1]]
    assert values["hs_merged_object_ids"] == ";".join(gone)
    assert values["hs_calculated_merged_vids"] == ";".join(f"{one}:{clock()}" for one in gone)
    assert portal.ids("contacts") == [body["id"]]


@pytest.mark.parametrize("new_id", [False, True])
def test_fact_19_an_old_id_answers_a_read_with_the_survivor_and_a_batch_with_silence(
    portal: Portal, api: httpx.Client, two: tuple[str, str], *, new_id: bool
) -> None:
    survivor = merge(portal, "contacts", *two, new_id=new_id)
    reply = api.get(ONE.format(two[1]))
    assert (reply.status_code, reply.json()["id"]) == (200, survivor)
    for history in ([], ["email"]):
        read = api.post(READ, json={"inputs": [{"id": two[1]}, {"id": survivor}], "propertiesWithHistory": history})
        assert [row["id"] for row in read.json()["results"]] == [survivor]
        # Kills the mutant that reports merged ids as missing.
        assert (read.status_code, "errors" in read.json()) == (200, False)


def test_fact_19_an_update_of_an_old_id_lands_on_the_survivor(
    portal: Portal, api: httpx.Client, two: tuple[str, str]
) -> None:
    survivor = merge(portal, "contacts", *two)
    reply = api.post(UPDATE, json={"inputs": [{"id": two[1], "properties": {"city": "Bonn"}}]})
    assert reply.status_code == 200
    assert [row["id"] for row in reply.json()["results"]] == [survivor]
    assert portal.record("contacts", survivor)["properties"]["city"] == "Bonn"


def test_fact_19_a_chain_of_merges_leads_to_the_last_survivor(portal: Portal, api: httpx.Client) -> None:
    one, two, three = (portal.add("contacts", {}) for _ in range(3))
    merge(portal, "contacts", two, one)
    merge(portal, "contacts", three, two)
    body = api.get(ONE.format(one), params={"properties": "hs_merged_object_ids"}).json()
    assert body["id"] == three
    assert set(body["properties"]["hs_merged_object_ids"].split(";")) == {one, two}


def test_fact_19_links_memberships_and_history_go_to_the_survivor(
    portal: Portal, api: httpx.Client, two: tuple[str, str]
) -> None:
    home, away = portal.add("companies", {"name": "X"}), portal.add("companies", {"name": "Y"})
    portal.link("contacts", two[0], "companies", home, "Primary")
    portal.link("contacts", two[1], "companies", away, "Primary")
    portal.edit("contacts", two[0], {"jobtitle": "CEO"}, user=7)
    members = portal.lists.create("L", "contacts", "MANUAL", 0)
    members.members[two[1]] = 5
    survivor = merge(portal, "contacts", *two, new_id=True)
    links = portal.links.of(("contacts", "companies"), survivor)
    # Kills the mutant in which the loser's primary company displaces the survivor's.
    assert links == {home: (1, 279), away: (279,)}
    assert members.members == {survivor: 5}
    history = portal.record("contacts", survivor)["propertiesWithHistory"]["jobtitle"]
    assert history[0]["sourceId"] == "userId:7"


def test_fact_19_a_record_stands_for_250_others_at_most(portal: Portal, api: httpx.Client) -> None:
    one, other = portal.add("contacts", {}), portal.add("contacts", {})
    portal.edit("contacts", one, {"hs_merged_object_ids": ";".join(map(str, range(1, 251)))})
    reply = api.post(MERGE, json={"primaryObjectId": one, "objectIdToMerge": other})
    assert (reply.status_code, "250" in reply.json()["message"]) == (414, True)
    with pytest.raises(TooManyMerges):
        merge(portal, "contacts", one, other)
    assert portal.ids("contacts") == [one, other]


def test_a_merge_needs_two_records_that_exist(portal: Portal, api: httpx.Client, two: tuple[str, str]) -> None:
    assert api.post(MERGE, json={"primaryObjectId": two[0], "objectIdToMerge": two[0]}).status_code == 400
    assert api.post(MERGE, json={"primaryObjectId": two[0], "objectIdToMerge": "5"}).status_code == 404
    with pytest.raises(RecordMissing):
        merge(portal, "contacts", two[0], "5")
    with pytest.raises(FixRequest):
        merge(portal, "boats", *two)


def test_fact_20_a_deleted_record_is_not_found_until_it_is_restored(
    portal: Portal, api: httpx.Client, two: tuple[str, str]
) -> None:
    assert api.delete(ONE.format(two[0])).status_code == 204
    refused = api.get(ONE.format(two[0]))
    assert (refused.status_code, refused.json()["category"]) == (404, "OBJECT_NOT_FOUND")
    assert api.get(ONE.format(two[0]), params={"archived": "true"}).json()["archivedAt"]
    portal.restore("contacts", two[0])
    assert api.get(ONE.format(two[0])).json()["id"] == two[0]


@pytest.mark.parametrize(("by", "place"), [("email", "b@firm.example"), ("", "")])
def test_fact_20_privacy_deletion_leaves_nothing_and_blocks_the_address(
    portal: Portal, api: httpx.Client, two: tuple[str, str], by: str, place: str
) -> None:
    company = portal.add("companies", {"name": "X"})
    portal.link("contacts", two[1], "companies", company)
    body = {"objectId": place or two[1]} | ({"idProperty": by} if by else {})
    assert api.post(FORGET, json=body).status_code == 204
    for archived in ("true", "false"):
        assert api.get(ONE.format(two[1]), params={"archived": archived}).status_code == 404
    assert not portal.links.of(("companies", "contacts"), company)
    assert portal.record("companies", company)["properties"]["num_associated_contacts"] == "0"
    again = api.post("/crm/v3/objects/contacts", json={"properties": {"email": "B@firm.example"}})
    assert (again.status_code, again.json()["subCategory"]) == (400, "GDPR_BLACKLISTED_EMAIL")


def test_fact_20_an_address_that_nobody_has_is_blocked_too(portal: Portal, api: httpx.Client) -> None:
    assert api.post(FORGET, json={"objectId": "c@firm.example", "idProperty": "email"}).status_code == 204
    refused = api.post("/crm/v3/objects/contacts", json={"properties": {"email": "c@firm.example"}})
    assert refused.status_code == 400
    assert api.post(FORGET, json={"objectId": "x", "idProperty": "city"}).status_code == 400


def test_a_contact_may_be_updated_with_its_own_address(api: httpx.Client, two: tuple[str, str]) -> None:
    values = {"email": "a@firm.example", "city": "Ulm"}
    assert api.patch(ONE.format(two[0]), json={"properties": values}).status_code == 200
