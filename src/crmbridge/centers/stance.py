"""How members stand to the purchase: promoters and opponents, by power or by expertise. Pure.

Witte (*Organisation für Innovationsentscheidungen*, 1973) tells promoters by power from promoters by expertise;
opponents are their mirror. Silence says nothing: without evidence a stance is unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from math import fsum
from typing import Final, Literal, get_args

from crmbridge.centers.ranks import departments, top_rank
from crmbridge.config.centers import Centers
from crmbridge.model.centers import Member
from crmbridge.model.evidence import Evidence
from crmbridge.model.proposals import StanceProposal
from crmbridge.model.relations import Stance, StanceClass

Basis = Literal["expert", "power", "both", "unknown"]

STANCE_PROPERTY: Final = "stance"
"""Registered name of the contact property by which a person says how somebody stands."""

_CLASSES: Final[Mapping[str | None, StanceClass]] = {cls: cls for cls in get_args(StanceClass)}
_EXPERTS: Final = frozenset(("user", "influencer"))
"""Roles that are played for what somebody knows."""


def stances(members: Sequence[Member], proposals: Iterable[StanceProposal], settings: Centers) -> Mapping[str, Stance]:
    """The stance of each member, by id."""
    said: dict[str, list[StanceProposal]] = defaultdict(list)
    for item in proposals:
        said[item.member_id].append(item)
    return {member.id: stance(member, said.get(member.id, ()), settings) for member in members}


def stance(member: Member, proposals: Sequence[StanceProposal], settings: Centers) -> Stance:
    """Add up what speaks for and against: ``sum(weight * sign) / max(1, sum(weight))``.

    A person's word on the property outranks everything; so does evidence from a person over all other evidence.
    Evidence does not age here: a word holds until another one is said.
    """
    basis = basis_of(member, settings)
    decision = member.facts.decided(STANCE_PROPERTY) if member.facts else None
    if decision and (cls := _CLASSES.get(decision.value)):
        return _decided(cls, basis, decision.at.date().isoformat())
    if not proposals:
        return _unknown(basis)
    pieces = sorted({_key(item): item for given in proposals for item in given.evidence}.values(), key=_order)
    counted = [item for item in pieces if item.source == "human"] or pieces
    total = fsum(item.weight for item in counted)
    score = round(fsum(-item.weight if item.against else item.weight for item in counted) / max(1.0, total), 2)
    return Stance(
        score=score,
        cls=_class(score, total, basis, settings),
        basis=basis,
        evidence=tuple(pieces),
        by=tuple(sorted({item.by for item in proposals})),
    )


def basis_of(member: Member, settings: Centers) -> Basis:
    """What the member's word rests on: power by rank or as decider, expertise by role or department."""
    played = {item.role for item in member.roles if member.plays(item.role)}
    power = "decider" in played or top_rank(member) in settings.stance.power
    expert = not played.isdisjoint(_EXPERTS) or not departments(member).isdisjoint(settings.specialists)
    if power:
        return "both" if expert else "power"
    return "expert" if expert else "unknown"


def _class(score: float, total: float, basis: Basis, settings: Centers) -> StanceClass:
    """Who is known to have power counts by it; where nothing is known, by expertise, which claims less."""
    if abs(score) < settings.stance.threshold or total < settings.stance.least:
        return "neutral"
    if basis in ("power", "both"):
        return "power_promoter" if score > 0 else "power_opponent"
    return "expert_promoter" if score > 0 else "expert_opponent"


def _decided(cls: StanceClass, basis: Basis, day: str) -> Stance:
    sign = 1.0 if cls.endswith("promoter") else -1.0 if cls.endswith("opponent") else 0.0
    word = Evidence(source="human", weight=1.0, against=sign < 0, text=f"a person said so on {day}")
    return Stance(score=sign, cls=cls, basis=basis, evidence=(word,), by=("core",))


@cache
def _unknown(basis: Basis) -> Stance:
    return Stance(score=0.0, cls="unknown", basis=basis)


def _key(item: Evidence) -> tuple[object, ...]:
    """What makes two pieces the same sign, whoever saw it."""
    return (item.source, item.weight, item.against, item.text, item.ref, item.on)


def _order(item: Evidence) -> tuple[object, ...]:
    return (-item.weight, item.against, item.source, item.text, str(item.ref), str(item.on))
