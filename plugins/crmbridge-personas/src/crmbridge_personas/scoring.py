"""Choose a persona for a member, or none, and say what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge import ROLES, BuyingCenter, Member, PersonaAssignment, Role
from crmbridge_personas.fields import read_field
from crmbridge_personas.personas import Persona, Score
from crmbridge_personas.settings import PersonasSettings


def assignments(center: BuyingCenter, settings: PersonasSettings) -> Iterator[PersonaAssignment]:
    """One answer for each member that the CRM knows."""
    for member in center.members:
        if member.facts:
            yield assign(member, center, settings)


def assign(member: Member, center: BuyingCenter, settings: PersonasSettings) -> PersonaAssignment:
    """The best persona if it scores high enough and far enough from the next, else that of the strongest role.

    Else None, with the fields that are missing.
    """
    roles = [item.role for item in member.roles if member.plays(item.role)]
    scores = settings.ranked(tuple(read_field(name, member, center) for name in settings.fields), frozenset(roles))
    margin = round(scores[0].value - (scores[1].value if len(scores) > 1 else 0), 4) if scores else 0.0
    if scores and scores[0].value >= (scores[0].persona.threshold or settings.threshold) and margin >= settings.margin:
        return _assignment(scores[0], margin, member, center)
    if role := _strongest(member, roles, settings):
        return _by_role(settings.by_key[settings.by_role[role]], role, scores, member, center)
    best = scores[0] if scores else None
    return PersonaAssignment(
        member_id=member.id,
        persona=None,
        score=best.value if best else 0,
        margin=margin,
        matched=best.matched if best else (),
        missing=best.missing if best else () if roles else ("role",),
    )


def _strongest(member: Member, roles: list[Role], settings: PersonasSettings) -> Role | None:
    """The role that is played most certainly, of those that have a persona."""
    bound = [role for role in roles if role in settings.by_role]
    return min(bound, key=lambda role: (-member.confidence(role), ROLES.index(role)), default=None)


def _by_role(
    persona: Persona, role: Role, scores: tuple[Score, ...], member: Member, center: BuyingCenter
) -> PersonaAssignment:
    """The persona that the role is bound to; no margin, as its criteria did not decide."""
    own = next((item for item in scores if item.persona.key == persona.key), Score(persona, 0.0, (), ()))
    score = Score(persona, own.value, (*own.matched, f"by_role {role}"), own.missing)
    return _assignment(score, 0.0, member, center)


def _assignment(score: Score, margin: float, member: Member, center: BuyingCenter) -> PersonaAssignment:
    """The persona, with its checklist."""
    asked = score.persona.required_fields
    left = tuple(name for name in asked if not read_field(name, member, center))
    return PersonaAssignment(
        member_id=member.id,
        persona=score.persona.key,
        score=score.value,
        margin=margin,
        matched=score.matched,
        missing=score.missing,
        checklist=round(1 - len(left) / len(asked), 2) if asked else None,
        open_fields=left,
    )
