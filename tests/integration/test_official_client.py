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
