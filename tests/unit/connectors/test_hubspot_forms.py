from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.errors import RetryLater
from crmbridge.model import Participant
from crmbridge.model.records import Engagement
from crmbridge.sandbox import Portal

START = 1_772_366_400_000  # 2026-03-01T12:00:00Z
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAME = "form_submission"


def submitted(**row: Any) -> dict[str, Any]:
    return {"results": [{"submittedAt": START, "values": [{"name": "email", "value": "A@B.example"}], **row}]}


def listed(*forms: str) -> dict[str, Any]:
    return {"results": [{"id": form, "name": f"Form {form}"} for form in forms]}


def walk(hubspot: HubSpotConnector) -> list[Engagement]:
    found: list[Any] = []
    after: str | None = None
    for _ in range(20):
        page = hubspot.read_page(NAME, (), after)
        found += page.records
        after = page.after
        if after is None:
            return found
    raise AssertionError


def test_a_submission_is_an_engagement_from_outside(scripted: Any) -> None:
    answers = [
        {"name": "email", "value": "A@B.example"},
        {"name": "topics", "value": "Druck"},
        {"name": "topics", "value": "Papier"},
        {"name": "message", "value": "geheim"},
    ]
    hubspot, _ = scripted(listed("f1"), submitted(conversionId="c1", values=answers, pageUrl="https://a.example/k"))
    (record,) = hubspot.read_page(NAME, ("topics", "phone"), None).records
    assert record == Engagement(
        object="form_submission",
        id="c1",
        at=AT,
        created_at=AT,
        updated_at=AT,
        direction="in",
        subject="Form f1",
        participants=(Participant(address="a@b.example", part="from"),),
        properties={"pageUrl": "https://a.example/k", "topics": "Druck;Papier", "phone": None},
    )


def test_every_submission_of_every_form_is_read_once(portal: Portal, hubspot: HubSpotConnector) -> None:
    for title, number in (("A", 101), ("B", 0), ("C", 1)):
        form = portal.forms.add(title, START)
        for place in range(number):
            portal.forms.submit(form, {"email": "a@b.example"}, START + place)
    ids = [one.id for one in walk(hubspot)]
    assert len(ids) == len(set(ids)) == 102  # kills: the first page only, the first form only
    assert hubspot.calls == 1 + 3 + 1 + 1


def test_an_account_without_forms_has_no_submissions(hubspot: HubSpotConnector) -> None:
    assert walk(hubspot) == []


def test_a_submission_without_an_id_gets_one_that_stays(scripted: Any) -> None:
    others = [submitted(), submitted(submittedAt=START + 1), submitted(values=[])]
    ids = []
    for answer in (submitted(), *others):
        hubspot, _ = scripted(listed("f1"), answer)
        ids.append(hubspot.read_page(NAME, (), None).records[0].id)
    hubspot, _ = scripted(listed("f2"), submitted())
    ids.append(hubspot.read_page(NAME, (), None).records[0].id)
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4  # kills: leaving form, time or address out of it
    assert not any("b.example" in id_ for id_ in ids)


def test_a_form_that_is_gone_by_now_is_passed_over(scripted: Any) -> None:
    hubspot, _ = scripted(listed("f2", "f1"), (404, {"category": "OBJECT_NOT_FOUND"}), submitted(conversionId="c"))
    assert [one.id for one in walk(hubspot)] == ["c"]


def test_a_walk_goes_on_in_another_process(portal: Portal, hubspot: HubSpotConnector, opened: Any) -> None:
    for title in ("A", "B"):
        portal.forms.submit(portal.forms.add(title, START), {"email": "a@b.example"}, START)
    first = hubspot.read_page(NAME, (), None)
    again = opened(portal.token, hubspot._http._http._transport)
    second = again.read_page(NAME, (), first.after)
    assert len({one.id for one in (*first.records, *second.records)}) == 2


def test_pages_that_repeat_end_with_an_error(scripted: Any) -> None:
    page = submitted(conversionId="c") | {"paging": {"next": {"after": "x"}}}
    hubspot, _ = scripted(listed("f1"), page)
    with pytest.raises(RetryLater):
        walk(hubspot)


def test_changes_look_no_further_back_than_they_must(portal: Portal, hubspot: HubSpotConnector) -> None:
    for title in ("A", "B"):
        form = portal.forms.add(title, START)
        for place in range(120):
            portal.forms.submit(form, {"email": "a@b.example"}, START + 1000 * place)
    since = AT + timedelta(seconds=110)
    found: list[Any] = []
    after: str | None = None
    while True:
        page = hubspot.read_changes(NAME, since, AT + timedelta(seconds=115), after)
        found += page.modified
        after = page.after
        if after is None:
            break
    assert len(found) == 2 * 6  # both ends are inclusive
    assert hubspot.calls == 1 + 2  # kills: walking through all of a form
    ids = [one.id for one in found]
    records = hubspot.read_records(NAME, ids, ())
    assert sorted(record.id for record in records) == sorted(ids)
    assert hubspot.read_records(NAME, ["gone"], ()) == []
