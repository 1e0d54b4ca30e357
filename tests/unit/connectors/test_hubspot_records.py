from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.connectors.hubspot import records
from crmbridge.connectors.hubspot.fields import FIELDS, reading_of
from crmbridge.errors import FixRequest
from crmbridge.model import Company, Contact, Deal, Engagement, ObjectName, Participant

MADE = "2026-03-01T12:00:00.000Z"


def row(**properties: Any) -> dict[str, Any]:
    return {"id": "7", "properties": properties, "createdAt": MADE, "updatedAt": MADE, "archived": False}


def test_a_contact_is_normalised() -> None:
    contact = records.record(
        "contact",
        row(
            email="Anna@Muster.de",
            hs_additional_emails="a.muster@muster.com",
            firstname="Anna",
            lastname="Müster\x00",
            jobtitle="Leiterin Einkauf",
            company="Muster AG",
            phone="+49 30 1",
            hs_language="de-de",
            lifecyclestage="lead",
            hubspot_owner_id="55",
        ),
        (),
    )
    assert contact == Contact(
        id="7",
        email="anna@muster.de",
        emails=("anna@muster.de", "a.muster@muster.com"),
        first_name="Anna",
        last_name="Müster",
        job_title="Leiterin Einkauf",
        company_name="Muster AG",
        phone="+49 30 1",
        language="de",
        lifecycle_stage="lead",
        owner_id="55",
        created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        updated_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    )


def test_a_company_and_a_deal_are_normalised() -> None:
    company = records.record("company", row(name="Muster AG", domain="Muster.de", numberofemployees="250"), ())
    assert isinstance(company, Company)
    assert (company.name, company.domains, company.employees) == ("Muster AG", ("muster.de",), 250)
    deal = records.record(
        "deal",
        row(
            amount="90000.00", deal_currency_code="EUR", hs_is_closed="true", hs_is_closed_won="false",
            hs_deal_stage_probability="0.0", closedate=MADE, dealstage="closedlost", pipeline="default",
        ),
        (),
    )  # fmt: skip
    assert isinstance(deal, Deal)
    assert (deal.amount, deal.currency, deal.probability) == (Decimal("90000.00"), "EUR", 0.0)
    assert (deal.is_closed, deal.is_won, deal.stage_id, deal.pipeline_id) == (True, False, "closedlost", "default")


def test_bad_values_leave_their_field_empty_and_the_record_whole() -> None:
    deal = records.record("deal", row(dealname="Presse", amount="viel", closedate="soon"), ())
    assert isinstance(deal, Deal)
    assert (deal.name, deal.amount, deal.close_at) == ("Presse", None, None)


def test_properties_hold_the_asked_ones_as_they_came() -> None:
    contact = records.record("contact", row(jobtitle=" CFO\x00", email="a@b.de", note=None), ("jobtitle", "note", "x"))
    assert dict(contact.properties) == {"jobtitle": " CFO\x00", "note": None, "x": None}


@pytest.mark.parametrize("id_", [None, "", True])
def test_a_row_without_an_id_is_refused(id_: Any) -> None:
    with pytest.raises(FixRequest, match="without an id"):
        records.record("contact", row() | {"id": id_}, ())


def test_a_numeric_id_becomes_text() -> None:
    assert records.record("contact", row() | {"id": 840926056668}, ()).id == "840926056668"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://app-eu1.hubspot.com/contacts/1/record/0-1/7", "https://app-eu1.hubspot.com/contacts/1/record/0-1/7"),
        ("javascript:alert(1)", None),
        (None, None),
    ],
)
def test_only_an_https_address_becomes_a_link(url: str | None, expected: str | None) -> None:
    assert records.record("contact", row() | {"url": url}, ()).url == expected


@pytest.mark.parametrize(
    ("sent", "direction"),
    [
        ("INCOMING_EMAIL", "in"),
        ("EMAIL", "out"),
        ("FORWARDED_EMAIL", "out"),
        ("DRAFT_EMAIL", "internal"),
        (None, "internal"),
    ],
)
def test_an_email_has_a_direction(sent: str | None, direction: str) -> None:
    email = records.record("email", row(hs_timestamp=MADE, hs_email_direction=sent), ())
    assert isinstance(email, Engagement)
    assert email.direction == direction


