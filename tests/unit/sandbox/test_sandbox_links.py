from __future__ import annotations

import base64
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from crmbridge.errors import FixRequest
from crmbridge.sandbox import Portal

READ = "/crm/associations/2026-09/{}/{}/batch/read"


def read(api: httpx.Client, pair: tuple[str, str], *ids: str) -> dict[str, dict[int, set[int]]]:
    rows = api.post(READ.format(*pair), json={"inputs": [{"id": one} for one in ids]}).json()["results"]
    return {
        row["from"]["id"]: {to["toObjectId"]: {kind["typeId"] for kind in to["associationTypes"]} for to in row["to"]}
        for row in rows
    }


@pytest.fixture
def trio(portal: Portal) -> tuple[str, str, str]:
    deal = portal.add("deals", {"dealname": "D", "dealstage": "contractsent"})
    return portal.add("contacts", {}), portal.add("companies", {"name": "X"}), deal


@pytest.mark.parametrize("url", [READ, "/crm/v4/associations/{}/{}/batch/read"])
def test_records_without_links_make_a_207_and_are_missing_from_the_results(
    portal: Portal, api: httpx.Client, trio: tuple[str, str, str], url: str
) -> None:
    contact, company, _ = trio
    portal.link("contacts", contact, "companies", company, "Primary")
    lonely = portal.add("contacts", {})
    reply = api.post(url.format("contacts", "companies"), json={"inputs": [{"id": contact}, {"id": lonely}]})
    body = reply.json()
    assert (reply.status_code, body["numErrors"]) == (207, 1)
    assert body["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert body["errors"][0]["context"]["fromObjectId"] == [lonely]
    [row] = body["results"]
    assert row["from"]["id"] == contact
    assert row["to"][0]["toObjectId"] == int(company)


@pytest.mark.parametrize(
    ("pair", "label", "there", "back"),
    [
        (("contacts", "companies"), None, {279}, {280}),
        (("contacts", "companies"), "Primary", {1, 279}, {2, 280}),
        (("deals", "companies"), "Primary", {5, 341}, {6, 342}),
        (("contacts", "deals"), None, {4}, {3}),
    ],
)
def test_type_ids_in_both_directions(
    portal: Portal,
    api: httpx.Client,
    trio: tuple[str, str, str],
    pair: tuple[str, str],
    label: str | None,
    there: set[int],
    back: set[int],
) -> None:
    ids = dict(zip(("contacts", "companies", "deals"), trio, strict=True))
    one, other = (ids[name] for name in pair)
    portal.link(pair[0], one, pair[1], other, label)
    assert read(api, pair, one) == {one: {int(other): there}}
    assert read(api, pair[::-1], other) == {other: {int(one): back}}


@pytest.mark.parametrize(("name", "type_id"), [("emails", 198), ("meetings", 200), ("calls", 194), ("notes", 202)])
def test_activities_have_type_ids_of_their_own(portal: Portal, api: httpx.Client, name: str, type_id: int) -> None:
    values = {"hs_timestamp": "0"} | ({"hs_email_direction": "EMAIL"} if name == "emails" else {})
    one, contact = portal.add(name, values), portal.add("contacts", {})
    portal.link(name, one, "contacts", contact)
    assert read(api, (name, "contacts"), one) == {one: {int(contact): {type_id}}}
    assert read(api, ("contacts", name), contact) == {contact: {int(one): {type_id - 1}}}


def test_a_second_primary_company_replaces_the_first(
    portal: Portal, api: httpx.Client, trio: tuple[str, str, str]
) -> None:
    contact, first, _ = trio
    second = portal.add("companies", {"name": "Y"})
    for company in (first, second):
        portal.link("contacts", contact, "companies", company, "Primary")
    links = read(api, ("contacts", "companies"), contact)[contact]
    assert links == {int(first): {279}, int(second): {1, 279}}
    assert read(api, ("companies", "contacts"), first)[first] == {int(contact): {280}}
    assert portal.record("contacts", contact)["properties"]["associatedcompanyid"] == second
    api.delete(f"/crm/v4/objects/companies/{second}/associations/contacts/{contact}")
    assert "associatedcompanyid" not in portal.record("contacts", contact)["properties"]
    assert portal.record("companies", second)["properties"]["num_associated_contacts"] == "0"


def test_a_company_may_be_primary_for_many(portal: Portal, api: httpx.Client, trio: tuple[str, str, str]) -> None:
    # Kills the mutant that moves the primary link from the company's side.
    contact, company, _ = trio
    other = portal.add("contacts", {})
    portal.link("contacts", contact, "companies", company, "Primary")
    portal.link("companies", company, "contacts", other, "Primary")
    assert read(api, ("companies", "contacts"), company)[company] == {int(contact): {2, 280}, int(other): {2, 280}}


def test_a_label_gets_type_ids_per_direction_and_brings_the_plain_link(
    portal: Portal, api: httpx.Client, trio: tuple[str, str, str]
) -> None:
    contact, _, deal = trio
    url = "/crm/associations/2026-09/contacts/deals"
    made = api.post(f"{url}/labels", json={"label": "Champion", "name": "champion"}).json()["results"]
    there, back = (kind["typeId"] for kind in made)
    assert there != back
    types = [{"associationCategory": "USER_DEFINED", "associationTypeId": there}]
    inputs = [{"from": {"id": contact}, "to": {"id": deal}, "types": types}]
    reply = api.post(f"{url}/batch/create", json={"inputs": inputs})
    assert (reply.status_code, reply.json()["results"][0]["labels"]) == (200, ["Champion"])
    assert read(api, ("contacts", "deals"), contact)[contact] == {int(deal): {4, there}}
    assert read(api, ("deals", "contacts"), deal)[deal] == {int(contact): {3, back}}
    listed = api.get("/crm/v4/associations/deals/contacts/labels").json()["results"]
    assert {"category": "USER_DEFINED", "typeId": back, "label": "Champion"} in listed
    assert api.post(f"{url}/labels", json={"label": "Champion", "name": "champion"}).status_code == 400


def test_label_ids_differ_between_portals() -> None:
    made = {Portal(seed).define_label("contacts", "deals", "Champion") for seed in range(4)}
    assert len(made) > 1


def test_v4_puts_reads_and_deletes_one_link(portal: Portal, api: httpx.Client, trio: tuple[str, str, str]) -> None:
    contact, company, _ = trio
    url = f"/crm/v4/objects/contacts/{contact}/associations/companies"
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    assert api.put(f"{url}/{company}", json=types).status_code == 201
    [row] = api.get(url).json()["results"]
    assert row["toObjectId"] == int(company)
    assert {kind["label"] for kind in row["associationTypes"]} == {None, "Primary"}
    assert api.delete(f"{url}/{company}").status_code == 204
    assert api.get(url).json()["results"] == []
    assert api.put(f"{url}/{company}", json=[types[0] | {"associationTypeId": 4}]).status_code == 400
    assert api.put(f"{url}/1", json=types).status_code == 404
    default = f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}"
    assert api.put(default).status_code == 200
    assert read(api, ("contacts", "companies"), contact)[contact] == {int(company): {279}}


