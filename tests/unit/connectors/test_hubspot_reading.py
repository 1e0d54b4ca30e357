from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.version import API_VERSION
from crmbridge.errors import FixRequest, NotSupported, RetryLater
from crmbridge.model import Contact, Owner
from crmbridge.sandbox import Portal

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
MADE = "2026-03-01T12:00:00.000Z"


def listed(hubspot: HubSpotConnector, *properties: str) -> list[Any]:
    found: list[Any] = []
    after: str | None = None
    while True:
        page = hubspot.read_page("contact", properties, after)
        found += page.records
        after = page.after
        if after is None:
            return found


def changed(hubspot: HubSpotConnector, window: tuple[datetime, datetime] = ALWAYS) -> list[Any]:
    found: list[Any] = []
    after: str | None = None
    while True:
        page = hubspot.read_changes("contact", *window, after)
        found += page.modified
        after = page.after
        if after is None:
            return found


def row(id_: int) -> dict[str, Any]:
    return {"id": str(id_), "properties": {}, "createdAt": MADE}


def page(*ids: int, after: Any = None) -> dict[str, Any]:
    paging = {"paging": {"next": {"after": after, "link": "https://evil.example/next"}}} if after is not None else {}
    return {"results": [row(id_) for id_ in ids], **paging}


def test_a_page_is_one_call_with_a_hundred_records(portal: Portal, hubspot: HubSpotConnector) -> None:
    for _ in range(101):
        portal.add("contacts", {"jobtitle": "CFO"})
    first = hubspot.read_page("contact", ["jobtitle"], None)
    assert (len(first.records), hubspot.calls) == (100, 1)
    assert first.after == portal.ids("contacts")[100]
    assert len(hubspot.read_page("contact", ["jobtitle"], first.after).records) == 1


def test_every_path_names_the_one_version(scripted: Any) -> None:
    hubspot, script = scripted(page(1))
    hubspot.read_page("contact", (), None)
    hubspot.read_records("deal", ["1"], ())
    hubspot.read_page("pipeline", (), None)
    assert all(f"/{API_VERSION}/" in str(request.url) for request in script.requests)


def test_more_properties_than_a_url_holds_are_read_in_a_batch(portal: Portal, hubspot: HubSpotConnector) -> None:
    portal.max_url = 7_000  # kills: the property list always in the query
    names = [f"an_account_property_of_some_length_{number}" for number in range(300)]
    for name in names:
        portal.define("contacts", name)
    ids = [portal.add("contacts", {names[299]: str(number)}) for number in range(3)]
    page = hubspot.read_page("contact", names, None)
    assert [(record.id, record.properties[names[299]]) for record in page.records] == [
        (ids[0], "0"),
        (ids[1], "1"),
        (ids[2], "2"),
    ]
    assert hubspot.calls == 2


@pytest.mark.parametrize("stuck", ["100", "40", 100])
def test_a_listing_that_does_not_advance_ends_with_an_error(scripted: Any, stuck: Any) -> None:
    hubspot, _ = scripted(page(101, after=stuck))  # kills: following any cursor
    with pytest.raises(RetryLater, match="read before"):
        hubspot.read_page("contact", (), "100")


def test_links_in_an_answer_are_never_followed(scripted: Any) -> None:
    hubspot, script = scripted(page(1, after="2"), page(2))
    assert [record.id for record in listed(hubspot)] == ["1", "2"]
    assert {request.url.host for request in script.requests} == {"api.hubapi.com"}


@pytest.mark.parametrize("body", [{}, {"results": None}, {"results": [1]}, {"status": "ok"}])
def test_an_answer_that_is_no_list_is_not_an_empty_one(scripted: Any, body: dict[str, Any]) -> None:
    hubspot, _ = scripted(body)  # kills: body.get("results", [])
    with pytest.raises(RetryLater, match="no list of results"):
        hubspot.read_page("contact", (), None)


