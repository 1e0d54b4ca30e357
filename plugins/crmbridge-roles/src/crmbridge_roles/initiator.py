"""Evidence of who began the case: the first who wrote or called on their own account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from crmbridge import BuyingCenter, Evidence, Touch

BASE: Final = 0.45
LINKED: Final = 0.15
"""Added if the person is linked to the deal."""
CROWDED: Final = 0.15
"""Taken off if somebody else came within a day."""
A_DAY: Final = timedelta(hours=24)


def initiator_evidence(center: BuyingCenter, days: int) -> Iterator[tuple[str, Evidence]]:
    """Member id and evidence for the first inbound touch until ``days`` after the case was opened; none, no guess."""
    inbound = [touch for touch in center.touches if touch.direction == "in"]
    if not inbound:
        return
    first = inbound[0]
    if center.opened_on and first.on > center.opened_on + timedelta(days=days):
        return
    near = {person for touch in inbound if touch.at - first.at <= A_DAY for person in touch.responders}
    for person in first.responders:
        member = center.member(person)
        if member:
            linked = member.joined_by == "deal"
            weight = BASE + (LINKED if linked else 0) - (CROWDED if near - {person} else 0)
            yield person, _evidence(first, weight, linked=linked, crowded=bool(near - {person}))


def _evidence(touch: Touch, weight: float, *, linked: bool, crowded: bool) -> Evidence:
    notes = ["linked to the deal"] * linked + ["another person wrote within 24 hours"] * crowded
    text = "; ".join([f"first inbound touch of the case ({touch.ref.object})", *notes])
    return Evidence(source="behaviour", weight=round(weight, 2), text=text, ref=touch.ref, on=touch.on)