def test_each_input_of_a_batch_read_pages_by_itself(portal: Portal, api: httpx.Client) -> None:
    company = portal.add("companies", {"name": "X"})
    people = [portal.add("contacts", {}) for _ in range(5)]
    for one in people:
        portal.link("contacts", one, "companies", company)
    portal.association_page = 2
    found: list[int] = []
    item: dict[str, Any] = {"id": company}
    for _ in range(3):
        [row] = api.post(READ.format("companies", "contacts"), json={"inputs": [item]}).json()["results"]
        found += [to["toObjectId"] for to in row["to"]]
        item["after"] = row.get("paging", {}).get("next", {}).get("after")
        if item["after"] and len(found) == 2:
            assert base64.b64decode(unquote(item["after"])).decode() == f"0-280-{found[-1]}"
    assert found == [int(one) for one in people]
    assert item["after"] is None
    bad = [{"id": company, "after": "nonsense"}]
    assert api.post(READ.format("companies", "contacts"), json={"inputs": bad}).status_code == 400


def test_a_batch_read_takes_a_thousand_ids(api: httpx.Client) -> None:
    url = READ.format("contacts", "deals")
    inputs = [{"id": str(number)} for number in range(1001)]
    assert api.post(url, json={"inputs": inputs[:1000]}).status_code == 207
    assert api.post(url, json={"inputs": inputs}).status_code == 400


def test_inline_links_repeat_an_id_per_type_and_stop_after_a_page(portal: Portal, api: httpx.Client) -> None:
    company = portal.add("companies", {"name": "X"})
    for number in range(101):
        portal.link("contacts", portal.add("contacts", {}), "companies", company, None if number else "Primary")
    [row] = api.get("/crm/v3/objects/companies", params={"associations": "contacts,dragons"}).json()["results"]
    links = row["associations"]["contacts"]
    first = portal.ids("contacts")[0]
    assert links["results"][:2] == [
        {"id": first, "type": "company_to_contact"},
        {"id": first, "type": "company_to_contact_unlabeled"},
    ]
    assert len(links["results"]) == 101
    rest = api.get(links["paging"]["next"]["link"]).json()
    assert [one["id"] for one in rest["results"]] == portal.ids("contacts")[100:]


def test_links_to_archived_records_are_hidden(portal: Portal, api: httpx.Client, trio: tuple[str, str, str]) -> None:
    contact, company, _ = trio
    portal.link("contacts", contact, "companies", company)
    portal.archive("companies", company)
    assert read(api, ("contacts", "companies"), contact) == {}
    portal.restore("companies", company)
    assert read(api, ("contacts", "companies"), contact)


def test_links_given_with_a_new_record_are_made(portal: Portal, api: httpx.Client, trio: tuple[str, str, str]) -> None:
    contact, _, _ = trio
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]
    body: dict[str, Any] = {
        "properties": {"hs_timestamp": "0"},
        "associations": [{"to": {"id": contact}, "types": types}],
    }
    made = api.post("/crm/objects/2026-09/notes", json=body).json()["id"]
    assert read(api, ("notes", "contacts"), made) == {made: {int(contact): {202}}}
    body["associations"][0]["to"]["id"] = "1"
    assert api.post("/crm/objects/2026-09/notes", json=body).status_code == 400
    assert portal.ids("notes") == [made]


def test_a_link_alone_does_not_move_modification_dates(portal: Portal, trio: tuple[str, str, str], clock: Any) -> None:
    contact, _, deal = trio
    before = portal.record("deals", deal)["updatedAt"]
    clock.turn(1_000)
    portal.link("contacts", contact, "deals", deal)
    assert portal.record("deals", deal)["updatedAt"] == before


def test_an_undefined_label_is_refused(portal: Portal, trio: tuple[str, str, str]) -> None:
    contact, _, deal = trio
    with pytest.raises(FixRequest, match="define_label"):
        portal.link("contacts", contact, "deals", deal, "Champion")
    portal.define_label("contacts", "deals", "Champion")
    portal.link("contacts", contact, "deals", deal, "Champion")
    portal.unlink("contacts", contact, "deals", deal)
    assert not portal.links.of(("contacts", "deals"), contact)
