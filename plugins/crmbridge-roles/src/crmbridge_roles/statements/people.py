"""Who of a center is meant where a text names somebody. What cannot be told for certain is nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from crmbridge import BuyingCenter, Member, Touch
from crmbridge_roles.statements.mentions import Mention, gender_of
from crmbridge_roles.statements.words import words_of
from crmbridge_roles.titles import read_title

SALUTATION: Final = "salutation"
"""HubSpot's contact property: "Herr", "Ms." and the like."""


class People:
    """The members of a center, by what a text may call them."""

    def __init__(self, center: BuyingCenter) -> None:
        self._full: defaultdict[str, set[str]] = defaultdict(set)
        self._surname: defaultdict[str, set[str]] = defaultdict(set)
        self._given: defaultdict[str, set[str]] = defaultdict(set)
        self._jobs: defaultdict[tuple[str | None, str | None], set[str]] = defaultdict(set)
        self._gender: dict[str, str] = {}
        for member in center.members:
            self._know(member)

    def meant(self, place: int, mentions: Sequence[Mention], touch: Touch) -> str | None:
        """The id of the member whom a mention in the text of a touch means; None for a stranger, or if unsure."""
        gender = mentions[place].gender
        found = self._meant(place, mentions, touch)
        return None if found and gender and self._gender.get(found, gender) != gender else found

    def _meant(self, place: int, mentions: Sequence[Mention], touch: Touch) -> str | None:
        mention = mentions[place]
        if mention.kind == "self":
            return _author(touch)
        if mention.kind in ("pronoun", "implied"):
            before = mention.after if mention.kind == "implied" else place
            return self._spoken_of(mentions[:before], touch, mention.gender)
        if mention.kind == "title":
            return self._by_title(" ".join(mention.names))
        return self._polite(mention.names) if mention.polite else self._plain(mention.names)

    def _know(self, member: Member) -> None:
        contact = member.facts.contact if member.facts else None
        for word in words_of((contact.properties.get(SALUTATION) or "") if contact else ""):
            if gender := gender_of(word.plain):
                self._gender[member.id] = gender
        given, surname = (_key(contact.first_name), _key(contact.last_name)) if contact else ("", "")
        if given and surname:
            self._full[f"{given} {surname}"].add(member.id)
        if surname:
            self._surname[surname].add(member.id)
        if given:
            self._given[given].add(member.id)
        if not member.is_external:
            for reading in member.titles:
                self._jobs[reading.seniority, reading.department].add(member.id)

    def _polite(self, names: Sequence[str]) -> str | None:
        name = " ".join(names)
        return _only(self._full.get(name) or self._surname.get(name))

    def _plain(self, names: Sequence[str]) -> str | None:
        if len(names) == 1:
            return _only(self._given.get(names[0]))
        spans = {" ".join(names[start:end]) for start in range(len(names)) for end in range(start + 2, len(names) + 1)}
        return _only({member for span in spans for member in self._full.get(span, ())})

    def _by_title(self, title: str) -> str | None:
        """The only member whose own title says the same rank and department."""
        found = {(item.seniority, item.department) for item in read_title(title)}
        return _only({member for job in found for member in self._jobs.get(job, ())})

    def _spoken_of(self, earlier: Sequence[Mention], touch: Touch, gender: str) -> str | None:
        """The one whom the touch is linked with, unless "he" or "she" may be somebody whom the text named before."""
        if _theirs(touch) or len(touch.member_ids) != 1:
            return None
        (linked,) = touch.member_ids
        named = [place for place, mention in enumerate(earlier) if mention.loud]
        if gender and any(earlier[place].gender not in ("", gender) for place in named):
            return None
        return linked if all(self.meant(place, earlier, touch) == linked for place in named) else None


def _author(touch: Touch) -> str | None:
    """The member who wrote the text, if it is a single one."""
    return touch.responders[0] if _theirs(touch) and len(touch.responders) == 1 else None


def _theirs(touch: Touch) -> bool:
    """True for a mail that came in: notes, also those of inbound calls, are written by our side."""
    return touch.ref.object == "email" and touch.direction == "in"


def _only(found: set[str] | None) -> str | None:
    return next(iter(found)) if found and len(found) == 1 else None


def _key(name: str | None) -> str:
    """A name as a text's words are looked for."""
    return " ".join(word.plain for word in words_of(name or "") if word.plain[:1].isalnum())
