"""HubSpot's new Python SDK, which checks every reply against its models, as a second judge of the sandbox."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from crmbridge.sandbox import Portal, SandboxTransport, generate

with warnings.catch_warnings():  # an alpha release, whose dependencies newer Pythons warn of
    warnings.simplefilter("ignore")
    sdk: Any = pytest.importorskip("hubspot_sdk")


@pytest.fixture(scope="module")
def generated() -> Portal:
    return generate(11, companies=12, contacts=130, deals=8, engagements=60)


@pytest.fixture
def portal() -> Portal:
    return Portal(1)


def connect(portal: Portal, *, strict: bool = True) -> Iterator[Any]:
    with httpx.Client(transport=SandboxTransport(portal)) as http:
        yield sdk.HubSpot(
            access_token=portal.token,
            base_url="https://api.hubapi.com",
            http_client=http,
            max_retries=0,
            _strict_response_validation=strict,
        )


@pytest.fixture
def big(generated: Portal) -> Iterator[Any]:
    yield from connect(generated)


@pytest.fixture
def api(portal: Portal) -> Iterator[Any]:
    yield from connect(portal)


@pytest.fixture
def live(portal: Portal) -> Iterator[Any]:
    """Yield a lenient client, for where live portals differ from the SDK's models: empty values, numeric ids."""
    yield from connect(portal, strict=False)


def test_it_pages_through_every_contact_with_links_and_history(generated: Portal, big: Any) -> None:
    asked = {"properties": ["lastname"], "properties_with_history": ["lifecyclestage"], "associations": ["companies"]}
    found = list(big.crm.objects.contacts.list(limit=50, **asked))
    assert [one.id for one in found] == generated.ids("contacts")
    assert any(one.associations for one in found)


def test_it_reads_searches_and_batches_generated_records(generated: Portal, big: Any) -> None:
    ids = generated.ids("contacts")
    contacts = big.crm.objects.contacts
    assert contacts.get(ids[0], properties=["lastname"]).id == ids[0]
    rule = {"filters": [{"propertyName": "hs_object_id", "operator": "GT", "value": ids[99]}]}
    hits = contacts.search(after="0", filter_groups=[rule], limit=20, properties=["lastname"], sorts=["hs_object_id"])
    assert (hits.total, [one.id for one in hits.results]) == (30, ids[100:120])
    read = contacts.batch.get(
        inputs=[{"id": ids[0]}, {"id": "1"}], properties=["lastname"], properties_with_history=["lastname"]
    )
    assert [one.id for one in read.results] == [ids[0]]


def test_it_reads_the_account_its_people_and_its_definitions(generated: Portal, big: Any) -> None:
    assert big.account.get().portal_id == generated.portal_id
    assert big.account.get_daily_private_apps_usage().results[0].usage_limit == generated.limits.daily
    assert len(list(big.crm.owners.list(limit=100))) == 9
    assert [line.id for line in big.crm.pipelines.list("deals").results] == ["default", "74110233"]
    assert big.crm.pipelines.list_stages("0", object_type="tickets").results[3].metadata["ticketState"] == "CLOSED"
    names = {one.name for one in big.crm.properties.list("contacts").results}
    assert "hs_buying_role" in names
    assert {one.name for one in big.crm.properties.groups.list("deals").results} == {"dealinformation"}
    [rule] = [one for one in big.crm.limits.get_custom_property_limits().by_object_type if one.object_type_id == "0-1"]
    assert rule.limit == 1_000
    assert big.crm.limits.get_calculated_property_limits().overall_usage == 0


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("contacts", {"email": "a@firm.example"}),
        ("companies", {"name": "Firm"}),
        ("deals", {"dealname": "D", "dealstage": "contractsent"}),
        ("tickets", {"subject": "T", "hs_pipeline_stage": "1"}),
        ("products", {"name": "P"}),
        ("line_items", {"name": "L", "quantity": "2"}),
        ("calls", {"hs_timestamp": "2026-09-01T08:00:00Z"}),
        ("notes", {"hs_timestamp": "2026-09-01T08:00:00Z"}),
        ("tasks", {"hs_timestamp": "2026-09-01T08:00:00Z"}),
        ("meetings", {"hs_timestamp": "2026-09-01T08:00:00Z"}),
        ("emails", {"hs_timestamp": "2026-09-01T08:00:00Z", "hs_email_direction": "EMAIL"}),
        ("postal_mail", {"hs_timestamp": "2026-09-01T08:00:00Z"}),
        ("communications", {"hs_timestamp": "2026-09-01T08:00:00Z", "hs_communication_channel_type": "SMS"}),
    ],
)
def test_it_creates_updates_lists_and_deletes_every_kind(
    portal: Portal, api: Any, name: str, values: dict[str, str]
) -> None:
    kind = getattr(api.crm.objects, name)
    made = kind.create(associations=[], properties=values)
    changed = kind.update(made.id, properties=values)
    assert changed.id == made.id
    [listed] = list(kind.list(properties=list(values)))
    assert listed.id == made.id
    kind.delete(made.id)
    batched = kind.batch.create(inputs=[{"associations": [], "properties": values}])
    kind.batch.delete(inputs=[{"id": batched.results[0].id}])
    assert portal.ids(name) == []


