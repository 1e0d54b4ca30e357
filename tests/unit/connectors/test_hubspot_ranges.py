from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from crmbridge.connector import Fate, Page
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.errors import RetryLater
from crmbridge.sandbox import Portal, SandboxTransport
from crmbridge.sandbox.merging import merge

MADE = "2026-03-01T12:00:00.000Z"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MANY = [f"an_account_property_of_some_length_{number}" for number in range(100)]  # more than a search may name


def hits(*ids: int) -> dict[str, Any]:
    return {"results": [{"id": str(id_), "properties": {}, "createdAt": MADE} for id_ in ids]}


def test_a_range_is_one_search_that_brings_the_properties(scripted: Any) -> None:
    hubspot, script = scripted(hits(9, 5))
    found = hubspot.read_top("email", ["hs_email_html"], "5", "10", skip=400, since=NOON).records
    assert [record.id for record in found] == ["9", "5"]
    (body,) = script.bodies
    assert body["filterGroups"][0]["filters"] == [
        {"propertyName": "hs_object_id", "operator": "GTE", "value": "5"},
        {"propertyName": "hs_object_id", "operator": "LT", "value": "10"},
        {"propertyName": "hs_timestamp", "operator": "GTE", "value": "1772366400000"},
    ]
    assert body["sorts"] == [{"propertyName": "hs_object_id", "direction": "DESCENDING"}]
    assert (body["limit"], body["after"]) == (200, "400")
    assert {"hs_email_html", "hs_timestamp", "hs_email_headers"} <= set(body["properties"])


def test_a_range_without_an_end_has_one_filter_and_no_offset(scripted: Any) -> None:
    hubspot, script = scripted(hits())
    assert hubspot.read_top("contact", (), "0", None) == Page([], None)
    (body,) = script.bodies
    assert len(body["filterGroups"][0]["filters"]) == 1
    assert "after" not in body


def test_more_properties_than_a_search_takes_are_read_in_batches(portal: Portal, hubspot: HubSpotConnector) -> None:
    for name in MANY:
        portal.define("contacts", name)
    ids = [portal.add("contacts", {MANY[99]: str(number)}) for number in range(201)]
    page = hubspot.read_top("contact", MANY, "0", None)  # kills: the property list always in the search
    found = page.records
    assert page.after is not None
    assert [record.id for record in found] == ids[:0:-1]
    assert (found[0].properties[MANY[99]], found[0].properties[MANY[0]]) == ("200", None)
    assert hubspot.calls == 3


class Vanishing(httpx.BaseTransport):
    """Archives records between the search that finds them and the batch read that would bring them."""

    def __init__(self, portal: Portal, ids: list[str]) -> None:
        self._portal, self._ids, self._next = portal, ids, SandboxTransport(portal)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._next.handle_request(request)
        if request.url.path.endswith("/search"):
            while self._ids:
                self._portal.archive("contacts", self._ids.pop())
        return answer


def test_a_record_that_goes_while_it_is_read_does_not_end_the_range(portal: Portal, opened: Any) -> None:
    for name in MANY:
        portal.define("contacts", name)
    ids = [portal.add("contacts", {"firstname": "A"}) for _ in range(205)]
    hubspot = opened(portal.token, Vanishing(portal, ids[100:102]))
    page = hubspot.read_top("contact", MANY, "0", None)
    assert [record.id for record in page.records] == [id_ for id_ in ids[:4:-1] if id_ not in ids[100:102]]
    assert page.after is not None, "kills: a short page says that nothing is left"


def test_the_bottom_is_the_lowest_id_since_a_time(portal: Portal, hubspot: HubSpotConnector) -> None:
    days = ("2026-01-05", "2026-02-05", "2026-01-20", "2026-02-20")  # logged late: ids do not follow the calendar
    ids = [portal.add("notes", {"hs_timestamp": f"{day}T09:00:00Z"}) for day in days]
    assert hubspot.read_bottom("note", datetime(2026, 1, 6, tzinfo=UTC)) == ids[1]
    assert hubspot.read_bottom("note", datetime(2026, 2, 5, 9, tzinfo=UTC)) == ids[1]  # kills: GT
    assert hubspot.read_bottom("note", datetime(2026, 3, 1, tzinfo=UTC)) is None
    assert hubspot.calls == 3


