"""Lists ("segments") over the API."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from crmbridge.sandbox import Portal

LISTS = "/crm/lists/2026-09"


def create(api: httpx.Client, name: str = "Champions", processing: str = "MANUAL", **more: Any) -> httpx.Response:
    return api.post(LISTS, json={"name": name, "objectTypeId": "0-1", "processingType": processing, **more})


@pytest.fixture
def people(portal: Portal) -> list[str]:
    return [portal.add("contacts", {}) for _ in range(3)]


@pytest.fixture
def number(api: httpx.Client) -> str:
    return str(create(api).json()["list"]["listId"])


def test_a_list_has_a_name_of_its_own(api: httpx.Client, number: str) -> None:
    refused = create(api, "champions")
    assert (refused.status_code, refused.json()["category"]) == (400, "VALIDATION_ERROR")
    assert api.get(f"{LISTS}/{number}").json()["list"]["processingStatus"] == "COMPLETE"
    assert api.get(f"{LISTS}/object-type-id/0-1/name/Champions").json()["list"]["listId"] == number
    assert api.get(f"{LISTS}/object-type-id/0-2/name/Champions").status_code == 404
    renamed = api.put(f"{LISTS}/{number}/update-list-name", params={"listName": "Sponsors"}).json()
    assert (renamed["updatedList"]["name"], renamed["updatedList"]["listVersion"]) == ("Sponsors", 2)


@pytest.mark.parametrize(
    ("processing", "more"),
    [("DYNAMIC", {}), ("MANUAL", {"filterBranch": {"filterBranchType": "OR"}}), ("OTHER", {})],
)
def test_a_list_that_contradicts_itself_is_refused(api: httpx.Client, processing: str, more: dict[str, Any]) -> None:
    assert create(api, "X", processing, **more).status_code == 400


def test_members_are_added_removed_and_told_apart_from_strangers(
    portal: Portal, api: httpx.Client, number: str, people: list[str]
) -> None:
    members = f"{LISTS}/{number}/memberships"
    one, two, three = people
    added = api.put(f"{members}/add", json=[one, two, "5"]).json()
    assert added == {"recordsIdsAdded": [one, two], "recordIdsRemoved": [], "recordIdsMissing": ["5"]}
    again = api.put(f"{members}/add", json=[one]).json()
    assert again["recordsIdsAdded"] == []
    body = {"recordIdsToAdd": [three], "recordIdsToRemove": [one]}
    assert api.put(f"{members}/add-and-remove", json=body).json()["recordIdsRemoved"] == [one]
    assert [row["recordId"] for row in api.get(members).json()["results"]] == [two, three]
    assert api.put(f"{members}/remove", json=[two]).json()["recordIdsRemoved"] == [two]
    assert api.get(f"{LISTS}/records/0-1/{three}/memberships").json()["results"][0]["listId"] == number
    asked = {"inputs": [{"objectTypeId": "0-1", "recordId": three}]}
    [row] = api.post(f"{LISTS}/records/memberships/batch/read", json=asked).json()["results"]
    assert [one["listId"] for one in row["recordListMemberships"]] == [number]
    assert api.delete(members).status_code == 204
    assert api.get(members).json()["total"] == 0


def test_members_page_by_at_most_250(portal: Portal, api: httpx.Client, number: str, people: list[str]) -> None:
    members = f"{LISTS}/{number}/memberships"
    api.put(f"{members}/add", json=people)
    first = api.get(members, params={"limit": 2}).json()
    rest = api.get(members, params={"limit": 2, "after": first["paging"]["next"]["after"]}).json()
    assert [row["recordId"] for row in first["results"] + rest["results"]] == people
    assert "paging" not in rest
    assert api.get(members, params={"limit": 251}).status_code == 400


def test_members_come_in_the_order_in_which_they_joined(
    api: httpx.Client, number: str, people: list[str], clock: Any
) -> None:
    members = f"{LISTS}/{number}/memberships"
    for one in reversed(people):
        clock.turn(1_000)
        api.put(f"{members}/add", json=[one])
    joined = api.get(f"{members}/join-order").json()["results"]
    assert [row["recordId"] for row in joined] == people[::-1]


def test_only_manual_and_snapshot_lists_take_members(portal: Portal, api: httpx.Client, people: list[str]) -> None:
    made = create(api, "All", "DYNAMIC", filterBranch={"filterBranchType": "OR", "filters": []}).json()["list"]
    members = f"{LISTS}/{made['listId']}/memberships"
    for verb, body in (("add", people), ("remove", people), ("add-and-remove", {"recordIdsToAdd": people})):
        refused = api.put(f"{members}/{verb}", json=body)
        assert (refused.status_code, refused.json()["subCategory"]) == (400, "INVALID_PROCESSING_TYPE")
    found = portal.lists.get(made["listId"])
    assert found is not None
    found.members[people[0]] = 1  # what its filters would find is set from Python
    assert [row["recordId"] for row in api.get(members).json()["results"]] == people[:1]


def test_a_list_takes_over_the_members_of_another(api: httpx.Client, number: str, people: list[str]) -> None:
    api.put(f"{LISTS}/{number}/memberships/add", json=people)
    other = create(api, "Copy", "SNAPSHOT").json()["list"]["listId"]
    assert api.put(f"{LISTS}/{other}/memberships/add-from/{number}").status_code == 204
    assert api.get(f"{LISTS}/{other}").json()["list"]["size"] == 3


def test_lists_are_searched_by_offset(api: httpx.Client) -> None:
    for name in ("Alpha", "Beta", "Alphabet"):
        create(api, name)
    body = {"query": "alpha", "count": 1, "additionalProperties": ["hs_list_size"]}
    first = api.post(f"{LISTS}/search", json=body).json()
    assert (first["total"], first["hasMore"], first["offset"]) == (2, True, 1)
    assert first["lists"][0]["additionalProperties"] == {"hs_list_size": "0"}
    second = api.post(f"{LISTS}/search", json=body | {"offset": first["offset"]}).json()
    assert ([row["name"] for row in second["lists"]], second["hasMore"]) == (["Alphabet"], False)
    assert api.post(f"{LISTS}/search", json={"offset": 10_000}).status_code == 400
    assert api.post(f"{LISTS}/search", json={"listIds": ["2"]}).json()["lists"][0]["name"] == "Beta"
    assert api.post(f"{LISTS}/search", json={"processingTypes": ["DYNAMIC"]}).json()["total"] == 0


def test_the_cursor_of_all_lists_belongs_to_its_filters(api: httpx.Client) -> None:
    for name in ("A", "B", "C"):
        create(api, name)
    body = {"limit": 2, "objectTypeId": "0-1"}
    first = api.post(f"{LISTS}/all", json=body).json()
    after = first["paging"]["next"]["after"]
    assert json.loads(base64.b64decode(after))["listId"] == "2"
    assert [row["name"] for row in api.post(f"{LISTS}/all", json=body | {"after": after}).json()["results"]] == ["C"]
    refused = api.post(f"{LISTS}/all", json={"limit": 2, "after": after})
    assert (refused.status_code, refused.json()["subCategory"]) == (400, "INVALID_CURSOR")
    assert api.post("/crm/lists/2026-03/all", json=body).status_code == 405


def test_a_deleted_list_can_be_restored(api: httpx.Client, number: str) -> None:
    assert api.delete(f"{LISTS}/{number}").status_code == 204
    assert api.get(f"{LISTS}/{number}").status_code == 404
    assert api.put(f"{LISTS}/{number}/restore").status_code == 204
    assert api.get(LISTS, params={"listIds": number}).json()["lists"][0]["name"] == "Champions"


def test_records_that_are_gone_for_good_leave_their_lists(
    portal: Portal, api: httpx.Client, number: str, people: list[str]
) -> None:
    api.put(f"{LISTS}/{number}/memberships/add", json=people)
    api.post("/crm/objects/2026-09/contacts/gdpr-delete", json={"objectId": people[0]})
    assert api.get(f"{LISTS}/{number}").json()["list"]["size"] == 2
    portal.scopes.remove("crm.lists.write")
    assert create(api, "Y").status_code == 403
