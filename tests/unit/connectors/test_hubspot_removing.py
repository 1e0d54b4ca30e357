from __future__ import annotations

from typing import Any

import httpx
import pytest

from crmbridge.connector import Vacancy
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.kinds import Kind
from crmbridge.connectors.hubspot.vacancy import left
from crmbridge.errors import FixRequest, RetryLater
from crmbridge.model import PropertyDefinition
from crmbridge.sandbox import Portal

CONTACTS = Kind("contact", "contacts")


@pytest.fixture
def defined(portal: Portal, hubspot: HubSpotConnector) -> str:
    """Return a property of contacts in the group ``g``."""
    hubspot.create_group("contact", "g", "G")
    hubspot.create_definition(PropertyDefinition(object="contact", name="crmb_x", label="X", type="number", group="g"))
    return "crmb_x"


def test_a_property_in_use_is_kept_and_the_reason_told(portal: Portal, hubspot: HubSpotConnector, defined: str) -> None:
    portal.properties["contacts"]["amount_due"] = {
        **portal.properties["contacts"][defined],
        "name": "amount_due",
        "calculationFormula": f"{defined} * 2",
    }
    with pytest.raises(FixRequest) as caught:
        hubspot.remove_definition("contact", defined)
    # kills: the wide VALIDATION_ERROR in place of the reason
    assert (caught.value.status, caught.value.category) == (400, "CANNOT_DELETE_PROPERTY_IN_USE")
    assert defined in {one.name for one in hubspot.read_definitions("contact")}


def test_a_group_with_properties_is_kept_and_the_reason_told(hubspot: HubSpotConnector, defined: str) -> None:
    with pytest.raises(FixRequest) as caught:
        hubspot.remove_group("contact", "g")
    assert caught.value.category == "GROUP_WITH_ACTIVE_PROPERTIES"  # stands as JSON inside the message


def test_a_refusal_without_a_narrow_word_keeps_the_wide_one(scripted: Any) -> None:
    hubspot, _ = scripted((400, {"category": "VALIDATION_ERROR"}))
    with pytest.raises(FixRequest, match="VALIDATION_ERROR") as caught:
        hubspot.remove_group("contact", "g")
    assert caught.value.category == "VALIDATION_ERROR"


def test_a_removal_whose_answer_got_lost_is_done(portal: Portal, hubspot: HubSpotConnector, defined: str) -> None:
    portal.faults.named("lost_answer", "DELETE /crm/properties")
    hubspot.remove_definition("contact", defined)  # kills: no second try, and a 404 of the second taken for an error
    assert portal.properties["contacts"][defined]["archived"]


def test_a_proxys_404_is_not_taken_for_gone(opened: Any) -> None:
    page = httpx.MockTransport(lambda _: httpx.Response(404, text="<html>not here</html>"))
    with pytest.raises(RetryLater):  # kills: any 404 as gone
        opened("pat-eu1-test", page).remove_definition("contact", "crmb_x")


def test_names_are_quoted(scripted: Any) -> None:
    hubspot, script = scripted((204, {}))
    hubspot.remove_group("contact", "g/x?y")
    assert script.requests[0].url.raw_path.endswith(b"/contacts/groups/g%2Fx%3Fy")


def test_a_removed_property_blocks_its_name(portal: Portal, hubspot: HubSpotConnector, defined: str) -> None:
    before = hubspot.read_vacancy("contact")
    hubspot.remove_definition("contact", defined)
    after = hubspot.read_vacancy("contact")
    assert (before.archived, after.archived) == (frozenset(), frozenset([defined]))
    assert before.left is not None
    assert after.left == before.left + 1


def test_without_the_scope_for_limits_the_rest_is_told(portal: Portal, hubspot: HubSpotConnector, defined: str) -> None:
    portal.scopes = {"crm.schemas.contacts.read", "crm.schemas.contacts.write"}
    hubspot.remove_definition("contact", defined)
    assert hubspot.read_vacancy("contact") == Vacancy(archived=frozenset([defined]))


@pytest.mark.parametrize(("status", "told"), [(403, True), (404, True), (400, False)])
def test_limits_that_an_account_does_not_show_are_no_failure(scripted: Any, status: int, told: bool) -> None:
    hubspot, _ = scripted({"results": []}, (status, {"category": "OTHER"}))
    if told:
        assert hubspot.read_vacancy("contact") == Vacancy()
    else:
        with pytest.raises(FixRequest):
            hubspot.read_vacancy("contact")


def row(type_id: str, limit: Any, usage: Any) -> dict[str, Any]:
    return {"objectTypeId": type_id, "limit": limit, "usage": usage}


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        (CONTACTS, {"byObjectType": [row("0-2", 9, 9), row("0-1", 10, 3)]}, 7),
        (CONTACTS, {"byObjectType": [row("0-1", 10, 3)], "overallLimit": 100, "overallUsage": 98}, 2),
        (CONTACTS, {"byObjectType": [row("0-1", 10, 12)]}, 0),
        (CONTACTS, {"byObjectType": [], "overallLimit": 100, "overallUsage": 98}, 2),
        (CONTACTS, {"byObjectType": [row("0-1", None, 3)]}, None),
        (Kind("custom.machine", "2-77"), {"byObjectType": [row("0-1", 10, 3), row("2-77", "5", "1")]}, 4),
        (CONTACTS, None, None),
    ],
)
def test_what_is_left_is_what_both_limits_leave(kind: Kind, data: Any, expected: int | None) -> None:
    # kills: the account's limit alone, the object's alone, another object's row
    assert left(data, kind) == expected


def test_a_list_is_removed_by_name_or_id(portal: Portal, hubspot: HubSpotConnector) -> None:
    one, two = (hubspot.create_segment("contact", title) for title in ("A", "B"))
    hubspot.remove_segment("a")
    hubspot.remove_segment(two)
    assert portal.lists.all() == []
    for gone in ("A", one, two):
        hubspot.remove_segment(gone)


def test_a_list_whose_removal_got_no_answer_is_removed(portal: Portal, hubspot: HubSpotConnector) -> None:
    segment = hubspot.create_segment("contact", "A")
    portal.faults.named("lost_answer", "DELETE /crm/lists")
    hubspot.remove_segment(segment)
    assert portal.lists.all() == []


def test_a_list_is_not_named_like_an_id(portal: Portal, hubspot: HubSpotConnector) -> None:
    with pytest.raises(FixRequest, match="number"):  # kills: removing list 2026 in place of the list named "2026"
        hubspot.create_segment("contact", "2026")
    assert portal.lists.all() == []
