"""The evidence behind the seats, as the page lists it below a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from crmbridge.model import BuyingCenter, Evidence, Member, Role, RoleAssignment
from crmbridge.report.gaps import name_of
from crmbridge.report.people import ruled
from crmbridge.report.seats import SEATS
from crmbridge.report.text import clean, count, day, number, percent

_PEOPLE: Final = 12
_PIECES: Final = 8


@dataclass(frozen=True)
class PieceView:
    """One piece of evidence; ``text`` is empty in a redacted report."""

    source: str
    weight: str
    direction: str
    on: str
    text: str


@dataclass(frozen=True)
class ClaimView:
    """A role that a person plays or might play, and why.

    Attributes:
        note: Confidence, status, persona and plugins in one line.
        more: Says what is left out; empty if nothing is.
    """

    name: str
    title: str
    note: str
    pieces: tuple[PieceView, ...]
    more: str


@dataclass(frozen=True)
class RoleEvidence:
    """All claims to one role, the most certain first."""

    label: str
    summary: str
    claims: tuple[ClaimView, ...]
    more: str


def _piece(item: Evidence) -> PieceView:
    on = day(item.on) if item.on else "undated"
    return PieceView(
        source=item.source,
        weight=number(item.weight, 2),
        direction="against" if item.against else "for",
        on=on,
        text=clean(item.text),
    )


def _more(total: int, shown: int, what: str) -> str:
    return f"and {count(total - shown, f'more {what}')}" if total > shown else ""


def _claim(center: BuyingCenter, member: Member, item: RoleAssignment) -> ClaimView:
    words = [f"{percent(item.confidence)} certain", ruled(center, member, item) or item.status]
    if member.persona and member.persona.persona:
        words.append(f"persona {clean(member.persona.persona, limit=60)}")
    if item.by:
        words.append(f"by {clean(', '.join(item.by), limit=80)}")
    return ClaimView(
        name=name_of(member),
        title=clean(member.facts.contact.job_title if member.facts else None, "title unknown"),
        note=" · ".join(words),
        pieces=tuple(_piece(piece) for piece in item.evidence[:_PIECES]),
        more=_more(len(item.evidence), _PIECES, "piece"),
    )


def _role(center: BuyingCenter, role: Role) -> RoleEvidence:
    found = [(member, item) for member in center.members for item in member.roles if item.role == role]
    found.sort(key=lambda pair: (-pair[1].confidence, pair[0].id))
    taken = sum(1 for member, _ in found if member.plays(role))
    rest = f", {len(found) - taken} not" if len(found) > taken else ""
    return RoleEvidence(
        label=role.capitalize(),
        summary=f"{taken} assigned{rest}" if found else "no evidence",
        claims=tuple(_claim(center, member, item) for member, item in found[:_PEOPLE]),
        more=_more(len(found), _PEOPLE, "claim"),
    )


def evidence(center: BuyingCenter) -> tuple[RoleEvidence, ...]:
    """The evidence for each of the six roles, in the order of the seats."""
    return tuple(_role(center, role) for role in SEATS)
