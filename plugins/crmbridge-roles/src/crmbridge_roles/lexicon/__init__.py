"""The words of job titles and role labels, as data, and the finder that looks them up.

Entries are words as people write them. ``*`` at an end opens it for compounds: ``*einkauf*`` is found in
"Zentraleinkauf", ``hr`` only as a word; inside an entry it stands for any letters, between spaces for at most three
words. ``^`` and ``$`` tie an entry to an end of the text. A space also matches a hyphen or nothing. An umlaut is found
written out and without its dots.

German and English words are read in every title, those of another language only in a title of that language, where
they win over German and English ones that are written the same ("chef" leads in French, a "Chef" is the boss in
German). The words of a title vote for its language: each one that French, Dutch, Spanish or Italian has and neither
German nor English, the more the fewer of the four have it.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from itertools import chain, product
from typing import Any, Final, Generic, Literal, NamedTuple, TypeVar, get_args

from crmbridge_roles.text import fold, join_letters

Language = Literal["fr", "nl", "es", "it"]
"""A language whose words are read only in titles of it."""

HOME: Final = ("de", "en")
"""The languages whose words are read in every title."""

LANGUAGES: Final = (*HOME, *get_args(Language))

V = TypeVar("V")

_VOTES: Final = 12
"""Votes of one word, divided among the languages that have it; four, three and two divide it."""

_WAYS: Final = {"ä": ("ae", "a"), "ö": ("oe", "o"), "ü": ("ue", "u"), " ": (" ", "-", ""), "-": (" ", "-", "")}
"""How a letter of an entry can stand in a folded text."""

_OPEN: Final = {"ä": "ae?", "ö": "oe?", "ü": "ue?", " ": "[ -]?", "-": "[ -]?", "*": "[a-z0-9]*"}


_WORD: Final = re.compile(r"[a-z0-9]+")


class Hit(NamedTuple, Generic[V]):
    """An entry found in a text: where, and what it stands for."""

    start: int
    end: int
    value: V


class Finder(Generic[V]):
    """Finds entries in a folded text: from left to right, the longest first, none twice in the same letters.

    One pattern for each two letters that entries begin with, one set for the beginnings of words and one for the
    letters inside: a single alternation of all entries takes a hundred times as long.
    """

    def __init__(self, entries: Iterable[tuple[str, V]]) -> None:
        ordered = sorted(entries, key=lambda item: (-len(item[0].strip("*")), item[0]))
        self._values = dict(ordered)
        names = list(self._values)
        self._words = _by_beginning(names)
        self._inside = _by_beginning([name for name in names if name.startswith("*")])
        self._starts = lru_cache(maxsize=16384)(self._look_up)  # titles of many people share few words

    @property
    def values(self) -> tuple[V, ...]:
        """What the entries stand for."""
        return tuple(self._values.values())

    def find(self, text: str) -> list[Hit[V]]:
        """All hits in ``text``, which is folded."""
        hits: list[Hit[V]] = []
        end = 0
        for word in _WORD.finditer(text):
            start = word.start()
            for offset, choice in self._starts(word.group()):
                if start + offset >= end and (match := choice.pattern.match(text, start + offset)):
                    end = match.end()
                    hits.append(Hit(match.start(), end, self._values[choice.entries[(match.lastindex or 0) - 1]]))
        return hits

    def _look_up(self, word: str) -> tuple[tuple[int, _Choice], ...]:
        """Where in a word entries can begin, and which."""
        letters = f"{word} "
        found = [(at, (self._inside if at else self._words).get(letters[at : at + 2])) for at in range(len(word))]
        return tuple((at, choice) for at, choice in found if choice)

    def reach(self, text: str) -> int:
        """How many letters of ``text``, which is folded, an entry takes that is all of it but for an open end."""
        first = next((hit for hit in self.find(text) if hit.start == 0), None)
        whole = first and (first.end == len(text) or text[first.end :].isalnum())
        return first.end if first and whole else 0


@dataclass(frozen=True)
class _Choice:
    """Entries with the same beginning; the pattern is compiled when a text first needs it."""

    entries: list[str]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """One group per entry, in their order."""
        return re.compile("|".join(f"({_pattern(entry)})" for entry in self.entries))


def _by_beginning(entries: list[str]) -> dict[str, _Choice]:
    choices: dict[str, _Choice] = {}
    for entry in entries:
        for letters in _beginnings(entry):
            choices.setdefault(letters, _Choice([])).entries.append(entry)
    return choices


@cache
def _beginnings(entry: str) -> frozenset[str]:
    """The first two letters of the texts that an entry is found in."""
    ways = (_WAYS.get(char, (_plain(char),)) for char in join_letters(entry.strip("^*").lower())[:3])
    return frozenset(f"{''.join(way)} "[:2] for way in product(*ways))


@cache
def _pattern(entry: str) -> str:
    """The regular expression of an entry after its beginning; all its groups are non-capturing."""
    body = "[ -](?:[a-z0-9-]+ ){0,3}".join(_literal(part) for part in entry.strip("^$*").split(" * "))
    end = {"*": "", "$": "$"}.get(entry[-1], "(?![a-z0-9])")
    return ("^" if entry.startswith("^") else "") + body + end


def _literal(text: str) -> str:
    return "".join(_OPEN.get(char) or _plain(char) for char in join_letters(text.lower()))


@cache
def _plain(char: str) -> str:
    return fold(char)


@cache
def _table(language: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(f"{language}.toml").read_text("utf-8"))


def _read_with(language: Language | None) -> tuple[str, ...]:
    """The languages whose words are read together; the later wins."""
    return (*HOME, language) if language else HOME


@cache
def heads(language: Language | None = None) -> Finder[str]:
    """Finds the words that say what somebody is: a rank, or another key of ``[heads]``."""
    return _by_key("heads", _read_with(language))


@cache
def kinds(language: Language | None = None) -> Finder[str]:
    """Finds what has a row of its own among the title weights: ``signatory``, ``representative``."""
    return _by_key("kinds", _read_with(language))


@cache
def departments(language: Language | None = None) -> Finder[tuple[int, str]]:
    """Finds departments, each with its tier: of several in a title the highest counts."""
    groups = [group for name in _read_with(language) for group in _table(name)["departments"]]
    return Finder((word, (group["tier"], group["name"])) for group in groups for word in group["words"])


@cache
def labels() -> Finder[str]:
    """Finds roles in association labels; ``not`` for a negation."""
    return _by_key("labels", HOME)


@cache
def conjunctions(language: Language | None) -> frozenset[str]:
    """The words for "and" in a language that is not German or English."""
    return frozenset(_table(language)["and"] if language else ())


def _by_key(section: str, languages: Iterable[str]) -> Finder[str]:
    tables = [_table(name)[section] for name in languages]
    return Finder((word, key) for table in tables for key, words in table.items() for word in words)


def language(text: str) -> Language | None:
    """The language that the words of a folded title vote for; None if all are German or English."""
    votes: Counter[Language] = Counter()
    for hit in _tongues().find(text):
        for name in (speakers := _speakers(text[hit.start : _end_of_word(text, hit.end)])):
            votes[name] += _VOTES // len(speakers)
    return min((name for name in votes if votes[name] == max(votes.values())), key=LANGUAGES.index, default=None)


def _end_of_word(text: str, at: int) -> int:
    inside = _WORD.match(text, at)
    return inside.end() if inside else at


@cache
def _tongues() -> Finder[None]:
    """Finds the words of the four languages."""
    return Finder((word, None) for name in get_args(Language) for word in _words(name))


@lru_cache(maxsize=16384)
def _speakers(word: str) -> tuple[Language, ...]:
    """The languages that know most of a word; none if it is German or English as well."""
    if heads().reach(word) or departments().reach(word):
        return ()
    known = {name: _vocabulary(name).reach(word) for name in get_args(Language)}
    return tuple(name for name, letters in known.items() if letters == max(known.values()))


@cache
def _vocabulary(language: Language) -> Finder[None]:
    return Finder((word, None) for word in _words(language))


@cache
def _words(language: Language) -> frozenset[str]:
    table = _table(language)
    named = [words for section in ("heads", "kinds") for words in table[section].values()]
    return frozenset(chain(table["marks"], *named, *(group["words"] for group in table["departments"])))
