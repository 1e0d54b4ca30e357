"""The buying center: who takes part in one purchase decision, how, and how far it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from crmbridge.model.base import Frozen, Ref
from crmbridge.model.consent import ConsentDecision
from crmbridge.model.engagement import EngagementScore
from crmbridge.model.evidence import ROLES, PersonaAssignment, Role, RoleAssignment, TitleReading
from crmbridge.model.journey import StageVisit
from crmbridge.model.persons import Decision, PersonFacts
from crmbridge.model.records import Company, Deal
from crmbridge.model.relations import Influence, Relation, Stance
from crmbridge.model.touchpoints import Action, Nature, Observability, TouchChannel

ASSIGNED: float = 0.5
"""A role counts as assigned from this confidence on, unless ``[centers.evidence]`` says otherwise."""


ExternalKind = Literal["consultant", "incumbent_supplier", "partner", "agency", "authority", "intermediary", "other"]
"""What somebody from outside the buying company is to it."""


class Part(Frozen):
    """Somebody in a touch.

    Attributes:
        id: A member's id; ``owner:<id>`` or ``us`` for our side.
        part: What that one did.
    """

    id: str
    part: Literal["from", "to", "cc", "bcc", "attendee"]


class Touch(Frozen):
    """An engagement of the case, as far as judging needs it.

    Attributes:
        ref: The engagement.
        at: When, in UTC.
        on: The day, in the account's time zone.
        direction: See ``Engagement.direction``.
        subject: Its title.
        member_ids: Members that took part.
        responders: Those of them who acted: wrote, or came to the meeting.
        parts: Who wrote, and to whom, both sides; empty where the CRM does not say.
        thread: What messages of one conversation share; None if nothing says.
        channel: By which way.
        action: What was done.
        nature: Whether somebody did something, or was shown something.
        observability: How it came to be known.
        online: True if it took place on the net; None where that is not known.
        one_to_one: True if it was meant for these people and no others.
        content: A page, an asset or a form, by its address or id.
        topic: What it was about.
        duration_seconds: How long it took.
        is_bot: True if a machine did it: it counts nowhere.
        text: What was written, plain, without quoted replies; only if a plugin asked for texts. It is there while
            judging, and never stored with what was judged.
        text_digest: Of that text, so that another text is another input.
    """

    ref: Ref
    at: datetime
    on: date
    direction: Literal["in", "out", "both", "internal"]
    subject: str | None = None
    member_ids: tuple[str, ...] = ()
    responders: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    thread: str | None = None
    channel: TouchChannel = "other"
    action: Action = "other"
    nature: Nature = "activity"
    observability: Observability = "direct"
    online: bool | None = None
    one_to_one: bool = True
    content: str | None = None
    topic: str | None = None
    duration_seconds: int | None = None
    is_bot: bool = False
    text: str | None = Field(default=None, exclude=True, repr=False)
    text_digest: str | None = None


class Member(Frozen):
    """A person in a buying center.

    Attributes:
        id: ``contact:<id>``, or ``address:<address>`` for somebody the CRM does not know.
        facts: The contact and its history; None if the CRM does not know the person.
        address: The address by which an unknown person was seen.
        joined_by: How the person came in: ``deal`` (linked), ``engagement`` (took part), ``company`` (works there).
        labels: Association labels between the person and the deal, then the company.
        organization_id: The company the person belongs to, if known.
        is_external: True if that is not the buying company.
        external_kind: What such a person is to it.
        reach: Of the people of the company: share that fewer different people turned to in the last year, 0 to 1.
        titles: Readings of the job title, in the title's order.
        roles: Roles with evidence, strongest first; candidates included.
        stance: How the person stands to the purchase; None before that phase.
        influence: How much weight its word has; None if nothing says.
        engagement: How much it engages in the case.
        persona: The best persona, if a plugin assigns any.
        consent: Answers of the second gate.
    """

    id: str
    facts: PersonFacts | None = None
    address: str | None = None
    joined_by: Literal["deal", "engagement", "company"]
    labels: tuple[str, ...] = ()
    organization_id: str | None = None
    is_external: bool = False
    external_kind: ExternalKind | None = None
    reach: float | None = Field(default=None, ge=0, le=1)
    titles: tuple[TitleReading, ...] = ()
    roles: tuple[RoleAssignment, ...] = ()
    stance: Stance | None = None
    influence: Influence | None = None
    engagement: EngagementScore = EngagementScore()
    persona: PersonaAssignment | None = None
    consent: tuple[ConsentDecision, ...] = ()

    @property
    def name(self) -> str:
        """The person's name, else the address."""
        return self.facts.contact.name if self.facts else self.address or self.id

    def confidence(self, role: Role) -> float:
        """Confidence that this member plays ``role``; 0 without evidence."""
        return next((item.confidence for item in self.roles if item.role == role), 0.0)

    def plays(self, role: Role) -> bool:
        """True if the role is assigned and nobody dismissed it."""
        return any(item.role == role and item.status in ("proposed", "confirmed", "locked") for item in self.roles)


