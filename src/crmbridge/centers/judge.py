"""Judging: the phases that turn an assembled center, a contact or a company into answers. Pure but for the hooks.

Each phase returns a new frozen center that the next one sees: consent to process, titles, roles, figures, personas,
stages, consent to contact, derived values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from crmbridge.centers.confidence import CANDIDATE, confidence, next_change, status
from crmbridge.centers.figures import completeness, coverage
from crmbridge.config import Config
from crmbridge.model.centers import BuyingCenter, Member
from crmbridge.model.consent import Channel, ConsentDecision, ConsentQuestion, Purpose
from crmbridge.model.evidence import Evidence, PersonaAssignment, Role, RoleAssignment
from crmbridge.model.persons import CompanyFacts, PersonFacts
from crmbridge.model.proposals import PropertyValue, RoleProposal
from crmbridge.model.records import Deal
from crmbridge.plugins import Answers, HookFailure, Session

CONTACT_QUESTIONS: Final[tuple[tuple[Purpose, Channel], ...]] = (
    ("marketing", "email"),
    ("sales", "phone"),
    ("marketing", "post"),
    ("newsletter", "email"),
    ("market_research", "email"),
)
"""What the second gate is asked about each person."""

ROLES_PROPERTY: Final = "roles"
"""Registered name of the contact property by which a person says who plays which roles."""

MOST_KNOWN: Final = 60_000
"""Answers about consent that are kept during a run, so that memory stays flat."""


@dataclass
class Judged:
    """What came of judging one unit.

    Attributes:
        center: The judged center; None for a contact or a company by itself.
        due_on: First day on which an answer could change with no new record.
    """

    center: BuyingCenter | None = None
    values: list[PropertyValue] = field(default_factory=list)
    failures: list[HookFailure] = field(default_factory=list)
    due_on: date | None = None

    def due(self, *days: date | None) -> None:
        """Take the earliest of these days and the one known."""
        self.due_on = min((day for day in (self.due_on, *days) if day), default=None)

    def take(self, answers: Answers[Any]) -> None:
        """Note what all answers bring besides their items."""
        self.failures += answers.failures
        self.due(answers.due)


class Judge:
    """Judges one unit after the other for one run."""

    def __init__(self, session: Session, config: Config, today: date) -> None:
        self.session = session
        self.config = config
        self.today = today
        self._known: dict[tuple[str, Purpose, Channel], ConsentDecision] = {}

    def center(self, center: BuyingCenter) -> Judged:
        """Judge an assembled center through all phases."""
        judged = Judged()
        routine = is_routine(self.config.centers.routine_amount, center.deal)
        center = self._gate(center.model_copy(update={"is_routine": routine}), judged)
        center = self._titles(center, judged)
        center = self._roles(center, judged)
        center = self._figures(center, judged)
        center = self._personas(center, judged)
        center = self._stages(center, judged)
        center = self._consent(center, judged)
        center = center.model_copy(update={"unknown": tuple(sorted({item.plugin for item in judged.failures}))})
        answers = self.session.derive_center(center)
        judged.take(answers)
        judged.values += answers.items
        judged.center = center.model_copy(update={"unknown": tuple(sorted({item.plugin for item in judged.failures}))})
        return judged

    def contact(self, person: PersonFacts) -> Judged:
        """Judge a contact by itself; about one who may not be processed only consent plugins are asked."""
        judged = Judged()
        allowed = self._may_process(person, judged)
        consent = self._answers(person, judged) if allowed else _refused()
        answers = self.session.derive_contact(person, consent, only_consent_plugins=not allowed)
        judged.take(answers)
        judged.values += answers.items
        return judged

    def company(self, facts: CompanyFacts) -> Judged:
        """Judge a company by itself."""
        judged = Judged()
        answers = self.session.derive_company(facts)
        judged.take(answers)
        judged.values += answers.items
        return judged

    def _gate(self, center: BuyingCenter, judged: Judged) -> BuyingCenter:
        members = [member for member in center.members if not member.facts or self._may_process(member.facts, judged)]
        withheld = {member.id for member in center.members} - {member.id for member in members}
        if not withheld:
            return center
        touches = tuple(
            touch.model_copy(
                update={
                    "member_ids": tuple(item for item in touch.member_ids if item not in withheld),
                    "responders": tuple(item for item in touch.responders if item not in withheld),
                }
            )
            for touch in center.touches
        )
        return center.model_copy(update={"members": tuple(members), "withheld": len(withheld), "touches": touches})

    def _may_process(self, person: PersonFacts, judged: Judged) -> bool:
        answer = self._ask(person, "processing", "none", judged)
        if self.config.privacy.processing == "record-required":
            return answer.decision == "allow"
        return answer.decision != "deny"

    def _ask(self, person: PersonFacts, purpose: Purpose, channel: Channel, judged: Judged) -> ConsentDecision:
        """Ask once per run: a person's facts are the same in every center."""
        key = (person.contact.id, purpose, channel)
        if key not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            question = ConsentQuestion(person=person, purpose=purpose, channel=channel)
            self._known[key] = self.session.decide_consent(question)
        judged.due(self._known[key].expires_on)
        return self._known[key]

    def _answers(self, person: PersonFacts, judged: Judged) -> tuple[ConsentDecision, ...]:
        return tuple(self._ask(person, purpose, channel, judged) for purpose, channel in CONTACT_QUESTIONS)

    def _titles(self, center: BuyingCenter, judged: Judged) -> BuyingCenter:
        answers = self.session.propose_titles(center)
        judged.take(answers)
        return _each(
            center, "titles", lambda member: tuple(item for item in answers.items if item.member_id == member.id)
        )

    def _roles(self, center: BuyingCenter, judged: Judged) -> BuyingCenter:
        answers = self.session.propose_roles(center)
        judged.take(answers)
        by_member: dict[str, list[RoleProposal]] = defaultdict(list)
        for item in answers.items:
            by_member[item.member_id].append(item)
        return _each(
            center, "roles", lambda member: _as_decided(member, _assign(by_member[member.id], self.today, judged))
        )

    def _figures(self, center: BuyingCenter, judged: Judged) -> BuyingCenter:
        settings = self.config.centers
        soft, hard, missing = completeness(center.members, {"buyer": 1} if center.is_routine else settings.required)
        figures, due = coverage(center.members, center.touches, self.today, settings.engaged_days, settings.benchmark)
        judged.due(due)
        update = {"completeness": soft, "completeness_hard": hard, "missing_roles": missing, "coverage": figures}
        return center.model_copy(update=update)

    def _personas(self, center: BuyingCenter, judged: Judged) -> BuyingCenter:
        answers = self.session.propose_personas(center)
        judged.take(answers)
        return _each(center, "persona", lambda member: _best(answers.items, member.id))

    def _stages(self, center: BuyingCenter, judged: Judged) -> BuyingCenter:
        answers = self.session.propose_stages(center)
        judged.take(answers)
        visits = sorted(answers.items, key=lambda item: (item.subject, item.model, item.entered_on, item.by))
        return center.model_copy(update={"visits": tuple(visits)})

    def _consent(self, center: BuyingCenter, judged: Judged) -> BuyingCenter:
        return _each(center, "consent", lambda member: self._answers(member.facts, judged) if member.facts else ())


