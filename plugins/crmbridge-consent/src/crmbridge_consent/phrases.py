"""Opt-outs in free text: which phrases stand there, and what turns them round. Not legal advice.

The phrases are data, in ``phrases.toml``. They are searched for generously: a phrase that is found is a person's to
judge, one that is missed is nobody's. Only what is plainly none is left out: a negation ("möchte nicht abgemeldet
werden"), what a footer prints ("unsubscribe here at any time"), and lines that quote somebody.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, cached_property, lru_cache
from importlib.resources import files

from crmbridge import PluginSettings
from crmbridge_consent.packs import Reachable

CLAUSE = re.compile(r"[.!?;:\n,](?!\s+(?:dass|daß)\b)|\s(?:und|aber|sondern|and|but)\s")
"""Where a clause ends: a negation does not reach over it, but for "nicht, dass"."""

SENTENCE = re.compile(r"[.!?\n]")

NEGATED = re.compile(
    r"(?:\b(?:nicht|nie|niemals|keinesfalls)\s+(?:(?!bitte\b|vergessen\b|mehr\b)\w+\s+){0,2}"
    r"|\bkein\w*\s+|\b(?:nicht|nie),?\s+da[sß]s?\s+(?:\w+\s+){0,4}"
    r"|(?:\bnot|n't|\bnever|\bwithout|\bneither)\s+(?:(?:yet|really|actually)\s+)?"
    r"(?:(?:want|wish|ask|request|need|intend|like|try|have)\w*\s+)?(?:(?:us|me|him|her|them|you)\s+)?(?:to\s+)?(?:be\s+)?)$"
)
"""A negation right before a phrase."""

NEGATED_AFTER = re.compile(r"^[^\S\n]*(?:\w+\s+){0,5}?(?:nicht|not)\s*$")
"""One at the end of its clause: "widerspricht der Nutzung nicht"."""

CONDITION = re.compile(
    r"if you (?:no longer|do not|don't|wish|want|would|prefer)"
    r"|(?:wenn|falls|sofern|sollten) sie (?:[\w-]+ ){0,6}?(?:möchten|wünschen|wollen)"
)
"""What footers of mailings say before any of the phrases, in the same sentence."""

INVITATION = re.compile(
    r"klicken sie|hier klicken|click(?:ing)? (?:on )?(?:here|the|this|below)|(?:via|use|using|follow) (?:the|this) link"
    r"|(?:über|mit|unter) (?:den|dem|diesen|diesem|folgenden|folgendem) link|view (?:it )?in (?:your )?browser"
    r"|unsubscribe here|hier abmelden"
)
"""What they say around a way to unsubscribe, in the same sentence."""

OFFER = re.compile(r"\bjederzeit\b|\bat any time\b|\byou (?:can|may)\b|\bsie können\b|\bkönnen sie\b")
"""The same, in the same clause."""

SPEAKER = re.compile(r"\b(?:ich|mich|mir|mein\w*|i|me|my)\b")
"""No footer says so: somebody speaks for itself."""

ASKED = re.compile(r"\b(?:us|him|her|them|uns|ihn)\b")
"""Within a phrase: somebody is to be taken off. A footer speaks to its reader."""

PART = re.compile(r"[.!?]")
"""What no phrase reaches over; a line may be broken anywhere."""

SHORT = 40
"""Characters of a text that is nothing but one word and a greeting."""

QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)


class Phrase(PluginSettings):
    """One way to say no; its fields are told in ``phrases.toml``."""

    key: str
    label: str
    channels: tuple[Reachable, ...]
    processing: bool = False
    explicit: bool = False
    positive: bool = False
    footer: bool = False
    whole: bool = False
    words: tuple[tuple[str, ...], ...]
    patterns: tuple[str, ...]

    @cached_property
    def searched(self) -> tuple[re.Pattern[str], ...]:
        """The patterns, each by itself: one that begins with a known letter is found much faster than a choice."""
        return tuple(re.compile(item) for item in self.patterns)

    @cached_property
    def groups(self) -> tuple[frozenset[str], ...]:
        """The words as sets."""
        return tuple(frozenset(group) for group in self.words)

    def is_hinted(self, hints: set[str]) -> bool:
        """Tell whether of each group a word is among some."""
        return not any(map(hints.isdisjoint, self.groups))

    def stands_in(self, text: str) -> bool:
        """Tell whether a text, in lower case, says it."""
        if not self._may_stand_in(text):
            return False
        if self.whole:
            return len(text) <= SHORT and any(item.fullmatch(text) for item in self.searched)
        return any(self._stands_in(part) for part in PART.split(text) if self._may_stand_in(part))

    def _may_stand_in(self, text: str) -> bool:
        for group in self.words:
            for word in group:
                if word in text:
                    break
            else:
                return False
        return True

    def _stands_in(self, part: str) -> bool:
        return any(self._counts(part, match.span()) for item in self.searched for match in item.finditer(part))

    def _counts(self, text: str, span: tuple[int, int]) -> bool:
        start, end = span
        if self._is_printed(text, start, end):
            return False
        if not self.positive:
            return True
        *_, before = CLAUSE.split(text[:start])
        after = CLAUSE.split(text[end:], maxsplit=1)[0]
        return not (NEGATED.search(before) or NEGATED_AFTER.search(after))

    def _is_printed(self, text: str, start: int, end: int) -> bool:
        """Tell whether a match is but a footer's; in doubt it is not."""
        before, after = SENTENCE.split(text[:start])[-1], SENTENCE.split(text[end:], maxsplit=1)[0]
        sentence = before + text[start:end] + after
        if SPEAKER.search(sentence) or ASKED.search(text, start, end):
            return False
        if CONDITION.search(sentence):
            return True
        clause = CLAUSE.split(before)[-1] + text[start:end] + CLAUSE.split(after, maxsplit=1)[0]
        return self.footer and bool(INVITATION.search(sentence) or OFFER.search(clause))


@cache
def phrases() -> tuple[Phrase, ...]:
    """Read the phrases of this package."""
    table = tomllib.loads(files(__package__).joinpath("phrases.toml").read_text("utf-8"))
    return tuple(Phrase.model_validate(item) for item in table["phrases"])


@lru_cache(maxsize=2048)
def found(text: str) -> tuple[Phrase, ...]:
    """Return the phrases that a text says, in the order of the file."""
    low = text.lower().replace("\u2019", "'").replace("\u2010", "-").replace("\u2011", "-")
    if ">" in low:
        low = QUOTED.sub("", low)
    hints: set[str] = set()
    for token in low.split():
        if known := _hints(token):  # most have none
            hints.update(known)
    return tuple([phrase for phrase in phrases() if phrase.is_hinted(hints) and phrase.stands_in(low)]) if hints else ()


@lru_cache(maxsize=32768)
def _hints(token: str) -> tuple[str, ...]:
    """The words of the phrases that a text with this token in it may have."""
    return tuple([word for word, part in _parts() if part in token])


@cache
def _parts() -> tuple[tuple[str, str], ...]:
    """The words of all phrases, each with the longest of its parts."""
    words = sorted({word for phrase in phrases() for group in phrase.words for word in group})
    return tuple((word, max(word.split(), key=len)) for word in words)
