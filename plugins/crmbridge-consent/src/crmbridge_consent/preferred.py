"""The channel on which a member answers most surely, of those by which it may be contacted."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import sqrt
from typing import Final

from crmbridge import BuyingCenter, ConsentDecision, PropertyValue, Touch
from crmbridge.model import ObjectName, TouchChannel
from crmbridge_consent.packs import Reachable

BY_OBJECT: Final[Mapping[ObjectName, Reachable]] = {"email": "email", "call": "phone", "postal_mail": "post"}
BY_CHANNEL: Final[Mapping[TouchChannel, Reachable]] = {
    "sales_email": "email",
    "marketing_email": "email",
    "newsletter": "email",
    "phone": "phone",
    "postal_mail": "post",
}

Z: Final = 1.959964
"""Quantile of the normal distribution for 95 %, both sides."""


@dataclass
class Talk:
    """What went to and fro between us and one member on one channel.

    Attributes:
        sent: Days of our touches in which the member did not act, ascending.
        got: Days on which it acted, ascending.
    """

    sent: list[date] = field(default_factory=list)
    got: list[date] = field(default_factory=list)

    def answered(self, days: int) -> tuple[int, int]:
        """Count the tries that were answered within so many days, and all tries; coming by oneself is both."""
        answered = sum(self._reply(day, days) for day in self.sent)
        unasked = sum(not self._asked(day, days) for day in self.got)
        return answered + unasked, len(self.sent) + unasked

    def _reply(self, day: date, days: int) -> bool:
        place = bisect_left(self.got, day)
        return place < len(self.got) and (self.got[place] - day).days <= days

    def _asked(self, day: date, days: int) -> bool:
        place = bisect_left(self.sent, date.fromordinal(max(1, day.toordinal() - days)))
        return place < len(self.sent) and self.sent[place] <= day


def wilson_lower(successes: int, trials: int) -> float:
    """Return the lower end of the Wilson interval at 95 %, 0 to 1.

    Wilson, E. B. (1927): Probable inference, the law of succession, and statistical inference. JASA 22, 209-212.
    """
    if not trials:
        return 0.0
    share, square = successes / trials, Z * Z
    spread = Z * sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    return max(0.0, (share + square / (2 * trials) - spread) / (1 + square / trials))


def preferred(center: BuyingCenter, days: int) -> Iterator[PropertyValue]:
    """Yield the preferred channel of each member that ever answered; empty if none of its channels is allowed."""
    talks = _talks(center)
    for member in center.members:
        if member.facts is None or member.id not in talks:
            continue
        answered = {way: talk.answered(days) for way, talk in sorted(talks[member.id].items())}
        tried = {way: counts for way, counts in answered.items() if counts[0]}
        if not tried:
            continue
        open_ways = [way for way in tried if _is_open(member.consent, way)]
        best = max(open_ways, key=lambda way: wilson_lower(*tried[way]), default=None)
        told = ", ".join(f"{way} answered {counts[0]} of {counts[1]}" for way, counts in tried.items())
        on = max(day for talk in talks[member.id].values() for day in (*talk.sent, *talk.got))
        yield PropertyValue(
            subject=member.facts.contact.ref, property="preferred_channel", value=best, reason=told, on=on
        )


def _talks(center: BuyingCenter) -> Mapping[str, Mapping[Reachable, Talk]]:
    talks: dict[str, dict[Reachable, Talk]] = defaultdict(lambda: defaultdict(Talk))
    for touch in center.touches:
        way = BY_OBJECT.get(touch.ref.object) or BY_CHANNEL.get(touch.channel)
        if way is None or touch.is_bot or touch.nature == "exposure":
            continue
        for member_id in touch.member_ids:
            _note(talks[member_id][way], touch, acted=member_id in touch.responders)
    return talks


def _note(talk: Talk, touch: Touch, *, acted: bool) -> None:
    if acted:
        talk.got.append(touch.on)
    elif touch.direction == "out":
        talk.sent.append(touch.on)


def _is_open(consent: tuple[ConsentDecision, ...], way: Reachable) -> bool:
    """True if the first controller may contact a member this way for some purpose."""
    if not consent:
        return False
    first = consent[0].controller
    return any(item.channel == way and item.decision == "allow" and item.controller == first for item in consent)
