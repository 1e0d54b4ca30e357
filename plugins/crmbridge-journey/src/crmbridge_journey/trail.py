"""What touches tell about one subject: the center, or one of its members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from crmbridge import BuyingCenter, Touch
from crmbridge_journey.settings import Settings
from crmbridge_journey.words import says


@dataclass(frozen=True)
class Trail:
    """Days of touches, each tuple sorted.

    Attributes:
        subject: The center's id, or the member's.
        is_person: True for a member: its journey begins with its own first touch.
        touches: All touches with the outside.
        signs: Inbound and two-way ones: signs of life.
        responses: Who acted, and when.
        interest: Signs whose subject shows interest.
        advocacy: Signs whose subject shows advocacy.
    """

    subject: str
    is_person: bool
    touches: tuple[date, ...]
    signs: tuple[date, ...]
    responses: tuple[tuple[date, str], ...]
    interest: tuple[date, ...]
    advocacy: tuple[date, ...]


class Seen(NamedTuple):
    """What one touch with the outside tells, read once for all trails."""

    on: date
    is_sign: bool
    responders: tuple[str, ...]
    interest: bool
    advocacy: bool


def trails(center: BuyingCenter, settings: Settings) -> Iterator[Trail]:
    """Yield the trail of the center, of all touches, then of each member that acted, of the touches in which it did."""
    seen = [_seen(touch, settings) for touch in center.touches if touch.direction != "internal"]
    signs = [item for item in seen if item.is_sign]
    acted: defaultdict[str, list[Seen]] = defaultdict(list)
    for item in seen:
        for responder in item.responders:
            acted[responder].append(item)
    yield _trail(center.id, seen, signs, [(item.on, responder) for item in seen for responder in item.responders])
    for member in center.members:
        if touches := acted.get(member.id):
            yield _trail(member.id, touches, touches, [(item.on, member.id) for item in touches], is_person=True)


def _seen(touch: Touch, settings: Settings) -> Seen:
    is_sign = touch.direction in ("in", "both")
    subject = touch.subject if is_sign or touch.responders else None  # else nobody outside may have said it
    return Seen(
        on=touch.on,
        is_sign=is_sign,
        responders=touch.responders,
        interest=says(subject, settings.consideration_words, settings.ignored_words),
        advocacy=says(subject, settings.advocacy_words, settings.ignored_words),
    )


def _trail(
    subject: str, touches: list[Seen], signs: list[Seen], responses: list[tuple[date, str]], *, is_person: bool = False
) -> Trail:
    return Trail(
        subject=subject,
        is_person=is_person,
        touches=_days(touches),
        signs=_days(signs),
        responses=tuple(sorted(set(responses))),
        interest=_days(item for item in signs if item.interest),
        advocacy=_days(item for item in signs if item.advocacy),
    )


def _days(touches: Iterable[Seen]) -> tuple[date, ...]:
    return tuple(sorted({touch.on for touch in touches}))
