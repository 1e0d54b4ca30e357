"""What a buying center lacks most, in one sentence."""

from __future__ import annotations

from typing import Final

from crmbridge.model import BuyingCenter, Member, Role
from crmbridge.report.text import clean, percent

_FIRST: Final[tuple[Role, ...]] = ("decider", "buyer", "influencer", "user", "gatekeeper", "initiator")
"""Which missing role matters first."""

ASK: Final[dict[Role, str]] = {
    "decider": "find out who has the final word",
    "buyer": "find out who negotiates and places the order",
    "influencer": "find out whose advice the others follow",
    "user": "find out who will work with it every day",
    "gatekeeper": "find out who lets information through",
    "initiator": "find out who brought the need up",
}
"""What to do about an empty seat."""


def candidates(center: BuyingCenter, role: Role) -> tuple[Member, ...]:
    """Members with some evidence for ``role`` but not enough, most certain first."""
    found = [
        member
        for member in center.members
        if not member.plays(role)
        and any(item.role == role and item.status != "dismissed" and item.confidence > 0 for item in member.roles)
    ]
    return tuple(sorted(found, key=lambda member: (-member.confidence(role), member.id)))


def answers(center: BuyingCenter, members: tuple[Member, ...]) -> int:
    """Number of two-way touches of the case: those in which one of ``members`` took part actively."""
    ids = {member.id for member in members}
    return sum(1 for touch in center.touches if ids.intersection(touch.responders))


def name_of(member: Member) -> str:
    """The member's name as it is shown."""
    return clean(member.name, "Unnamed person")


def _missing(center: BuyingCenter, role: Role) -> str:
    closest = candidates(center, role)
    if not closest:
        return f"No {role} yet: {ASK[role]}."
    return f"No {role} yet: {name_of(closest[0])} is the closest candidate ({percent(closest[0].confidence(role))})."


def _thin(center: BuyingCenter) -> str:
    """What is thin where all required seats are filled; a routine purchase needs no backing by executives."""
    deciders = center.seats()["decider"]
    if deciders and not answers(center, deciders):
        return f"No conversation yet with {name_of(deciders[0])}, who decides: ask for one."
    if center.coverage.single_threaded:
        return "The required seats are filled, but one person carries the conversation: involve a second."
    if center.coverage.exec_backing or center.is_routine:
        return ""
    if deciders:
        return f"No executive backing now: {name_of(deciders[0])}, who decides, has been silent. Ask for a meeting."
    return "No executive backing: nobody of the management is engaged. Ask to be introduced."


def next_gap(center: BuyingCenter) -> tuple[bool, str]:
    """Whether something is to be done, and the sentence that says what."""
    if not center.is_open:
        return False, "The case is closed: nothing to fill."
    if center.unknown and not any(member.roles for member in center.members):
        return True, "Not known: no roles were judged, because a plugin failed here."
    role = next((role for role in _FIRST if role in center.missing_roles), None)
    lack = _missing(center, role) if role else _thin(center)
    return bool(lack), lack or "No gap: the required seats are filled and several people take part."
