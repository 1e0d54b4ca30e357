"""HubSpot's own Python client, pointed at the sandbox: an independent judge of its shapes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from crmbridge.sandbox import Portal, generate, serve

with warnings.catch_warnings():  # the generated client has escapes and imports that newer Pythons warn of
    warnings.simplefilter("ignore")
    from hubspot import HubSpot
    from hubspot.crm import contacts as crm


@pytest.fixture(scope="module")
def portal() -> Portal:
    return generate(11, companies=12, contacts=130, deals=8, engagements=60)


@pytest.fixture(scope="module")
def client(portal: Portal) -> Iterator[Any]:
    with serve(portal) as sandbox:
        yield HubSpot(access_token=sandbox.token, host=sandbox.base_url)


def test_it_lists_every_contact(portal: Portal, client: Any) -> None:
    found = client.crm.contacts.get_all(properties=["jobtitle"])
    assert [one.id for one in found] == portal.ids("contacts")
    titles = [portal.record("contacts", one.id)["properties"].get("jobtitle") for one in found]
    assert [one.properties["jobtitle"] for one in found] == titles


def test_it_reads_a_contact_with_history_and_links(portal: Portal, client: Any) -> None:
    one = next(one for one in portal.ids("contacts") if portal.links.of(("contacts", "companies"), one))
    found = client.crm.contacts.basic_api.get_by_id(
        one, properties_with_history=["lastname"], associations=["companies"]
    )
    assert found.properties_with_history["lastname"][0].value == found.properties["lastname"]
    assert found.associations["companies"].results[0].type == "contact_to_company"
    assert found.created_at.utcoffset().total_seconds() == 0


def test_it_updates_creates_and_archives(portal: Portal, client: Any) -> None:
    api = client.crm.contacts.basic_api
    values = {"email": "new@firm.example", "firstname": "Änne"}
    made = api.create(simple_public_object_input_for_create=crm.SimplePublicObjectInputForCreate(properties=values))
    changed = api.update(
        made.id, simple_public_object_input=crm.SimplePublicObjectInput(properties={"jobtitle": "CFO"})
    )
    assert changed.properties["jobtitle"] == "CFO"
    with pytest.raises(crm.exceptions.ApiException) as refused:
        api.create(simple_public_object_input_for_create=crm.SimplePublicObjectInputForCreate(properties=values))
    assert (refused.value.status, made.id in refused.value.body) == (409, True)
    api.archive(made.id)
    with pytest.raises(crm.exceptions.ApiException) as gone:
        api.get_by_id(made.id)
    assert gone.value.status == 404
    assert made.id not in portal.ids("contacts")


def test_it_batch_reads_and_understands_a_207(portal: Portal, client: Any) -> None:
    ids = [*portal.ids("contacts")[:3], "1"]
    inputs = [crm.SimplePublicObjectId(id=one) for one in ids]
    body = crm.BatchReadInputSimplePublicObjectId(inputs=inputs, properties=["email"], properties_with_history=[])
    found = client.crm.contacts.batch_api.read(batch_read_input_simple_public_object_id=body)
    assert {one.id for one in found.results} == {*ids[:3]}
    assert found.num_errors == 1
    assert found.errors[0].context["ids"] == ["1"]


def test_it_searches(portal: Portal, client: Any) -> None:
    low = portal.ids("contacts")[99]
    rule = crm.Filter(property_name="hs_object_id", operator="GT", value=low)
    body = crm.PublicObjectSearchRequest(
        filter_groups=[crm.FilterGroup(filters=[rule])], sorts=["hs_object_id"], properties=["email"], limit=20
    )
    found = client.crm.contacts.search_api.do_search(public_object_search_request=body)
    assert found.total == len(portal.ids("contacts")) - 100
    assert [one.id for one in found.results] == portal.ids("contacts")[100:120]
    assert found.paging.next.after == "20"


def test_it_reads_definitions_owners_and_pipelines(portal: Portal, client: Any) -> None:
    role = client.crm.properties.core_api.get_by_name("contacts", "hs_buying_role")
    assert len(role.options) == 9
    assert len(client.crm.owners.owners_api.get_page(limit=50).results) == 9
    lines = client.crm.pipelines.pipelines_api.get_all("deals").results
    assert [line.id for line in lines] == ["default", "74110233"]


@pytest.fixture
def empty() -> Portal:
    return Portal(3)


@pytest.fixture
def fresh(empty: Portal) -> Iterator[Any]:
    with serve(empty) as sandbox:
        yield HubSpot(access_token=sandbox.token, host=sandbox.base_url)


def test_it_merges_and_purges(empty: Portal, fresh: Any) -> None:
    one, other = (empty.add("contacts", {"email": f"{name}@firm.example"}) for name in "ab")
    asked = crm.PublicMergeInput(primary_object_id=one, object_id_to_merge=other)
    merged = fresh.crm.contacts.basic_api.merge(public_merge_input=asked)
    assert merged.properties["hs_merged_object_ids"] == other
    assert fresh.crm.contacts.basic_api.get_by_id(other).id == one
    gone = crm.PublicGdprDeleteInput(object_id="a@firm.example", id_property="email")
    fresh.crm.contacts.basic_api.purge(public_gdpr_delete_input=gone)
    assert empty.ids("contacts") == []


def test_it_links_with_labels(empty: Portal, fresh: Any) -> None:
    from hubspot.crm.associations import v4
    from hubspot.crm.associations.v4 import schema

    contact, company = empty.add("contacts", {}), empty.add("companies", {"name": "X"})
    made = fresh.crm.associations.v4.schema.definitions_api.create(
        "contacts",
        "companies",
        public_association_definition_create_request=schema.PublicAssociationDefinitionCreateRequest(
            label="Champion", name="champion"
        ),
    )
    spec = v4.AssociationSpec(association_category="USER_DEFINED", association_type_id=made.results[0].type_id)
    links = fresh.crm.associations.v4
    links.basic_api.create("contacts", contact, "companies", company, association_spec=[spec])
    body = v4.BatchInputPublicFetchAssociationsBatchRequest(inputs=[v4.PublicFetchAssociationsBatchRequest(id=contact)])
    found = links.batch_api.get_page("contacts", "companies", batch_input_public_fetch_associations_batch_request=body)
    types = found.results[0].to[0].association_types
    assert {one.label for one in types} == {None, "Champion"}
    links.basic_api.archive("contacts", contact, "companies", company)
    assert links.basic_api.get_page("contacts", contact, "companies").results == []


def test_it_keeps_lists_tickets_and_custom_objects(empty: Portal, fresh: Any) -> None:
    from hubspot.crm import lists, schemas, tickets

    one = empty.add("contacts", {})
    asked = lists.ListCreateRequest(name="Champions", object_type_id="0-1", processing_type="MANUAL")
    number = fresh.crm.lists.lists_api.create(list_create_request=asked).list.list_id
    members = fresh.crm.lists.memberships_api
    assert members.add(number, request_body=[one, "5"]).record_ids_missing == ["5"]
    assert [row.record_id for row in members.get_page(number).results] == [one]
    values = {"subject": "T", "hs_pipeline_stage": "1"}
    ticket = tickets.SimplePublicObjectInputForCreate(properties=values)
    made = fresh.crm.tickets.basic_api.create(simple_public_object_input_for_create=ticket)
    assert empty.ids("tickets") == [made.id]
    egg = schemas.ObjectSchemaEgg(
        name="projects",
        labels=schemas.ObjectTypeDefinitionLabels(singular="Project", plural="Projects"),
        primary_display_property="title",
        required_properties=["title"],
        searchable_properties=["title"],
        associated_objects=["CONTACT"],
        properties=[schemas.ObjectTypePropertyCreate(name="title", label="Title", type="string", field_type="text")],
    )
    schema = fresh.crm.schemas.core_api.create(object_schema_egg=egg)
    assert schema.object_type_id == empty.kinds["projects"].type_id
    assert [row.name for row in fresh.crm.schemas.core_api.get_all().results] == ["projects"]


def test_it_sets_what_people_chose_and_reads_forms(empty: Portal, fresh: Any) -> None:
    from hubspot import communication_preferences as choices

    contact = empty.add("contacts", {"email": "a@firm.example"})
    [first, *_] = fresh.communication_preferences.definition_api.get_page().subscription_definitions
    body = choices.PublicUpdateSubscriptionStatusRequest(email_address="a@firm.example", subscription_id=first.id)
    fresh.communication_preferences.status_api.unsubscribe(public_update_subscription_status_request=body)
    [status, *_] = fresh.communication_preferences.status_api.get_email_status("a@firm.example").subscription_statuses
    assert status.status == "NOT_SUBSCRIBED"
    assert empty.record("contacts", contact)["properties"]["hs_email_optout_8472915"] == "true"
    guid = empty.forms.add("Contact us", 0)
    assert [one.id for one in fresh.marketing.forms.forms_api.get_page().results] == [guid]


def test_it_takes_a_token(empty: Portal, fresh: Any) -> None:
    code = empty.grants.authorize(["oauth"])
    given = fresh.oauth.tokens_api.create(
        grant_type="authorization_code",
        code=code,
        redirect_uri=empty.grants.redirect_uri,
        client_id=empty.grants.client_id,
        client_secret=empty.grants.client_secret,
    )
    assert given.expires_in == 1800
    assert fresh.oauth.access_tokens_api.get(given.access_token).hub_id == empty.portal_id


def test_it_removes_properties_groups_and_lists(empty: Portal, fresh: Any) -> None:
    from hubspot.crm import lists, properties

    api = fresh.crm.properties
    api.groups_api.create("contacts", property_group_create=properties.PropertyGroupCreate(name="g", label="G"))
    asked = properties.PropertyCreate(name="crmb_x", label="X", type="string", field_type="text", group_name="g")
    made = api.core_api.create("contacts", property_create=asked)
    with pytest.raises(properties.exceptions.ApiException) as kept:
        api.groups_api.archive("contacts", "g")
    assert (kept.value.status, "GROUP_WITH_ACTIVE_PROPERTIES" in kept.value.body) == (400, True)
    api.core_api.archive("contacts", "crmb_x")
    [archived] = api.core_api.get_all("contacts", archived=True).results
    assert (archived.name, archived.archived) == ("crmb_x", True)
    again = api.core_api.create("contacts", property_create=asked)
    assert (again.created_at, again.archived) == (made.created_at, False)
    api.core_api.archive("contacts", "crmb_x")
    api.groups_api.archive("contacts", "g")
    assert "g" not in {one.name for one in api.groups_api.get_all("contacts").results}
    request = lists.ListCreateRequest(name="Champions", object_type_id="0-1", processing_type="MANUAL")
    number = fresh.crm.lists.lists_api.create(list_create_request=request).list.list_id
    with pytest.raises(lists.exceptions.ApiException) as taken:
        fresh.crm.lists.lists_api.create(list_create_request=request)
    assert taken.value.status == 400
    fresh.crm.lists.lists_api.remove(number)
    with pytest.raises(lists.exceptions.ApiException) as gone:
        fresh.crm.lists.memberships_api.get_page(number)
    assert gone.value.status == 404


@pytest.mark.parametrize(("kind", "type_id"), [("notes", 202), ("tasks", 204)])
def test_it_makes_and_archives_notes_and_tasks(empty: Portal, fresh: Any, kind: str, type_id: int) -> None:
    from hubspot.crm import objects
    from hubspot.crm.associations import v4

    contact = empty.add("contacts", {})
    spec = objects.AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=type_id)
    tie = objects.PublicAssociationsForObject(to=objects.PublicObjectId(id=contact), types=[spec])
    moments = {"a": "2026-03-01T12:00:00Z", "b": None}  # the second lacks what it must have
    inputs = [
        objects.SimplePublicObjectBatchInputForCreate(
            properties={"hs_timestamp": at} if at else {}, associations=[tie], object_write_trace_id=trace
        )
        for trace, at in moments.items()
    ]
    body = objects.BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs)
    made = fresh.crm.objects.batch_api.create(kind, batch_input_simple_public_object_batch_input_for_create=body)
    assert [one.object_write_trace_id for one in made.results] == ["a"]
    assert made.errors[0].context["objectWriteTraceId"] == ["b"]
    wanted = v4.PublicFetchAssociationsBatchRequest(id=contact)
    asked = v4.BatchInputPublicFetchAssociationsBatchRequest(inputs=[wanted])
    page = fresh.crm.associations.v4.batch_api.get_page
    [found] = page("contacts", kind, batch_input_public_fetch_associations_batch_request=asked).results
    assert [str(end.to_object_id) for end in found.to] == [made.results[0].id]
    ids = objects.BatchInputSimplePublicObjectId(inputs=[objects.SimplePublicObjectId(id=made.results[0].id)])
    fresh.crm.objects.batch_api.archive(kind, batch_input_simple_public_object_id=ids)
    assert empty.ids(kind) == []