def is_routine(limit: Decimal | None, deal: Deal | None) -> bool:
    """True if the deal's amount, in its own currency, is known and below the limit."""
    return limit is not None and deal is not None and deal.amount is not None and deal.amount < limit


def _each(center: BuyingCenter, field_name: str, value: Callable[[Member], object]) -> BuyingCenter:
    """Give each member a new value of one field; those whose value stays are not copied."""
    members = []
    for member in center.members:
        new = value(member)
        same = new == getattr(member, field_name)
        members.append(member if same else member.model_copy(update={field_name: new}))
    return center.model_copy(update={"members": tuple(members)})


def _assign(proposals: Iterable[RoleProposal], today: date, judged: Judged) -> tuple[RoleAssignment, ...]:
    evidence: dict[Role, list[Evidence]] = defaultdict(list)
    plugins: dict[Role, set[str]] = defaultdict(set)
    for item in proposals:
        evidence[item.role] += item.evidence
        plugins[item.role].add(item.by)
    found = []
    for role, items in evidence.items():
        pieces = tuple(sorted(items, key=lambda piece: (-piece.weight, piece.source, piece.text)))
        value = confidence(pieces, today)
        judged.due(next_change(pieces, today))
        if value >= CANDIDATE:
            found.append(
                RoleAssignment(
                    role=role,
                    confidence=value,
                    status=status(pieces, value),
                    evidence=pieces,
                    by=tuple(sorted(plugins[role])),
                )
            )
    return tuple(sorted(found, key=lambda item: (-item.confidence, item.role)))


def _as_decided(member: Member, roles: tuple[RoleAssignment, ...]) -> tuple[RoleAssignment, ...]:
    """Leave out what a person's word on this member's roles does not name, whoever proposes it."""
    decision = member.facts.decided(ROLES_PROPERTY) if member.facts else None
    if decision is None:
        return roles
    named = (decision.value or "").split(";")
    return tuple(item for item in roles if item.role in named)


def _best(assignments: Sequence[PersonaAssignment], member_id: str) -> PersonaAssignment | None:
    mine = [item for item in assignments if item.member_id == member_id]
    return max(mine, key=lambda item: (item.persona is not None, item.score), default=None)


def _refused() -> tuple[ConsentDecision, ...]:
    return tuple(
        ConsentDecision(purpose=purpose, channel=channel, decision="deny", reason="PROCESSING_REFUSED", by="core")
        for purpose, channel in CONTACT_QUESTIONS
    )
