from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connector import NO_LABEL, UNANSWERED, Label, LinkChange
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.errors import RetryLater
from crmbridge.model import Ref
from crmbridge.sandbox import Portal

PLAIN = {"category": "HUBSPOT_DEFINED", "typeId": 4, "label": None}
BUYS = {"category": "USER_DEFINED", "typeId": 37, "label": "Einkauf"}
DECIDES = {"category": "USER_DEFINED", "typeId": 39, "label": "Entscheider"}
KINDS = {"results": [PLAIN, BUYS, DECIDES]}
NOTHING: dict[str, Any] = {"results": []}


def change(source: str, target: str, label: str | None = None) -> LinkChange:
    return LinkChange(source=Ref("contact", source), target=Ref("deal", target), label=label)


def there(source: str, target: int, *kinds: dict[str, Any]) -> dict[str, Any]:
    return {"results": [{"from": {"id": source}, "to": [{"toObjectId": target, "associationTypes": list(kinds)}]}]}


def made(source: str, target: str) -> dict[str, Any]:
    return {"fromObjectId": int(source), "toObjectId": target, "labels": []}


def failed(code: str, sources: list[str], targets: list[str]) -> dict[str, Any]:
    return {"category": code, "context": {"fromObjectId": sources, "toObjectId": targets}}


def codes(outcomes: Any) -> dict[tuple[str, str, str | None], str]:
    return {(one.change.source.id, one.change.target.id, one.change.label): one.code for one in outcomes}


def test_a_label_is_sent_with_those_that_are_there(scripted: Any) -> None:
    # kills: naming the new label alone, by which HubSpot may take the others away
    hubspot, script = scripted(KINDS, there("1", 2, PLAIN, BUYS), {"results": [made("1", "2")]})
    assert codes(hubspot.link([change("1", "2", "Entscheider")])) == {("1", "2", "Entscheider"): ""}
    (item,) = script.bodies[2]["inputs"]
    assert (item["from"], item["to"]) == ({"id": "1"}, {"id": "2"})
    assert {(kind["associationCategory"], kind["associationTypeId"]) for kind in item["types"]} == {
        ("HUBSPOT_DEFINED", 4),
        ("USER_DEFINED", 37),
        ("USER_DEFINED", 39),
    }


def test_what_is_so_already_is_not_sent(scripted: Any) -> None:
    hubspot, script = scripted(KINDS, there("1", 2, PLAIN, BUYS))
    asked = [change("1", "2", "Einkauf"), change("1", "2"), change("1", "2")]
    assert [one.ok for one in hubspot.link(asked)] == [True, True, True]
    assert len(script.requests) == 2


def test_two_labels_of_two_records_are_one_input(scripted: Any) -> None:
    hubspot, script = scripted(KINDS, NOTHING, {"results": [made("1", "2")]})
    assert all(one.ok for one in hubspot.link([change("1", "2", "Einkauf"), change("1", "2", "Entscheider")]))
    assert [len(item["types"]) for item in script.bodies[2]["inputs"]] == [2]


@pytest.mark.parametrize("bad", [1, 50, 99])
def test_links_that_failed_are_told_one_by_one(scripted: Any, bad: int) -> None:
    # kills: 207 as success or as failure of all, joining by position
    ids = [str(number) for number in range(100, 200)]
    results = [made(id_, "7") for id_ in ids[bad:][::-1]]
    hubspot, _ = scripted(KINDS, NOTHING, (207, {"results": results, "errors": [failed("LIMIT", ids[:bad], ["7"])]}))
    found = codes(hubspot.link([change(id_, "7") for id_ in ids]))
    assert found == {(id_, "7", None): "LIMIT" if place < bad else "" for place, id_ in enumerate(ids)}


@pytest.mark.parametrize(
    ("errors", "code"), [([], UNANSWERED), ([{"category": "INTERNAL_ERROR"}], "INTERNAL_ERROR"), ([{}], "UNKNOWN")]
)
def test_a_link_without_an_answer_is_in_doubt(scripted: Any, errors: list[Any], code: str) -> None:
    hubspot, _ = scripted(KINDS, NOTHING, (207, {"results": [made("1", "7")], "errors": errors}))
    assert codes(hubspot.link([change("1", "7"), change("2", "7")])) == {("1", "7", None): "", ("2", "7", None): code}


def test_a_result_counts_more_than_an_error_that_names_its_ends_apart(scripted: Any) -> None:
    both = failed("OBJECT_NOT_FOUND", ["1", "2"], ["7", "8"])
    hubspot, _ = scripted(KINDS, NOTHING, (207, {"results": [made("1", "8")], "errors": [both]}))
    assert codes(hubspot.link([change("1", "8"), change("2", "7")])) == {
        ("1", "8", None): "",
        ("2", "7", None): "OBJECT_NOT_FOUND",
    }


def test_a_call_that_is_refused_is_an_outcome_of_each(scripted: Any) -> None:
    hubspot, _ = scripted(KINDS, NOTHING, (400, {"category": "VALIDATION_ERROR"}))
    assert set(codes(hubspot.link([change("1", "7"), change("2", "7")])).values()) == {"VALIDATION_ERROR"}
    hubspot, _ = scripted((400, {}))
    assert set(codes(hubspot.unlink([change("1", "7"), change("2", "7")])).values()) == {"HTTP_400"}


