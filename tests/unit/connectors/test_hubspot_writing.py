from __future__ import annotations

from typing import Any

import pytest

from crmbridge.connector import Outcome, Update
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.writing import UNANSWERED, outcomes
from crmbridge.errors import FixRequest, RetryLater
from crmbridge.sandbox import Portal


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


def test_nothing_to_write_is_no_call(hubspot: HubSpotConnector) -> None:
    assert hubspot.update("contact", []) == []
    assert hubspot.calls == 0


def group(code: str, **context: Any) -> dict[str, Any]:
    return {"status": "error", "category": code, "context": context}


@pytest.mark.parametrize(
    ("written", "errors", "expected"),
    [
        ({"1", "2", "3"}, [], ["", "", ""]),
        ({"3", "1"}, [], ["", UNANSWERED, ""]),  # merged: no result, no error
        ({"1"}, [group("OBJECT_NOT_FOUND", ids=["3", "2"])], ["", "OBJECT_NOT_FOUND", "OBJECT_NOT_FOUND"]),
        ({"1", "3"}, [group("VALIDATION_ERROR", objectWriteTraceId=["2"])], ["", "VALIDATION_ERROR", ""]),
        (
            {"1"},
            [group("VALIDATION_ERROR", objectWriteTraceId="2"), group("CONFLICT", objectWriteTraceId=["3"])],
            ["", "VALIDATION_ERROR", "CONFLICT"],
        ),
        ({"1"}, [group("INTERNAL_ERROR")], ["", "INTERNAL_ERROR", "INTERNAL_ERROR"]),  # an error without ids
        ({"1", "2", "3"}, [group("CONFLICT", ids=["2"])], ["", "CONFLICT", ""]),  # in doubt: not written
        (set(), [{}], ["UNKNOWN", "UNKNOWN", "UNKNOWN"]),
    ],
)
def test_results_and_errors_are_joined_by_id(written: set[str], errors: list[Any], expected: list[str]) -> None:
    # kills: "any success is every success", joining by position, counting errors by numErrors
    assert outcomes(["1", "2", "3"], written, errors) == [
        Outcome(id=id_, ok=not code, code=code) for id_, code in zip(["1", "2", "3"], expected, strict=True)
    ]


def test_a_result_under_another_id_is_not_the_records(scripted: Any) -> None:
    hubspot, _ = scripted({"results": [{"id": "9", "objectWriteTraceId": "1"}]})
    assert hubspot.update("contact", [update("1", jobtitle="x")]) == [Outcome(id="1", ok=False, code=UNANSWERED)]


def test_validation_rules_of_the_account_are_told(portal: Portal, hubspot: HubSpotConnector) -> None:
    id_ = portal.add("contacts", {"firstname": "A"})
    portal.require("contacts", "phone", "jobtitle", "CEO")
    with pytest.raises(FixRequest) as caught:
        hubspot.update("contact", [update(id_, jobtitle="CEO")])
    assert caught.value.context["propertyName"] == ("phone",)
