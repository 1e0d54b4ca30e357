"""Score the personas of a member and choose one, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

from crmbridge import BuyingCenter, Member, PersonaAssignment
from crmbridge_personas.criteria import Criterion
from crmbridge_personas.fields import Values, read_field
from crmbridge_personas.settings import Persona, PersonasSettings


@dataclass(frozen=True)
class Score:
    """How well a persona fits.

    Attributes:
        value: Matched weight by all weight, 0 to 1, four decimals.
        missing: Fields that are empty and would have counted.
    """

    persona: Persona
    value: float
    matched: tuple[Criterion, ...]
    missing: tuple[str, ...]


def assignments(center: BuyingCenter, settings: PersonasSettings) -> Iterator[PersonaAssignment]:
    """One answer for each member that the CRM knows."""
    for member in center.members:
        if member.facts:
            yield assign(member, center, settings)


def assign(member: Member, center: BuyingCenter, settings: PersonasSettings) -> PersonaAssignment:
    """The best persona if it scores high enough and far enough from the next, else None with what is missing."""
    read = cache(partial(read_field, member=member, center=center))
    scores = sorted(
        (score(persona, read) for persona in settings.personas if _is_open_to(persona, member)),
        key=lambda item: -item.value,
    )
    if not scores:
        return PersonaAssignment(member_id=member.id, persona=None, score=0, margin=0, missing=_no_role(member))
    best = scores[0]
    margin = round(best.value - (scores[1].value if len(scores) > 1 else 0), 4)
    fits = best.value >= (best.persona.threshold or settings.threshold) and margin >= settings.margin
    return PersonaAssignment(
        member_id=member.id,
        persona=best.persona.key if fits else None,
        score=best.value,
        margin=margin,
        matched=tuple(str(item) for item in best.matched),
        missing=best.missing,
    )


def score(persona: Persona, read: Callable[[str], Values]) -> Score:
    """Score one persona; ``read`` gives the values of a field."""
    matched: list[Criterion] = []
    missing: dict[str, None] = {}
    for criterion in persona.criteria:
        values = read(criterion.field)
        if criterion.holds(values):
            matched.append(criterion)
        elif not values and criterion.op != "exists":
            missing[criterion.field] = None
    share = sum(item.weight for item in matched) / sum(item.weight for item in persona.criteria)
    return Score(persona, round(share, 4), tuple(matched), tuple(missing))


def _is_open_to(persona: Persona, member: Member) -> bool:
    return not persona.roles or any(member.plays(role) for role in persona.roles)


def _no_role(member: Member) -> tuple[str, ...]:
    return () if any(member.plays(item.role) for item in member.roles) else ("role",)
