from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crmbridge.connector import UNANSWERED, Activity, Created, Creation, Tie, Upsert
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.creating import compose
from crmbridge.errors import FixRequest, RetryLater
from crmbridge.model import Ref
from crmbridge.sandbox import Portal

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(trace: str, *links: Tie, **properties: str) -> Creation:
    return Creation(trace=trace, properties=properties, links=links)


def refused(*traces: str, category: str = "VALIDATION_ERROR") -> dict[str, Any]:
    return {"status": "error", "category": category, "context": {"objectWriteTraceId": list(traces)}}


def made(trace: str) -> dict[str, Any]:
    return {"id": f"9{trace}", "properties": {}, "objectWriteTraceId": trace}


@pytest.mark.parametrize("failed", [1, 50, 99])
@pytest.mark.parametrize("status", [200, 201, 207])
def test_a_part_that_failed_is_told_row_by_row(scripted: Any, failed: int, status: int) -> None:
    # kills: 207 as success or as failure of all, joining by position, counting rows by numErrors
    traces = [str(number) for number in range(100)]
    bad, good = traces[:failed], traces[failed:]
    answer = {"results": [made(trace) for trace in reversed(good)], "numErrors": 1, "errors": [refused(*bad)]}
    hubspot, _ = scripted((status, answer))
    found = {one.trace: one for one in hubspot.create("contact", [row(trace, firstname="A") for trace in traces])}
    assert found == {
        **{trace: Created(trace=trace, ok=False, code="VALIDATION_ERROR") for trace in bad},
        **{trace: Created(trace=trace, ok=True, new=True, id=f"9{trace}") for trace in good},
    }


@pytest.mark.parametrize(
    ("errors", "code"),
    [([], UNANSWERED), ([{"category": "INTERNAL_ERROR"}], UNANSWERED), ([{"category": "CONFLICT"}], "CONFLICT")],
)
def test_a_row_without_an_answer_is_in_doubt(scripted: Any, errors: list[Any], code: str) -> None:
    hubspot, _ = scripted((207, {"results": [made("b")], "errors": errors}))
    found = {one.trace: (one.ok, one.code) for one in hubspot.create("contact", [row("a"), row("b"), row("c")])}
    assert found == {"a": (False, code), "b": (True, ""), "c": (False, code)}


def test_results_without_traces_are_nobodys(scripted: Any) -> None:
    hubspot, _ = scripted({"results": [{"id": "1"}, {"id": "2"}]})  # kills: joining by position
    assert [one.code for one in hubspot.create("contact", [row("a"), row("b")])] == [UNANSWERED, UNANSWERED]


def test_the_only_result_belongs_to_the_only_row(scripted: Any) -> None:
    hubspot, _ = scripted({"results": [{"id": "1"}]})
    assert hubspot.create("contact", [row("a")]) == [Created(trace="a", id="1", new=True, ok=True)]


def test_a_create_that_was_applied_is_not_repeated(portal: Portal, hubspot: HubSpotConnector) -> None:
    portal.faults.add("batch/create", status=500, applied=True)
    with pytest.raises(RetryLater, match="read back"):  # kills: create() without retry_unsent_only
        hubspot.create("contact", [row("a", firstname="A")])
    assert hubspot.calls == 1
    assert len(hubspot.read_page("contact", (), None).records) == 1


def test_a_create_that_was_not_taken_is_repeated(portal: Portal, hubspot: HubSpotConnector) -> None:
    portal.faults.add("batch/create", status=423)
    assert [one.ok for one in hubspot.create("contact", [row("a", firstname="A")])] == [True]


def test_the_record_in_the_way_is_named(portal: Portal, hubspot: HubSpotConnector) -> None:
    there = portal.add("contacts", {"email": "a@b.example"})
    found = {one.trace: one for one in hubspot.create("contact", [row("x", email="a@b.example"), row("y", city="B")])}
    assert found["x"] == Created(trace="x", ok=False, code="CONFLICT", existing=there)
    assert found["y"].ok


@pytest.mark.parametrize("rows", [[row("a"), row("a")], [row(str(number)) for number in range(101)]])
def test_a_batch_that_cannot_be_told_apart_is_not_sent(hubspot: HubSpotConnector, rows: list[Creation]) -> None:
    with pytest.raises(FixRequest):
        hubspot.create("contact", rows)
    assert hubspot.calls == 0


def test_nothing_to_make_is_no_call(hubspot: HubSpotConnector) -> None:
    assert hubspot.create("contact", []) == []
    assert hubspot.upsert("contact", "email", []) == []
    assert hubspot.archive("contact", []) == []
    assert hubspot.calls == 0


def test_links_travel_with_the_record(portal: Portal, hubspot: HubSpotConnector) -> None:
    portal.define_label("contacts", "deals", "Einkauf")
    deal, firm = (
        portal.add("deals", {"dealname": "D", "dealstage": "contractsent"}),
        portal.add("companies", {"name": "A"}),
    )
    ties = (
        Tie(target=Ref("deal", deal), label="Einkauf"),
        Tie(target=Ref("deal", deal)),
        Tie(target=Ref("company", firm), label="Primary"),
    )
    (one,) = hubspot.create("contact", [row("a", *ties, firstname="A")])
    assert one.id
    links = [link for end in ("deal", "company") for link in hubspot.read_links("contact", end, [one.id])]
    assert {(link.target, link.label) for link in links} == {
        (Ref("deal", deal), None),
        (Ref("deal", deal), "Einkauf"),
        (Ref("company", firm), None),
        (Ref("company", firm), "Primary"),
    }