def test_it_upserts_merges_and_deletes_for_privacy(portal: Portal, api: Any) -> None:
    contacts = api.crm.objects.contacts
    item = {"id": "a@firm.example", "idProperty": "email", "properties": {"firstname": "Ann"}}
    assert contacts.batch.upsert(inputs=[item]).results[0].new
    [one] = portal.ids("contacts")
    other = portal.add("contacts", {"email": "b@firm.example"})
    merged = contacts.merge(object_id_to_merge=other, primary_object_id=one)
    assert merged.properties["hs_merged_object_ids"] == other
    assert contacts.get(other, properties=["firstname"]).id == one
    contacts.gdpr_delete(object_id="a@firm.example", id_property="email")
    assert portal.ids("contacts") == []


def test_it_links_labels_and_unlinks(portal: Portal, api: Any, live: Any) -> None:
    contact, company = portal.add("contacts", {}), portal.add("companies", {"name": "X"})
    ends = {"from_object_type": "contacts", "to_object_type": "companies"}
    made = api.crm.associations_schema.labels.create_label(**ends, label="Champion", name="champion")
    number = made.results[0].type_id
    api.crm.associations_schema.labels.update_label(**ends, association_type_id=number, label="Advocate")
    assert "Advocate" in [one.label for one in api.crm.associations_schema.labels.list_labels(**ends).results]
    pair = {"from": {"id": contact}, "to": {"id": company}}
    types = [{"associationCategory": "USER_DEFINED", "associationTypeId": number}]
    batch = api.crm.associations.batch
    assert batch.create(**ends, inputs=[pair | {"types": types}]).results[0].labels == ["Advocate"]
    read = live.crm.associations.batch.get
    assert len(read(**ends, inputs=[{"id": contact}]).results[0].to[0].association_types) == 2
    batch.delete_labels(**ends, inputs=[pair | {"types": types}])
    assert len(list(live.crm.associations.list("companies", object_type="contacts", object_id=contact))) == 1
    batch.delete(**ends, inputs=[{"from": {"id": contact}, "to": [{"id": company}]}])
    assert not portal.links.of(("contacts", "companies"), contact)
    assert batch.create_default(**ends, inputs=[pair]).results[0].association_spec.association_type_id == 279
    api.crm.associations_schema.labels.delete_label(number, **ends)
    assert portal.links.find(("contacts", "companies"), "Advocate") is None


