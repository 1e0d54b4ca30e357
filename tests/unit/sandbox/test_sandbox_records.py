from __future__ import annotations

import httpx
import pytest

from crmbridge.sandbox import Portal
from crmbridge.sandbox.records import Source

CONTACTS = "/crm/objects/2026-09/contacts"


@pytest.mark.parametrize("root", ["/crm/v3/objects", "/crm/objects/2026-03", "/crm/objects/2026-09"])
@pytest.mark.parametrize("name", ["contacts", "contact", "0-1"])
def test_every_version_and_alias_leads_to_the_same_records(
    portal: Portal, api: httpx.Client, root: str, name: str
) -> None:
    made = portal.add("contacts", {"email": "a@x.example"})
    assert [row["id"] for row in api.get(f"{root}/{name}").json()["results"]] == [made]


def test_unknown_paths_versions_and_object_types_are_refused(api: httpx.Client) -> None:
    assert api.get("/crm/objects/2025-09/contacts").status_code == 404
    assert api.get("/crm/v4/objects/contacts").status_code == 404
    assert api.get("/crm/v3/objects/dragons").status_code == 400
    assert api.put("/crm/v3/objects/contacts").status_code == 405


def test_values_are_text_or_null_and_the_standard_ones_always_come(portal: Portal, api: httpx.Client) -> None:
    made = portal.add("companies", {"name": "X", "numberofemployees": "12"})
    row = api.get(f"/crm/v3/objects/companies/{made}", params={"properties": "numberofemployees,phone,nonsense"}).json()
    assert row["properties"] == {
        "numberofemployees": "12",
        "phone": None,
        "createdate": "2026-09-21T14:13:20.123Z",
        "hs_lastmodifieddate": "2026-09-21T14:13:20.123Z",
        "hs_object_id": made,
    }
    assert row["updatedAt"] == "2026-09-21T14:13:20.123Z"


def test_list_pages_by_the_id_at_which_the_next_page_begins(portal: Portal, api: httpx.Client) -> None:
    made = [portal.add("contacts", {"firstname": str(number)}) for number in range(25)]
    first = api.get(CONTACTS).json()
    assert [row["id"] for row in first["results"]] == made[:10]
    assert first["paging"]["next"]["after"] == made[10]
    assert f"after={made[10]}" in first["paging"]["next"]["link"]
    rest = api.get(CONTACTS, params={"limit": 100, "after": int(made[9]) + 1}).json()
    assert [row["id"] for row in rest["results"]] == made[10:]
    assert "paging" not in rest


def test_the_next_link_can_be_followed(portal: Portal, api: httpx.Client) -> None:
    made = [portal.add("contacts", {"firstname": str(number)}) for number in range(3)]
    link = api.get(CONTACTS, params={"limit": 2, "properties": "firstname"}).json()["paging"]["next"]["link"]
    page = api.get(link).json()
    assert [row["properties"]["firstname"] for row in page["results"]] == ["2"]
    assert [row["id"] for row in page["results"]] == made[2:]


def test_page_sizes_have_a_ceiling_that_history_halves(api: httpx.Client) -> None:
    assert api.get(CONTACTS, params={"limit": 100}).status_code == 200
    assert api.get(CONTACTS, params={"limit": 101}).status_code == 400
    assert api.get(CONTACTS, params={"limit": 51, "propertiesWithHistory": "email"}).status_code == 400


def test_archived_records_are_listed_apart(portal: Portal, api: httpx.Client) -> None:
    kept, gone = (portal.add("contacts", {"firstname": name}) for name in "ab")
    assert api.delete(f"{CONTACTS}/{gone}").status_code == 204
    assert [row["id"] for row in api.get(CONTACTS).json()["results"]] == [kept]
    [row] = api.get(CONTACTS, params={"archived": "true"}).json()["results"]
    assert (row["id"], row["archived"]) == (gone, True)
    assert row["archivedAt"] == "2026-09-21T14:13:20.123Z"


def test_an_archived_record_is_not_found_until_it_is_restored(portal: Portal, api: httpx.Client) -> None:
    made = portal.add("contacts", {"firstname": "a"})
    portal.archive("contacts", made)
    missing = api.get(f"{CONTACTS}/{made}")
    assert (missing.status_code, missing.json()["category"]) == (404, "OBJECT_NOT_FOUND")
    assert api.get(f"{CONTACTS}/{made}", params={"archived": "true"}).status_code == 200
    portal.restore("contacts", made)
    assert api.get(f"{CONTACTS}/{made}").json()["id"] == made


