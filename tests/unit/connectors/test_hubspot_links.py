from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.errors import RetryLater
from crmbridge.model import Link, Ref
from crmbridge.sandbox import Portal

PLAIN = {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None}


def answer(from_id: str, *targets: int, types: Any = (PLAIN,), after: str | None = None) -> dict[str, Any]:
    paging = {"paging": {"next": {"after": after, "link": "https://evil.example/next"}}} if after else {}
    to = [{"toObjectId": target, "associationTypes": list(types)} for target in targets]
    return {"from": {"id": from_id}, "to": to, **paging}


def ids(links: Any) -> list[tuple[str, str]]:
    return [(link.source.id, link.target.id) for link in links]


def test_records_without_links_are_no_error(portal: Portal, hubspot: HubSpotConnector) -> None:
    deals = [portal.add("deals", {"dealname": "D", "dealstage": "contractsent"}) for _ in range(2)]
    contact = portal.add("contacts", {"firstname": "A"})
    portal.link("deals", deals[1], "contacts", contact)
    assert ids(hubspot.read_links("deal", "contact", deals)) == [(deals[1], contact)]


def test_a_thousand_sources_are_one_call(portal: Portal, hubspot: HubSpotConnector) -> None:
    assert list(hubspot.read_links("deal", "contact", [str(number) for number in range(1001)])) == []
    assert hubspot.calls == 2


def test_every_page_of_every_record_is_read(portal: Portal, hubspot: HubSpotConnector) -> None:
    portal.association_page = 2  # kills: the first page only
    deals = [portal.add("deals", {"dealname": "D", "dealstage": "contractsent"}) for _ in range(2)]
    contacts = [portal.add("contacts", {"firstname": "A"}) for _ in range(7)]
    for contact in contacts:
        portal.link("deals", deals[0], "contacts", contact)
    portal.link("deals", deals[1], "contacts", contacts[0])
    expected = {(deals[0], contact) for contact in contacts} | {(deals[1], contacts[0])}
    found = ids(hubspot.read_links("deal", "contact", deals))
    assert set(found) == expected
    assert len(found) == len(expected)


def test_labels_and_the_primary_link_are_told_apart(portal: Portal, hubspot: HubSpotConnector) -> None:
    there, _ = portal.define_label("deals", "companies", "Partner")
    deal = portal.add("deals", {"dealname": "D", "dealstage": "contractsent"})
    firms = [portal.add("companies", {"name": "A"}) for _ in range(2)]
    portal.link("deals", deal, "companies", firms[0], "Primary")
    portal.link("deals", deal, "companies", firms[1], "Partner")
    source = Ref(object="deal", id=deal)
    first, second = (Ref(object="company", id=firm) for firm in firms)
    assert set(hubspot.read_links("deal", "company", [deal])) == {
        Link(source=source, target=first, type_id="341"),
        Link(source=source, target=first, type_id="5", label="Primary", primary=True),
        Link(source=source, target=second, type_id="341"),
        Link(source=source, target=second, type_id=str(there), label="Partner"),
    }


def test_a_label_of_the_account_is_never_primary(scripted: Any) -> None:
    # kills: judging by type id or label alone
    types = [
        {"category": "USER_DEFINED", "typeId": 5, "label": "Einkauf"},
        {"category": "USER_DEFINED", "typeId": 36, "label": "Primary"},
        {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": None},
        {"category": "HUBSPOT_DEFINED", "typeId": 582, "label": "Primary"},
    ]
    hubspot, _ = scripted({"results": [answer("1", 2, types=types)]})
    found = {link.type_id: link.primary for link in hubspot.read_links("contact", "company", ["1"])}
    assert found == {"5": False, "36": False, "1": True, "582": True}


def test_ids_are_texts_however_they_travel(scripted: Any) -> None:
    hubspot, _ = scripted({"results": [answer("1", 442222359747)]})  # kills: leaving numbers, which join with nothing
    assert ids(hubspot.read_links("contact", "company", ["1"])) == [("1", "442222359747")]


def test_a_doubled_row_is_one_link(scripted: Any) -> None:
    hubspot, _ = scripted({"results": [answer("1", 2, after="x")]}, {"results": [answer("1", 2, 3)]})
    assert ids(hubspot.read_links("contact", "company", ["1"])) == [("1", "2"), ("1", "3")]


def test_cursors_stay_with_their_record(scripted: Any) -> None:
    hubspot, script = scripted(
        {"results": [answer("2", 5, after="x"), answer("1", 4, after="x")]},
        {"results": [answer("1", 6)]},
    )
    assert ids(hubspot.read_links("contact", "company", ["1", "2"])) == [("2", "5"), ("1", "4"), ("1", "6")]
    assert script.bodies[1] == {"inputs": [{"id": "2", "after": "x"}, {"id": "1", "after": "x"}]}


@pytest.mark.parametrize("cursors", [("a", "a"), ("a", "b", "a")])
def test_pages_that_go_in_circles_end_with_an_error(scripted: Any, cursors: tuple[str, ...]) -> None:
    hubspot, script = scripted(*({"results": [answer("1", 2, after=after)]} for after in cursors))
    with pytest.raises(RetryLater, match="circles"):
        list(hubspot.read_links("contact", "company", ["1"]))
    assert len(script.requests) == len(cursors)


def test_a_failed_part_does_not_pass_for_no_links(scripted: Any) -> None:
    failed = {"category": "INTERNAL_ERROR", "context": {"fromObjectId": ["2"]}}
    hubspot, _ = scripted((207, {"results": [answer("1", 2)], "numErrors": 1, "errors": [failed]}))
    with pytest.raises(RetryLater, match="INTERNAL_ERROR"):
        list(hubspot.read_links("contact", "company", ["1", "2"]))


def test_every_declared_pair_exists_on_the_platform(portal: Portal, hubspot: HubSpotConnector) -> None:
    for source, target in hubspot.capabilities.links:
        assert list(hubspot.read_links(source, target, ["1"])) == []
