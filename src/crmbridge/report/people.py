"""The people of a center and the ties between them, as the page lists them below a map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crmbridge.centers.properties import KIND_LABELS, MOMENTUM_LABELS, RELIABILITY_LABELS
from crmbridge.model import (
    ROLE_LABELS,
    STANCE_LABELS,
    BuyingCenter,
    Influence,
    Member,
    Relation,
    RoleAssignment,
    Stance,
)
from crmbridge.model.relations import RELATION_LABELS
from crmbridge.report.gaps import name_of
from crmbridge.report.text import MISSING, clean, count, day, number

_PEOPLE: Final = 40
_TIES: Final = 20


@dataclass(frozen=True)
class RowView:
    """A member: who, which roles, and figures, each with its parts in a second line."""

    name: str
    title: str
    roles: tuple[str, ...]
    influence: str
    parts: str
    engagement: str
    momentum: str
    stance: str
    signs: tuple[str, ...]


@dataclass(frozen=True)
class TieView:
    """A tie between two people, in words."""

    source: str
    kind: str
    target: str
    weight: str
    last: str
    why: str


@dataclass(frozen=True)
class PeopleView:
    """Members and ties; ``more`` and ``more_ties`` say what is left out."""

    rows: tuple[RowView, ...]
    more: str
    ties: tuple[TieView, ...]
    more_ties: str
    stance: bool


def people(center: BuyingCenter, *, stance: bool) -> PeopleView:
    """Say who belongs to a center and who turns to whom; how they stand to the purchase only with ``stance``."""
    members = sorted(center.members, key=_rank)
    ties = sorted((tie for tie in center.relations if tie.kind != "communication"), key=_strength)
    return PeopleView(
        rows=tuple(_row(center, member, stance=stance) for member in members[:_PEOPLE]),
        more=_more(len(members), _PEOPLE, "member"),
        ties=tuple(_tie(center, tie) for tie in ties[:_TIES]),
        more_ties=_more(len(ties), _TIES, "tie"),
        stance=stance,
    )


def _more(total: int, shown: int, what: str) -> str:
    return f"and {count(total - shown, f'more {what}')}" if total > shown else ""


def _rank(member: Member) -> tuple[float, float, str]:
    surest = max((item.confidence for item in member.roles if member.plays(item.role)), default=0.0)
    return (-(member.influence.score if member.influence else -1.0), -surest, member.id)


def _strength(tie: Relation) -> tuple[float, str, str]:
    return (-tie.weight, tie.source, tie.target)


def _row(center: BuyingCenter, member: Member, *, stance: bool) -> RowView:
    title = clean(member.facts.contact.job_title if member.facts else None, "title unknown")
    if member.is_external:
        title = f"{title} · external: {KIND_LABELS[member.external_kind or 'other']}"
    last = member.engagement.last_two_way_on
    momentum = MOMENTUM_LABELS[member.engagement.momentum]
    seen = member.stance if stance else None
    return RowView(
        name=name_of(member),
        title=title,
        roles=tuple(_role(center, member, item) for item in member.roles),
        influence=number(member.influence.score, 0) if member.influence else MISSING,
        parts=_parts(member.influence) if member.influence else "",
        engagement=number(member.engagement.score, 0),
        momentum=f"{momentum}, last {day(last)}" if last else momentum,
        stance=_stance(seen) if seen else MISSING,
        signs=tuple(_signs(seen)) if seen else (),
    )


def _role(center: BuyingCenter, member: Member, item: RoleAssignment) -> str:
    return f"{item.role.capitalize()} ({ROLE_LABELS[item.role]}): {ruled(center, member, item) or item.status}"


def ruled(center: BuyingCenter, member: Member, item: RoleAssignment) -> str:
    """Who said what of a role to crmbridge, and when; empty if nobody did, or if an edit in the CRM came later."""
    words = (r for r in center.rulings if (r.member_id, r.role, r.word) == (member.id, item.role, item.status))
    said = next(words, None)
    return f"{said.word} by {clean(said.author, 'somebody', 60)} on {day(said.at.date())}" if said else ""


def _parts(found: Influence) -> str:
    parts = (("A position", found.position), ("B reach", found.reach), ("C advice", found.advice))
    known = ", ".join(f"{name} {MISSING if part is None else number(part, 2)}" for name, part in parts)
    return f"{known}; reliability {RELIABILITY_LABELS[found.reliability]}"


def _stance(found: Stance) -> str:
    english, german = STANCE_LABELS[found.cls]
    label = english if english == german else f"{english} ({german})"
    return f"{label}, {number(found.score, 2)}"


def _signs(found: Stance) -> Iterator[str]:
    for piece in found.evidence[:3]:
        sign = "against" if piece.against else "for"
        yield f"{sign}, {piece.source} {number(piece.weight, 2)}: {clean(piece.text, 'text withheld')}"


def _tie(center: BuyingCenter, tie: Relation) -> TieView:
    why = tie.evidence[0].text if tie.evidence else ""
    return TieView(
        source=_end(center, tie.source),
        kind="{} ({})".format(*RELATION_LABELS[tie.kind]),
        target=_end(center, tie.target),
        weight=number(tie.weight, 2),
        last=day(tie.last_on),
        why=clean(why),
    )


def _end(center: BuyingCenter, member_id: str) -> str:
    member = center.member(member_id)
    return name_of(member) if member else clean(member_id, "Unnamed person")
