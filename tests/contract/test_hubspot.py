from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count

import pytest
from pydantic import SecretStr

from crmbridge.connector import Fate
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.http import HttpClient
from crmbridge.model import Link, Ref
from crmbridge.model.subscriptions import Subscription
from crmbridge.sandbox import Portal, SandboxTransport, empty_portal
from crmbridge.sandbox.consent import Choice
from crmbridge.sandbox.merging import merge
from crmbridge.testing import ConnectorContract, World
from crmbridge.testing.contract_ranges import RangeContract

START = 1_772_366_400_000  # 2026-03-01 in epoch milliseconds


class TestHubSpotConnector(ConnectorContract, RangeContract):
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
        forms = [portal.forms.add(title, START) for title in ("Kontakt", "Webinar", "Ohne Eingang")]
        for number in range(53):  # more than a page of the first form
            portal.forms.submit(forms[number // 52], {"email": f"p{number}@muster.example"}, START + number)
        newsletter = portal.consent.definitions[0]["id"]
        portal.consent.choose("p1@muster.example", newsletter, Choice("SUBSCRIBED", START))
        portal.consent.opt_out("p2@muster.example", START)
        return World(
            ids={
                "contact": people,
                "company": [company],
                "deal": [deal],
                "email": [email],
                "meeting": [],
                **{name: [portal.add(kind, values)] for name, (kind, values) in OTHERS.items()},
                "form_submission": [
                    sent["conversionId"] for form in portal.forms.known.values() for sent in form.submissions
                ],
                "owner": portal.owner_ids(),
                "pipeline": [line["id"] for line in (*portal.pipelines, *portal.ticket_pipelines)],
            },
            contact=people[3],
            filled=("jobtitle", "CFO"),
            empty="company",
            unique="email",
            subscriptions=[
                Subscription(address="p1@muster.example", id=newsletter, status="subscribed"),
                Subscription(address="p2@muster.example", id="", status="unsubscribed"),
                *(
                    Subscription(address="p2@muster.example", id=one["id"], status="unsubscribed")
                    for one in portal.consent.definitions
                ),
            ],
            links=links(deal, company, email, people),
            edit=lambda prop, value: portal.edit("contacts", people[3], {prop: value}),
            secret=portal.token,
        )

    @pytest.fixture
    def gone(self, portal: Portal) -> Mapping[str, Fate]:
        archived, kept, merged, erased = (portal.add("contacts", {"firstname": name}) for name in "ABCD")
        portal.archive("contacts", archived)
        survivor = merge(portal, "contacts", kept, merged, new_id=True)
        kind = portal.kind("contacts")
        assert kind is not None
        portal.erase(kind, erased)
        return {
            archived: Fate("archived"),
            kept: Fate("merged", survivor),
            merged: Fate("merged", survivor),
            erased: Fate("deleted"),
        }


AT = "2026-02-01T10:00:00Z"
OTHERS = {
    "ticket": ("tickets", {"subject": "T", "hs_pipeline_stage": "1"}),
    "line_item": ("line_items", {"name": "L", "quantity": "2"}),
    "feedback": ("feedback_submissions", {"hs_survey_type": "NPS"}),
    "call": ("calls", {"hs_timestamp": AT}),
    "note": ("notes", {"hs_timestamp": AT}),
    "task": ("tasks", {"hs_timestamp": AT}),
    "communication": ("communications", {"hs_timestamp": AT, "hs_communication_channel_type": "SMS"}),
    "postal_mail": ("postal_mail", {"hs_timestamp": AT}),
}


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
