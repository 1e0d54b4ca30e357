"""From evidence and people's words to the roles of a member. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from crmbridge.centers.confidence import confidence, next_change, status
from crmbridge.config.centers import Weighing
from crmbridge.model.centers import Member, Ruling
from crmbridge.model.evidence import Evidence, Role, RoleAssignment, RoleStatus
from crmbridge.model.persons import Decision
from crmbridge.model.proposals import RoleProposal

ROLES_PROPERTY: Final = "roles"
"""Registered name of the contact property by which a person says who plays which roles."""


class Gathered(NamedTuple):
    """What plugins say of one role: all evidence, strongest first, and who gave it."""

    evidence: tuple[Evidence, ...]
    by: tuple[str, ...]


def assign(
    member: Member, proposals: Iterable[RoleProposal], rulings: Sequence[Ruling], today: date, settings: Weighing
) -> tuple[tuple[RoleAssignment, ...], date | None]:
    """Weigh evidence and people's words; return the roles, strongest first, and the first day they could change.

    A person's newest word on a role counts: a ruling, or an edit of the roles in the CRM, which says "no" of each role
    it does not name. A lock holds against later edits. A dismissed role stays dismissed until its evidence comes to
    ``settings.regrow`` more than when it was dismissed.
    """
    gathered = gather(proposals)
    decision = member.facts.decided(ROLES_PROPERTY) if member.facts else None
    words = {item.role: item for item in rulings if item.member_id == member.id and _stands(item, decision)}
    found, due = [], []
    for role in {**gathered, **words}:
        known = gathered.get(role, Gathered((), ()))
        if role in words and words[role].word == "dismissed":
            known = known._replace(evidence=without_people(known.evidence))
        assignment = _assignment(role, known, today, settings)
        if role in words or assignment.confidence >= settings.candidate:  # what is weaker only grows weaker with age
            due.append(next_change(known.evidence, today, settings.half_life_days))
        if role in words:
            found.append(_ruled(assignment, words[role], settings))
        elif assignment.confidence >= settings.candidate and _is_named(role, decision):
            found.append(assignment)
    ranked = tuple(sorted(found, key=lambda item: (-item.confidence, item.role)))
    return ranked, min((day for day in due if day), default=None)


def gather(proposals: Iterable[RoleProposal]) -> dict[Role, Gathered]:
    """Put the evidence of all plugins together, by role."""
    evidence: dict[Role, list[Evidence]] = defaultdict(list)
    plugins: dict[Role, set[str]] = defaultdict(set)
    for item in proposals:
        evidence[item.role] += item.evidence
        plugins[item.role].add(item.by)
    return {
        role: Gathered(tuple(sorted(items, key=_rank)), tuple(sorted(plugins[role])))
        for role, items in evidence.items()
    }


def _rank(item: Evidence) -> tuple[float, str, str, str]:
    return (-item.weight, item.source, item.text, str(item.on))


def _assignment(role: Role, known: Gathered, today: date, settings: Weighing) -> RoleAssignment:
    value = confidence(known.evidence, today, settings.half_life_days)
    return RoleAssignment(
        role=role,
        confidence=value,
        status=status(known.evidence, value, settings.assigned),
        evidence=known.evidence,
        by=known.by,
    )


def _stands(ruling: Ruling, decision: Decision | None) -> bool:
    """True unless somebody edited the roles in the CRM later; a lock holds against that."""
    return decision is None or ruling.word == "locked" or ruling.at >= decision.at


def _is_named(role: Role, decision: Decision | None) -> bool:
    return decision is None or role in (decision.value or "").split(";")


def without_people(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """What speaks for or against a role besides people's words and edits."""
    return tuple(item for item in evidence if item.source != "human")


def _ruled(assignment: RoleAssignment, ruling: Ruling, settings: Weighing) -> RoleAssignment:
    """Let a person's word decide; of a dismissed role ``assignment`` weighs evidence without people's edits."""
    if ruling.word != "dismissed":
        text = f"{ruling.word} by {ruling.author} on {ruling.at.date()}"[:300]
        said = Evidence(source="human", weight=1.0, text=text)
        update: dict[str, object] = {"confidence": 1.0, "status": ruling.word, "evidence": (said, *assignment.evidence)}
        return assignment.model_copy(update=update)
    value = assignment.confidence
    grown = value >= settings.assigned and value >= round(ruling.confidence + settings.regrow, 2)
    new: RoleStatus = "proposed" if grown else "dismissed"
    return assignment.model_copy(update={"status": new})
