"""What the tests of this plugin share: a reachable person, a configuration, and a way to ask."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

import crmbridge_consent
from crmbridge import Company, ConsentDecision, ConsentQuestion, Contact, PersonFacts, RunContext
from crmbridge.model import Channel, Purpose
from crmbridge_consent.settings import Settings

TODAY = date(2026, 11, 21)
CONSENT = "Freely given consent from contact"
CUSTOMER = "Legitimate interest \u2013 existing customer"
COMPANY = Company(id="7", name="Muster GmbH", properties={"address": "Werkstr. 1"})

MAIL: tuple[Purpose, Channel] = ("marketing", "email")
NEWS: tuple[Purpose, Channel] = ("newsletter", "email")
CALL: tuple[Purpose, Channel] = ("sales", "phone")
POST: tuple[Purpose, Channel] = ("marketing", "post")
SURVEY: tuple[Purpose, Channel] = ("market_research", "email")
NEEDED: tuple[Purpose, Channel] = ("contract", "email")

RECORD: dict[str, Any] = {"state_property": "state", "expires_property": "expires", "double_opt_in_property": "doi"}
FACTS_7_3 = {
    "obtained_with_sale": "sale",
    "own_similar_goods": "similar",
    "no_objection": "no_objection",
    "notice_given": "notice",
}
CONFIGURED: dict[str, Any] = {
    "objection_property": "objection",
    "phone_objection_property": "no_calls",
    "post_objection_property": "no_post",
    "records": [RECORD],
    "section_7_3": FACTS_7_3,
    "subscriptions": {"newsletter": ["11"], "market_research": ["22"]},
}
DEFAULT = Settings(**CONFIGURED)
READ = dict.fromkeys(
    ("hs_email_optout", "hs_email_optout_11", "hs_email_optout_22", "objection", "no_calls", "no_post")
)


def person(archived: bool = False, company: Company | None = COMPANY, **facts: Any) -> PersonFacts:
    """A reachable contact of a company; ``facts`` that are no field of PersonFacts are properties.

    ``uwg73`` stands for all four facts of § 7(3) UWG.
    """
    known = {name: facts.pop(name) for name in tuple(facts) if name in PersonFacts.model_fields}
    contact: dict[str, Any] = {"email": "a@example.com", "phone": "+49 30 1"}
    contact |= {name: facts.pop(name) for name in tuple(facts) if name in ("email", "phone", "company_name")}
    if facts.pop("uwg73", None):
        facts = dict.fromkeys(FACTS_7_3.values(), "yes") | facts
    properties = {**READ, "state": None, "expires": None, **facts}
    return PersonFacts(
        contact=Contact(id="1", archived=archived, properties=properties, **contact), company=company, **known
    )


def decide(
    who: PersonFacts, purpose: Purpose, channel: Channel, today: date = TODAY, controller: str = "", **settings: Any
) -> ConsentDecision:
    """Ask the plugin one question, with ``CONFIGURED`` and what ``settings`` change of it."""
    ctx = RunContext(
        plugin="consent",
        settings=Settings(**{**CONFIGURED, **settings}) if settings else DEFAULT,
        log=logging.getLogger("test"),
        connection="main",
        run_id="r",
        today=today,
        timezone="Europe/Berlin",
    )
    return crmbridge_consent.decide_consent(
        ctx, ConsentQuestion(person=who, purpose=purpose, channel=channel, controller=controller)
    )


def said(decision: ConsentDecision) -> str:
    """The answer and its reason."""
    return f"{decision.decision} {decision.reason}"


def told(decision: ConsentDecision) -> list[str]:
    """What the evidence says."""
    return [item.text for item in decision.evidence]
