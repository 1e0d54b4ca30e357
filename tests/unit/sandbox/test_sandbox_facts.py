"""The facts that a sandbox must get right to be believed, and the tests that prove each.

==== ==================================================== ==================================================
Fact What it says                                         Proved by
==== ==================================================== ==================================================
1    every version and every odd root                     here; test_sandbox_records, test_sandbox_kinds
2    values are text or null                              test_sandbox_records (values_are_text_or_null)
3    three properties always come, unknown names do not   test_sandbox_records (values_are_text_or_null)
4    list pages by the id of the next record              test_sandbox_records (list_pages_by, page_sizes)
5    no sort or filter on lists, archived ones apart      here; test_sandbox_records (archived_records)
6    search limits                                        test_sandbox_search (a_search_past_its_limits)
7    the index lags, reads do not                         test_sandbox_search (the_index_shows_old_values)
8    modification dates, mass touch                       here; test_sandbox_writes, test_sandbox_search
9    the association filter                               test_sandbox_search (the_pseudo_filter)
10   batch limits, 207 by groups                          test_sandbox_batches
11   partial creates by trace id                          test_sandbox_batches (a_create_with_trace_ids)
12   upserts, conflicts, company domains                  here; test_sandbox_batches, test_sandbox_records
13   bad values by name                                   test_sandbox_writes (a_bad_value, a_date_is_a_day)
14   read-only values, clearing, lifecycle stages         test_sandbox_writes
15   an admin's rules from 2026-09 on                     test_sandbox_writes (an_admins_rule)
16   associations batch read                              test_sandbox_links, here
17   type ids, one primary, labels per portal             test_sandbox_links, test_sandbox_kinds
18   inline links repeat an id and page                   test_sandbox_links (inline_links), here
19   merges                                               test_sandbox_merging, test_sandbox_events
20   archiving, restoring, privacy deletion               test_sandbox_merging
21   history and its sources                              here; test_sandbox_records (history_pages)
22   rate limits                                          test_sandbox_access
23   refusals                                             here; test_sandbox_access, test_sandbox_tokens
24   property definitions                                 here; test_sandbox_properties
25   webhooks, tokens, consent                            test_sandbox_events, _tokens, _consent
==== ==================================================== ==================================================
"""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from crmbridge.sandbox import Portal
from crmbridge.sandbox.records import Source

DATED = "/crm/objects/2026-09"


@pytest.mark.parametrize(
    "path",
    [
        "/crm/v3/objects/contacts",
        "/crm/objects/2026-03/contacts",
        "/crm/v3/properties/contacts",
        "/crm/properties/2026-03/contacts",
        "/crm/v3/owners",
        "/crm/owners/2026-09",
        "/crm/v3/pipelines/deals",
        "/crm/pipelines/2026-03/tickets",
        "/crm/v4/associations/contacts/companies/labels",
        "/crm/associations/2026-09/contacts/companies/labels",
        "/crm/v3/associations/contacts/companies/types",
        "/crm-object-schemas/v3/schemas",
        "/crm-object-schemas/2026-09/schemas",
        "/crm/v3/schemas",
        "/crm/v3/lists?listIds=1",
        "/crm/lists/2026-03?listIds=1",
        "/crm/v3/limits/custom-properties",
        "/crm/limits/2026-09/custom-properties",
        "/crm/property-validations/2026-09/0-1",
        "/account-info/v3/details",
        "/account-info/2026-03/api-usage/daily/private-apps",
        "/communication-preferences/v3/definitions",
        "/communication-preferences/v4/definitions",
        "/communication-preferences/2026-09/definitions",
        "/marketing/v3/forms",
        "/marketing/forms/2026-09-beta",
    ],
)
def test_fact_01_every_family_answers_under_each_of_its_roots(api: httpx.Client, path: str) -> None:
    assert api.get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/crm/v4/objects/contacts",
        "/crm/schemas/2026-09",
        "/crm/2026-09/objects/contacts",
        "/crm/objects/2025-09/contacts",
        "/crm/associations/v3/contacts/companies/labels",
        "/crm/objects/v3/contacts",
        "/account-info/v4/details",
    ],
)
def test_fact_01_paths_that_live_portals_do_not_have_are_not_found(api: httpx.Client, path: str) -> None:
    assert api.get(path).status_code == 404


def test_fact_05_a_list_knows_no_sort_and_no_filter(portal: Portal, api: httpx.Client) -> None:
    ids = [portal.add("contacts", {"city": city}) for city in ("Ulm", "Bonn")]
    asked = {"sort": "city", "filters": "city eq Bonn", "lastmodifieddate": "1"}
    assert [row["id"] for row in api.get(f"{DATED}/contacts", params=asked).json()["results"]] == ids


