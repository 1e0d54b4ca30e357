from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crmbridge.model import Company, Engagement, Participant, Ticket
from crmbridge.model.records import Item
from crmbridge.store.mentions import addresses_in, without
from crmbridge.store.sought import Sought

ANNA = "anna@x.example"


def found(_field: str, text: str) -> bool:
    return ANNA in addresses_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "anna@x.example",
        " Anna@X.example ",
        "Anna <ANNA@x.example>, Bert",
        "mailto:anna@x.example.",
        "line\nanna@x.example\nline",
        "'anna@x.example'",
        '{"email":"anna@x.example"}',
        "https://f.example/?email=anna%40x.example&x=1",
    ],
)
def test_an_address_is_found_however_it_is_written(text: str) -> None:
    assert found("", text)


@pytest.mark.parametrize("text", ["johanna@x.example", "anna@x.example.org", "anna@xx.example", "anna x.example", ""])
def test_an_address_of_somebody_else_is_not_taken_for_it(text: str) -> None:
    # Kills: a search for the text alone.
    assert not found("", text)


def test_an_engagement_that_names_somebody_loses_its_texts_and_keeps_who_else_took_part() -> None:
    mail = Engagement(
        object="email",
        id="1",
        at=datetime(2026, 1, 1, tzinfo=UTC),
        subject="Dear Anna",
        participants=(
            Participant(address=ANNA, part="to", owner_id="3"),
            Participant(address="b@x.example", part="cc"),
        ),
        properties={"body": "Anna, ...", "empty": None},
    )
    after = without(mail, found)
    assert after.subject is None
    assert after.properties == {"body": None, "empty": None}
    assert [(item.address, item.part) for item in after.participants] == [(None, "to"), ("b@x.example", "cc")]
    assert without(after, found) is after


def test_another_record_loses_only_the_values_that_hold_the_address() -> None:
    firm = Company(id="1", name=f"c/o {ANNA}", domains=("x.example",), properties={"a": f"to {ANNA}", "b": "kept"})
    after = without(firm, found)
    assert (after.name, after.domains, after.properties) == (None, ("x.example",), {"a": None, "b": "kept"})


def test_a_record_without_the_address_is_the_same_object() -> None:
    firm = Company(id="1", name="Muster", properties={"a": "b@x.example"})
    assert without(firm, found) is firm


@pytest.mark.parametrize(
    "text",
    [
        "Anna Müller",
        "so says ANNA  MÜLLER.",
        "Müller, Anna",
        "Müller Anna",
        "Anna\nMüller",
        "<b>Anna</b>&nbsp;<i>M&uuml;ller</i>",
        "Anna Mu\u0308ller",
    ],
)
def test_a_full_name_is_found_however_it_is_written(text: str) -> None:
    # Kills: one space alone between the names; letters compared byte by byte.
    whom = Sought("contact", ("1",), names=frozenset([("anna", "müller")]))
    assert whom.named(text)
    assert whom.named_in(json.dumps({"a": [text]}))


@pytest.mark.parametrize("text", ["Anna", "Müller", "Johanna Müller", "Anna Müllerin", "Anna and Mr Müller", ""])
def test_a_part_of_a_name_or_another_name_is_not_taken_for_it(text: str) -> None:
    assert not Sought("contact", ("1",), names=frozenset([("anna", "müller")])).named(text)


def test_a_ticket_and_an_answer_of_theirs_keep_no_text() -> None:
    ticket = Ticket(id="1", subject="Anna calls", stage_id="2", properties={"content": "..."})
    after = without(ticket, found, theirs=True)
    assert (after.subject, after.stage_id, dict(after.properties)) == (None, "2", {"content": None})
    assert without(Item(object="feedback", id="1", name="Anna"), found, theirs=True).name is None
    assert without(ticket, found) is ticket