def test_archived_records_are_listed_by_id_alone(portal: Portal, hubspot: HubSpotConnector) -> None:
    ids = [portal.add("contacts", {"firstname": "A"}) for _ in range(103)]
    for id_ in ids[1:]:
        portal.archive("contacts", id_)
    first = hubspot.read_archived("contact", None)
    assert (list(first.ids), first.after) == (ids[1:101], ids[101])
    rest = hubspot.read_archived("contact", first.after)
    assert (list(rest.ids), rest.after) == (ids[101:], None)


def test_an_archived_listing_that_does_not_advance_ends_with_an_error(scripted: Any) -> None:
    hubspot, script = scripted(hits(101) | {"paging": {"next": {"after": "100"}}})
    with pytest.raises(RetryLater, match="read before"):
        hubspot.read_archived("contact", "100")
    assert dict(script.requests[0].url.params)["properties"] == "hs_object_id"


def test_every_record_has_a_fate(portal: Portal, hubspot: HubSpotConnector) -> None:
    ids = [portal.add("contacts", {"firstname": "A"}) for _ in range(150)]
    for id_ in ids[:120]:
        portal.archive("contacts", id_)
    merge(portal, "contacts", ids[120], ids[121])
    expected = dict.fromkeys(ids, Fate("alive")) | dict.fromkeys(ids[:120], Fate("archived"))
    expected |= {ids[121]: Fate("merged", ids[120]), "404404404": Fate("deleted")}
    assert hubspot.read_fates("contact", [*ids, "404404404"]) == expected
    assert hubspot.calls == 2 + 1 + 2  # archived ones in two batches, living ones in one, one call for each of the rest


def test_a_read_that_answers_with_another_record_names_the_survivor(scripted: Any) -> None:
    hubspot, _ = scripted(hits(), hits(), {"id": 8, "properties": {}})  # kills: 200 taken for alive
    assert hubspot.read_fates("contact", ["7"]) == {"7": Fate("merged", "8")}


def test_a_batch_that_failed_in_part_tells_no_fate(scripted: Any) -> None:
    failed = {"category": "INTERNAL_ERROR", "context": {"ids": ["7"]}}
    hubspot, _ = scripted((207, {"results": [], "numErrors": 1, "errors": [failed]}))
    with pytest.raises(RetryLater, match="INTERNAL_ERROR"):
        hubspot.read_fates("contact", ["7"])


def test_no_ids_cost_no_call(hubspot: HubSpotConnector) -> None:
    assert (hubspot.read_fates("contact", []), hubspot.calls) == ({}, 0)


def test_what_is_listed_whole_tells_its_fate_by_that(portal: Portal, hubspot: HubSpotConnector) -> None:
    portal.owners = [
        {"id": id_, "email": f"{id_}@us.de", "userId": 4, "archived": archived}
        for id_, archived in (("1", False), ("2", True))
    ]
    assert hubspot.read_fates("owner", ["1", "2", "3"]) == {
        "1": Fate("alive"),
        "2": Fate("archived"),
        "3": Fate("deleted"),
    }
    assert list(hubspot.read_archived("owner", None).ids) == ["2"]
    assert list(hubspot.read_archived("form_submission", None).ids) == []


def test_a_history_is_whole_and_newest_first(portal: Portal, hubspot: HubSpotConnector) -> None:
    id_ = portal.add("contacts", {"jobtitle": "Einkäufer"})
    portal.edit("contacts", id_, {"jobtitle": "Leiter Einkauf"})
    portal.edit("contacts", id_, {"jobtitle": ""})
    (history,) = hubspot.read_history("contact", [id_], ["jobtitle", "phone"]).values()
    assert set(history) == {"jobtitle"}
    assert [version.value for version in history["jobtitle"]] == [None, "Leiter Einkauf", "Einkäufer"]
    assert [version.author for version in history["jobtitle"]] == ["person", "person", "system"]
    times = [version.at for version in history["jobtitle"]]
    assert times == sorted(times, reverse=True)
