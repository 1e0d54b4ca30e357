"""Evidence of ties between people: who asks whom for advice, who reports to whom, who is in conflict with whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from crmbridge import BuyingCenter, Evidence, RelationProposal, Touch
from crmbridge.model import RelationKind
from crmbridge_roles.settings import RolesSettings
from crmbridge_roles.statements import Says, heard

KINDS: Final[Mapping[Says, tuple[RelationKind, float]]] = {
    "advice": ("advice", 0.80),
    "referral": ("advice", 0.90),
    "reports_to": ("reports_to", 0.80),
    "conflict": ("conflict", 0.80),
}
"""What a statement tells of two people, and how much it weighs."""

REFERRED: Final = 0.90
"""A recorded referral: who came by it takes the other's advice."""

_Tie = tuple[RelationKind, str, str]


def relation_proposals(
    center: BuyingCenter, settings: RolesSettings, templates: frozenset[str]
) -> Iterator[RelationProposal]:
    """One proposal for each tie, with the newest evidence of each weight."""
    newest: dict[_Tie, dict[float, Evidence]] = {}
    for tie, evidence in sorted((*_said(center, settings, templates), *_referred(center)), key=_age):
        newest.setdefault(tie, {})[evidence.weight] = evidence
    for (kind, source, target), pieces in sorted(newest.items()):
        yield RelationProposal(kind=kind, source=source, target=target, evidence=tuple(pieces.values()))


def _said(center: BuyingCenter, settings: RolesSettings, templates: frozenset[str]) -> Iterator[tuple[_Tie, Evidence]]:
    if not settings.statements:
        return
    for item in heard(center, templates, mail=settings.read_mail):
        if item.says in KINDS and item.other and not item.against:
            kind, weight = KINDS[item.says]
            ends = (item.who, item.other)
            source, target = sorted(ends) if kind == "conflict" else ends
            touch = item.touch
            evidence = Evidence(source="statement", weight=weight, text=item.text, ref=touch.ref, on=touch.on)
            yield (kind, source, target), evidence


def _referred(center: BuyingCenter) -> Iterator[tuple[_Tie, Evidence]]:
    """Recorded referrals: from those who were brought to us, to the one who brought them."""
    for touch in center.touches:
        if touch.channel == "referral" and not touch.is_bot:
            giver = _giver(touch)
            text = f"recorded referral ({touch.ref.object})"
            for member_id in touch.member_ids if giver else ():
                if giver and member_id != giver:
                    evidence = Evidence(source="crm", weight=REFERRED, text=text, ref=touch.ref, on=touch.on)
                    yield ("advice", member_id, giver), evidence


def _giver(touch: Touch) -> str | None:
    found = {item.id for item in touch.parts if item.part == "from"}.intersection(touch.member_ids)
    return next(iter(found)) if len(found) == 1 else None


def _age(item: tuple[_Tie, Evidence]) -> tuple[str, ...]:
    tie, evidence = item
    return str(evidence.on), *tie, str(evidence.ref), evidence.text
