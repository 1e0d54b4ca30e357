"""Buying centers to draw: a believable portfolio, and one whose every text comes from the test."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal, get_args

import pytest

from crmbridge.model import (
    PHASES,
    ROLES,
    BuyingCenter,
    Company,
    Contact,
    Coverage,
    Deal,
    EngagementScore,
    Evidence,
    ExternalKind,
    Influence,
    Member,
    Momentum,
    PersonaAssignment,
    PersonFacts,
    Ref,
    Relation,
    Role,
    RoleAssignment,
    Ruling,
    StageVisit,
    Stance,
    Touch,
)

AS_OF = date(2026, 3, 31)

COMPANIES = (
    "Brandt & Söhne Maschinenbau GmbH",
    "Wälzlagerwerk Schweinfurt-Obertheres KG ag",
    "Hüttenwerke Niederrhein AG",
    "Kältetechnik Rößler GmbH & Co. KG",
    "Stadtwerke Lüneburg",
    "Nordlicht Verpackungen GmbH",
    "Feinmechanik Öhringen",
)
CASES = (
    "Predictive maintenance, Werk 2",
    "Rahmenvertrag Kugellager 2026 bis 2028 mit Option",
    "Modernisierung Leitstand",
    "Retrofit Kälteanlage Halle 7 einschließlich Inbetriebnahme und Schulung",
    "MES rollout",
    "Energiemonitoring",
)
PEOPLE = (
    ("Dr. Katharina", "Vogel", "Geschäftsführerin"),
    ("Jürgen", "Weiß", "Leiter Einkauf"),
    (
        "Maximilian-Alexander",
        "Freiherr von Hohenstein-Weißenfels",
        "Leiter Instandhaltung und technische Gebäudeausrüstung Süd",
    ),
    ("Anna", "Schröder", "Produktionsleiterin"),
    ("Priya", "Raman", "Head of Procurement"),
    ("Ömer", "Özdemir", "IT-Leiter"),
    ("Sabine", "Müller-Lüdenscheidt", "Assistenz der Geschäftsführung"),
    ("Tom", "Li", "CFO"),
    ("Henrike", "Groß", "Qualitätsmanagementbeauftragte"),
    ("Lars", "Petersen", None),
)
KINDS: tuple[ExternalKind, ...] = get_args(ExternalKind)
OWNERS = ("Miriam Köhler", "Jonas Aydin", None)


def evidence(text: str, weight: float = 0.7, *, against: bool = False) -> Evidence:
    return Evidence(source="title", weight=weight, against=against, text=text, on=date(2026, 2, 3))


def plays(role: Role, confidence: float, status: str = "proposed", text: str = "title reads as lead") -> RoleAssignment:
    pieces = (evidence(text), Evidence(source="crm", weight=0.9, text=f"label on the deal: {text}"[:300]))
    return RoleAssignment.model_validate(
        {"role": role, "confidence": confidence, "status": status, "evidence": pieces, "by": ("roles",)}
    )


def person(
    number: int, first: str, last: str, title: str | None, *roles: RoleAssignment, external: ExternalKind | None = None
) -> Member:
    contact = Contact(
        id=str(number), first_name=first, last_name=last, job_title=title, email=f"p{number}@kunde-brandt.example"
    )
    persona = PersonaAssignment(member_id=f"contact:{number}", persona="economic-buyer", score=0.8, margin=0.3)
    return Member(
        id=f"contact:{number}",
        facts=PersonFacts(contact=contact),
        joined_by="deal",
        roles=roles,
        is_external=external is not None,
        external_kind=external,
        influence=influence(number),
        engagement=EngagementScore(score=(7 * number) % 100, momentum=MOMENTA[number % 4]),
        stance=stance("said so"),
        persona=persona if number % 3 == 0 else None,
    )


MOMENTA: tuple[Momentum, ...] = ("rising", "falling", "steady", "insufficient")


def influence(number: int) -> Influence | None:
    """None for every fifth; every second rests on few records."""
    if number % 5 == 0:
        return None
    score = 100 - (11 * number) % 100
    return Influence(score=score, position=0.8, reach=None, advice=0.25, reliability="low" if number % 2 else "high")


def stance(text: str) -> Stance:
    return Stance(score=0.75, cls="power_promoter", basis="power", evidence=(evidence(text),), by=("roles",))


def asks(source: str, target: str, weight: float = 0.7, text: str = "brought into the conversation") -> Relation:
    return Relation(kind="advice", source=source, target=target, weight=weight, evidence=(evidence(text),))


def touches(members: list[Member], times: int, seed: int = 1) -> tuple[Touch, ...]:
    draw = random.Random(seed)
    found = []
    for place in range(times):
        on = AS_OF - timedelta(days=2 * (times - place))
        who = tuple(member.id for member in draw.sample(members, min(len(members), 1 + place % 2)))
        at = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
        ref = Ref(object="meeting", id=str(place))
        found.append(Touch(ref=ref, at=at, on=on, direction="both", subject="Angebot", member_ids=who, responders=who))
    return tuple(found)


def ruling(
    member_id: str, role: Role, word: Literal["confirmed", "dismissed", "locked"], author: str = "Kim"
) -> Ruling:
    at = datetime(2026, 3, 9, tzinfo=UTC)
    return Ruling(member_id=member_id, role=role, word=word, confidence=0.6, author=author, at=at)


def visits(subject: str, *stages: str, paused: bool = False) -> tuple[StageVisit, ...]:
    days = [AS_OF - timedelta(days=40 * (len(stages) - place) - 3) for place in range(len(stages))]
    ends = [*days[1:], AS_OF - timedelta(days=2) if paused else None][: len(days)]
    return tuple(
        StageVisit(subject=subject, stage=stage, visit_no=stages[: place + 1].count(stage), entered_on=day, left_on=end)
        for place, (stage, day, end) in enumerate(zip(stages, days, ends, strict=True))
    )


def full_center() -> BuyingCenter:
    """The example for documents: four seats filled, a gap with a candidate, a re-entry."""
    members = [
        person(1, "Dr. Katharina", "Vogel", "Geschäftsführerin", plays("decider", 0.92, "locked")),
        person(2, "Jürgen", "Weiß", "Leiter Instandhaltung", plays("influencer", 0.74), plays("initiator", 0.6)),
        person(3, "Anna", "Schröder", "Produktionsleiterin", plays("user", 0.81, "confirmed")),
        person(4, "Ömer", "Özdemir", "IT-Leiter", plays("influencer", 0.66), plays("user", 0.55)),
        person(5, "Priya", "Raman", "Strategic Purchasing Specialist", plays("buyer", 0.38, "candidate")),
        person(6, "Henrike", "Groß", "Senior Consultant", plays("influencer", 0.58), external="consultant"),
    ]
    return BuyingCenter(
        id="deal:1",
        name="Predictive maintenance, Werk 2",
        deal=Deal(
            id="1",
            name="Predictive maintenance, Werk 2",
            amount=Decimal(148000),
            currency="EUR",
            url="https://crm.example/deals/1",
        ),
        company=Company(id="1", name="Brandt & Söhne Maschinenbau GmbH"),
        owner="Miriam Köhler",
        opened_on=date(2025, 11, 4),
        stage_label="Angebot abgegeben",
        members=tuple(members),
        withheld=1,
        touches=touches(members[:4], 23),
        completeness=79.2,
        completeness_hard=75,
        missing_roles=("buyer",),
        coverage=Coverage(known=6, engaged=4, benchmark=0.59, threads=3.4, single_threaded=False, exec_backing=True),
        engagement=EngagementScore(score=41, momentum="rising"),
        relations=(asks("contact:1", "contact:2"), asks("contact:3", "contact:4", 0.5), asks("contact:1", "contact:5")),
        rulings=(ruling("contact:1", "decider", "locked"), ruling("contact:3", "user", "confirmed")),
        visits=visits("deal:1", "awareness", "consideration", "awareness", "consideration"),
    )


def any_center(number: int) -> BuyingCenter:
    """One of many believable centers; the same number gives the same center."""
    draw = random.Random(number)
    members = []
    for place, (first, last, title) in enumerate(draw.sample(PEOPLE, draw.randint(1, 9))):
        roles = tuple(
            plays(role, confidence, "candidate" if confidence < 0.5 else draw.choice(("proposed", "locked")))
            for role in draw.sample(ROLES, draw.randint(0, 3))
            for confidence in (round(draw.uniform(0.3, 0.97), 2),)
        )
        kind: ExternalKind | None = draw.choice(KINDS) if draw.random() < 0.2 else None
        members.append(person(100 * number + place, first, last, title, *roles, external=kind))
    filled = {role for role in ROLES for member in members if member.plays(role)}
    required: tuple[Role, ...] = ("decider", "buyer", "influencer", "user")
    closed, subject = draw.random() < 0.2, f"deal:{number}"
    deal = Deal(
        id=str(number),
        name=draw.choice(CASES),
        amount=Decimal(draw.randint(4, 900) * 1000) if draw.random() < 0.9 else None,
        currency=draw.choice(("EUR", "EUR", "CHF")),
        is_closed=closed,
        is_won=draw.random() < 0.5,
    )
    engaged = draw.randint(0, len(members))
    pairs = itertools.permutations([member.id for member in members], 2)
    relations = tuple(asks(*pair, weight=round(draw.random(), 2)) for pair in pairs if draw.random() < 0.3)
    path = draw.choice((PHASES[:1], PHASES[:2], PHASES[:3], (*PHASES[:2], *PHASES[:2]), ()))
    return BuyingCenter(
        id=subject,
        name=deal.name or "",
        deal=deal,
        company=Company(id=str(number % 7), name=COMPANIES[number % 7]),
        owner=draw.choice(OWNERS),
        opened_on=date(2025, 9, 1) + timedelta(days=number),
        closed_on=AS_OF if closed else None,
        stage_label=draw.choice(("Qualifiziert", "Angebot abgegeben", "Vertragsprüfung durch Rechtsabteilung")),
        members=tuple(members),
        withheld=draw.choice((0, 0, 2)),
        touches=touches(members, draw.randint(0, 60), number),
        completeness=round(draw.uniform(0, 100), 1),
        completeness_hard=25.0 * len(filled.intersection(required)),
        missing_roles=tuple(role for role in ROLES if role in required and role not in filled),
        coverage=Coverage(known=len(members), engaged=engaged, threads=draw.uniform(1, 4), single_threaded=engaged < 2),
        relations=relations,
        visits=visits(subject, *path, paused=draw.random() < 0.2),
        unknown=("journey",) if draw.random() < 0.1 else (),
    )


def worded_center(word: Callable[[str], str], number: int = 1) -> BuyingCenter:
    """A center in which every text is what ``word`` makes of the field's name."""
    roles = [plays(role, 0.9, "confirmed", word(f"evidence {role}")) for role in ROLES]
    contact = Contact(
        id="7", first_name=word("first"), last_name=word("last"), email=word("email"), job_title=word("title")
    )
    persona = PersonaAssignment(member_id="contact:7", persona=word("persona"), score=1, margin=1)
    known = Member(
        id="contact:7",
        facts=PersonFacts(contact=contact),
        joined_by="deal",
        labels=(word("label"),),
        roles=tuple(roles),
        persona=persona,
        is_external=True,
        external_kind="incumbent_supplier",
        influence=influence(3),
        stance=stance(word("stance evidence")),
    )
    address = word("address")
    unknown = Member(id=f"address:{address}", address=address, joined_by="engagement", roles=(plays("user", 0.6),))
    ties = (
        asks("contact:7", unknown.id, text=word("tie")),
        asks(f"mailbox:{word('mailbox')}", "contact:7", text=word("tie")),
    )
    visit = StageVisit(subject="deal:7", stage=word("stage"), entered_on=AS_OF, reason=word("reason"))
    touch = Touch(
        ref=Ref(object="email", id=word("ref")),
        at=datetime(2026, 3, 1, tzinfo=UTC),
        on=date(2026, 3, 1),
        direction="in",
        subject=word("subject"),
        responders=("contact:7", f"address:{address}"),
    )
    return BuyingCenter(
        id="deal:7",
        name=word("center"),
        deal=Deal(
            id="7",
            name=word("deal"),
            amount=Decimal(number),
            currency=word("currency"),
            url=word("url"),
            properties={"dealname": word("property")},
        ),
        company=Company(id="8", name=word("company"), domains=(word("domain"),)),
        owner=word("owner"),
        stage_label=word("stage label"),
        members=(known, unknown),
        touches=(touch,),
        rulings=(ruling("contact:7", "buyer", "confirmed", word("author")),),
        relations=ties,
        visits=(visit,),
        unknown=(word("plugin"),),
    )


@pytest.fixture(name="full_center")
def _full_center() -> BuyingCenter:
    return full_center()


@pytest.fixture(name="any_center")
def _any_center() -> Callable[[int], BuyingCenter]:
    return any_center


@pytest.fixture(name="worded_center")
def _worded_center() -> Callable[..., BuyingCenter]:
    return worded_center
