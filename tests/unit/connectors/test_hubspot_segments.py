from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connector import Outcome
from crmbridge.connectors.hubspot import segments
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.errors import FixRequest, NotSupported, RecordMissing, RetryLater
from crmbridge.sandbox import Portal


def people(portal: Portal, count: int) -> list[str]:
    return [portal.add("contacts", {"firstname": "A"}) for _ in range(count)]


def test_a_name_is_matched_whole_whatever_its_letters(portal: Portal, hubspot: HubSpotConnector) -> None:
    longer = hubspot.create_segment("contact", "Kreis 2")
    made = hubspot.create_segment("contact", "Kreis")  # kills: the first hit of a search
    assert made != longer
    assert hubspot.create_segment("contact", "KREIS") == made


def test_a_list_is_found_on_a_further_page(scripted: Any) -> None:
    first = {"lists": [{"listId": "1", "name": "A B"}], "hasMore": True}
    second = {
        "lists": [{"listId": 2, "name": "A", "objectTypeId": "0-1", "processingType": "MANUAL"}],
        "hasMore": False,
    }
    hubspot, script = scripted(first, second)
    assert hubspot.create_segment("contact", "A") == "2"
    assert [body["offset"] for body in script.bodies] == [0, 1]


@pytest.mark.parametrize(("kind", "processing"), [("0-2", "MANUAL"), ("0-1", "DYNAMIC"), ("0-1", "SNAPSHOT")])
def test_a_list_of_another_kind_is_not_taken_over(scripted: Any, kind: str, processing: str) -> None:
    other = {"listId": "1", "name": "A", "objectTypeId": kind, "processingType": processing}
    hubspot, _ = scripted({"lists": [other], "hasMore": False})
    with pytest.raises(FixRequest, match="rename"):
        hubspot.create_segment("contact", "A")


def test_only_records_of_the_three_objects_are_listed(hubspot: HubSpotConnector) -> None:
    with pytest.raises(NotSupported):
        hubspot.create_segment("note", "A")


def test_a_list_whose_answer_got_lost_is_not_made_twice(portal: Portal, hubspot: HubSpotConnector) -> None:
    portal.faults.add("POST /crm/lists/2026-09", drop=True, applied=True, skip=1)
    with pytest.raises(RetryLater):
        hubspot.create_segment("contact", "A")
    made = hubspot.create_segment("contact", "A")
    assert [one.id for one in portal.lists.all()] == [made]


def test_who_is_in_already_is_fine_and_who_is_missing_is_told(portal: Portal, hubspot: HubSpotConnector) -> None:
    one, two = people(portal, 2)
    segment = hubspot.create_segment("contact", "A")
    hubspot.change_members(segment, [one])
    assert hubspot.change_members(segment, [one, two, "404"], []) == [
        Outcome(id=one, ok=True),
        Outcome(id=two, ok=True),
        Outcome(id="404", ok=False, code="OBJECT_NOT_FOUND"),
    ]


def test_many_members_take_many_calls(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "CHANGE_LIMIT", 2)
    hubspot, script = scripted({"recordIdsMissing": [2]}, {"recordIdsMissing": []})
    found = hubspot.change_members("7", ["1", "2"], ["3"])
    assert script.bodies == [
        {"recordIdsToAdd": ["1", "2"], "recordIdsToRemove": []},
        {"recordIdsToAdd": [], "recordIdsToRemove": ["3"]},
    ]
    assert [one.ok for one in found] == [True, False, True]  # kills: the last answer for all


def test_members_are_paged_and_the_name_is_looked_up_once(portal: Portal, hubspot: HubSpotConnector) -> None:
    ids = people(portal, 251)
    hubspot.change_members(hubspot.create_segment("contact", "Kreis"), ids)
    before = hubspot.calls
    first = hubspot.read_members("Kreis", None)
    second = hubspot.read_members("Kreis", first.after)
    assert sorted([*first.ids, *second.ids]) == sorted(ids)
    assert second.after is None
    assert hubspot.calls == before + 3


def test_pages_of_members_that_go_in_circles_end_with_an_error(scripted: Any) -> None:
    hubspot, _ = scripted({"results": [{"recordId": "1"}], "paging": {"next": {"after": "5"}}})
    with pytest.raises(RetryLater):
        hubspot.read_members("7", "7:5")


def test_a_list_that_is_not_there_is_missing(hubspot: HubSpotConnector) -> None:
    with pytest.raises(RecordMissing):
        hubspot.read_members("Gibt es nicht", None)
    with pytest.raises(RecordMissing):
        hubspot.change_members("404", ["1"])


def test_no_change_is_no_call(hubspot: HubSpotConnector) -> None:
    assert hubspot.change_members("7") == []
    assert hubspot.calls == 0
