"""What touches tell about one subject: the center, or one of its members."""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from crmbridge import BuyingCenter, Touch
from crmbridge_journey.settings import Settings

RESEARCH: Final = frozenset(("key_page", "download", "click", "page_view", "open"))
"""What people do by themselves: a touch, but no talk between two sides."""

_on = attrgetter("on")


class Trail:
    """Days of touches, as day numbers; each list is sorted.

    Attributes:
        subject: The center's id, or the member's.
        is_person: True for a member: its journey begins with its own first touch.
        days: All touches with the outside; of a member, those in which it acted.
        signs: Signs of life: inbound and two-way ones, research left out.
        responses: Who gave such a sign, and when.
        interest: Touches that show interest in buying: by their subject, or a page of prices or a demonstration.
        advocacy: Signs whose subject shows advocacy.
        touches: The touches themselves.
    """

    __slots__ = ("advocacy", "days", "interest", "is_person", "responses", "signs", "subject", "touches")

    def __init__(self, subject: str, *, is_person: bool) -> None:
        self.subject = subject
        self.is_person = is_person
        self.days: list[int] = []
        self.signs: list[int] = []
        self.responses: list[tuple[int, str]] = []
        self.interest: list[int] = []
        self.advocacy: list[int] = []
        self.touches: list[Touch] = []

    def see(self, touch: Touch, day: int, *, is_sign: bool, interest: bool, advocacy: bool) -> None:
        """Take in the next touch."""
        self.touches.append(touch)
        self.days.append(day)
        if is_sign:
            self.signs.append(day)
        if interest:
            self.interest.append(day)
        if advocacy:
            self.advocacy.append(day)


def is_research(touch: Touch) -> bool:
    """Tell whether the touch is something that somebody looked at, or was shown."""
    return touch.nature == "exposure" or touch.action in RESEARCH


def trails(center: BuyingCenter, settings: Settings) -> tuple[Trail, list[Trail]]:
    """Return the trail of the center, of all touches, and of each member that acted, of the touches in which it did."""
    read = settings.subjects.find
    whole = Trail(center.id, is_person=False)
    people: dict[str, Trail] = {}
    for touch in sorted(center.touches, key=_on):
        if touch.direction == "internal" or touch.is_bot:
            continue
        day = touch.on.toordinal()
        is_sign = touch.direction != "out" and not is_research(touch)
        acted = touch.responders
        interest, advocacy = read(touch.subject) if is_sign else (False, False)
        interest = interest or (touch.action == "key_page" and bool(acted))
        whole.see(touch, day, is_sign=is_sign, interest=interest, advocacy=advocacy)
        for who in acted:
            if who not in people:
                people[who] = Trail(who, is_person=True)
            people[who].see(touch, day, is_sign=is_sign, interest=interest, advocacy=advocacy)
            if is_sign:
                whole.responses.append((day, who))
    return whole, [people[member.id] for member in center.members if member.id in people]
