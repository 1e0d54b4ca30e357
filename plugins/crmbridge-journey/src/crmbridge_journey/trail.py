"""What touches tell about one subject: the center, or one of its members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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


def center_trail(center: BuyingCenter, settings: Settings) -> Trail:
    """Return the trail of the center: every touch with the outside."""
    touches = [touch for touch in center.touches if touch.direction != "internal"]
    signs = [touch for touch in touches if touch.direction in ("in", "both")]
    responses = [(touch.on, member) for touch in touches for member in touch.responders]
    return _trail(center.id, touches, signs, responses, settings)


def member_trail(center: BuyingCenter, member_id: str, settings: Settings) -> Trail:
    """Return the trail of a member: the touches in which it acted."""
    touches = [touch for touch in center.touches if touch.direction != "internal" and member_id in touch.responders]
    return _trail(member_id, touches, touches, [(touch.on, member_id) for touch in touches], settings, is_person=True)


def _trail(
    subject: str,
    touches: list[Touch],
    signs: list[Touch],
    responses: list[tuple[date, str]],
    settings: Settings,
    *,
    is_person: bool = False,
) -> Trail:
    def saying(words: tuple[str, ...]) -> tuple[date, ...]:
        return _days([touch for touch in signs if says(touch.subject, words, settings.ignored_words)])

    return Trail(
        subject=subject,
        is_person=is_person,
        touches=_days(touches),
        signs=_days(signs),
        responses=tuple(sorted(set(responses))),
        interest=saying(settings.consideration_words),
        advocacy=saying(settings.advocacy_words),
    )


def _days(touches: list[Touch]) -> tuple[date, ...]:
    return tuple(sorted({touch.on for touch in touches}))
