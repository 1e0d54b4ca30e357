"""Evidence of how people stand to the purchase: labels, what was said of them, and what they did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from crmbridge import BuyingCenter, Evidence, Member, StanceProposal, Touch
from crmbridge_roles.crm import PROPERTY
from crmbridge_roles.settings import RolesSettings
from crmbridge_roles.statements import Says, heard
from crmbridge_roles.statements.phrases import listed
from crmbridge_roles.statements.words import words_of

LABELLED: Final = 0.90
INTRODUCES: Final = 0.30
MEETS: Final = 0.20

WEIGHTS: Final[Mapping[Says, tuple[float, bool]]] = {
    "for": (0.60, False),
    "against": (0.60, True),
    "competitor": (0.30, True),
    "introduces": (INTRODUCES, False),
    "meeting": (MEETS, False),
    "declines": (0.10, True),
}
"""What statements weigh, and whether they speak against the purchase."""

_VALUES: Final[Mapping[str, bool]] = {"CHAMPION": False, "BLOCKER": True}
"""Values of HubSpot's buying role that are stances, with True for those against."""

_Found = dict[str, list[Evidence]]


def stance_proposals(
    center: BuyingCenter, settings: RolesSettings, templates: frozenset[str]
) -> Iterator[StanceProposal]:
    """One proposal for each member with evidence. Silence is none."""
    found: _Found = defaultdict(list)
    for member in center.members:
        found[member.id] += _labelled(member, settings)
    if settings.statements:
        for item in heard(center, templates, mail=settings.read_mail):
            weighed = WEIGHTS.get(item.says)
            denial = item.against and item.says != "for"  # "not against us" is not "for us"
            if weighed and not denial:
                weight, against = weighed
                found[item.who].append(
                    Evidence(
                        source="statement",
                        weight=weight,
                        against=against or item.against,
                        text=item.text,
                        ref=item.touch.ref,
                        on=item.touch.on,
                    )
                )
    _behaviour(center, found)
    for member in center.members:
        if found[member.id]:
            yield StanceProposal(member_id=member.id, evidence=tuple(found[member.id]))


def _labelled(member: Member, settings: RolesSettings) -> Iterator[Evidence]:
    for label in member.labels:
        words = {word.plain for word in words_of(label)}
        for key, against in (("for", False), ("against", True)):
            if words & listed("labels", key) and not words & listed("labels", "not"):
                yield Evidence(
                    source="crm", weight=LABELLED, against=against, text=f'association label "{label[:200]}"'
                )
    if member.facts and settings.buying_role == "read":
        contact = member.facts.contact
        for value in (contact.properties.get(PROPERTY) or "").split(";"):
            name = value.strip()
            if name in _VALUES:
                text = f"{PROPERTY} is {name}"
                yield Evidence(source="crm", weight=LABELLED, against=_VALUES[name], text=text, ref=contact.ref)


def _behaviour(center: BuyingCenter, found: _Found) -> None:
    """Add the newest introduction and the newest meeting of each member."""
    newest: dict[tuple[str, float], Evidence] = {}
    seen: set[str] = set()
    for touch in sorted(center.touches, key=lambda item: (item.at, item.ref.object, item.ref.id)):
        if touch.is_bot:
            continue
        brings = _brings(touch, seen)
        if brings:
            newest[brings, INTRODUCES] = _did(touch, INTRODUCES, "wrote to us and brought somebody new in")
        if touch.ref.object == "meeting":
            for member_id in seen.intersection(touch.responders):
                newest[member_id, MEETS] = _did(touch, MEETS, "came to another meeting")
        seen.update(touch.member_ids, touch.responders)
    for (member_id, _), evidence in sorted(newest.items()):
        found[member_id].append(evidence)


def _brings(touch: Touch, seen: set[str]) -> str | None:
    """The member who wrote to us with a copy to somebody not seen before; None if nobody did."""
    if touch.direction != "in" or len(touch.responders) != 1 or touch.responders[0] not in seen:
        return None
    addressed = {item.id for item in touch.parts if item.part in ("to", "cc")}
    return touch.responders[0] if addressed.intersection(touch.member_ids) - seen else None


def _did(touch: Touch, weight: float, text: str) -> Evidence:
    return Evidence(source="behaviour", weight=weight, text=text, ref=touch.ref, on=touch.on)
