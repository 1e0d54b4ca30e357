from __future__ import annotations

from typing import Any

import httpx
import pytest

from crmbridge.sandbox import Portal

BATCH = "/crm/objects/2026-09/contacts/batch"


def post(api: httpx.Client, verb: str, inputs: list[dict[str, Any]], **more: Any) -> httpx.Response:
    return api.post(f"{BATCH}/{verb}", json={"inputs": inputs, **more})


@pytest.mark.parametrize("verb", ["read", "create", "update", "upsert", "archive"])
def test_a_batch_takes_a_hundred_inputs(api: httpx.Client, verb: str) -> None:
    inputs = [{"id": str(number), "properties": {}} for number in range(101)]
    assert post(api, verb, inputs).status_code == 400
    if verb in {"read", "update"}:
        assert post(api, verb, inputs[:100]).status_code == 207


def test_missing_records_of_a_read_are_one_error_group(portal: Portal, api: httpx.Client) -> None:
    made = [portal.add("contacts", {"firstname": name}) for name in "ab"]
    reply = post(api, "read", [{"id": one} for one in ("1", *made, "2")], properties=["firstname"])
    body = reply.json()
    assert reply.status_code == 207
    assert {row["id"]: row["properties"]["firstname"] for row in body["results"]} == dict(zip(made, "ab", strict=True))
    [group] = body["errors"]
    assert (body["numErrors"], group["category"], group["context"]["ids"]) == (1, "OBJECT_NOT_FOUND", ["1", "2"])


def test_results_come_in_another_order_than_inputs(portal: Portal, api: httpx.Client) -> None:
    made = [portal.add("contacts", {}) for _ in range(3)]
    rows = post(api, "read", [{"id": one} for one in made]).json()["results"]
    assert [row["id"] for row in rows] != made


def test_a_read_by_email_and_with_history(portal: Portal, api: httpx.Client) -> None:
    made = portal.add("contacts", {"email": "a@x.example"})
    reply = post(api, "read", [{"id": "A@x.example"}], idProperty="email", propertiesWithHistory=["email"])
    [row] = reply.json()["results"]
    assert row["id"] == made
    assert row["propertiesWithHistory"]["email"][0]["value"] == "a@x.example"


def test_duplicate_ids_refuse_the_batch(portal: Portal, api: httpx.Client) -> None:
    made = portal.add("contacts", {})
    assert post(api, "read", [{"id": made}, {"id": made}]).status_code == 400
    assert post(api, "update", [{"id": made, "properties": {}}] * 2).status_code == 400


def test_a_create_without_trace_ids_is_all_or_nothing(portal: Portal, api: httpx.Client) -> None:
    inputs = [{"properties": {"firstname": "a"}}, {"properties": {"hs_buying_role": "KING"}}]
    assert post(api, "create", inputs).status_code == 400
    assert portal.ids("contacts") == []
    assert post(api, "create", inputs[:1]).status_code == 201


def test_a_create_with_trace_ids_may_succeed_in_part(portal: Portal, api: httpx.Client) -> None:
    taken = portal.add("contacts", {"email": "a@x.example"})
    values = [{"email": "a@x.example"}, {"firstname": "b"}, {"hs_buying_role": "KING"}]
    inputs = [{"properties": one, "objectWriteTraceId": f"t{place}"} for place, one in enumerate(values)]
    reply = post(api, "create", inputs)
    body = reply.json()
    assert (reply.status_code, body["numErrors"]) == (207, 2)
    assert [row["objectWriteTraceId"] for row in body["results"]] == ["t1"]
    found = {error["context"]["objectWriteTraceId"][0]: error for error in body["errors"]}
    assert found["t0"]["message"].endswith(f"Existing ID: {taken}")
    assert found["t2"]["category"] == "VALIDATION_ERROR"


def test_an_update_reports_missing_records_and_carries_the_rest_out(portal: Portal, api: httpx.Client) -> None:
    made = portal.add("contacts", {})
    inputs = [
        {"id": made, "properties": {"jobtitle": "CFO"}, "objectWriteTraceId": "t1"},
        {"id": "5", "properties": {"jobtitle": "CFO"}, "objectWriteTraceId": "t2"},
    ]
    reply = post(api, "update", inputs)
    assert reply.status_code == 207
    assert [row["objectWriteTraceId"] for row in reply.json()["results"]] == ["t1"]
    assert reply.json()["errors"][0]["context"] == {"ids": ["5"], "objectWriteTraceId": ["t2"]}
    assert portal.record("contacts", made)["properties"]["jobtitle"] == "CFO"


def test_one_bad_value_refuses_the_whole_update(portal: Portal, api: httpx.Client) -> None:
    # Kills the mutant that writes the rows before the bad one.
    good, bad = (portal.add("contacts", {}) for _ in range(2))
    inputs = [
        {"id": good, "properties": {"jobtitle": "CFO"}},
        {"id": bad, "properties": {"hs_buying_role": "KING"}},
    ]
    assert post(api, "update", inputs).status_code == 400
    assert "jobtitle" not in portal.record("contacts", good)["properties"]


def test_an_upsert_tells_what_is_new(portal: Portal, api: httpx.Client) -> None:
    made = portal.add("contacts", {"email": "a@x.example"})
    inputs: list[dict[str, Any]] = [
        {"id": email, "idProperty": "email", "properties": {"email": email, "jobtitle": "CFO"}}
        for email in ("a@x.example", "b@x.example")
    ]
    rows = post(api, "upsert", inputs).json()["results"]
    assert {row["new"] for row in rows if row["id"] == made} == {False}
    assert [row["new"] for row in rows if row["id"] != made] == [True]
    assert len(portal.ids("contacts")) == 2
    assert post(api, "upsert", [{"id": "5", "properties": {}}]).status_code == 400
    inputs[0]["properties"] |= {"jobtitle": "CEO"}
    inputs[1]["properties"] |= {"hs_buying_role": "KING"}
    assert post(api, "upsert", inputs).status_code == 400
    assert portal.record("contacts", made)["properties"]["jobtitle"] == "CFO"


def test_archiving_a_batch_has_no_body(portal: Portal, api: httpx.Client) -> None:
    made = [portal.add("contacts", {}) for _ in range(2)]
    reply = post(api, "archive", [{"id": one} for one in (*made, "9")])
    assert (reply.status_code, reply.content, portal.ids("contacts")) == (204, b"", [])