@pytest.mark.parametrize(
    ("name", "moved", "created"),
    [
        ("contacts", "lastmodifieddate", "createdate"),
        ("companies", "hs_lastmodifieddate", "createdate"),
        ("tickets", "hs_lastmodifieddate", "createdate"),
        ("notes", "hs_lastmodifieddate", "hs_createdate"),
    ],
)
def test_fact_08_the_modification_date_has_the_name_of_its_type(
    portal: Portal, api: httpx.Client, clock: Any, name: str, moved: str, created: str
) -> None:
    one = portal.add(name, {})
    clock.turn(1_000)
    portal.touch(name)
    [row] = api.get(f"{DATED}/{name}").json()["results"]
    assert row["properties"][moved] == row["updatedAt"] > row["properties"][created] == row["createdAt"]
    assert row["id"] == one


def test_fact_12_a_secondary_address_is_a_conflict_too(portal: Portal, api: httpx.Client) -> None:
    one = portal.add("contacts", {"email": "a@firm.example", "hs_additional_emails": "b@firm.example"})
    refused = api.post(f"{DATED}/contacts", json={"properties": {"email": "b@firm.example"}})
    assert (refused.status_code, refused.json()["category"]) == (409, "CONFLICT")
    assert refused.json()["message"] == f"Contact already exists. Existing ID: {one}"
    search = {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "EQ", "value": "b@firm.example"}]}]}
    assert api.post(f"{DATED}/contacts/search", json=search).json()["total"] == 0


@pytest.mark.parametrize("version", ["v4", "2026-03", "2026-09"])
def test_fact_16_batches_of_links_answer_as_their_version_does(portal: Portal, api: httpx.Client, version: str) -> None:
    contact, company = portal.add("contacts", {}), portal.add("companies", {"name": "X"})
    root = f"/crm/{version}/associations" if version == "v4" else f"/crm/associations/{version}"
    batch = f"{root}/contacts/companies/batch"
    pair = {"from": {"id": contact}, "to": {"id": company}}
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    made = api.post(f"{batch}/create", json={"inputs": [pair | {"types": types}]})
    assert made.status_code == (200 if version == "2026-09" else 201)
    assert portal.record("contacts", contact)["properties"]["associatedcompanyid"] == company
    gone = api.post(f"{batch}/labels/archive", json={"inputs": [pair | {"types": types}]})
    assert gone.status_code == (204 if version == "v4" else 200)
    assert portal.links.of(("contacts", "companies"), contact) == {company: (279,)}
    # Kills the mutant in which the record keeps a primary company that the links no longer have.
    assert "associatedcompanyid" not in portal.record("contacts", contact)["properties"]
    body = {"inputs": [{"from": {"id": contact}, "to": [{"id": company}]}]}
    assert api.post(f"{batch}/archive", json=body).status_code == gone.status_code
    assert not portal.links.of(("companies", "contacts"), company)
    default = api.post(f"{batch}/associate/default", json={"inputs": [pair, pair | {"to": {"id": "5"}}]})
    assert (default.status_code, default.json()["numErrors"]) == (207, 1)
    spec = default.json()["results"][0]["associationSpec"]
    assert spec == {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}


def test_fact_16_an_archive_starts_from_a_hundred_records_at_most(api: httpx.Client) -> None:
    inputs = [{"from": {"id": str(number)}, "to": [{"id": "1"}]} for number in range(101)]
    path = "/crm/associations/2026-09/contacts/companies/batch/archive"
    assert api.post(path, json={"inputs": inputs}).status_code == 400
    assert api.post(path, json={"inputs": inputs[:100]}).status_code == 200


def test_fact_16_version_3_reads_and_writes_links_by_name(portal: Portal, api: httpx.Client) -> None:
    contact, company = portal.add("contacts", {}), portal.add("companies", {"name": "X"})
    batch = "/crm/v3/associations/contacts/companies/batch"
    ends = {"from": {"id": contact}, "to": {"id": company}}
    made = api.post(f"{batch}/create", json={"inputs": [ends | {"type": "contact_to_company"}]})
    assert (made.status_code, portal.links.of(("contacts", "companies"), contact)) == (201, {company: (1, 279)})
    [row] = api.post(f"{batch}/read", json={"inputs": [{"id": contact}]}).json()["results"]
    assert [to["type"] for to in row["to"]] == ["contact_to_company", "contact_to_company_unlabeled"]
    assert api.post(f"{batch}/archive", json={"inputs": [ends]}).status_code == 204
    assert api.post(f"{batch}/create", json={"inputs": [ends | {"type": "no_such"}]}).status_code == 400


