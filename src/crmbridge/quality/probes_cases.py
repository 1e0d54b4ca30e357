"""What probes ask a plugin about: people, companies and buying centers of every kind, all of them invented.

Each call makes everything anew, so that what a plugin was given can be compared with what it should have been given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.centers import BuyingCenter, Coverage, Member, Network, Part, Ruling, Touch
from crmbridge.model.changes import PropertyChange
from crmbridge.model.consent import Channel, ConsentDecision, ConsentQuestion, Purpose
from crmbridge.model.engagement import EngagementScore
from crmbridge.model.evidence import Evidence, PersonaAssignment, RoleAssignment, TitleReading
from crmbridge.model.journey import StageVisit
from crmbridge.model.persons import CompanyFacts, Decision, PersonFacts, Remark
from crmbridge.model.plan import Plan
from crmbridge.model.properties import InputSpec
from crmbridge.model.records import Company, Contact, Deal, Engagement, Item, LineItem, Record, Ticket
from crmbridge.model.relations import Influence, Relation, Stance
from crmbridge.model.subscriptions import Subscription
from crmbridge.quality.samples import AT, TODAY, sample

FILLINGS: Final[tuple[str | None, ...]] = ("absent", None, "7", "true", "2026-10-01", "Ünïcode ✓")
"""What stands in the properties that a plugin reads: ``absent`` is never read, None is empty."""

TITLES: Final = (
    "CFO",
    "Leiter Einkauf",
    "Head of Production",
    "Assistentin der Geschäftsführung",
    "Werkleiter / Plant Manager",
)

QUESTIONS: Final[tuple[tuple[Purpose, Channel], ...]] = (
    ("processing", "none"),
    ("marketing", "email"),
    ("sales", "phone"),
    ("newsletter", "email"),
    ("market_research", "post"),
    ("contract", "email"),
)

_TEXT: Final = "Frau Beispiel entscheidet. The old machine breaks down too often; we need an offer by May."


@dataclass(frozen=True)
class Cases:
    """Everything a plugin is asked about.

    Attributes:
        centers: Buying centers, raw and judged.
        people: Contacts and what is known of them, with answers of the second gate.
        companies: Companies and what is known of them.
        questions: Questions of consent.
        records: Rows of the CRM.
        changes: Planned writes.
        plans: Plans of them.
    """

    centers: tuple[BuyingCenter, ...]
    people: tuple[tuple[PersonFacts, tuple[ConsentDecision, ...]], ...]
    companies: tuple[CompanyFacts, ...]
    questions: tuple[ConsentQuestion, ...]
    records: tuple[Record, ...]
    changes: tuple[PropertyChange, ...]
    plans: tuple[Plan, ...]


def make_cases(inputs: Iterable[InputSpec] = (), filling: str | None = "absent") -> Cases:
    """Make all cases.

    Args:
        inputs: What the plugin reads.
        filling: What stands in these properties, one of ``FILLINGS``.
    """
    cast = _Cast(inputs, filling)
    people = (cast.bare(), *cast.people(), *cast.strange())
    changes = tuple(_changes())
    return Cases(
        centers=tuple(_centers(cast)),
        people=tuple((person, consent) for person in people for consent in ((), _consent())),
        companies=tuple(_companies(cast)),
        questions=tuple(
            sample(ConsentQuestion, person=person, purpose=purpose, channel=channel)
            for person in people
            for purpose, channel in QUESTIONS
        ),
        records=tuple(_records(cast)),
        changes=changes,
        plans=(sample(Plan), replace(sample(Plan), open_rows=lambda: iter(changes))),
    )


def reordered(cases: Cases) -> Cases:
    """Put members and ties the other way round, and touches of one moment."""
    return replace(cases, centers=tuple(map(_turned, cases.centers)))


def _turned(center: BuyingCenter) -> BuyingCenter:
    touches = sorted(enumerate(center.touches), key=lambda item: (item[1].at, -item[0]))
    return center.model_copy(
        update={
            "members": center.members[::-1],
            "relations": center.relations[::-1],
            "touches": tuple(touch for _, touch in touches),
        }
    )


class _Cast:
    """The people and records of all cases."""

    def __init__(self, inputs: Iterable[InputSpec], filling: str | None) -> None:
        self._read: dict[ObjectName, dict[str, str | None]] = {}
        for spec in inputs if filling != "absent" else ():
            self._read.setdefault(spec.object, {}).update(dict.fromkeys(spec.properties, filling))

    def read(self, name: ObjectName) -> Mapping[str, str | None]:
        """What was read of a record: the properties that the plugin asks for."""
        return self._read.get(name, {})

    def contact(self, id_: str, **fields: Any) -> Contact:
        """Make a contact."""
        plain = {"id": id_, "first_name": f"P{id_}", "last_name": "Beispiel", "email": f"p{id_}@muster.example"}
        known = {"emails": (plain["email"],), "created_at": AT - timedelta(days=200), "language": "de"}
        return sample(Contact, **{**plain, **known, "properties": self.read("contact"), **fields})

    def company(self, **fields: Any) -> Company:
        """Make the buying company."""
        known = {"domains": ("muster.example",), "industry": "Machinery", "employees": 250, "country": "DE"}
        return sample(Company, **{"properties": self.read("company"), **known, **fields})

    def deal(self, **fields: Any) -> Deal:
        """Make the case."""
        known = {"amount": Decimal(120_000), "currency": "EUR", "stage_id": "contractsent", "pipeline_id": "default"}
        made = {"created_at": AT - timedelta(days=60), "probability": 0.6, "properties": self.read("deal")}
        return sample(Deal, **{**known, **made, **fields})

    def bare(self) -> PersonFacts:
        """Make somebody of whom nothing is known."""
        return sample(PersonFacts, contact=sample(Contact, first_name=None, last_name=None, id="90"))

    def people(self) -> tuple[PersonFacts, ...]:
        """Make five people with titles and a history."""
        return tuple(
            sample(
                PersonFacts,
                contact=self.contact(str(number), job_title=title),
                company=self.company(),
                open_cases=1,
                won_cases=number % 2,
                last_inbound_on=AT.date() - timedelta(days=number),
                last_two_way_on=AT.date() - timedelta(days=number),
                remarks=(_remark(number),),
            )
            for number, title in enumerate(TITLES, 1)
        )

    def strange(self) -> tuple[PersonFacts, ...]:
        """Make people whose records are out of the ordinary."""
        contacts = (
            self.contact("21", first_name="Đặng", last_name="Thị Ánh 😀", job_title="Geschäftsführer/-in (m/w/d)"),
            self.contact("22", first_name="\u200f\u0645\u062d\u0645\u062f", last_name=None, job_title="\u200b \n"),
            self.contact("23", job_title="Senior " * 700, email=None, emails=()),
            self.contact("24", created_at=datetime(1999, 12, 31, 23, 59, tzinfo=UTC), job_title="IT-Leiter a. D."),
            self.contact("25", archived=True, lifecycle_stage="customer"),
        )
        decided = (sample(Decision, subject=contacts[0].ref), sample(Decision, subject=contacts[0].ref, value=None))
        opted = (sample(Subscription), sample(Subscription, id="", status="unsubscribed"))
        return tuple(sample(PersonFacts, contact=one, decisions=decided, subscriptions=opted) for one in contacts)


def _remark(number: int) -> Remark:
    return sample(
        Remark, ref=Ref("note", str(number)), on=AT.date() - timedelta(days=number), text=_TEXT, digest="0" * 16
    )


def _centers(cast: _Cast) -> Iterable[BuyingCenter]:
    deal, company = cast.deal(), cast.company()
    members = _members(cast)
    opened = {"deal": deal, "company": company, "opened_on": AT.date() - timedelta(days=60), "owner": "Sasha Sales"}
    group = sample(BuyingCenter, members=members, touches=_touches(members), withheld=1, stage_label="Offer", **opened)
    yield sample(BuyingCenter)
    yield sample(BuyingCenter, **opened)
    yield sample(BuyingCenter, withheld=3, **opened)
    yield sample(BuyingCenter, members=members[:1], **opened)
    yield group
    yield sample(BuyingCenter, id="company:1", name="Muster GmbH", company=company, members=members[1:3])
    yield from _closed(cast, group)
    yield _old(cast, members)
    yield sample(BuyingCenter, members=tuple(_member(one) for one in (cast.bare(), *cast.strange())), **opened)
    yield _judged(group)
    yield _judged(group).model_copy(update={"unknown": ("other",), "failed_hooks": ("propose_roles",)})


def _member(facts: PersonFacts, **fields: Any) -> Member:
    return sample(Member, **{"id": str(facts.contact.ref), "facts": facts, "organization_id": "1", **fields})


def _members(cast: _Cast) -> tuple[Member, ...]:
    stranger = sample(Member, id="address:new@muster.example", address="new@muster.example", joined_by="engagement")
    outside = cast.contact("6", job_title="Consultant", email="p6@berater.example", emails=("p6@berater.example",))
    adviser = _member(
        sample(PersonFacts, contact=outside), organization_id="2", is_external=True, external_kind="consultant"
    )
    own = tuple(_member(facts) for facts in cast.people())
    return (stranger, own[0].model_copy(update={"labels": ("Entscheider", "Buyer")}), *own[1:], adviser)


def _touches(members: Sequence[Member], day: datetime = AT) -> tuple[Touch, ...]:
    """Make touches of many kinds, two of them at the same moment."""
    one, two = members[1].id, members[2].id
    kinds: tuple[tuple[ObjectName, dict[str, Any]], ...] = (
        ("form_submission", {"action": "form", "channel": "form", "topic": "Packaging", "content": "/kontakt"}),
        ("email", {"action": "inbound_message", "channel": "sales_email", "subject": "Angebot", "thread": "angebot"}),
        ("email", {"direction": "out", "action": "outbound", "channel": "sales_email", "responders": ()}),
        ("meeting", {"direction": "both", "action": "meeting", "channel": "meeting", "duration_seconds": 3600}),
        ("call", {"action": "inbound_call", "channel": "phone", "text": _TEXT, "text_digest": "0" * 16}),
        ("note", {"direction": "internal", "responders": (), "text": _TEXT, "text_digest": "1" * 16}),
        ("touchpoint", {"action": "event_attended", "channel": "trade_fair", "observability": "offline"}),
        ("touchpoint", {"action": "open", "channel": "newsletter", "nature": "exposure", "is_bot": True}),
    )
    ages = (55, 50, 49, 30, 30, 21, 12, 3)
    made = []
    for number, ((name, fields), age) in enumerate(zip(kinds, ages, strict=True), 1):
        at = day - timedelta(days=age)
        who = {
            "member_ids": (one, two),
            "responders": (one,),
            "parts": (sample(Part, id=one), Part(id="us", part="to")),
        }
        made.append(sample(Touch, **{"ref": Ref(name, str(number)), "at": at, "on": at.date(), **who, **fields}))
    return tuple(made)


def _closed(cast: _Cast, group: BuyingCenter) -> Iterable[BuyingCenter]:
    for id_, won in (("2", True), ("3", False)):
        closed = AT - timedelta(days=5)
        deal = cast.deal(id=id_, is_closed=True, is_won=won, close_at=closed, probability=float(won))
        yield group.model_copy(update={"id": f"deal:{id_}", "deal": deal, "closed_on": closed.date()})


def _old(cast: _Cast, members: tuple[Member, ...]) -> BuyingCenter:
    begun = datetime(2009, 3, 2, 9, tzinfo=UTC)
    deal = cast.deal(id="4", created_at=begun, amount=None, currency=None, stage_id=None)
    touches = _touches(members, begun + timedelta(days=90))
    return sample(
        BuyingCenter, id="deal:4", deal=deal, opened_on=begun.date(), members=members, touches=touches, is_routine=True
    )


def _judged(group: BuyingCenter) -> BuyingCenter:
    """Say of a group all that the phases before the last ones say."""
    members = tuple(_with_answers(number, member) for number, member in enumerate(group.members))
    one, two = members[1].id, members[2].id
    return group.model_copy(
        update={
            "members": members,
            "template": "investment",
            "relations": (
                sample(Relation, source=two, target=one, evidence=(sample(Evidence),)),
                sample(Relation, kind="communication", source=one, target=two, weight=3.0, by=("core",)),
            ),
            "engagement": EngagementScore(score=40.0, raw=5.0, momentum="rising", breadth=0.5),
            "completeness": 62.5,
            "completeness_hard": 50.0,
            "missing_roles": ("user", "gatekeeper"),
            "coverage": Coverage(known=6, engaged=2, benchmark=0.3, threads=1.9, departments=("purchasing",)),
            "network": Network(people=30, messages=200),
            "decisions": (sample(Decision, subject=Ref("deal", "1")),),
            "rulings": (sample(Ruling, member_id=one),),
            "visits": tuple(_visits(group.id, one)),
        }
    )


def _with_answers(number: int, member: Member) -> Member:
    if member.facts is None:
        return member
    found = (sample(Evidence), sample(Evidence, source="behaviour", weight=0.2, against=True, on=AT.date()))
    roles = ("decider", "buyer", "influencer", "initiator", "user", "gatekeeper")
    status = ("proposed", "candidate", "confirmed", "dismissed", "locked", "proposed")
    return member.model_copy(
        update={
            "titles": (sample(TitleReading, member_id=member.id, seniority="management", department="purchasing"),),
            "roles": (
                sample(
                    RoleAssignment, role=roles[number % 6], status=status[number % 6], confidence=0.7, evidence=found
                ),
            ),
            "stance": sample(Stance, evidence=found),
            "influence": sample(Influence, position=0.9),
            "engagement": EngagementScore(score=30.0, raw=3.0, last_two_way_on=AT.date()),
            "persona": sample(PersonaAssignment, member_id=member.id, persona="economic", score=0.8, margin=0.2),
            "consent": _consent(),
        }
    )


def _visits(center_id: str, member_id: str) -> Iterable[StageVisit]:
    start, turn = TODAY - timedelta(days=60), TODAY - timedelta(days=20)
    for subject in (center_id, member_id):
        yield sample(StageVisit, subject=subject, entered_on=start, left_on=turn, reason="first touch")
        yield sample(StageVisit, subject=subject, stage="consideration", entered_on=turn, reason="asked for an offer")


def _consent() -> tuple[ConsentDecision, ...]:
    answers = zip(QUESTIONS[1:], ("allow", "deny", "review", "allow", "deny"), strict=True)
    return tuple(
        sample(ConsentDecision, purpose=purpose, channel=channel, decision=answer)
        for (purpose, channel), answer in answers
    )


def _companies(cast: _Cast) -> Iterable[CompanyFacts]:
    yield sample(CompanyFacts)
    yield sample(
        CompanyFacts,
        company=cast.company(),
        deals=(cast.deal(), cast.deal(id="2", is_closed=True, is_won=True, close_at=AT)),
        touches=12,
        first_touch_on=date(2009, 3, 2),
        last_touch_on=AT.date(),
        decisions=(sample(Decision, subject=Ref("company", "1")),),
        remarks=(_remark(1),),
    )


def _records(cast: _Cast) -> Iterable[Record]:
    yield from (facts.contact for facts in (cast.bare(), *cast.people(), *cast.strange()))
    yield from (cast.company(), cast.deal(), sample(Company, name=None), sample(Deal, name=None))
    for name in ("email", "meeting", "call", "note", "task", "communication", "postal_mail", "form_submission"):
        yield sample(Engagement, object=name, properties=cast.read(name))
    yield from (sample(Ticket, properties=cast.read("ticket")), sample(LineItem), sample(Item))


def _changes() -> Iterable[PropertyChange]:
    yield sample(PropertyChange)
    yield sample(PropertyChange, before="1", after="2", reason="two open deals", by="sample")
    yield sample(PropertyChange, subject=Ref("deal", "1"), property="dealtype", policy="overwrite", after="newbusiness")