def test_more_equal_times_than_a_search_can_page_are_read_to_the_end(
    portal: Portal, hubspot: HubSpotConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crmbridge.sandbox.search.WINDOW", 400)  # 10,000 in life; kills: paging by offset
    ids = [portal.add("contacts", {"jobtitle": "CFO"}) for _ in range(401)]
    portal.touch("contacts")
    assert [record.id for record in changed(hubspot)] == ids


def test_no_search_asks_for_an_offset(scripted: Any) -> None:
    hubspot, script = scripted(page(5, 9, after="200"), page())
    first = hubspot.read_changes("contact", *ALWAYS, None)
    hubspot.read_changes("contact", *ALWAYS, first.after)
    search = script.bodies[1]
    assert "after" not in search
    assert search["sorts"] == [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    assert search["filterGroups"][0]["filters"][2] == {"propertyName": "hs_object_id", "operator": "GT", "value": "9"}


@pytest.mark.parametrize("answer", [page(after="200"), page(3, after="200")])
def test_a_search_that_does_not_advance_ends_with_an_error(scripted: Any, answer: dict[str, Any]) -> None:
    hubspot, _ = scripted(answer)
    with pytest.raises(RetryLater, match="read before"):
        hubspot.read_changes("contact", *ALWAYS, "3")


def test_a_search_uses_the_modification_date_of_its_object(scripted: Any) -> None:
    hubspot, script = scripted(page())
    hubspot.read_changes("contact", *ALWAYS, None)
    hubspot.read_changes("deal", *ALWAYS, None)
    names = [body["filterGroups"][0]["filters"][0]["propertyName"] for body in script.bodies]
    assert names == ["lastmodifieddate", "hs_lastmodifieddate"]


def test_changes_tell_when_as_records_do(portal: Portal, hubspot: HubSpotConnector) -> None:
    id_ = portal.add("contacts", {"jobtitle": "CFO"})
    (found,) = changed(hubspot)
    (record,) = hubspot.read_records("contact", [id_], ())
    assert found == (id_, record.updated_at)
    assert record.updated_at is not None


def test_a_window_ends_to_the_millisecond(portal: Portal, hubspot: HubSpotConnector) -> None:
    id_ = portal.add("contacts", {"jobtitle": "CFO"})
    at = datetime.fromisoformat(portal.record("contacts", id_)["updatedAt"])
    tick = timedelta(milliseconds=1)
    assert changed(hubspot, (at, at))  # kills: GT and LT
    assert not changed(hubspot, (at + tick, at + 2 * tick))
    assert not changed(hubspot, (at - 2 * tick, at - tick))


def test_archived_records_are_neither_listed_nor_read(portal: Portal, hubspot: HubSpotConnector) -> None:
    ids = [portal.add("contacts", {"jobtitle": "CFO"}) for _ in range(2)]
    portal.archive("contacts", ids[0])
    assert [record.id for record in listed(hubspot)] == [ids[1]]
    assert [record.id for record in hubspot.read_records("contact", ids, ())] == [ids[1]]


def test_reading_by_id_takes_any_number_and_each_once(portal: Portal, hubspot: HubSpotConnector) -> None:
    ids = [portal.add("contacts", {"jobtitle": "CFO"}) for _ in range(101)]
    found = hubspot.read_records("contact", [*ids, ids[0]], ["jobtitle"])
    assert [record.id for record in found] == ids
    assert hubspot.calls == 2


def test_a_survivor_does_not_pass_for_the_record_merged_into_it(scripted: Any) -> None:
    hubspot, _ = scripted(page(8, 9))
    assert [record.id for record in hubspot.read_records("contact", ["7", "8"], ())] == ["8"]


@pytest.mark.parametrize(
    ("category", "error"), [("INTERNAL_ERROR", RetryLater), ("VALIDATION_ERROR", FixRequest), (None, RetryLater)]
)
def test_half_a_batch_does_not_pass_for_the_whole(scripted: Any, category: str | None, error: type[Exception]) -> None:
    failed = {"category": category, "message": "Anna Muster", "context": {"ids": ["2"]}}
    hubspot, _ = scripted((207, page(1) | {"numErrors": 1, "errors": [failed]}))  # kills: ignoring errors of a 207
    with pytest.raises(error, match="part of the batch") as caught:
        hubspot.read_records("contact", ["1", "2"], ())
    assert "Muster" not in str(caught.value)


def test_owners_are_read_with_the_archived_ones_in_one_page(portal: Portal, hubspot: HubSpotConnector) -> None:
    portal.owners = [
        {"id": str(number), "email": f"o{number}@us.de", "userId": number + 1, "archived": number == 300}
        for number in range(1, 301)
    ]
    page = hubspot.read_page("owner", (), None)
    assert page.after is None
    assert [record.id for record in page.records] == [str(number) for number in range(1, 301)]
    assert [record.id for record in page.records if record.archived] == ["300"]
    assert isinstance(page.records[0], Owner)
    assert page.records[0].user_id == "2"


def test_owners_that_go_in_circles_end_with_an_error(scripted: Any) -> None:
    hubspot, script = scripted(page(1, after="b"), page(2, after="a"), page(1, after="b"))
    with pytest.raises(RetryLater, match="circles"):
        hubspot.read_page("owner", (), None)
    assert len(script.requests) == 3


def test_owners_and_pipelines_are_always_among_the_changes(portal: Portal, hubspot: HubSpotConnector) -> None:
    portal.owners = [{"id": "1", "email": "o@us.de", "userId": 2, "archived": False}]
    never = datetime(2000, 1, 1, tzinfo=UTC)
    assert [record.id for record in hubspot.read_changes("owner", never, never, None).modified] == ["1"]
    assert [record.id for record in hubspot.read_records("pipeline", ["default", "x"], ())] == ["default"]


def test_what_the_capabilities_leave_out_is_refused_by_name(hubspot: HubSpotConnector) -> None:
    with pytest.raises(NotSupported, match="product"):
        hubspot.read_page("product", (), None)


def test_a_record_comes_with_its_address_in_the_crm(portal: Portal, hubspot: HubSpotConnector) -> None:
    id_ = portal.add("contacts", {"firstname": "Anna", "email": "Anna@Muster.de"})
    record = hubspot.read_records("contact", [id_], ())[0]
    assert isinstance(record, Contact)
    assert (record.first_name, record.email) == ("Anna", "anna@muster.de")
    assert record.url is not None
    assert record.url.endswith(id_)
