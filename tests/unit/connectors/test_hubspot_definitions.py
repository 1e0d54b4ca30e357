from __future__ import annotations

from typing import Any, get_args

import pytest

from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.definitions import TYPES
from crmbridge.errors import FixRequest, RecordMissing, RetryLater
from crmbridge.model import Option, PropertyDefinition, PropertyType
from crmbridge.sandbox import Portal


def definition(**fields: Any) -> PropertyDefinition:
    return PropertyDefinition(
        **{"object": "contact", "name": "crmb_x", "label": "X", "type": "string", "group": "g"} | fields
    )


def read(hubspot: HubSpotConnector, name: str) -> PropertyDefinition:
    return next(found for found in hubspot.read_definitions("contact") if found.name == name)


def test_every_property_type_has_a_place_on_the_platform() -> None:
    assert set(TYPES) == set(get_args(PropertyType))
    assert len(set(TYPES.values())) == len(TYPES)


def test_native_definitions_are_read_in_crmbridges_words(hubspot: HubSpotConnector) -> None:
    role = read(hubspot, "hs_buying_role")
    assert (role.type, role.read_only, role.options_external) == ("multi", False, False)
    assert "DECISION_MAKER" in {option.value for option in role.options}
    assert read(hubspot, "hs_object_id").read_only
    assert read(hubspot, "hubspot_owner_id").options_external
    assert read(hubspot, "createdate").type == "datetime"


def test_an_unknown_kind_of_property_keeps_the_platforms_word(scripted: Any) -> None:
    rows = [
        {"name": "a", "type": "object_coordinates", "fieldType": "text"},
        {"name": "b", "type": "number", "fieldType": "calculation_equation", "calculated": True},
        {
            "name": "c",
            "label": "C",
            "type": "enumeration",
            "fieldType": "radio",
            "options": [{"value": "", "label": ""}],
        },
    ]
    hubspot, _ = scripted({"results": rows})
    found = {row.name: row for row in hubspot.read_definitions("contact")}
    assert {name: row.type for name, row in found.items()} == {
        "a": "object_coordinates",
        "b": "number",
        "c": "enumeration",
    }
    assert (found["b"].read_only, found["a"].label, found["c"].options) == (True, "a", ())


def test_a_yes_no_property_brings_its_two_options(scripted: Any) -> None:
    hubspot, script = scripted((201, {}))  # kills: bool without options, which HubSpot refuses
    hubspot.create_definition(definition(type="bool"))
    body = script.bodies[0]
    assert (body["type"], body["fieldType"]) == ("bool", "booleancheckbox")
    assert [option["value"] for option in body["options"]] == ["true", "false"]


def test_creating_what_exists_is_told(portal: Portal, hubspot: HubSpotConnector) -> None:
    hubspot.create_group("contact", "g", "G")
    hubspot.create_definition(definition())
    with pytest.raises(FixRequest) as caught:
        hubspot.create_definition(definition())
    assert caught.value.status == 409


def test_a_definition_that_may_have_arrived_is_not_sent_twice(portal: Portal, hubspot: HubSpotConnector) -> None:
    hubspot.create_group("contact", "g", "G")
    portal.faults.add("POST /crm/properties", drop=True, applied=True)
    with pytest.raises(RetryLater):  # kills: a retry, whose 409 would look like somebody else's property
        hubspot.create_definition(definition())
    assert read(hubspot, "crmb_x").label == "X"


def test_a_group_is_refused_for_any_other_reason(scripted: Any) -> None:
    hubspot, _ = scripted((400, {"category": "VALIDATION_ERROR"}))
    with pytest.raises(FixRequest):
        hubspot.create_group("contact", "G G", "G")


def test_a_type_that_nobody_knows_is_refused_before_it_is_sent(scripted: Any) -> None:
    hubspot, script = scripted({})
    with pytest.raises(FixRequest, match="crmb_x"):
        hubspot.create_definition(definition(type="object_coordinates"))
    assert not script.requests


def test_options_that_are_there_stay_word_for_word(scripted: Any) -> None:
    theirs = {"value": "a", "label": "Renamed", "displayOrder": 7, "hidden": True, "description": "kept"}
    hubspot, script = scripted({"name": "crmb_x", "options": [theirs]}, {})
    hubspot.add_options(definition(options=(Option(value="a", label="A"), Option(value="b", label="B"))))
    assert script.bodies[1] == {
        "options": [theirs, {"value": "b", "label": "B", "displayOrder": 1, "hidden": False}]
    }  # fmt: skip


def test_nothing_is_sent_when_no_option_is_lacking(scripted: Any) -> None:
    hubspot, script = scripted({"name": "crmb_x", "options": [{"value": "a", "label": "A"}]})
    hubspot.add_options(definition(options=(Option(value="a", label="A"),)))
    assert [request.method for request in script.requests] == ["GET"]


def test_options_of_a_property_that_is_gone_cannot_be_added(hubspot: HubSpotConnector) -> None:
    with pytest.raises(RecordMissing):
        hubspot.add_options(definition(options=(Option(value="a", label="A"),)))
