"""More object types: messages, letters, tickets, products, feedback, and the account's own objects."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from crmbridge.sandbox import Portal

STAMP = {"hs_timestamp": "2026-09-01T08:00:00Z"}


@pytest.mark.parametrize(
    ("name", "type_id", "values"),
    [
        ("communications", "0-18", STAMP | {"hs_communication_channel_type": "WHATS_APP"}),
        ("postal_mail", "0-116", STAMP),
        ("tickets", "0-5", {"subject": "T", "hs_pipeline_stage": "1"}),
        ("products", "0-7", {"name": "P"}),
        ("line_items", "0-8", {"name": "L"}),
        ("feedback_submissions", "0-19", {"hs_value": "9"}),
    ],
)
def test_fact_01_each_type_is_served_by_name_and_by_id_in_every_version(
    portal: Portal, api: httpx.Client, name: str, type_id: str, values: dict[str, str]
) -> None:
    made = api.post(f"/crm/objects/2026-09/{name}", json={"properties": values})
    assert made.status_code == 201
    for path in (f"/crm/v3/objects/{type_id}", f"/crm/objects/2026-03/{name}"):
        assert [row["id"] for row in api.get(path).json()["results"]] == [made.json()["id"]]
    assert {"hs_lastmodifieddate", "hs_object_id"} < made.json()["properties"].keys()
    names = {row["name"] for row in api.get(f"/crm/properties/2026-09/{type_id}").json()["results"]}
    assert values.keys() <= names


@pytest.mark.parametrize(
    ("name", "values"),
    [("communications", STAMP), ("postal_mail", {}), ("tickets", {"subject": "T"}), ("products", {"price": "1"})],
)
def test_what_a_type_needs_must_be_set(api: httpx.Client, name: str, values: dict[str, str]) -> None:
    refused = api.post(f"/crm/v3/objects/{name}", json={"properties": values})
    assert (refused.status_code, refused.json()["category"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("name", "other", "there", "back"),
    [
        ("contacts", "tickets", 15, 16),
        ("deals", "tickets", 27, 28),
        ("deals", "line_items", 19, 20),
        ("calls", "tickets", 220, 219),
        ("communications", "contacts", 81, 82),
        ("postal_mail", "companies", 459, 460),
        ("tickets", "companies", 339, 340),
    ],
)
def test_fact_17_their_associations_have_ids_of_their_own(
    api: httpx.Client, name: str, other: str, there: int, back: int
) -> None:
    for pair, number in (((name, other), there), ((other, name), back)):
        [first, *_] = api.get(f"/crm/v4/associations/{pair[0]}/{pair[1]}/labels").json()["results"]
        assert (first["typeId"], first["label"]) == (number, None)


def test_tickets_have_pipelines_and_a_scope_of_their_own(portal: Portal, api: httpx.Client) -> None:
    [line] = api.get("/crm/pipelines/2026-09/tickets").json()["results"]
    assert [stage["metadata"]["isClosed"] for stage in line["stages"]] == ["false", "false", "false", "true"]
    made = api.post("/crm/v3/objects/tickets", json={"properties": {"subject": "T", "hs_pipeline_stage": "4"}}).json()
    assert made["properties"]["hs_pipeline"] == "0"
    portal.scopes.remove("tickets")
    assert api.get("/crm/objects/2026-09/tickets").status_code == 403


@pytest.mark.parametrize("root", ["/crm-object-schemas/2026-09/schemas", "/crm-object-schemas/v3/schemas"])
def test_fact_01_a_custom_object_is_defined_and_used(portal: Portal, api: httpx.Client, root: str) -> None:
    body = {
        "name": "projects",
        "labels": {"singular": "Project", "plural": "Projects"},
        "primaryDisplayProperty": "title",
        "requiredProperties": ["title"],
        "properties": [{"name": "title", "label": "Title", "type": "string", "fieldType": "text"}],
    }
    schema = api.post(root, json=body).json()
    assert schema["objectTypeId"].startswith("2-")
    assert api.post(root, json=body).status_code == 409
    assert [one["name"] for one in api.get(root).json()["results"]] == ["projects"]
    path = f"/crm/objects/2026-09/{schema['objectTypeId']}"
    assert api.post(path, json={"properties": {}}).status_code == 400
    made = api.post(path, json={"properties": {"title": "One"}}).json()
    for alias in ("projects", schema["fullyQualifiedName"]):
        assert api.get(f"/crm/v3/objects/{alias}/{made['id']}").json()["id"] == made["id"]
    contact = portal.add("contacts", {})
    put = api.put(f"/crm/v4/objects/projects/{made['id']}/associations/default/contacts/{contact}")
    assert put.json()["results"][0]["associationSpec"]["associationCategory"] == "USER_DEFINED"
    assert list(portal.links.of(("contacts", "projects"), contact)) == [made["id"]]
    search = {"filterGroups": [{"filters": [{"propertyName": "title", "operator": "EQ", "value": "One"}]}]}
    assert api.post(f"{path}/search", json=search).json()["total"] == 1


def test_two_portals_define_their_own_objects(portal: Portal, api: httpx.Client) -> None:
    portal.define_object("boats")
    assert Portal(2).kind("boats") is None
    assert api.get("/crm/v3/objects/boats").status_code == 200
    portal.scopes -= {"crm.objects.custom.read"}
    assert api.get("/crm/v3/objects/boats").status_code == 403


def test_forms_tell_their_submissions_newest_first(portal: Portal, api: httpx.Client, clock: Any) -> None:
    guid = portal.forms.add("Contact us", clock())
    for number in range(60):
        portal.forms.submit(guid, {"email": f"{number}@firm.example"}, clock() + number)
    path = f"/form-integrations/v1/submissions/forms/{guid}"
    page = api.get(path, params={"limit": 50}).json()
    assert page["results"][0]["values"][0]["value"] == "59@firm.example"
    rest = api.get(path, params={"limit": 50, "after": page["paging"]["next"]["after"]}).json()
    assert (len(page["results"]), len(rest["results"]), "paging" in rest) == (50, 10, False)
    assert api.get(path, params={"limit": 51}).status_code == 400
    assert [one["id"] for one in api.get("/marketing/v3/forms").json()["results"]] == [guid]
    assert api.get(path.replace(guid, "x")).status_code == 404
