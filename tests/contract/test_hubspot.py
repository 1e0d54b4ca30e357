from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from pydantic import SecretStr

from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.http import HttpClient
from crmbridge.model import Link, Ref
from crmbridge.sandbox import Portal, SandboxTransport, empty_portal
from crmbridge.testing import ConnectorContract, World

START = 1_772_366_400_000  # 2026-03-01 in epoch milliseconds


class TestHubSpotConnector(ConnectorContract):
    @pytest.fixture
    def portal(self) -> Portal:
        ticks = count()
        portal = empty_portal()
        portal.clock = lambda: START + 60_000 * next(ticks)
        portal.limits.off()
        portal.association_page = 1  # so that every second link stands on a further page
        return portal

    @pytest.fixture
    def connector(self, portal: Portal) -> Iterator[HubSpotConnector]:
        settings = HubSpotSettings(token=SecretStr(portal.token))
        http = HttpClient(settings.base_url, settings.token, transport=SandboxTransport(portal))
        connector = HubSpotConnector(settings, http)
        yield connector
        connector.close()

    @pytest.fixture
    def world(self, portal: Portal) -> World:
        people = [portal.add("contacts", {"firstname": f"P{number}", "jobtitle": "CFO"}) for number in range(250)]
        gone = people.pop()
        portal.archive("contacts", gone)
        company = portal.add("companies", {"name": "Muster AG"})
        deal = portal.add("deals", {"dealname": "Presse", "dealstage": "contractsent", "pipeline": "default"})
        email = portal.add("emails", {"hs_timestamp": "2026-02-01T10:00:00Z", "hs_email_direction": "EMAIL"})
        portal.define_label("deals", "contacts", "Entscheider")
        portal.link("deals", deal, "contacts", people[0], "Entscheider")
        portal.link("deals", deal, "contacts", people[1])
        portal.link("deals", deal, "companies", company, "Primary")
        portal.link("contacts", people[0], "companies", company, "Primary")
        portal.link("emails", email, "contacts", people[2])
        return World(
            ids={
                "contact": people,
                "company": [company],
                "deal": [deal],
                "email": [email],
                "meeting": [],
                "owner": portal.owner_ids(),
                "pipeline": [line["id"] for line in portal.pipelines],
            },
            contact=people[3],
            filled=("jobtitle", "CFO"),
            empty="company",
            links=links(deal, company, email, people),
            edit=lambda prop, value: portal.edit("contacts", people[3], {prop: value}),
            secret=portal.token,
        )


def links(deal: str, company: str, email: str, people: list[str]) -> list[Link]:
    sale, firm = Ref(object="deal", id=deal), Ref(object="company", id=company)
    persons = [Ref(object="contact", id=id_) for id_ in people[:3]]
    mail = Ref(object="email", id=email)
    return [
        Link(source=sale, target=persons[0]),
        Link(source=sale, target=persons[0], label="Entscheider"),
        Link(source=sale, target=persons[1]),
        Link(source=sale, target=firm),
        Link(source=sale, target=firm, label="Primary", primary=True),
        Link(source=persons[0], target=firm),
        Link(source=persons[0], target=firm, label="Primary", primary=True),
        Link(source=mail, target=persons[2]),
    ]
