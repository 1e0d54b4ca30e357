"""Judging: the phases that turn an assembled center, a contact or a company into answers. Pure but for the hooks.

Each phase returns a new frozen center that the next one sees: consent to process, titles, roles, figures, personas,
stages, consent to contact, derived values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Final

from crmbridge.centers.asking import ContactAnswers, answered
from crmbridge.centers.measuring import measure
from crmbridge.centers.roles import assign
from crmbridge.centers.templates import template_of
from crmbridge.config import Config
from crmbridge.model.centers import BuyingCenter, Member, Touch
from crmbridge.model.evidence import PersonaAssignment, RoleAssignment
from crmbridge.model.persons import CompanyFacts, PersonFacts
from crmbridge.model.proposals import PropertyValue, RoleProposal
from crmbridge.plugins import Answers, HookFailure, Session

MOST_KNOWN: Final = 10_000
"""People whose answers about consent are kept during a run, so that memory stays flat."""


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
        self._known: dict[str, tuple[ContactAnswers, list[HookFailure]]] = {}

    def center(self, center: BuyingCenter) -> Judged:
        """Judge an assembled center through all phases."""
        judged = Judged()
        template, routine = template_of(center, self.config.centers)
        center = self._gate(center.model_copy(update={"template": template, "is_routine": routine}), judged)
        center = self._titles(center, judged)
        center = self._roles(center, judged)
        center = self._figures(center, judged)
        center = self._personas(center, judged)
        center = self._stages(center, judged)
        center = self._consent(center, judged)
        center = _with_failures(center, judged.failures)
        answers = self.session.derive_center(center)
        judged.take(answers)
        judged.values += answers.items
        judged.center = _with_failures(center, judged.failures)
        return judged

    def contact(self, person: PersonFacts) -> Judged:
        """Judge a contact by itself; about one who may not be processed only consent plugins are asked."""
        judged = Judged()
        known = self._asked(person, judged)
        answers = self.session.derive_contact(person, known.contacting, only_consent_plugins=not known.allowed)
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
        members = [member for member in center.members if not member.facts or self._asked(member.facts, judged).allowed]
        withheld = {member.id for member in center.members} - {member.id for member in members}
        if not withheld:
            return center
        return center.model_copy(
            update={
                "members": tuple(members),
                "withheld": len(withheld),
                "touches": tuple(_without(touch, withheld) for touch in center.touches),
                "rulings": tuple(item for item in center.rulings if item.member_id not in withheld),
            }
        )

    def _asked(self, person: PersonFacts, judged: Judged) -> ContactAnswers:
        """Ask once per run: a person's facts are the same in every center."""
        known = self._known.get(person.contact.id)
        if known is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            failures: list[HookFailure] = []
            decide = partial(self.session.decide_consent, failures=failures)
            known = answered(person, decide, self.config.privacy), failures
            self._known[person.contact.id] = known
        answers, failures = known
        judged.failures += failures
        judged.due(answers.expires_on)
        return answers

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
        settings = self.config.centers.evidence

        def roles(member: Member) -> tuple[RoleAssignment, ...]:
            found, due = assign(member, by_member[member.id], center.rulings, self.today, settings)
            judged.due(due)
            return found

        return _each(center, "roles", roles)

    def _figures(self, center: BuyingCenter, judged: Judged) -> BuyingCenter:
        stances, ties = self.session.propose_stances(center), self.session.propose_relations(center)
        judged.take(stances)
        judged.take(ties)
        center, due = measure(center, stances.items, ties.items, self.config.centers, self.today)
        judged.due(due)
        return center

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
        return _each(
            center, "consent", lambda member: self._asked(member.facts, judged).contacting if member.facts else ()
        )


def _without(touch: Touch, withheld: Container[str]) -> Touch:
    """Leave people out of a touch; what was said in one of theirs, and what it is called, may name them: it goes."""
    if not any(item in withheld for item in touch.member_ids):
        return touch
    return touch.model_copy(
        update={
            "member_ids": tuple(item for item in touch.member_ids if item not in withheld),
            "responders": tuple(item for item in touch.responders if item not in withheld),
            "parts": tuple(item for item in touch.parts if item.id not in withheld),
            "text": None,
            "text_digest": None,
            **dict.fromkeys(("subject", "topic", "content", "thread")),
        }
    )


def _with_failures(center: BuyingCenter, failures: Sequence[HookFailure]) -> BuyingCenter:
    plugins, hooks = {item.plugin for item in failures}, {item.hook for item in failures}
    return center.model_copy(update={"unknown": tuple(sorted(plugins)), "failed_hooks": tuple(sorted(hooks))})


def _each(center: BuyingCenter, field_name: str, value: Callable[[Member], object]) -> BuyingCenter:
    """Give each member a new value of one field; those whose value stays are not copied."""
    members = []
    for member in center.members:
        new = value(member)
        same = new == getattr(member, field_name)
        members.append(member if same else member.model_copy(update={field_name: new}))
    return center.model_copy(update={"members": tuple(members)})


def _best(assignments: Sequence[PersonaAssignment], member_id: str) -> PersonaAssignment | None:
    mine = [item for item in assignments if item.member_id == member_id]
    return max(mine, key=lambda item: (item.persona is not None, item.score), default=None)
