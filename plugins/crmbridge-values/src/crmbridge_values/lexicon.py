"""Finds topics in texts: which ones trouble the author, and which are spoken of.

One pattern holds all words, so that a text is read once, however many topics there are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from crmbridge_values.topics import Cues, Topic

NEGATED_WORDS: Final = 3
"""A negation reaches over so many words to what it takes back."""

MOST_REMEMBERED: Final = 2048
"""So many texts are remembered with what was found in them: the same one stands at each of its people."""

_PLAIN: Final = (
    *((mark, "") for mark in "'\u2019"),
    *((mark, " ") for mark in '-/_()[]<>|*+=&\t"\u201c\u201d\u201e\u2013\u2014\u00ab\u00bb\u00a0'),
    *((mark, ".") for mark in "\n\r!?;:\u2026"),
    (".", " . "),
    (",", " , "),
    ("  ", " "),
    ("  ", " "),
)
"""Marks and what takes their place: a dot ends a sentence. Plain replacing is ten times as fast as a pattern."""


class Found(NamedTuple):
    """What a text says.

    Attributes:
        pains: Keys of topics that trouble its author.
        topics: Keys of all topics that it speaks of, those among them.
    """

    pains: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()


NOTHING: Final = Found()


@dataclass(slots=True)
class _Sense:
    """What an entry means: topics, and what it makes of those around it."""

    pains: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    problem: bool = False
    negation: bool = False
    solved: bool = False


class _Hit(NamedTuple):
    start: int
    end: int
    sense: _Sense


class Lexicon:
    """The words of topics and those around them."""

    def __init__(self, topics: Iterable[Topic], cues: Cues) -> None:
        senses: defaultdict[str, _Sense] = defaultdict(_Sense)
        self._names: dict[str, str] = {}
        for topic in topics:
            self._names |= {fold(name): topic.key for name in (topic.key, topic.label, topic.label_de) if name}
            for word in topic.pains:
                senses[_fold_entry(word)].pains.add(topic.key)
            for word in topic.words:
                senses[_fold_entry(word)].words.add(topic.key)
        for name in ("problem", "negation", "solved"):
            for word in getattr(cues, name):
                setattr(senses[_fold_entry(word)], name, True)
        for word in cues.affirmation:
            senses[_fold_entry(word)] = _Sense()
        self._senses = {word: senses[word] for word in _longest_first(senses)}
        self._pattern = re.compile(_alternation(senses))
        self._inside = tuple(word.strip("*") for word in senses if word.startswith("*"))
        self._contrasts = re.compile(rf" (?:{'|'.join(_fold_entry(word) for word in cues.contrast)})(?!\w)")
        self.find = lru_cache(maxsize=MOST_REMEMBERED)(self._find)
        self.named = lru_cache(maxsize=MOST_REMEMBERED)(self._named)
        self._sense = lru_cache(maxsize=MOST_REMEMBERED)(self._sense_of)

    def _named(self, text: str) -> frozenset[str]:
        """The topics that a name, an address or a subject speaks of: by their keys, their labels or their words."""
        key = self._names.get(fold(text.strip()))
        return frozenset([key]) if key else self._find(text.replace(".", " ")).topics

    def _find(self, text: str) -> Found:
        """Read a text: clause by clause, as a negation or a problem reaches no further."""
        folded = self._parted(fold(text))
        if not self._pattern.search(folded):
            return NOTHING
        pains: set[str] = set()
        topics: set[str] = set()
        for clause in self._contrasts.sub(".", folded).split("."):
            hits = [_Hit(*match.span(), self._sense(match[0][1:])) for match in self._pattern.finditer(clause)]
            for hit in hits:
                topics |= hit.sense.pains
                topics |= hit.sense.words
            pains |= _pains(clause, hits)
        return Found(frozenset(pains), frozenset(topics))

    def _parted(self, folded: str) -> str:
        """Part compounds before the words that are looked for within them, so that a blank stands before each."""
        for word in self._inside:
            if word in folded:
                folded = re.sub(rf"(?<=\w){re.escape(word)}", f" {word}", folded)
        return folded

    def _sense_of(self, word: str) -> _Sense:
        """What a word that was found means: that of the longest entry that it is."""
        alike = (item for item in self._senses if item.lstrip("*")[0] == word[0])
        return next(self._senses[item] for item in alike if re.fullmatch(_entry(item), word))


def fold(text: str) -> str:
    """Bring a text to lower case, with a blank before each word and between words and marks, without apostrophes."""
    folded = f" {text.casefold()}"
    for mark, plain in _PLAIN:
        folded = folded.replace(mark, plain)
    return folded


def _fold_entry(word: str) -> str:
    """Fold an entry, whose stars stay."""
    return fold(word.strip().replace("*", "\0"))[1:].replace("\0", "*")


def _pains(clause: str, hits: list[_Hit]) -> set[str]:
    """The topics that trouble whoever says this clause."""
    if not any(hit.sense.pains or hit.sense.problem for hit in hits):
        return set()
    negations = [hit for hit in hits if hit.sense.negation]
    meant = [hit.sense for hit in hits if not any(_takes_back(item, hit, clause) for item in negations)]
    if any(sense.solved for sense in meant):
        return set()
    is_problem = any(sense.problem for sense in meant)
    return set[str]().union(*(sense.pains | sense.words if is_problem else sense.pains for sense in meant))


def _takes_back(negation: _Hit, hit: _Hit, clause: str) -> bool:
    """True if the negation stands a few words before the hit, or closes the clause behind it.

    As in "no problems with costs", "problems with costs we do not have". What it closes is a problem, not a topic.
    """
    if negation.end <= hit.start:
        between = clause[negation.end : hit.start]
        return "," not in between and len(between.split()) <= NEGATED_WORDS
    if negation.start < hit.end or hit.sense.words or clause[negation.end :].strip(" ,"):
        return False
    return "," not in clause[hit.end : negation.start]


def _alternation(words: Iterable[str]) -> str:
    """One pattern for all: a blank, then the words by their first letter, the longest first.

    It begins with a character that can be jumped to, which makes it many times as fast as a look behind each letter.
    """
    by_letter: defaultdict[str, list[str]] = defaultdict(list)
    for word in _longest_first(words):
        by_letter[word.lstrip("*")[0]].append(_entry(word)[1:])
    groups = (f"{letter}(?:{'|'.join(tails)})" for letter, tails in by_letter.items())
    return f" (?:{'|'.join(groups)})"


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=lambda item: (-len(item), item))


def _entry(word: str) -> str:
    """The pattern of one entry."""
    body = re.escape(word.strip("*")).replace(r"\*", r"\w*").replace(r"\ ", " ")
    return body + (r"\w*" if word.endswith("*") else r"(?!\w)")
