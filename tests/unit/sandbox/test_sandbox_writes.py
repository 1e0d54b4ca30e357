from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from crmbridge.errors import FixRequest, RecordMissing
from crmbridge.sandbox import Portal

CONTACTS = "/crm/objects/2026-09/contacts"


def problems(reply: httpx.Response) -> list[tuple[str, str]]:
    """Read the list that the platform hides in the message of a refused write."""
    assert (reply.status_code, reply.json()["category"]) == (400, "VALIDATION_ERROR")
    listed = json.loads(reply.json()["message"].removeprefix("Property values were not valid: "))
    return [(item["name"], item["error"]) for item in listed]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("hs_buying_role", "CHAMPION;KING", "INVALID_OPTION"),
        ("hs_buying_role", "Champion", "INVALID_OPTION"),
        ("hs_legal_basis", "Legitimate interest - prospect/lead", "INVALID_OPTION"),
        ("hubspot_owner_id", "999", "INVALID_OPTION"),
        ("hs_nonsense", "1", "PROPERTY_DOESNT_EXIST"),
        ("hs_email_optout", "true", "READ_ONLY_VALUE"),
        ("associatedcompanyid", "7", "READ_ONLY_VALUE"),
        ("email", "nobody", "INVALID_EMAIL"),
        ("score", "many", "INVALID_LONG"),
        ("born", "2026-02-30", "INVALID_DATE"),
        ("born", "1790000000000", "INVALID_DATE"),
        ("jobtitle", "x" * 65_537, "INVALID_STRING_LENGTH"),
    ],
)
def test_a_bad_value_is_refused_by_name(portal: Portal, api: httpx.Client, name: str, value: str, code: str) -> None:
    portal.define("contacts", "score", "number", "number")
    portal.define("contacts", "born", "date", "date")
    made = portal.add("contacts", {"firstname": "a"})
    assert problems(api.patch(f"{CONTACTS}/{made}", json={"properties": {name: value}})) == [(name, code)]
    # Kills the mutant that stores the good properties of a refused write.
    api.patch(f"{CONTACTS}/{made}", json={"properties": {"firstname": "b", name: value}})
    assert portal.record("contacts", made)["properties"]["firstname"] == "a"


@pytest.mark.parametrize("value", ["2026-02-28", "1772236800000"])
def test_a_date_is_a_day_or_its_midnight_in_utc(portal: Portal, api: httpx.Client, value: str) -> None:
    portal.define("contacts", "born", "date", "date")
    made = portal.add("contacts", {})
    shown = api.patch(f"{CONTACTS}/{made}", json={"properties": {"born": value}}).json()
    assert shown["properties"]["born"] == "2026-02-28"


def test_the_empty_text_clears_and_null_is_refused(portal: Portal, api: httpx.Client) -> None:
    made = portal.add("contacts", {"jobtitle": "CFO"})
    assert api.patch(f"{CONTACTS}/{made}", json={"properties": {"jobtitle": None}}).status_code == 400
    shown = api.patch(f"{CONTACTS}/{made}", json={"properties": {"jobtitle": ""}}).json()
    assert shown["properties"]["jobtitle"] is None
    history = portal.record("contacts", made)
    assert "jobtitle" not in history["properties"]


def test_every_write_moves_the_modification_date(portal: Portal, api: httpx.Client, clock: Any) -> None:
    made = portal.add("contacts", {"jobtitle": "CFO"})
    clock.turn(1_000)
    api.patch(f"{CONTACTS}/{made}", json={"properties": {"jobtitle": "CFO"}})
    shown = portal.record("contacts", made)
    assert shown["updatedAt"] == shown["properties"]["lastmodifieddate"] == "2026-09-21T14:13:21.123Z"


def test_a_lifecycle_stage_goes_back_by_hand_or_through_empty(portal: Portal, api: httpx.Client) -> None:
    made = portal.add("contacts", {"lifecyclestage": "customer"})
    url = f"{CONTACTS}/{made}"
    ignored = api.patch(url, json={"properties": {"lifecyclestage": "lead"}})
    assert (ignored.status_code, ignored.json()["properties"]["lifecyclestage"]) == (200, "customer")
    portal.edit("contacts", made, {"lifecyclestage": "opportunity"}, user=501)
    assert portal.record("contacts", made)["properties"]["lifecyclestage"] == "opportunity"
    api.patch(url, json={"properties": {"lifecyclestage": ""}})
    shown = api.patch(url, json={"properties": {"lifecyclestage": "lead"}}).json()
    assert shown["properties"]["lifecyclestage"] == "lead"


def test_a_leading_semicolon_appends_to_a_multi_select(portal: Portal, api: httpx.Client) -> None:
    made = portal.add("contacts", {"hs_buying_role": "CHAMPION"})
    shown = api.patch(f"{CONTACTS}/{made}", json={"properties": {"hs_buying_role": ";END_USER;CHAMPION"}}).json()
    assert shown["properties"]["hs_buying_role"] == "CHAMPION;END_USER"


def test_buying_roles_are_counted_on_the_company_which_moves_its_date(
    portal: Portal, api: httpx.Client, clock: Any
) -> None:
    contact, company = portal.add("contacts", {}), portal.add("companies", {"name": "X"})
    portal.link("contacts", contact, "companies", company, "Primary")
    clock.turn(5_000)
    api.patch(f"{CONTACTS}/{contact}", json={"properties": {"hs_buying_role": "DECISION_MAKER;CHAMPION"}})
    shown = portal.record("companies", company)
    assert shown["properties"]["hs_num_decision_makers"] == "1"
    assert shown["updatedAt"] == "2026-09-21T14:13:25.123Z"
    assert shown["propertiesWithHistory"]["hs_num_decision_makers"][0]["sourceType"] == "CALCULATED"


@pytest.mark.parametrize(("version", "status"), [("2026-03", 200), ("2026-09", 400)])
def test_an_admins_rule_is_enforced_from_2026_09_on(
    portal: Portal, api: httpx.Client, version: str, status: int
) -> None:
    portal.require("contacts", "phone")
    portal.require("contacts", "mobilephone", when="hs_lead_status", equals="CONNECTED")
    plain = portal.add("contacts", {"phone": "1"})
    url = f"/crm/objects/{version}/contacts/{plain}"
    assert api.patch(url, json={"properties": {"jobtitle": "CFO"}}).status_code == 200
    for values, code in (
        ({"phone": ""}, "MISSING_REQUIRED_PROPERTY"),
        ({"hs_lead_status": "CONNECTED", "phone": "1"}, "MISSING_CONDITIONAL_REQUIRED_PROPERTY"),
    ):
        reply = api.patch(url, json={"properties": values})
        assert reply.status_code == status
        if status == 400:
            assert [error["code"] for error in reply.json()["errors"]] == [code]


def test_python_side_writes_are_checked_too(portal: Portal) -> None:
    with pytest.raises(FixRequest, match="call define first"):
        portal.add("contacts", {"nonsense": "1"})
    with pytest.raises(FixRequest, match="INVALID_OPTION"):
        portal.add("contacts", {"hs_buying_role": "KING"})
    with pytest.raises(RecordMissing):
        portal.edit("contacts", "1", {"firstname": "a"})
    with pytest.raises(FixRequest, match="no object type"):
        portal.add("dragons", {})
