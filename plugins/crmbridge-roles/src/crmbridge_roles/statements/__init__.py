"""Statements about people in the texts of notes, calls and messages: what was said of whom, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from crmbridge import BuyingCenter, Touch
from crmbridge_roles.statements.people import People
from crmbridge_roles.statements.phrases import Says
from crmbridge_roles.statements.reading import Reading, read

__all__ = ["Heard", "Says", "heard"]


@dataclass(frozen=True)
class Heard:
    """A statement about a member.

    Attributes:
        touch: Where it stands.
        who: The member's id.
        other: The id of the second member, for what joins two.
        against: True if it is denied.
        text: One line for a reader: where, and the phrase with "X" for people. It names nobody.
        sure: True if the person said so itself, or it was said in a conversation with it.
    """

    touch: Touch
    says: Says
    who: str
    other: str | None
    against: bool
    text: str
    sure: bool


def heard(center: BuyingCenter, templates: frozenset[str], *, mail: bool) -> tuple[Heard, ...]:
    """What the texts of a center's touches say of its members, oldest first.

    Args:
        center: Any.
        templates: Digests of texts that are templates: each counts once, where it stands first.
        mail: True to read what members wrote in mails, besides notes and calls.
    """
    if not any(_counts(touch, mail=mail) for touch in center.touches):
        return ()
    return _heard(_Asked(center), templates, mail)


class _Asked:
    """A center, told apart by what statements rest on: it is the same one before and after roles are proposed."""

    def __init__(self, center: BuyingCenter) -> None:
        self.center = center
        self._members = [(item.id, item.facts, item.titles, item.is_external) for item in center.members]

    def __hash__(self) -> int:
        return hash(self.center.id)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Asked) or self.center.touches is not other.center.touches:
            return False
        return self._members == other._members


@lru_cache(maxsize=4)
def _heard(asked: _Asked, templates: frozenset[str], mail: bool) -> tuple[Heard, ...]:  # noqa: FBT001 - a key of the cache
    return tuple(_told(asked.center, templates, mail=mail))


def _told(center: BuyingCenter, templates: frozenset[str], *, mail: bool) -> Iterator[Heard]:
    used: set[str] = set()
    scene: _Scene | None = None
    for touch in sorted((item for item in center.touches if _counts(item, mail=mail)), key=_order):
        if touch.text_digest in templates:
            if touch.text_digest in used:
                continue
            used.add(touch.text_digest or "")
        reading = read(touch.text or "")
        if reading.said:
            scene = scene or _Scene.of(center)
            yield from scene.heard(touch, reading)


@dataclass(frozen=True)
class _Scene:
    """Who is there to be spoken of, and who came to a meeting on which day."""

    people: People
    met: frozenset[tuple[str, date]]

    @classmethod
    def of(cls, center: BuyingCenter) -> _Scene:
        meetings = (touch for touch in center.touches if touch.ref.object == "meeting")
        return cls(People(center), frozenset((who, touch.on) for touch in meetings for who in touch.responders))

    def heard(self, touch: Touch, reading: Reading) -> Iterator[Heard]:
        """What is said of members in one text; what it says and denies of one of them, it does not say."""
        found: dict[tuple[Says, str, str | None], Heard | None] = {}
        for item in reading.said:
            who = self.people.meant(item.who, reading.mentions, touch)
            other = None if item.other is None else self.people.meant(item.other, reading.mentions, touch)
            if who is None or who == other or (item.other is not None and other is None):
                continue
            key, kind = (item.says, who, other), reading.mentions[item.who].kind
            sure = kind == "self" or item.confirmed or (kind == "name" and self._there(touch, who))
            text = f'{touch.ref.object} says "{item.words}"'
            said = Heard(touch, item.says, who, other, item.against, text, sure)
            known = found.setdefault(key, said)
            if known and known.against != said.against:
                found[key] = None
        yield from (said for said in found.values() if said)

    def _there(self, touch: Touch, who: str) -> bool:
        """True if the person took part in the call, or in a meeting of that day, in which it was said."""
        return (touch.ref.object == "call" and who in touch.member_ids) or (who, touch.on) in self.met


def _counts(touch: Touch, *, mail: bool) -> bool:
    if not touch.text or touch.is_bot:
        return False
    return touch.ref.object in ("note", "call") or (mail and touch.ref.object == "email" and touch.direction == "in")


def _order(touch: Touch) -> tuple[object, ...]:
    return touch.at, touch.ref.object, touch.ref.id
