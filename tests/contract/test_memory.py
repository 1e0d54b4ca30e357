from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from crmbridge.model import Company, Contact, Deal, Engagement, Link, Ref
from crmbridge.model.subscriptions import Subscription
from crmbridge.testing import ConnectorContract, MemoryConnector, World

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def contact(id_: str) -> Ref:
    return Ref(object="contact", id=id_)


class TestMemoryConnector(ConnectorContract):
    @pytest.fixture
    def connector(self) -> MemoryConnector:
        ticks = count()
        memory = MemoryConnector(clock=lambda: START + timedelta(minutes=next(ticks)), page_size=2)
        for id_ in ("1", "2", "3", "4"):
            memory.add(Contact(id=id_, job_title="CFO"))
        memory.add(Company(id="1", name="Muster AG"))
        deal = memory.add(Deal(id="1"))
        memory.add(Engagement(object="email", id="1", at=START))
        memory.remove(contact("4"))
        memory.connect(deal, contact("1"), "Entscheider")
        memory.connect(deal, contact("2"))
        memory.connect(contact("1"), Ref(object="company", id="1"), "Primary", primary=True)
        memory.define("contact", "Nickname")
        memory.subscriptions += subscriptions()
        return memory

    @pytest.fixture
    def world(self, connector: MemoryConnector) -> World:
        return World(
            ids={"contact": {"1", "2", "3"}, "company": {"1"}, "deal": {"1"}, "email": {"1"}, "owner": set()},
            contact="2",
            filled=("Position", "CFO"),
            empty="Nickname",
            unique="EMail",
            subscriptions=subscriptions(),
            links=links(),
            edit=lambda prop, value: connector.edit(contact("2"), {prop: value}),
        )


def subscriptions() -> list[Subscription]:
    return [
        Subscription(address="a@muster.example", id="1", status="subscribed"),
        Subscription(address="b@muster.example", id="", status="unsubscribed"),
    ]


def links() -> list[Link]:
    deal, company = Ref(object="deal", id="1"), Ref(object="company", id="1")
    return [
        Link(source=deal, target=contact("1")),
        Link(source=deal, target=contact("1"), label="Entscheider"),
        Link(source=deal, target=contact("2")),
        Link(source=contact("1"), target=company),
        Link(source=contact("1"), target=company, label="Primary", primary=True),
    ]


def test_native_properties_and_fields_are_one() -> None:
    memory = MemoryConnector()
    ref = memory.add(Contact(id="1", job_title="CFO"))
    memory.edit(ref, {"Position": "CEO"})
    record = memory.read_records("contact", ["1"], ["Position"])[0]
    assert isinstance(record, Contact)
    assert (record.job_title, dict(record.properties)) == ("CEO", {"Position": "CEO"})


def test_no_native_name_is_hubspots() -> None:
    hubspot = {"email", "firstname", "lastname", "jobtitle", "name", "industry", "country", "dealname", "dealstage"}
    memory = MemoryConnector()
    assert not hubspot & {prop for _, prop in memory.definitions}