def test_the_kinds_of_links_are_read_once(portal: Portal, hubspot: HubSpotConnector) -> None:
    firm = Ref("company", portal.add("companies", {"name": "A"}))
    for trace in ("a", "b"):
        hubspot.create("contact", [row(trace, Tie(target=firm), firstname=trace)])
    assert hubspot.calls == 3  # kills: reading labels for each call


@pytest.mark.parametrize("status", [500, 423])
def test_an_upsert_is_repeated_and_makes_no_double(portal: Portal, hubspot: HubSpotConnector, status: int) -> None:
    portal.faults.add("batch/upsert", status=status, applied=status == 500)
    (one,) = hubspot.upsert("contact", "email", [Upsert(trace="a", value="a@b.example", properties={"city": "B"})])
    assert one.ok
    assert [record.id for record in hubspot.read_page("contact", (), None).records] == [one.id]


def test_upserts_are_told_by_trace_however_hubspot_names_them(scripted: Any) -> None:
    rows = [Upsert(trace=str(number), value=f"v{number}", properties={"city": None}) for number in range(3)]
    by_value = {"category": "VALIDATION_ERROR", "context": {"ids": ["v2"]}}
    answer = {"results": [made("1") | {"new": False}, made("0") | {"new": True}], "errors": [by_value]}
    hubspot, script = scripted((207, answer))
    found = {one.trace: (one.id, one.new, one.code) for one in hubspot.upsert("company", "erp_id", rows)}
    assert found == {"0": ("90", True, ""), "1": ("91", False, ""), "2": (None, False, "VALIDATION_ERROR")}
    assert script.bodies[0]["inputs"][0] == {
        "id": "v0",
        "idProperty": "erp_id",
        "properties": {"city": ""},
        "objectWriteTraceId": "0",
    }


@pytest.mark.parametrize(("traces", "values"), [("aa", "xy"), ("ab", "xx")])
def test_an_upsert_of_one_record_twice_is_not_sent(hubspot: HubSpotConnector, traces: str, values: str) -> None:
    rows = [Upsert(trace=trace, value=value, properties={}) for trace, value in zip(traces, values, strict=True)]
    with pytest.raises(FixRequest, match="twice"):
        hubspot.upsert("contact", "email", rows)
    assert hubspot.calls == 0


def test_a_note_stands_on_its_records_and_shows_what_was_written(portal: Portal, hubspot: HubSpotConnector) -> None:
    contact = Ref("contact", portal.add("contacts", {"firstname": "A"}))
    note = Activity(object="note", trace="n", at=AT, text="a < b\n& c", links=(Tie(target=contact),))
    (one,) = hubspot.create("note", [hubspot.compose(note)])
    (record,) = hubspot.read_records("note", [one.id or ""], ["hs_note_body"])
    assert record.properties["hs_note_body"] == "a &lt; b<br>&amp; c"  # kills: text that turns into markup
    assert [link.target for link in hubspot.read_links("note", "contact", [one.id or ""])] == [contact]


def test_a_task_is_open_and_due() -> None:
    task = Activity(object="task", trace="t", at=AT, text="", subject="Call", owner_id="7")
    assert compose(task).properties == {
        "hs_timestamp": "1772366400000",
        "hs_task_body": "",
        "hs_task_subject": "Call",
        "hs_task_status": "NOT_STARTED",
        "hs_task_type": "TODO",
        "hubspot_owner_id": "7",
    }


def test_a_text_that_is_too_long_once_escaped_is_refused(hubspot: HubSpotConnector) -> None:
    fits = Activity(object="note", trace="n", at=AT, text="&" * (65_536 // 5))
    assert hubspot.compose(fits)
    with pytest.raises(FixRequest, match="shorten"):  # kills: measuring before escaping
        hubspot.compose(fits.model_copy(update={"text": fits.text + "&"}))


@pytest.mark.parametrize(
    ("errors", "first", "second"),
    [
        ([], "", ""),
        ([{"category": "OBJECT_NOT_FOUND", "context": {"ids": ["1"]}}], "", ""),  # what is gone is gone
        ([{"category": "FORBIDDEN", "context": {"ids": ["1"]}}], "FORBIDDEN", ""),
        ([{"category": "INTERNAL_ERROR"}], "INTERNAL_ERROR", "INTERNAL_ERROR"),  # kills: an error without ids as none
    ],
)
def test_archiving_is_told_by_id(scripted: Any, errors: list[Any], first: str, second: str) -> None:
    hubspot, _ = scripted((207, {"errors": errors}))
    assert {one.id: one.code for one in hubspot.archive("contact", ["1", "2", "1"])} == {"1": first, "2": second}


def test_archiving_more_than_a_batch_takes_takes_two(portal: Portal, hubspot: HubSpotConnector) -> None:
    ids = [portal.add("contacts", {"firstname": "A"}) for _ in range(101)]
    assert all(one.ok for one in hubspot.archive("contact", [*ids, "404"]))
    assert hubspot.calls == 2
    assert hubspot.read_page("contact", (), None).records == []
