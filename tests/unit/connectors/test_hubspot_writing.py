from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connector import MERGED, UNANSWERED, Outcome, Update
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.writing import outcomes
from crmbridge.errors import FixRequest, RetryLater
from crmbridge.sandbox import Portal
from crmbridge.sandbox.merging import merge


def update(id_: str, **properties: str | None) -> Update:
    return Update(id=id_, properties=properties)


def test_every_row_has_its_own_outcome(portal: Portal, hubspot: HubSpotConnector) -> None:
    ids = [portal.add("contacts", {"jobtitle": "CFO"}) for _ in range(3)]
    portal.archive("contacts", ids[1])
    found = hubspot.update("contact", [update(id_, jobtitle="CEO") for id_ in (*ids, "99")])
    assert {outcome.id: (outcome.ok, outcome.code) for outcome in found} == {
        ids[0]: (True, ""),
        ids[1]: (False, "OBJECT_NOT_FOUND"),
        ids[2]: (True, ""),
        "99": (False, "OBJECT_NOT_FOUND"),
    }


def test_none_empties_a_property(portal: Portal, hubspot: HubSpotConnector) -> None:
    id_ = portal.add("contacts", {"jobtitle": "CFO"})
    hubspot.update("contact", [update(id_, jobtitle=None)])
    assert hubspot.read_records("contact", [id_], ["jobtitle"])[0].properties["jobtitle"] is None


def test_none_is_an_empty_text_on_the_wire(scripted: Any) -> None:
    hubspot, script = scripted({"results": [{"id": "1"}]})  # kills: null, which HubSpot leaves alone
    hubspot.update("contact", [update("1", jobtitle=None)])
    assert script.bodies[0]["inputs"][0]["properties"] == {"jobtitle": ""}


def test_a_refused_batch_leaves_everything_as_it_was(portal: Portal, hubspot: HubSpotConnector) -> None:
    ids = [portal.add("contacts", {"jobtitle": "CFO"}) for _ in range(2)]
    with pytest.raises(FixRequest) as caught:
        hubspot.update("contact", [update(ids[0], jobtitle="CEO"), update(ids[1], hs_buying_role="KING")])
    assert caught.value.status == 400
    assert [record.job_title for record in hubspot.read_records("contact", ids, ())] == ["CFO", "CFO"]  # type: ignore[attr-defined]


def test_a_write_that_may_have_arrived_is_not_repeated(portal: Portal, hubspot: HubSpotConnector) -> None:
    id_ = portal.add("contacts", {"jobtitle": "CFO"})
    portal.faults.add("batch/update", drop=True, applied=True)
    with pytest.raises(RetryLater):  # kills: a blind second write over an edit that came in between
        hubspot.update("contact", [update(id_, jobtitle="CEO")])
    assert hubspot.calls == 1


def test_what_hubspot_says_that_it_has_now_is_told(scripted: Any) -> None:
    # kills: taking what was sent for what stands there; telling of what was not sent
    made = {"amount": "1.23", "jobtitle": "", "hs_lastmodifieddate": "2026-01-01"}
    hubspot, _ = scripted({"results": [{"id": "1", "properties": made}, {"id": "2"}]})
    found = hubspot.update("deal", [update("1", amount="1.2345", jobtitle=None), update("2", amount="1")])
    assert [one.properties for one in found] == [{"amount": "1.23", "jobtitle": None}, None]


def test_nothing_to_write_is_no_call(hubspot: HubSpotConnector) -> None:
    assert hubspot.update("contact", []) == []
    assert hubspot.calls == 0


def group(code: str, **context: Any) -> dict[str, Any]:
    return {"status": "error", "category": code, "context": context}