def test_fact_17_a_label_is_renamed_and_removed_in_both_directions(portal: Portal, api: httpx.Client) -> None:
    there, back = portal.define_label("contacts", "deals", "Champion", "Championed by")
    contact, deal = portal.add("contacts", {}), portal.add("deals", {"dealname": "D", "dealstage": "contractsent"})
    portal.link("contacts", contact, "deals", deal, "Champion")
    labels = "/crm/associations/2026-09/contacts/deals/labels"
    body = {"associationTypeId": there, "label": "Sponsor", "inverseLabel": "Sponsored by"}
    assert api.put(labels, json=body).status_code == 204
    assert portal.links.types["deals", "contacts"][back].label == "Sponsored by"
    assert api.put(labels, json=body | {"associationTypeId": 4}).status_code == 400
    assert api.delete(f"{labels}/{there}").status_code == 204
    assert back not in portal.links.types["deals", "contacts"]
    assert portal.links.of(("deals", "contacts"), deal) == {contact: (3,)}
    assert api.delete(f"{labels}/{there}").status_code == 404


def test_fact_18_the_nested_cursor_of_inline_links_can_be_followed(portal: Portal, api: httpx.Client) -> None:
    company = portal.add("companies", {"name": "X"})
    people = [portal.add("contacts", {}) for _ in range(130)]
    for one in people:
        portal.link("contacts", one, "companies", company)
    [row] = api.get(f"{DATED}/companies", params={"associations": "contacts"}).json()["results"]
    nested = row["associations"]["contacts"]
    rest = api.get(nested["paging"]["next"]["link"]).json()
    assert [to["id"] for to in nested["results"] + rest["results"]] == people


@pytest.mark.parametrize("kind", ["CALCULATED", "IMPORT", "AUTOMATION_PLATFORM", "DATA_ENRICHMENT", "MERGE_CONTACTS"])
def test_fact_21_every_source_of_a_value_can_be_played(portal: Portal, api: httpx.Client, kind: str) -> None:
    one = portal.add("contacts", {"jobtitle": "Buyer"}, Source("IMPORT", "99"))
    portal.edit("contacts", one, {"jobtitle": "CFO"}, user=7)
    portal.edit("contacts", one, {"jobtitle": "CEO"}, source=Source(kind, "4711"))
    asked = {"propertiesWithHistory": "jobtitle"}
    history = api.get(f"{DATED}/contacts/{one}", params=asked).json()["propertiesWithHistory"]["jobtitle"]
    assert [(row["value"], row["sourceType"], row["sourceId"]) for row in history] == [
        ("CEO", kind, "4711"),
        ("CFO", "CRM_UI", "userId:7"),
        ("Buyer", "IMPORT", "99"),
    ]
    assert [row.get("updatedByUserId") for row in history] == [None, 7, None]


@pytest.mark.parametrize(("name", "prop", "depth"), [("contacts", "jobtitle", 45), ("companies", "city", 20)])
def test_fact_21_history_has_a_depth(portal: Portal, api: httpx.Client, name: str, prop: str, depth: int) -> None:
    one = portal.add(name, {})
    for number in range(60):
        portal.edit(name, one, {prop: str(number)})
    asked = {"propertiesWithHistory": prop}
    history = api.get(f"{DATED}/{name}/{one}", params=asked).json()["propertiesWithHistory"][prop]
    assert (len(history), history[0]["value"]) == (depth, "59")


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (423, {"status": "error", "message": "Locked"}, {}),
        (477, {"status": "error", "message": "Migration in progress"}, {"Retry-After": "86400"}),
        (502, "<html><body>Bad Gateway</body></html>", {}),
    ],
)
def test_fact_23_locks_migrations_and_gateways_can_be_played(
    portal: Portal, api: httpx.Client, status: int, body: Any, headers: dict[str, str]
) -> None:
    portal.faults.add("/contacts", status=status, body=body, headers=headers)
    reply = api.get(f"{DATED}/contacts")
    assert (reply.status_code, reply.headers.get("retry-after")) == (status, headers.get("Retry-After"))
    assert ("json" in reply.headers["content-type"]) is isinstance(body, dict)
    assert api.get(f"{DATED}/contacts").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/crm/v9/nowhere", None),
        ("GET", f"{DATED}/contacts/1", None),
        ("POST", f"{DATED}/contacts", {"properties": {"nosuch": "1"}}),
        ("POST", f"{DATED}/contacts/batch/read", {}),
        ("GET", f"{DATED}/boats", None),
        ("PUT", f"{DATED}/contacts", None),
    ],
)
def test_fact_23_every_refusal_can_be_traced(api: httpx.Client, method: str, path: str, body: Any) -> None:
    reply = api.request(method, path, json=body)
    assert reply.status_code >= 400
    assert (reply.json()["status"], bool(reply.json()["message"])) == ("error", True)
    assert str(uuid.UUID(reply.json()["correlationId"])) == reply.headers["x-hubspot-correlation-id"]


