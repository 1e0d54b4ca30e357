"""Evidence of who began the case: the first who wrote, called or asked on their own account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from crmbridge import BuyingCenter, Evidence, Touch
from crmbridge_roles.statements.words import words_of

BASE: Final = 0.45
LINKED: Final = 0.15
"""Added if the person is linked to the deal."""
ON_TOPIC: Final = 0.15
"""Added if the touch was about what the deal is about."""
CROWDED: Final = 0.15
"""Taken off if somebody else came within a day."""
A_DAY: Final = timedelta(hours=24)

ASKING: Final = frozenset({"form", "inbound_call", "inbound_message", "meeting", "other"})
"""Actions of somebody who wants something of us; whoever reads a page or comes to an event need not."""

_LEAST_LETTERS: Final = 4
_COMMON: Final = frozenset(
    [
        *(
            "angebot",
            "anfrage",
            "projekt",
            "termin",
            "demo",
            "neue",
            "neues",
            "neuer",
            "fuer",
            "ihre",
            "ihrer",
            "unser",
        ),
        *(
            "ueber",
            "gmbh",
            "offer",
            "quote",
            "request",
            "inquiry",
            "project",
            "meeting",
            "deal",
            "with",
            "your",
            "from",
        ),
        *("about", "call"),
    ]
)
"""Words that many subjects and deals share."""


def initiator_evidence(center: BuyingCenter, before: int, after: int) -> Iterator[tuple[str, Evidence]]:
    """Member id and evidence for the first inbound touch of the case; none, no guess.

    Args:
        center: Any.
        before: Days before the case was opened in which its first touch may lie.
        after: Days after that.
    """
    inbound = sorted((touch for touch in center.touches if _asks(touch)), key=_order)
    inbound = [touch for touch in inbound if _within(center.opened_on, touch.on, before, after)]
    if not inbound:
        return
    first = inbound[0]
    near = {person for touch in center.touches if _asks(touch) and _near(first, touch) for person in touch.responders}
    on_topic = not _topic(center).isdisjoint(_words(f"{first.topic or ''} {first.subject or ''}"))
    for person in first.responders:
        member = center.member(person)
        if member:
            yield (
                person,
                _evidence(first, linked=member.joined_by == "deal", on_topic=on_topic, crowded=bool(near - {person})),
            )


def _asks(touch: Touch) -> bool:
    """True for what somebody began on the own account, with us and not elsewhere."""
    if touch.is_bot or touch.nature == "exposure":
        return False
    return (touch.direction == "in" and touch.action in ASKING) or touch.channel == "referral"


def _within(opened: date | None, day: date, before: int, after: int) -> bool:
    return opened is None or -before <= (day - opened).days <= after


def _near(first: Touch, touch: Touch) -> bool:
    return abs(touch.at - first.at) <= A_DAY


def _order(touch: Touch) -> tuple[object, ...]:
    return touch.at, touch.ref.object, touch.ref.id


def _topic(center: BuyingCenter) -> set[str]:
    """Words of the deal's name that are not the company's."""
    named = _words(center.deal.name or "") if center.deal else set()
    return named - _words((center.company.name or "") if center.company else "")


def _words(text: str) -> set[str]:
    return {word.plain for word in words_of(text) if len(word.plain) >= _LEAST_LETTERS} - _COMMON


def _evidence(touch: Touch, *, linked: bool, on_topic: bool, crowded: bool) -> Evidence:
    weight = BASE + LINKED * linked + ON_TOPIC * on_topic - CROWDED * crowded
    notes = (
        ["linked to the deal"] * linked
        + ["about what the deal is about"] * on_topic
        + ["another person wrote within 24 hours"] * crowded
    )
    text = "; ".join([f"first inbound touch of the case ({touch.ref.object})", *notes])
    return Evidence(source="behaviour", weight=round(weight, 2), text=text, ref=touch.ref, on=touch.on)
