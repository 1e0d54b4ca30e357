from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from crmbridge.connectors.hubspot import records
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.fields import FIELDS, reading_of
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.errors import NotSupported
from crmbridge.http import HttpClient
from crmbridge.model import ENGAGEMENTS, Engagement, Item, LineItem, ObjectName, Participant, Team, Ticket, record_model
from crmbridge.sandbox import Portal, SandboxTransport

MADE = "2026-03-01T12:00:00.000Z"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(**properties: Any) -> dict[str, Any]:
    return {"id": "7", "properties": properties, "createdAt": MADE, "updatedAt": MADE, "archived": False}


def engagement(name: ObjectName, **properties: Any) -> Engagement:
    found = records.record(name, row(hs_timestamp=MADE, **properties), ())
    assert isinstance(found, Engagement)
    return found


def test_a_ticket_is_normalised() -> None:
    ticket = records.record(
        "ticket",
        row(
            subject="Presse steht", hs_pipeline="0", hs_pipeline_stage="4", hs_ticket_priority="HIGH",
            closed_date="2026-03-01T12:00:00Z", hubspot_owner_id="55", hs_merged_object_ids="3;4",
        ),
        (),
    )  # fmt: skip
    assert ticket == Ticket(
        id="7",
        subject="Presse steht",
        pipeline_id="0",
        stage_id="4",
        priority="HIGH",
        closed_at=NOON,
        owner_id="55",
        merged_ids=("3", "4"),
        created_at=NOON,
        updated_at=NOON,
    )


def test_a_line_item_has_exact_numbers() -> None:
    item = records.record("line_item", row(name="Presse", quantity="2", price="45000.10", amount="90000.20"), ())
    assert isinstance(item, LineItem)
    assert (item.name, item.quantity, item.price, item.amount) == (
        "Presse",
        Decimal(2),
        Decimal("45000.10"),
        Decimal("90000.20"),
    )


def test_what_an_account_defined_keeps_its_name_and_the_asked_properties() -> None:
    machine = records.record("custom.machine", row(name="Presse 5", serial="A-1", note="x"), ("serial",))
    assert isinstance(machine, Item)
    assert (machine.object, machine.name, dict(machine.properties)) == ("custom.machine", "Presse 5", {"serial": "A-1"})
    answer = records.record("feedback", row(hs_survey_name="Zufriedenheit", hs_value="9"), ("hs_value",))
    assert isinstance(answer, Item)
    assert (answer.object, answer.name, dict(answer.properties)) == ("feedback", "Zufriedenheit", {"hs_value": "9"})


@pytest.mark.parametrize(
    ("sent", "direction"), [("INBOUND", "in"), ("OUTBOUND", "out"), ("", "internal"), (None, "internal")]
)
def test_a_call_has_a_direction_and_a_length(sent: str | None, direction: str) -> None:
    call = engagement("call", hs_call_direction=sent, hs_call_duration="61900", hs_call_title="Nachfrage")
    assert (call.direction, call.duration_seconds, call.subject) == (direction, 61, "Nachfrage")


@pytest.mark.parametrize(
    ("name", "properties", "failed"),
    [
        ("call", {"hs_call_status": "NO_ANSWER"}, True),
        ("call", {"hs_call_status": "BUSY"}, True),
        ("call", {"hs_call_status": "CANCELED"}, True),
        ("call", {"hs_call_status": "FAILED"}, True),
        ("call", {"hs_call_status": "COMPLETED"}, False),
        ("call", {}, False),
        ("task", {"hs_task_status": "DEFERRED"}, True),
        ("task", {"hs_task_status": "NOT_STARTED"}, False),
    ],
)
def test_a_call_without_an_answer_and_a_task_put_off_are_failed(
    name: ObjectName, properties: dict[str, str], failed: bool
) -> None:
    assert engagement(name, **properties).failed is failed


@pytest.mark.parametrize(
    ("sent", "channel"),
    [("LINKEDIN_MESSAGE", "linkedin"), ("SMS", "sms"), ("WHATS_APP", "whatsapp"), ("FAX", "fax"), (None, None)],
)
def test_a_communication_has_a_channel(sent: str | None, channel: str | None) -> None:
    assert engagement("communication", hs_communication_channel_type=sent).channel == channel


def test_a_message_that_was_logged_is_no_sign_of_an_answer() -> None:
    assert [engagement(name).direction for name in ("communication", "postal_mail")] == ["out", "out"]
    assert [engagement(name).direction for name in ("note", "task")] == ["internal", "internal"]


def test_a_meeting_names_the_owners_who_attended_and_its_length() -> None:
    meeting = engagement(
        "meeting",
        hs_attendee_owner_ids="5;6;5",
        hs_meeting_start_time="2026-03-01T12:00:00Z",
        hs_meeting_end_time="2026-03-01T12:45:00Z",
    )
    assert meeting.participants == (
        Participant(part="attendee", owner_id="5"),
        Participant(part="attendee", owner_id="6"),
    )
    assert meeting.duration_seconds == 2700
    backwards = engagement("meeting", hs_meeting_start_time=MADE, hs_meeting_end_time="2026-02-01T12:00:00Z")
    assert backwards.duration_seconds is None