@pytest.mark.parametrize(
    ("written", "errors", "expected"),
    [
        ({"1", "2", "3"}, [], ["", "", ""]),
        ({"3", "1"}, [], ["", UNANSWERED, ""]),
        ({"1"}, [group("OBJECT_NOT_FOUND", ids=["3", "2"])], ["", "OBJECT_NOT_FOUND", "OBJECT_NOT_FOUND"]),
        ({"1", "3"}, [group("VALIDATION_ERROR", objectWriteTraceId=["2"])], ["", "VALIDATION_ERROR", ""]),
        (
            {"1"},
            [group("VALIDATION_ERROR", objectWriteTraceId="2"), group("CONFLICT", objectWriteTraceId=["3"])],
            ["", "VALIDATION_ERROR", "CONFLICT"],
        ),
        ({"1"}, [group("VALIDATION_ERROR")], ["", "VALIDATION_ERROR", "VALIDATION_ERROR"]),  # an error without ids
        (
            {"1"},
            [group("INTERNAL_ERROR")],
            ["", UNANSWERED, UNANSWERED],
        ),  # kills: a fault as a refusal
        ({"1", "2", "3"}, [group("CONFLICT", ids=["2"])], ["", "CONFLICT", ""]),  # in doubt: not written
        (set(), [{}], [UNANSWERED, UNANSWERED, UNANSWERED]),
    ],
)
def test_results_and_errors_are_joined_by_id(written: set[str], errors: list[Any], expected: list[str]) -> None:
    # kills: "any success is every success", joining by position, counting errors by numErrors
    assert outcomes(["1", "2", "3"], written, errors) == [
        Outcome(id=id_, ok=not code, code=code) for id_, code in zip(["1", "2", "3"], expected, strict=True)
    ]


def test_a_result_under_another_id_is_that_of_the_survivor(scripted: Any) -> None:
    # kills: taking it for written, and taking "merged" for "no answer", which would be sent again
    hubspot, _ = scripted({"results": [{"id": "9", "objectWriteTraceId": "1"}, {"id": "2", "objectWriteTraceId": "2"}]})
    found = hubspot.update("contact", [update(id_, jobtitle="x") for id_ in ("1", "2", "3")])
    assert {one.id: one.code for one in found} == {"1": MERGED, "2": "", "3": UNANSWERED}


def test_a_record_that_was_merged_away_is_told(portal: Portal, hubspot: HubSpotConnector) -> None:
    kept, gone = (portal.add("contacts", {"firstname": name}) for name in "AB")
    merge(portal, "contacts", kept, gone)
    assert hubspot.update("contact", [update(gone, jobtitle="x")]) == [Outcome(id=gone, ok=False, code=MERGED)]


def test_validation_rules_of_the_account_are_told(portal: Portal, hubspot: HubSpotConnector) -> None:
    id_ = portal.add("contacts", {"firstname": "A"})
    portal.require("contacts", "phone", "jobtitle", "CEO")
    with pytest.raises(FixRequest) as caught:
        hubspot.update("contact", [update(id_, jobtitle="CEO")])
    assert caught.value.context["propertyName"] == ("phone",)


@pytest.mark.parametrize("failed", [1, 50, 99])
def test_a_part_that_failed_is_told_record_by_record(scripted: Any, failed: int) -> None:
    # kills: 207 as success or as failure of all
    ids = [str(number) for number in range(100)]
    answer = {"results": [{"id": id_} for id_ in ids[failed:][::-1]], "errors": [group("CONFLICT", ids=ids[:failed])]}
    hubspot, _ = scripted((207, answer))
    found = {one.id: one.ok for one in hubspot.update("contact", [update(id_, city="B") for id_ in ids])}
    assert found == {id_: int(id_) >= failed for id_ in ids}


@pytest.mark.parametrize("ids", [["1", "1"], [str(number) for number in range(101)]])
def test_a_batch_that_hubspot_would_refuse_is_not_sent(hubspot: HubSpotConnector, ids: list[str]) -> None:
    with pytest.raises(FixRequest):
        hubspot.update("contact", [update(id_, jobtitle="x") for id_ in ids])
    assert hubspot.calls == 0


def stage(id_: str, value: str, *, restart: bool) -> Update:
    return Update(
        id=id_, properties={"lifecyclestage": value}, restart=frozenset({"lifecyclestage"} if restart else ())
    )


def test_a_step_forward_costs_one_call(portal: Portal, hubspot: HubSpotConnector) -> None:
    id_ = portal.add("contacts", {"lifecyclestage": "lead"})
    (found,) = hubspot.update("contact", [stage(id_, "customer", restart=False)])
    assert found == Outcome(id=id_, ok=True, properties={"lifecyclestage": "customer"})
    assert hubspot.calls == 1


def test_a_step_back_that_hubspot_ignores_is_told(portal: Portal, hubspot: HubSpotConnector) -> None:
    id_ = portal.add("contacts", {"lifecyclestage": "customer"})
    # kills: believing the 200
    assert hubspot.update("contact", [stage(id_, "lead", restart=False)]) == [Outcome(id=id_, ok=False, code="IGNORED")]
    assert hubspot.calls == 1