def test_a_record_is_found_by_a_unique_property_only(portal: Portal, api: httpx.Client) -> None:
    made = portal.add("contacts", {"email": "A@x.example", "firstname": "a"})
    found = api.get(f"{CONTACTS}/a@X.example", params={"idProperty": "email"})
    assert found.json()["id"] == made
    assert api.get(f"{CONTACTS}/a", params={"idProperty": "firstname"}).status_code == 400


@pytest.mark.parametrize("name", ["calls", "notes", "tasks", "emails", "meetings"])
def test_activities_need_a_timestamp(api: httpx.Client, name: str) -> None:
    more = {"hs_email_direction": "EMAIL"} if name == "emails" else {}
    refused = api.post(f"/crm/objects/2026-09/{name}", json={"properties": more})
    assert refused.status_code == 400
    assert refused.json()["context"]["properties"] == ["hs_timestamp"]
    made = api.post(f"/crm/objects/2026-09/{name}", json={"properties": {"hs_timestamp": "1790000000000", **more}})
    assert made.status_code == 201
    assert made.json()["properties"]["hs_timestamp"] == "2026-09-21T14:13:20.000Z"


def test_an_emails_addresses_are_read_from_its_headers(api: httpx.Client) -> None:
    headers = '{"from":{"email":"a@x.example"},"to":[{"email":"b@x.example"},{"email":"c@x.example"}]}'
    made = api.post(
        "/crm/v3/objects/emails",
        json={"properties": {"hs_timestamp": "0", "hs_email_direction": "EMAIL", "hs_email_headers": headers}},
    ).json()
    assert made["properties"]["hs_email_from_email"] == "a@x.example"
    assert made["properties"]["hs_email_to_email"] == "b@x.example;c@x.example"


def test_a_duplicate_email_is_a_conflict_that_names_the_record(portal: Portal, api: httpx.Client) -> None:
    made = portal.add("contacts", {"email": "a@x.example", "hs_additional_emails": "b@x.example"})
    for email in ("A@x.example", "b@x.example"):
        refused = api.post(CONTACTS, json={"properties": {"email": email}})
        assert (refused.status_code, refused.json()["category"]) == (409, "CONFLICT")
        assert refused.json()["message"] == f"Contact already exists. Existing ID: {made}"


def test_company_domains_may_repeat(api: httpx.Client) -> None:
    for _ in range(2):
        assert api.post("/crm/v3/objects/companies", json={"properties": {"domain": "x.example"}}).status_code == 201


def test_a_deal_lands_in_the_default_pipeline_with_calculated_values(api: httpx.Client) -> None:
    values = {"dealname": "D", "dealstage": "contractsent", "amount": "200"}
    shown = api.post("/crm/v3/objects/deals", json={"properties": values}).json()["properties"]
    assert shown["pipeline"] == "default"
    assert (shown["hs_is_closed"], shown["hs_deal_stage_probability"]) == ("false", "0.9")
    assert shown["hs_projected_amount"] == "180"
    assert shown["hs_v2_date_entered_contractsent"] == "2026-09-21T14:13:20.123Z"


def test_history_pages_hold_every_version_newest_first(portal: Portal, api: httpx.Client) -> None:
    made = portal.add("contacts", {"jobtitle": "Trainee"})
    portal.edit("contacts", made, {"jobtitle": "Controller"}, source=Source("AUTOMATION_PLATFORM", "enrollmentId:9"))
    portal.edit("contacts", made, {"jobtitle": "CFO"}, user=501)
    api.patch(f"{CONTACTS}/{made}", json={"properties": {"jobtitle": "CEO"}})
    row = api.get(f"{CONTACTS}/{made}", params={"propertiesWithHistory": "jobtitle"}).json()
    assert row["properties"]["jobtitle"] == "CEO"
    ours, human, flow, first = row["propertiesWithHistory"]["jobtitle"]
    assert (ours["value"], ours["sourceType"], ours["sourceId"]) == ("CEO", "INTEGRATION", str(portal.app_id))
    assert "updatedByUserId" not in ours
    assert (human["sourceType"], human["sourceId"], human["updatedByUserId"]) == ("CRM_UI", "userId:501", 501)
    assert (flow["sourceType"], flow["sourceId"]) == ("AUTOMATION_PLATFORM", "enrollmentId:9")
    assert (first["value"], first["sourceType"]) == ("Trainee", "IMPORT")