def test_two_thousand_links_are_one_call(portal: Portal, hubspot: HubSpotConnector) -> None:
    assert not any(one.ok for one in hubspot.link([change(str(number), "1") for number in range(2001)]))
    # one call for the kinds, three to read what is there, two to write
    assert hubspot.calls == 6


def test_a_label_that_is_defined_later_is_found(portal: Portal, hubspot: HubSpotConnector) -> None:
    contact, deal = (
        portal.add("contacts", {"firstname": "A"}),
        portal.add("deals", {"dealname": "D", "dealstage": "contractsent"}),
    )
    wanted = change(contact, deal, "Einkauf")
    assert [one.code for one in hubspot.link([wanted])] == [NO_LABEL]
    portal.define_label("contacts", "deals", "Einkauf")
    assert [one.ok for one in hubspot.link([wanted])] == [True]  # kills: a cache that never asks again


def test_each_direction_has_its_own_kinds(portal: Portal, hubspot: HubSpotConnector) -> None:
    there = hubspot.create_label("contact", "deal", "Kauft", "Wird gekauft von")
    (back,) = [one for one in hubspot.read_labels("deal", "contact") if one.label == "Wird gekauft von"]
    assert there.type_id != back.type_id
    assert (there.category, there.label) == ("USER_DEFINED", "Kauft")


def test_a_label_whose_answer_got_lost_is_not_defined_twice(portal: Portal, hubspot: HubSpotConnector) -> None:
    portal.faults.add("POST /crm/associations/2026-09/contacts/deals/labels", drop=True, applied=True)
    with pytest.raises(RetryLater):
        hubspot.create_label("contact", "deal", "Kauft")
    made = hubspot.create_label("contact", "deal", "Kauft")
    assert [one for one in hubspot.read_labels("contact", "deal") if one.label == "Kauft"] == [made]


@pytest.mark.parametrize(("label", "name"), [("C/D Käufer", "c_d_k_ufer"), ("决策者", "label_"), ("2. Wahl", "label_")])
def test_a_label_has_an_internal_name_that_hubspot_takes(scripted: Any, label: str, name: str) -> None:
    hubspot, script = scripted(NOTHING, {}, {"results": [{"category": "USER_DEFINED", "typeId": 9, "label": label}]})
    assert hubspot.create_label("contact", "deal", label) == Label(type_id="9", category="USER_DEFINED", label=label)
    sent = script.bodies[1]
    assert sent["name"].startswith(name)
    assert sent["name"].isascii()
    assert "inverseLabel" not in sent


def test_without_its_label_the_plain_link_stays(scripted: Any) -> None:
    hubspot, script = scripted(KINDS, (204, {}))
    assert [one.ok for one in hubspot.unlink([change("1", "2", "Einkauf")])] == [True]
    assert script.requests[1].url.path.endswith("/contacts/deals/batch/labels/archive")
    (item,) = script.bodies[1]["inputs"]
    assert item["types"] == [{"associationCategory": "USER_DEFINED", "associationTypeId": 37}]


def test_a_plain_link_goes_with_its_labels(scripted: Any) -> None:
    hubspot, script = scripted({"status": "COMPLETE"})
    asked = [change("1", "2", "Einkauf"), change("1", "2"), change("1", "3")]
    assert [one.ok for one in hubspot.unlink(asked)] == [True, True, True]
    (request,) = script.requests
    assert request.url.path.endswith("/contacts/deals/batch/archive")
    assert script.bodies[0] == {"inputs": [{"from": {"id": "1"}, "to": [{"id": "2"}, {"id": "3"}]}]}


def test_a_label_that_nobody_defined_is_on_no_link(scripted: Any) -> None:
    hubspot, script = scripted(KINDS)
    assert [one.ok for one in hubspot.unlink([change("1", "2", "Gibt es nicht")])] == [True]
    assert len(script.requests) == 1


def test_a_hundred_sources_are_one_call(scripted: Any) -> None:
    hubspot, script = scripted({})
    assert all(one.ok for one in hubspot.unlink([change(str(number), "1") for number in range(101)]))
    assert [len(body["inputs"]) for body in script.bodies] == [100, 1]


@pytest.mark.parametrize(
    ("errors", "first", "second"),
    [
        ([failed("OBJECT_NOT_FOUND", ["1"], ["7"])], "", ""),  # what is not there is not linked
        ([failed("FORBIDDEN", ["1"], ["7"])], "FORBIDDEN", ""),
        ([failed("FORBIDDEN", ["1"], [])], "FORBIDDEN", ""),
        ([{"category": "INTERNAL_ERROR"}], "INTERNAL_ERROR", "INTERNAL_ERROR"),
    ],
)
def test_removals_that_failed_are_told(scripted: Any, errors: list[Any], first: str, second: str) -> None:
    hubspot, _ = scripted((207, {"errors": errors}))
    found = codes(hubspot.unlink([change("1", "7"), change("2", "7")]))
    assert found == {("1", "7", None): first, ("2", "7", None): second}


def test_nothing_to_link_is_no_call(hubspot: HubSpotConnector) -> None:
    assert hubspot.link([]) == hubspot.unlink([]) == []
    assert hubspot.calls == 0
