"""The buying center: who takes part in one purchase decision, how, and how far it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from crmbridge.model.base import Frozen, Ref
from crmbridge.model.consent import ConsentDecision
from crmbridge.model.evidence import ROLES, PersonaAssignment, Role, RoleAssignment, TitleReading
from crmbridge.model.journey import StageVisit
from crmbridge.model.persons import Decision, PersonFacts
from crmbridge.model.records import Company, Deal

ASSIGNED: float = 0.5
"""A role counts as assigned from this confidence on."""


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
    """

    ref: Ref
    at: datetime
    on: date
    direction: Literal["in", "out", "both", "internal"]
    subject: str | None = None
    member_ids: tuple[str, ...] = ()
    responders: tuple[str, ...] = ()


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
        titles: Readings of the job title, in the title's order.
        roles: Roles with evidence, strongest first; candidates included.
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
    titles: tuple[TitleReading, ...] = ()
    roles: tuple[RoleAssignment, ...] = ()
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
        return any(
            item.role == role and item.status != "dismissed" and item.confidence >= ASSIGNED for item in self.roles
        )


class Coverage(Frozen):
    """How broadly a center is reached.

    Attributes:
        known: Members, withheld ones not counted.
        engaged: Members with a two-way touch in the window (90 days by default).
        benchmark: ``engaged`` divided by the benchmark group size (6.8 by default).
        threads: Effective number of members carrying the conversation: exp of the entropy of their touches.
        single_threaded: True if at most one member is engaged, or one carries 70 % and more.
    """

    known: int = 0
    engaged: int = 0
    benchmark: float = 0.0
    threads: float = 0.0
    single_threaded: bool = True


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
        is_routine: True for a purchase below ``[centers] routine_amount``: the buyer alone decides.
        members: By id; people who may not be processed are not among them.
        withheld: How many of those there are.
        touches: The case's engagements, oldest first.
        decisions: A person's words about the deal or the company.
        completeness: 0 to 100: how certainly the required roles are filled.
        completeness_hard: 0 to 100: share of required roles that are filled.
        missing_roles: Required roles without an assigned member.
        visits: Stays in stages, of the center and of members, oldest first.
        unknown: Plugins that failed here: what they would say is unknown, not empty.
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
    members: tuple[Member, ...] = ()
    withheld: int = 0
    touches: tuple[Touch, ...] = ()
    decisions: tuple[Decision, ...] = ()
    completeness: float = Field(default=0.0, ge=0, le=100)
    completeness_hard: float = Field(default=0.0, ge=0, le=100)
    missing_roles: tuple[Role, ...] = ()
    coverage: Coverage = Coverage()
    visits: tuple[StageVisit, ...] = ()
    unknown: tuple[str, ...] = ()

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