def test_fact_24_a_wide_portal_has_four_hundred_contact_properties(portal: Portal, api: httpx.Client) -> None:
    before = portal.properties["contacts"]["hs_buying_role"]
    portal.widen()
    found = {row["name"]: row for row in api.get("/crm/properties/2026-09/contacts").json()["results"]}
    assert 395 < len(found) < 420
    assert found["hs_buying_role"] == before
    assert found["hs_v2_date_entered_lead"]["modificationMetadata"]["readOnlyValue"]
    one = portal.add("contacts", {})
    body = {"properties": {"hs_analytics_num_visits": "3"}}
    assert api.patch(f"{DATED}/contacts/{one}", json=body).status_code == 400


def test_fact_24_definitions_come_in_batches(portal: Portal, api: httpx.Client) -> None:
    fresh = {"label": "A", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
    batch = "/crm/properties/{}/contacts/batch"
    inputs = [{**fresh, "name": "crmb_a"}, {**fresh, "name": "email"}, {**fresh, "name": "crmb_b", "label": ""}]
    made = api.post(f"{batch.format('2026-03')}/create", json={"inputs": inputs})
    assert (made.status_code, [row["name"] for row in made.json()["results"]]) == (207, ["crmb_a"])
    subs = [error["subCategory"] for error in made.json()["errors"]]
    assert subs == ["Properties.PROPERTY_WITH_NAME_EXISTS", None]
    only = {"inputs": [{**fresh, "name": "crmb_c"}]}
    assert api.post(f"{batch.format('2026-09')}/create", json=only).status_code == 200
    only["inputs"][0]["name"] = "crmb_d"
    assert api.post(f"{batch.format('2026-03')}/create", json=only).status_code == 201
    names = {"inputs": [{"name": "crmb_a"}, {"name": "email"}]}
    assert api.post(f"{batch.format('2026-09')}/archive", json=names).status_code == 204
    assert not portal.properties["contacts"]["email"]["archived"]
    read = api.post(f"{batch.format('2026-09')}/read", json=names).json()
    assert [row["name"] for row in read["results"]] == ["email"]
    assert read["errors"][0]["context"] == {"name": ["crmb_a"]}
    read = api.post(f"{batch.format('2026-09')}/read", json=names | {"archived": True}).json()
    assert [row["name"] for row in read["results"]] == ["crmb_a"]


def test_fact_24_limits_rules_and_groups_can_be_read(portal: Portal, api: httpx.Client) -> None:
    portal.define("deals", "crmb_x")
    rows = api.get("/crm/limits/2026-09/custom-properties").json()["byObjectType"]
    assert [row["usage"] for row in rows if row["objectTypeId"] == "0-3"] == [1]
    rule = {"ruleType": "MAX_LENGTH", "ruleArguments": ["20"], "shouldApplyNormalization": False}
    portal.validations["contacts"] = {"jobtitle": [rule]}
    rules = "/crm/property-validations/2026-09/0-1"
    assert api.get(rules).json()["results"] == [{"propertyName": "jobtitle", "propertyValidationRules": [rule]}]
    assert api.get(f"{rules}/jobtitle").json()["results"] == [rule]
    assert api.get(f"{rules}/city").json()["results"] == []
    groups = "/crm/properties/2026-09/contacts/groups"
    api.post(groups, json={"name": "crmbridge", "label": "A"})
    assert api.patch(f"{groups}/crmbridge", json={"label": "B"}).json()["label"] == "B"
    portal.scopes = {"crm.schemas.contacts.read"}
    assert api.get("/crm/limits/2026-09/custom-properties").status_code == 403


def test_pipelines_and_owners_have_their_details(portal: Portal, api: httpx.Client) -> None:
    stages = api.get("/crm/pipelines/2026-09/deals/default/stages").json()["results"]
    assert stages[-1]["metadata"] == {"isClosed": "true", "probability": "0.0"}
    assert api.get("/crm/pipelines/2026-09/notes").json()["results"] == []
    assert api.get("/crm/pipelines/2026-09/tickets/9").status_code == 404
    assert [row["id"] for row in api.get("/crm/owners/2026-09?archived=true").json()["results"]] == ["78"]