def test_a_step_back_is_made_by_emptying_first(portal: Portal, hubspot: HubSpotConnector) -> None:
    back, plain = (portal.add("contacts", {"lifecyclestage": "customer", "jobtitle": "CFO"}) for _ in range(2))
    found = hubspot.update("contact", [stage(back, "lead", restart=True), update(plain, jobtitle="CEO")])
    assert {one.id: one.ok for one in found} == {back: True, plain: True}
    (record,) = hubspot.read_records("contact", [back], ["lifecyclestage", "jobtitle"])
    assert dict(record.properties) == {"lifecyclestage": "lead", "jobtitle": "CFO"}


def test_only_what_is_restarted_is_emptied_and_read_back(scripted: Any) -> None:
    done = {"results": [{"id": "1"}, {"id": "2"}]}
    present = {"results": [{"id": "1", "properties": {"lifecyclestage": "customer"}}]}
    alone = {"results": [{"id": "1"}]}
    hubspot, script = scripted(done, alone, alone, present)
    found = hubspot.update("contact", [stage("1", "lead", restart=True), update("2", jobtitle="CEO")])
    assert {one.id: one.code for one in found} == {"1": "IGNORED", "2": ""}  # kills: no reading back
    assert [[item["id"] for item in body["inputs"]] for body in script.bodies] == [["1", "2"], ["1"], ["1"], ["1"]]
    assert [body["inputs"][0]["properties"] for body in script.bodies[1:3]] == [
        {"lifecyclestage": ""},
        {"lifecyclestage": "lead"},
    ]


def test_what_cannot_be_emptied_is_not_set(scripted: Any) -> None:
    refusal = (207, {"results": [], "errors": [group("OBJECT_NOT_FOUND", ids=["1"])]})
    hubspot, script = scripted({"results": [{"id": "1"}, {"id": "2"}]}, refusal)
    found = hubspot.update("contact", [stage("1", "lead", restart=True), update("2", jobtitle="CEO")])
    assert {one.id: one.code for one in found} == {"1": "OBJECT_NOT_FOUND", "2": ""}
    assert len(script.requests) == 2


def test_nothing_is_emptied_of_a_batch_that_is_refused(portal: Portal, hubspot: HubSpotConnector) -> None:
    back, bad = (portal.add("contacts", {"lifecyclestage": "customer"}) for _ in range(2))
    with pytest.raises(FixRequest):  # kills: emptying before HubSpot has taken the whole
        hubspot.update("contact", [stage(back, "lead", restart=True), update(bad, hs_buying_role="KING")])
    assert portal.record("contacts", back)["properties"]["lifecyclestage"] == "customer"


def test_a_value_that_is_refused_once_it_was_emptied_is_told(scripted: Any) -> None:
    done, alone = {"results": [{"id": "1"}, {"id": "2"}]}, {"results": [{"id": "1"}]}
    hubspot, script = scripted(done, alone, (400, {"category": "VALIDATION_ERROR"}))
    found = hubspot.update("contact", [stage("1", "lead", restart=True), update("2", jobtitle="CEO")])
    # kills: raising, which would say that nothing of the batch was written
    assert {one.id: one.code for one in found} == {"1": "VALIDATION_ERROR", "2": ""}
    assert len(script.requests) == 3


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_a_restart_that_lost_an_answer_can_be_repeated(portal: Portal, hubspot: HubSpotConnector, calls: int) -> None:
    id_ = portal.add("contacts", {"lifecyclestage": "customer"})
    portal.faults.named("lost_answer", "batch/update", skip=calls)
    with pytest.raises(RetryLater):  # kills: going on after a call that may not have arrived
        hubspot.update("contact", [stage(id_, "lead", restart=True)])
    assert hubspot.calls == calls + 1
    assert [one.ok for one in hubspot.update("contact", [stage(id_, "lead", restart=True)])] == [True]
    assert portal.record("contacts", id_)["properties"]["lifecyclestage"] == "lead"


@pytest.mark.parametrize("count", [1, 50, 99])
def test_a_part_that_failed_unnamed_is_without_an_answer(portal: Portal, hubspot: HubSpotConnector, count: int) -> None:
    # kills: any success as success of all, joining by position, an unnamed fault as a refusal
    ids = [portal.add("contacts", {"firstname": "A"}) for _ in range(100)]
    portal.faults.named("partial", "batch/update", count=count, named=0)
    found = hubspot.update("contact", [update(id_, jobtitle="CEO") for id_ in ids])
    written = {id_ for id_ in ids if "jobtitle" in portal.record("contacts", id_)["properties"]}
    assert len(written) == 100 - count
    assert {one.id: one.code for one in found} == {id_: "" if id_ in written else UNANSWERED for id_ in ids}
