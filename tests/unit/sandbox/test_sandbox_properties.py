from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from crmbridge.sandbox import Portal

URL = "/crm/properties/2026-09/contacts"
OPTIONS = [{"label": "Gold", "value": "gold"}, {"label": "Iron", "value": "iron"}]


def body(name: str = "crmb_class", **more: Any) -> dict[str, Any]:
    shape = {"type": "enumeration", "fieldType": "select", "groupName": "contactinformation", "options": OPTIONS}
    return {"name": name, "label": "Class", **shape, **more}


def test_standard_definitions_tell_what_may_be_written(api: httpx.Client) -> None:
    found = {one["name"]: one for one in api.get(URL).json()["results"]}
    assert len(found) >= 70
    roles = [item["value"] for item in found["hs_buying_role"]["options"]]
    assert roles[0] == "BLOCKER"
    assert len(roles) == 9
    assert not found["hs_buying_role"]["modificationMetadata"]["readOnlyValue"]
    assert found["hs_email_optout"]["modificationMetadata"]["readOnlyValue"]
    assert found["hubspot_owner_id"]["referencedObjectType"] == "OWNER"
    assert found["hubspot_owner_id"]["options"] == []
    basis = [item["value"] for item in found["hs_legal_basis"]["options"]]
    assert "Legitimate interest \u2013 prospect/lead" in basis


def test_deal_stages_are_options_and_have_dates(api: httpx.Client) -> None:
    stage = api.get("/crm/v3/properties/deals/dealstage").json()
    assert [item["value"] for item in stage["options"]][-1] == "closedlost"
    assert api.get("/crm/v3/properties/deals/hs_v2_date_entered_closedwon").json()["type"] == "datetime"
    amount = api.get("/crm/v3/properties/0-3/amount").json()
    assert amount["currencyPropertyName"] == "deal_currency_code"


def test_a_property_is_created_once(portal: Portal, api: httpx.Client) -> None:
    assert api.post(URL, json=body()).status_code == 201
    again = api.post(URL, json=body(label="Other"))
    assert (again.status_code, again.json()["category"]) == (409, "OBJECT_ALREADY_EXISTS")
    assert again.json()["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"
    assert api.get(f"{URL}/crmb_class").json()["label"] == "Class"
    made = portal.add("contacts", {"crmb_class": "gold"})
    assert portal.record("contacts", made)["properties"]["crmb_class"] == "gold"


def test_an_archived_property_comes_back_as_it_was(api: httpx.Client) -> None:
    api.post(URL, json=body())
    assert api.delete(f"{URL}/crmb_class").status_code == 204
    assert api.get(f"{URL}/crmb_class").status_code == 404
    assert api.get(f"{URL}/crmb_class", params={"archived": "true"}).status_code == 200
    back = api.post(URL, json=body(label="Other"))
    assert (back.status_code, back.json()["label"]) == (201, "Class")


def test_an_archived_property_is_ignored_on_read_and_refused_on_write(portal: Portal, api: httpx.Client) -> None:
    api.post(URL, json=body())
    made = portal.add("contacts", {"crmb_class": "gold"})
    api.delete(f"{URL}/crmb_class")
    record = f"/crm/objects/2026-09/contacts/{made}"
    assert "crmb_class" not in api.get(record, params={"properties": "crmb_class"}).json()["properties"]
    assert "PROPERTY_DOESNT_EXIST" in api.patch(record, json={"properties": {"crmb_class": "iron"}}).text


def test_patching_options_replaces_them_and_leaving_them_out_keeps_them(api: httpx.Client) -> None:
    api.post(URL, json=body())
    api.patch(f"{URL}/crmb_class", json={"label": "Rank"})
    assert len(api.get(f"{URL}/crmb_class").json()["options"]) == 2
    api.patch(f"{URL}/crmb_class", json={"options": [{"label": "Tin", "value": "tin"}]})
    shown = api.get(f"{URL}/crmb_class").json()
    assert ([item["value"] for item in shown["options"]], shown["label"]) == (["tin"], "Rank")


@pytest.mark.parametrize(
    "wrong",
    [
        body("Über"),
        body("1st"),
        body(label=""),
        body(groupName="nowhere"),
        body(fieldType="textarea"),
        body(type="text"),
        body(options=[]),
        body(options=[OPTIONS[0], OPTIONS[0]]),
        body(options=[{"value": "x"}]),
    ],
)
def test_a_wrong_definition_is_refused(api: httpx.Client, wrong: dict[str, Any]) -> None:
    assert api.post(URL, json=wrong).status_code == 400


def test_what_the_platform_defined_or_fixed_cannot_be_changed(api: httpx.Client) -> None:
    api.post(URL, json=body())
    assert api.patch(f"{URL}/crmb_class", json={"hasUniqueValue": True}).status_code == 400
    assert api.patch(f"{URL}/email", json={"label": "Mail"}).status_code == 400
    assert api.delete(f"{URL}/email").status_code == 400


def test_ten_unique_properties_are_the_most(api: httpx.Client) -> None:
    text = {"type": "string", "fieldType": "text", "options": [], "hasUniqueValue": True}
    codes = [api.post(URL, json=body(f"key_{number}", **text)).status_code for number in range(11)]
    assert codes == [201] * 10 + [400]


def test_a_property_in_use_cannot_be_deleted(portal: Portal, api: httpx.Client) -> None:
    api.post(URL, json=body())
    api.post(URL, json=body("crmb_sum"))
    portal.properties["contacts"]["crmb_sum"]["calculationFormula"] = "crmb_class * 2"
    refused = api.delete(f"{URL}/crmb_class")
    assert refused.json()["subCategory"].endswith("CANNOT_DELETE_PROPERTY_IN_USE")


def test_sensitive_properties_are_listed_only_when_asked_for(api: httpx.Client) -> None:
    api.post(URL, json=body(dataSensitivity="sensitive"))
    assert "crmb_class" not in {one["name"] for one in api.get(URL).json()["results"]}
    asked = api.get(URL, params={"dataSensitivity": "sensitive"}).json()["results"]
    assert [one["name"] for one in asked] == ["crmb_class"]


def test_groups_are_created_used_and_deleted_when_empty(api: httpx.Client) -> None:
    made = api.post(f"{URL}/groups", json={"name": "crmbridge", "label": "crmbridge"})
    assert made.status_code == 201
    assert api.post(f"{URL}/groups", json={"name": "crmbridge", "label": "x"}).status_code == 409
    assert "crmbridge" in {one["name"] for one in api.get(f"{URL}/groups").json()["results"]}
    api.post(URL, json=body(groupName="crmbridge"))
    full = api.delete(f"{URL}/groups/crmbridge")
    assert json.loads(full.json()["message"])["subCategory"] == "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"
    api.delete(f"{URL}/crmb_class")
    assert api.delete(f"{URL}/groups/crmbridge").status_code == 204
    assert api.get(f"{URL}/groups/crmbridge").status_code == 404