@pytest.mark.parametrize(
    ("name", "properties", "failed"),
    [
        ("email", {"hs_email_status": "BOUNCED"}, True),
        ("email", {"hs_email_status": "FAILED"}, True),
        ("email", {"hs_email_status": "SENT"}, False),
        ("meeting", {"hs_meeting_outcome": "NO_SHOW"}, True),
        ("meeting", {"hs_meeting_outcome": "CANCELED"}, True),
        ("meeting", {"hs_meeting_outcome": "COMPLETED"}, False),
        ("meeting", {}, False),
    ],
)
def test_what_did_not_take_place_is_failed(name: ObjectName, properties: dict[str, str], failed: bool) -> None:
    engagement = records.record(name, row(**properties), ())
    assert isinstance(engagement, Engagement)
    assert engagement.failed is failed


def test_a_meeting_goes_both_ways_at_its_business_time() -> None:
    meeting = records.record("meeting", row(hs_timestamp="bad", hs_meeting_start_time="2026-02-01T09:00:00Z"), ())
    assert isinstance(meeting, Engagement)
    assert (meeting.direction, meeting.at) == ("both", datetime(2026, 2, 1, 9, tzinfo=UTC))


def test_an_engagement_without_a_time_counts_from_its_creation() -> None:
    email = records.record("email", row(hs_timestamp="bad"), ())
    assert isinstance(email, Engagement)
    assert email.at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    with pytest.raises(FixRequest, match="email 7"):
        records.record("email", {"id": "7"}, ())


def test_participants_come_from_headers_and_derived_properties_each_once() -> None:
    headers = {
        "from": {"email": "Anna@Muster.de", "firstName": "Anna"},
        "to": [{"raw": "Bert <bert@us.de>"}, {"email": ""}, "carl@us.de"],
        "cc": [],
        "bcc": [{"email": "dora@us.de"}],
        "sender": {"email": "system@us.de"},
    }
    email = records.record(
        "email",
        row(
            hs_timestamp=MADE,
            hs_email_headers=json.dumps(headers),
            hs_email_from_email="anna@muster.de",
            hs_email_to_email="bert@us.de;emil@us.de",
            hs_email_cc_email="fred@us.de",
        ),
        (),
    )
    assert isinstance(email, Engagement)
    assert email.participants == tuple(
        Participant(address=address, part=part)
        for address, part in [
            ("anna@muster.de", "from"),
            ("bert@us.de", "to"),
            ("carl@us.de", "to"),
            ("emil@us.de", "to"),
            ("fred@us.de", "cc"),
            ("dora@us.de", "bcc"),
        ]
    )


@pytest.mark.parametrize(
    "garbage", ["{", "[]", "null", '"a"', '{"to": 5, "from": [[]], "cc": {"email": 7}}', "[" * 99999]
)
def test_garbled_headers_cost_participants_not_the_email(garbage: str) -> None:
    email = records.record("email", row(hs_timestamp=MADE, hs_email_headers=garbage, hs_email_to_email="a@b.de"), ())
    assert isinstance(email, Engagement)
    assert [participant.address for participant in email.participants] == ["a@b.de"]


def test_stages_are_ordered_and_their_metadata_read_from_texts() -> None:
    won: dict[str, Any] = {"id": "closedwon", "label": "Won", "displayOrder": 2}
    won["metadata"] = {"isClosed": "true", "probability": "1.0"}
    own = {"id": "z81", "label": "", "displayOrder": 1, "metadata": {"isClosed": "false", "probability": "x"}}
    pipeline = records.pipeline({"id": "default", "label": "Vertrieb", "stages": [won, own]})
    assert [(stage.id, stage.label, stage.is_closed, stage.probability) for stage in pipeline.stages] == [
        ("z81", "z81", False, None),
        ("closedwon", "Won", True, 1.0),
    ]


def test_an_archived_owner_keeps_the_id_of_its_user() -> None:
    owner = records.owner(
        {"id": "9", "userId": None, "userIdIncludingInactive": 44, "archived": True, "email": "A@b.de"}
    )
    assert (owner.id, owner.user_id, owner.archived, owner.email) == ("9", "44", True, "a@b.de")


@given(
    name=st.sampled_from(sorted(FIELDS)),
    data=st.data(),
)
def test_no_value_breaks_a_record(name: ObjectName, data: st.DataObject) -> None:
    scalars = st.one_of(st.none(), st.text(), st.booleans(), st.integers(), st.floats())
    properties = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(sorted(reading_of(name).native), scalars)))
    record = records.record(name, row(**properties), sorted(reading_of(name).native))
    record.model_dump_json()  # what is stored can be encoded