def test_bodies_are_no_fields() -> None:
    asked = {prop for name in ENGAGEMENTS for prop in reading_of(name).native}
    assert [prop for prop in asked if "body" in prop or prop in {"hs_email_text", "hs_email_html"}] == []


def test_merged_ids_come_from_both_properties_and_never_name_the_survivor() -> None:
    contact = records.record(
        "contact",
        row(hs_merged_object_ids="3;7", hs_calculated_merged_vids="4:1772366400000;3:1772366400000;7:1"),
        (),
    )  # kills: the survivor's own id among the merged ones, which would archive it
    assert contact.merged_ids == ("3", "4")


def test_a_half_surrogate_in_a_header_costs_participants_not_the_page() -> None:
    # kills: json.loads, whose text no store takes
    email = engagement("email", hs_email_headers='{"from": {"email": "a\\ud800@b.de"}}', hs_email_to_email="b@us.de")
    assert [participant.address for participant in email.participants] == ["b@us.de"]


def test_a_number_that_came_as_one_is_kept_as_text() -> None:
    deal = records.record("deal", row(amount=0, dealname=12, hs_is_closed=True), ("amount", "hs_is_closed"))
    assert dict(deal.properties) == {"amount": "0", "hs_is_closed": "true"}
    assert getattr(deal, "amount") == Decimal(0)  # noqa: B009 -- the model is the deal's


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_field_is_one_of_its_model(name: ObjectName) -> None:
    assert set(FIELDS[name]) <= set(record_model(name).model_fields)


def test_an_owner_has_teams() -> None:
    owner = records.owner({"id": "9", "teams": [{"id": "1", "name": "Süd", "primary": True}, {"id": 2, "name": None}]})
    assert owner.teams == (Team(id="1", name="Süd", primary=True), Team(id="2", name="2"))


@pytest.fixture
def machines(portal: Portal) -> Any:
    kind = portal.define_object("machine")
    portal.define(kind.name, "serial")
    settings = HubSpotSettings(token=SecretStr(portal.token), custom_objects={"machine": kind.type_id})
    http = HttpClient(settings.base_url, settings.token, transport=SandboxTransport(portal))
    connector = HubSpotConnector(settings, http)
    yield connector, kind
    connector.close()


def test_an_object_of_the_account_is_read_under_its_own_name(portal: Portal, machines: Any) -> None:
    hubspot, kind = machines
    ids = [portal.add(kind.name, {"name": f"Presse {number}", "serial": "A"}) for number in range(3)]
    assert [record.id for record in hubspot.read_page("custom.machine", ["serial"], None).records] == ids
    assert [record.id for record in hubspot.read_top("custom.machine", (), ids[0], ids[2]).records] == [ids[1], ids[0]]
    (record,) = hubspot.read_records("custom.machine", ids[:1], ["serial"])
    assert (record.object, record.name, dict(record.properties)) == ("custom.machine", "Presse 0", {"serial": "A"})
    names = {definition.object for definition in hubspot.read_definitions("custom.machine")}
    assert names == {"custom.machine"}
    contact = portal.add("contacts", {"firstname": "A"})
    portal.link(kind.name, ids[0], "contacts", contact)
    links = list(hubspot.read_links("custom.machine", "contact", ids))
    assert {(str(link.source), str(link.target)) for link in links} == {
        (f"custom.machine:{ids[0]}", f"contact:{contact}")
    }


def test_the_capabilities_name_the_objects_of_the_account_between_cases_and_engagements(machines: Any) -> None:
    hubspot, _ = machines
    able = hubspot.capabilities
    assert able.objects.index("deal") < able.objects.index("custom.machine") < able.objects.index("email")
    assert "custom.machine" in able.ranges
    assert {target for source, target in able.links if source == "custom.machine"} == {"contact", "company", "deal"}


def test_an_object_that_the_settings_do_not_name_is_refused(hubspot: HubSpotConnector) -> None:
    with pytest.raises(NotSupported, match="custom.machine"):
        hubspot.read_page("custom.machine", (), None)
    assert not any(name.startswith("custom.") for name in hubspot.capabilities.objects)


@pytest.mark.parametrize("custom", [{"Machine": "2-1"}, {"machine": "contacts"}, {"machine": "2-1/../contacts"}])
def test_settings_take_only_names_and_types_of_own_objects(custom: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="custom_objects"):
        HubSpotSettings(token=SecretStr("x"), custom_objects=custom)


def test_pipelines_of_tickets_are_left_out_where_the_credential_may_not(
    portal: Portal, hubspot: HubSpotConnector
) -> None:
    portal.set_ticket_pipelines([{"id": "0", "label": "Support", "stages": []}])
    found = {line.id: getattr(line, "of") for line in hubspot.read_page("pipeline", (), None).records}  # noqa: B009
    assert found == {"default": "deal", "0": "ticket"}
    portal.scopes = {"crm.objects.deals.read", "crm.schemas.deals.read"}
    assert [line.id for line in hubspot.read_page("pipeline", (), None).records] == ["default"]
