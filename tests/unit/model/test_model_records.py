from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from crmbridge.model import (
    RECORD,
    TOUCHES,
    Company,
    Contact,
    Deal,
    Engagement,
    Item,
    LineItem,
    Link,
    Owner,
    Participant,
    Pipeline,
    Record,
    Ref,
    Team,
    Ticket,
    record_from_json,
    record_model,
)
from crmbridge.model.base import STANDARD

AT = datetime(2026, 3, 1, tzinfo=UTC)
RECORDS: list[Record] = [
    Contact(id="1", email="a@b.de", merged_ids=("2",)),
    Company(id="1", domains=("b.de",)),
    Deal(id="1", amount=Decimal("9.10")),
    Ticket(id="1", subject="T", closed_at=AT),
    LineItem(id="1", quantity=Decimal(2)),
    Item(object="feedback", id="1", name="F"),
    Item(object="custom.machine", id="1", name="Presse", properties={"serial": "A", "note": None}),
    Owner(id="1", teams=(Team(id="3", name="Süd", primary=True),)),
    Pipeline(id="1", of="ticket", label="P"),
    *(
        Engagement(
            object=name, id="1", at=AT, channel="sms", participants=(Participant(part="attendee", owner_id="5"),)
        )
        for name in TOUCHES
    ),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.object)
def test_a_record_survives_its_json_by_name_and_by_union(record: Record) -> None:
    text = record.model_dump_json()
    assert record_from_json(record.object, text) == record
    assert RECORD.validate_json(text) == record
    assert type(RECORD.validate_json(text)) is record_model(record.object)


def test_every_object_has_a_model() -> None:
    assert {record.object for record in RECORDS} >= set(STANDARD)  # kills: an object that only the fallback reads
    assert [name for name in STANDARD if record_model(name) is Item] == ["feedback"]


@pytest.mark.parametrize("name", ["contact", "custom.Machine", "custom.", "machine", "feedback\n"])
def test_an_item_is_a_survey_or_an_object_of_the_account(name: str) -> None:
    with pytest.raises(ValidationError, match="object"):
        Item(object=name, id="1")


def test_json_of_another_object_is_refused() -> None:
    with pytest.raises(ValidationError, match="object"):
        record_from_json("deal", Contact(id="1").model_dump_json())


def test_links_are_values() -> None:
    one = Link(source=Ref("deal", "1"), target=Ref("contact", "2"), label="Entscheider")
    same = Link(source=Ref("deal", "1"), target=Ref("contact", "2"), label="Entscheider")
    assert one == same
    assert len({one, same, Link(source=one.source, target=one.target)}) == 2
    with pytest.raises(FrozenInstanceError):
        one.label = "x"  # type: ignore[misc]