def test_it_defines_properties_and_custom_objects(portal: Portal, api: Any) -> None:
    fresh = {"name": "crmb_a", "label": "A", "type": "string", "fieldType": "text", "groupName": "dealinformation"}
    made = api.crm.properties.batch.create("deals", inputs=[fresh, fresh | {"name": "crmb_b"}])
    assert [one.name for one in made.results] == ["crmb_a", "crmb_b"]
    read = api.crm.properties.batch.get(
        "deals", archived=False, data_sensitivity="non_sensitive", inputs=[{"name": "crmb_a"}]
    )
    assert [one.name for one in read.results] == ["crmb_a"]
    api.crm.properties.batch.delete("deals", inputs=[{"name": "crmb_a"}])
    assert portal.properties["deals"]["crmb_a"]["archived"]
    schema = api.crm.object_schemas.create(
        allows_sensitive_properties=False,
        associated_objects=["CONTACT"],
        labels={"singular": "Project", "plural": "Projects"},
        name="projects",
        properties=[{"name": "title", "label": "Title", "type": "string", "fieldType": "text"}],
        required_properties=["title"],
        searchable_properties=["title"],
        secondary_display_properties=[],
        primary_display_property="title",
    )
    custom = api.crm.objects.custom
    record = custom.create(schema.object_type_id, associations=[], properties={"title": "One"})
    assert custom.get(record.id, object_type=schema.object_type_id).properties["title"] == "One"
    assert [one.name for one in api.crm.object_schemas.list().results] == ["projects"]
    assert api.crm.object_schemas.get("projects").fully_qualified_name == f"p{portal.portal_id}_projects"


def test_it_keeps_lists(portal: Portal, api: Any) -> None:
    one, other = portal.add("contacts", {}), portal.add("contacts", {})
    lists = api.crm.lists
    number = lists.create(name="Champions", object_type_id="0-1", processing_type="MANUAL").list.list_id
    assert lists.add_memberships(number, body=[one, other, "5"]).record_ids_missing == ["5"]
    page = lists.list_memberships(number, limit=1)
    assert [row.record_id for row in page] == [one, other]
    assert lists.remove_memberships(number, body=[one]).record_ids_removed == [one]
    lists.add_and_remove_memberships(number, record_ids_to_add=[one], record_ids_to_remove=[other])
    assert [row.list_id for row in lists.get_record_memberships(one, object_type_id="0-1").results] == [number]
    found = lists.list_by_search(
        list_ids=[], offset=0, processing_types=["MANUAL"], additional_filter_properties=[], query="champ"
    )
    assert [row.list_id for row in found.lists] == [number]
    assert lists.get_by_object_type_and_name("Champions", object_type_id="0-1").list.size == 1
    lists.delete(number)
    lists.restore(number)
    assert [row.list_id for row in lists.list(list_ids=[number]).lists] == [number]


def test_it_keeps_what_people_chose(portal: Portal, api: Any) -> None:
    email = "a@firm.example"
    contact = portal.add("contacts", {"email": email})
    choices = api.communication_preferences
    [first, *_] = choices.definitions.list().results
    set_ = choices.update_status(email, channel="EMAIL", status_state="SUBSCRIBED", subscription_id=int(first.id))
    assert set_.results[0].set_status_success_reason == "REQUESTED_CHANGE_OCCURRED"
    assert choices.get_statuses(email, channel="EMAIL").results[0].status == "SUBSCRIBED"
    choices.unsubscribe_all(email, channel="EMAIL")
    assert choices.get_unsubscribe_all_status(email, channel="EMAIL").results[0].status == "UNSUBSCRIBED"
    assert portal.record("contacts", contact)["properties"]["hs_email_optout"] == "true"


def test_it_takes_and_renews_a_token(portal: Portal, api: Any) -> None:
    app = {"client_id": portal.grants.client_id, "client_secret": portal.grants.client_secret}
    code = portal.grants.authorize(["crm.objects.contacts.read"])
    first = api.auth.oauth.create_token(
        grant_type="authorization_code", code=code, redirect_uri=portal.grants.redirect_uri, **app
    )
    again = api.auth.oauth.create_token(grant_type="refresh_token", refresh_token=first.refresh_token, **app)
    assert again.refresh_token == first.refresh_token
    assert again.access_token != first.access_token
    assert api.auth.oauth.introspect_token(token=again.access_token, **app).active
    with pytest.raises(sdk.BadRequestError, match="BAD_REFRESH_TOKEN"):
        api.auth.oauth.create_token(grant_type="refresh_token", refresh_token="wrong", **app)