class Coverage(Frozen):
    """How broadly a center is reached.

    Attributes:
        known: Members, withheld ones not counted.
        engaged: Members with a two-way touch in the window (90 days by default).
        benchmark: ``engaged`` divided by the benchmark group size (6.8 by default).
        threads: Effective number of members carrying the conversation: exp of the entropy of their touches.
        single_threaded: True if at most one member is engaged, or one carries 70 % and more.
        departments: Departments of engaged members, sorted.
        levels: Ranks of engaged members, the highest first.
        externals: Members from outside the buying company.
        key_roles_engaged: True if a decider and a buyer are engaged.
        exec_backing: True if a decider, or somebody of the management, is engaged.
        benchmark_source: Where the benchmark comes from, with its year.
    """

    known: int = 0
    engaged: int = 0
    benchmark: float = 0.0
    threads: float = 0.0
    single_threaded: bool = True
    departments: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    externals: int = 0
    key_roles_engaged: bool = False
    exec_backing: bool = False
    benchmark_source: str = ""


class Network(Frozen):
    """What is known of who writes to whom in a company; reach rests on it.

    Attributes:
        people: Its people with any message in the last year.
        messages: Messages to one of them.
    """

    people: int = 0
    messages: int = 0


class Ruling(Frozen):
    """A person's word on one role of one member in one center, said to crmbridge.

    Attributes:
        word: ``confirmed``: so it is, until somebody says otherwise. ``dismissed``: not so, until the evidence grows.
            ``locked``: so it is, whatever the CRM says later.
        confidence: What the evidence came to when it was said.
        author: Who.
        at: When, in UTC.
    """

    member_id: str
    role: Role
    word: Literal["confirmed", "dismissed", "locked"]
    confidence: float = Field(ge=0, le=1)
    author: str
    at: datetime


class BuyingCenter(Frozen):
    """The members, roles and journey around one buying case.

    Attributes:
        id: ``deal:<id>``, or ``company:<id>`` before any deal exists.
        deal: The case, if the CRM has one.
        company: The buying company.
        owner: Name of the CRM user who owns the case.
        opened_on: First day of the case.
        closed_on: Day it was closed; None while open.
        stage_label: The CRM's own stage, as people see it.
        is_routine: True for a purchase of risk class ``routine``: the buyer alone decides.
        template: Name of the role template: which roles a complete center of this kind has.
        members: By id; people who may not be processed are not among them.
        withheld: How many of those there are.
        touches: The case's engagements, oldest first.
        decisions: A person's words about the deal or the company.
        rulings: What people said about its roles, by member and role.
        network: What is known of who writes to whom in the company.
        relations: Ties between the members.
        engagement: How much the group engages.
        completeness: 0 to 100: how certainly the required roles are filled.
        completeness_hard: 0 to 100: share of required roles that are filled.
        missing_roles: Required roles without an assigned member.
        visits: Stays in stages, of the center and of members, oldest first.
        unknown: Plugins that failed here: what they would say is unknown, not empty.
        failed_hooks: The hooks in which they failed, sorted: what rests on these is unknown.
    """

    id: str
    name: str
    deal: Deal | None = None
    company: Company | None = None
    owner: str | None = None
    opened_on: date | None = None
    closed_on: date | None = None
    stage_label: str | None = None
    is_routine: bool = False
    template: str = ""
    members: tuple[Member, ...] = ()
    withheld: int = 0
    touches: tuple[Touch, ...] = ()
    decisions: tuple[Decision, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    network: Network = Network()
    relations: tuple[Relation, ...] = ()
    engagement: EngagementScore = EngagementScore()
    completeness: float = Field(default=0.0, ge=0, le=100)
    completeness_hard: float = Field(default=0.0, ge=0, le=100)
    missing_roles: tuple[Role, ...] = ()
    coverage: Coverage = Coverage()
    visits: tuple[StageVisit, ...] = ()
    unknown: tuple[str, ...] = ()
    failed_hooks: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """True while the case is not closed."""
        return self.deal is None or not self.deal.is_closed

    @property
    def stage(self) -> str | None:
        """The stage the center is in now, by the default stage model."""
        visit = self.visit
        return visit.stage if visit else None

    @property
    def visit(self) -> StageVisit | None:
        """The center's present stay."""
        current = [item for item in self.visits if item.subject == self.id and item.model == "phases"]
        return current[-1] if current and current[-1].left_on is None else None

    def member(self, member_id: str) -> Member | None:
        """The member with this id."""
        return next((item for item in self.members if item.id == member_id), None)

    def seats(self) -> dict[Role, tuple[Member, ...]]:
        """Who plays each of the six roles, most certain first; an empty seat is an empty tuple."""
        return {
            role: tuple(sorted((m for m in self.members if m.plays(role)), key=lambda m: (-m.confidence(role), m.id)))
            for role in ROLES
        }
