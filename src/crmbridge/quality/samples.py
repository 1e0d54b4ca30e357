"""Samples of every public model: valid, with the least that is needed, of invented people on fixed days."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, TypeVar

from crmbridge.connector import Account, Capabilities, Check, ConnectorSettings, ConnectorSpec
from crmbridge.context import CommandSpec, PluginContext, PluginSettings, RunContext
from crmbridge.model.base import Ref
from crmbridge.model.centers import BuyingCenter, Member, Part, Ruling, Touch
from crmbridge.model.changes import PropertyChange
from crmbridge.model.consent import ConsentDecision, ConsentQuestion
from crmbridge.model.events import Event
from crmbridge.model.evidence import Evidence, PersonaAssignment, RoleAssignment, TitleReading
from crmbridge.model.journey import JourneyStage, StageModel, StageVisit
from crmbridge.model.links import Link
from crmbridge.model.persons import CompanyFacts, Decision, PersonFacts, Remark
from crmbridge.model.plan import Finding, Plan, PlanHeader
from crmbridge.model.properties import InputSpec, Option, PropertyDefinition, PropertySpec
from crmbridge.model.proposals import Due, PropertyValue, RelationProposal, RoleProposal, StanceProposal
from crmbridge.model.records import (
    Company,
    Contact,
    Deal,
    Engagement,
    Item,
    LineItem,
    Owner,
    Participant,
    Pipeline,
    Record,
    Stage,
    Team,
    Ticket,
)
from crmbridge.model.relations import Influence, Relation, Stance
from crmbridge.model.subscriptions import Subscription

TODAY = date(2026, 11, 2)
"""The day of samples: a Monday."""

AT = datetime(2026, 10, 30, 9, tzinfo=UTC)
"""When what is sampled happened: the Friday before."""

M = TypeVar("M")


def sample(kind: type[M], /, **fields: Any) -> M:
    """Make a valid instance of a public model, with the least that it needs.

    Args:
        kind: The model; a subclass of ``PluginSettings`` or ``ConnectorSettings`` is made of its defaults.
        fields: What shall be there instead, e.g. ``sample(Contact, job_title="CFO")``.

    Raises:
        pydantic.ValidationError: A field does not fit.
        TypeError: There is no such field, or the kind needs fields that a sample cannot know.
    """
    given = {**_least().get(kind, {}), **fields}
    return kind(**given)


def sample_person(title: str = "", **fields: Any) -> PersonFacts:
    """Make what is known of a contact.

    Args:
        title: Its job title; empty for none.
        fields: Of ``PersonFacts``, and of ``Contact`` for all others.
    """
    own = {name: fields.pop(name) for name in PersonFacts.model_fields if name in fields}
    contact = sample(Contact, **{"job_title": title or None, **fields})
    return sample(PersonFacts, **{"contact": contact, **own})


def sample_center(*people: str | PersonFacts | Member, **fields: Any) -> BuyingCenter:
    """Make the buying center of a deal, not judged yet.

    Args:
        people: Its members: ``"Anna Beispiel, CFO"``, what is known of a contact, or a whole member. The first has the
            id ``contact:1``.
        fields: Of ``BuyingCenter``, in place of those of the sample.
    """
    members = tuple(_member(number, who) for number, who in enumerate(people, 1))
    return sample(
        BuyingCenter,
        **{"deal": sample(Deal), "company": sample(Company), "opened_on": AT.date(), "members": members, **fields},
    )


def run_context(settings: PluginSettings | None = None, today: date = TODAY, **fields: Any) -> RunContext[Any]:
    """Make what a hook may know.

    Args:
        settings: The plugin's; without them, none.
        today: The as-of date.
        fields: Of ``RunContext``, in place of those of the sample.
    """
    return sample(RunContext, **{"settings": settings or PluginSettings(), "today": today, **fields})


def _member(number: int, who: str | PersonFacts | Member) -> Member:
    if isinstance(who, Member):
        return who
    facts = _person(number, who) if isinstance(who, str) else who
    return sample(Member, id=str(facts.contact.ref), facts=facts)


def _person(number: int, words: str) -> PersonFacts:
    name, _, title = words.partition(",")
    first, _, last = name.strip().rpartition(" ")
    return sample_person(
        title.strip(), id=str(number), first_name=first or None, last_name=last or None, company=sample(Company)
    )


def _nothing() -> None:
    """Do nothing: what a sample of a command, or of a connector, runs."""


@lru_cache(maxsize=1)
def _least() -> Mapping[type, Mapping[str, Any]]:
    """What each model needs, by model; made once, when somebody asks for a sample."""
    contact, other = Ref("contact", "1"), "contact:2"
    evidence = (Evidence(source="title", weight=0.5, text="the title says so"),)
    header = PlanHeader(connection="main", account_id="1", as_of=TODAY, serial=1, plugins={})
    plugin = {"plugin": "sample", "settings": PluginSettings(), "log": logging.getLogger("crmbridge.plugin.sample")}
    return {
        # records
        Record: {"object": "contact", "id": "1"},
        Contact: {"id": "1", "first_name": "Anna", "last_name": "Beispiel"},
        Company: {"id": "1", "name": "Muster GmbH"},
        Deal: {"id": "1", "name": "Packaging line"},
        Ticket: {"id": "1"},
        Item: {"object": "custom.machine", "id": "1"},
        LineItem: {"id": "1"},
        Owner: {"id": "1"},
        Team: {"id": "1", "name": "Sales"},
        Pipeline: {"id": "1", "label": "Sales"},
        Stage: {"id": "1", "label": "New", "order": 0},
        Engagement: {"object": "email", "id": "1", "at": AT},
        Participant: {"part": "from"},
        Subscription: {"address": "anna@muster.example", "id": "1", "status": "subscribed"},
        Ref: {"object": "contact", "id": "1"},
        Link: {"source": Ref("deal", "1"), "target": contact},
        # people, companies, centers
        PersonFacts: {"contact": Contact(id="1", first_name="Anna", last_name="Beispiel")},
        CompanyFacts: {"company": Company(id="1", name="Muster GmbH")},
        Decision: {"subject": contact, "property": "roles", "value": "buyer", "source": "crm", "at": AT},
        Remark: {"ref": Ref("note", "1"), "on": AT.date(), "direction": "internal"},
        Member: {"id": "contact:1", "joined_by": "deal"},
        Part: {"id": "contact:1", "part": "from"},
        Touch: {"ref": Ref("email", "1"), "at": AT, "on": AT.date(), "direction": "in"},
        BuyingCenter: {"id": "deal:1", "name": "Packaging line"},
        Ruling: {
            "member_id": "contact:1",
            "role": "buyer",
            "word": "confirmed",
            "confidence": 0.6,
            "author": "1",
            "at": AT,
        },
        # judgements
        Evidence: {"source": "title", "weight": 0.5, "text": "the title says so"},
        TitleReading: {"member_id": "contact:1", "text": "CFO", "confidence": 0.9},
        RoleAssignment: {"role": "buyer", "confidence": 0.6, "status": "proposed"},
        RoleProposal: {"member_id": "contact:1", "role": "buyer", "evidence": evidence},
        StanceProposal: {"member_id": "contact:1", "evidence": evidence},
        RelationProposal: {"kind": "advice", "source": "contact:1", "target": other, "evidence": evidence},
        Stance: {"score": 0.0, "cls": "neutral", "basis": "unknown"},
        Relation: {"kind": "advice", "source": "contact:1", "target": other, "weight": 0.5},
        Influence: {"score": 50.0, "reliability": "medium"},
        PersonaAssignment: {"member_id": "contact:1", "persona": None, "score": 0.0, "margin": 0.0},
        JourneyStage: {"key": "awareness", "label": "Awareness"},
        StageModel: {"key": "phases", "stages": (JourneyStage(key="awareness", label="Awareness"),)},
        StageVisit: {"subject": "deal:1", "stage": "awareness", "entered_on": AT.date()},
        ConsentQuestion: {"person": PersonFacts(contact=Contact(id="1")), "purpose": "processing"},
        ConsentDecision: {"purpose": "sales", "channel": "email", "decision": "review", "reason": "NO_ANSWER"},
        PropertyValue: {"subject": contact, "property": "score", "value": 1, "reason": "one open deal"},
        Due: {"on": date(2026, 11, 9)},
        # what is declared and written
        Option: {"value": "yes", "label": "Yes"},
        PropertySpec: {"object": "contact", "name": "score", "label": "Score"},
        PropertyDefinition: {"object": "contact", "name": "crmb_score", "label": "Score", "type": "string"},
        InputSpec: {"object": "contact"},
        PropertyChange: {
            "subject": contact,
            "property": "crmb_score",
            "before": None,
            "after": "1",
            "policy": "own",
        },
        Finding: {"severity": "info", "code": "sample", "message": "nothing to do"},
        PlanHeader: {field: getattr(header, field) for field in header.model_fields_set},
        Plan: {"header": header, "open_rows": lambda: iter(())},
        Event: {"kind": "plan-made", "connection": "main", "run_id": "1"},
        # contexts and connectors
        PluginContext: plugin,
        RunContext: {**plugin, "connection": "main", "run_id": "1", "today": TODAY},
        CommandSpec: {"name": "sample", "run": _nothing},
        Account: {"id": "1"},
        Capabilities: {"objects": ("contact",)},
        Check: {"name": "sample", "ok": True, "message": "it is there"},
        ConnectorSpec: {"name": "sample", "settings": ConnectorSettings, "open": _nothing},
    }
