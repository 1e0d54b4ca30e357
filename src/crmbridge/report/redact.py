"""Pseudonyms: a copy of a center that is built from what may be shown, so that nothing else can slip through."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from crmbridge.model import (
    BuyingCenter,
    Company,
    Contact,
    Deal,
    Evidence,
    Finding,
    Member,
    PersonaAssignment,
    PersonFacts,
    Ref,
    Relation,
    RoleAssignment,
    Ruling,
    StageVisit,
    Stance,
    Touch,
)

ACCOUNT = "Account withheld"
"""Stands for the account's name."""


def _evidence(item: Evidence) -> Evidence:
    return Evidence(source=item.source, weight=item.weight, against=item.against, text="", on=item.on)


def _role(item: RoleAssignment) -> RoleAssignment:
    evidence = tuple(_evidence(piece) for piece in item.evidence)
    return RoleAssignment(role=item.role, confidence=item.confidence, status=item.status, evidence=evidence, by=item.by)


def _stance(item: Stance | None) -> Stance | None:
    if item is None:
        return None
    evidence = tuple(_evidence(piece) for piece in item.evidence)
    return Stance(score=item.score, cls=item.cls, basis=item.basis, evidence=evidence, by=item.by)


def _persona(item: PersonaAssignment | None, alias: str) -> PersonaAssignment | None:
    if item is None:
        return None
    return PersonaAssignment(member_id=alias, persona=item.persona, score=item.score, margin=item.margin, by=item.by)


def finding(item: Finding) -> Finding:
    """Keep what a finding is and who says so; its message may name anything."""
    return item.model_copy(update={"message": ""})


@dataclass
class Redactor:
    """Gives each person, title, company, deal and owner one pseudonym for the whole report."""

    _names: dict[tuple[str, str], str] = field(default_factory=dict)
    _given: Counter[str] = field(default_factory=Counter)

    def alias(self, kind: str, key: str) -> str:
        """The pseudonym of ``key``, e.g. ``Person 12``; the next free one at first sight."""
        if (kind, key) not in self._names:
            self._given[kind] += 1
            self._names[kind, key] = f"{kind} {self._given[kind]}"
        return self._names[kind, key]

    def center(self, center: BuyingCenter) -> BuyingCenter:
        """The same center under pseudonyms."""
        company = self._company(center.company)
        deal = self._deal(center.deal)
        name = (deal and deal.name) or (company and company.name) or self.alias("Center", center.id)
        members = {member.id for member in center.members}
        subjects = {center.id: name}
        if center.company and company:
            subjects.setdefault(f"company:{center.company.id}", f"company:{company.id}")
        visits = tuple(
            StageVisit(**{**dict(visit), "subject": subjects[visit.subject], "reason": ""})
            for visit in center.visits
            if visit.subject in subjects
        )
        return BuyingCenter(
            id=name,
            name=name,
            deal=deal,
            company=company,
            owner=self.alias("Owner", center.owner) if center.owner else None,
            opened_on=center.opened_on,
            closed_on=center.closed_on,
            stage_label=center.stage_label,
            is_routine=center.is_routine,
            template=center.template,
            members=tuple(self._member(member) for member in center.members),
            withheld=center.withheld,
            touches=tuple(self._touch(touch, members) for touch in center.touches),
            rulings=tuple(self._ruling(item) for item in center.rulings),
            relations=tuple(self._relation(item, members) for item in center.relations),
            engagement=center.engagement,
            completeness=center.completeness,
            completeness_hard=center.completeness_hard,
            missing_roles=center.missing_roles,
            coverage=center.coverage,
            visits=visits,
            unknown=center.unknown,
        )

    def _company(self, company: Company | None) -> Company | None:
        alias = company and self.alias("Company", company.id)
        return Company(id=alias, name=alias) if alias else None

    def _deal(self, deal: Deal | None) -> Deal | None:
        if deal is None:
            return None
        alias = self.alias("Deal", deal.id)
        kept = deal.model_dump(include={"amount", "currency", "is_closed", "is_won", "close_at", "probability"})
        return Deal(id=alias, name=alias, **kept)

    def _member(self, member: Member) -> Member:
        alias = self.alias("Person", member.id)
        title = member.facts and member.facts.contact.job_title
        contact = Contact(id=alias, first_name=alias, job_title=self.alias("Title", title) if title else None)
        return Member(
            id=alias,
            facts=PersonFacts(contact=contact) if member.facts else None,
            address=None if member.facts else alias,
            joined_by=member.joined_by,
            is_external=member.is_external,
            external_kind=member.external_kind,
            stance=_stance(member.stance),
            influence=member.influence,
            engagement=member.engagement,
            roles=tuple(_role(item) for item in member.roles),
            persona=_persona(member.persona, alias),
        )

    def _ruling(self, item: Ruling) -> Ruling:
        return Ruling(
            member_id=self.alias("Person", item.member_id),
            role=item.role,
            word=item.word,
            confidence=item.confidence,
            author=self.alias("Author", item.author),
            at=item.at,
        )

    def _relation(self, item: Relation, members: set[str]) -> Relation:
        def end(member_id: str) -> str:
            return self.alias("Person" if member_id in members else "Address", member_id)

        return Relation(
            kind=item.kind,
            source=end(item.source),
            target=end(item.target),
            weight=item.weight,
            last_on=item.last_on,
            evidence=tuple(_evidence(piece) for piece in item.evidence),
            by=item.by,
        )

    def _touch(self, touch: Touch, members: set[str]) -> Touch:
        return Touch(
            ref=Ref(object=touch.ref.object, id="withheld"),
            at=touch.at,
            on=touch.on,
            direction=touch.direction,
            responders=tuple(self.alias("Person", item) for item in touch.responders if item in members),
        )
