"""The words of job titles and role labels, as data, and the finder that looks them up.

Entries are words as people write them. ``*`` at an end opens it for compounds: ``*einkauf*`` is found in
"Zentraleinkauf", ``hr`` only as a word; inside an entry it stands for any letters, between spaces for at most three
words. ``^`` and ``$`` tie an entry to an end of the text. A space also matches a hyphen or nothing. An umlaut is found
written out and without its dots.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Generic, TypeVar

from crmbridge_roles.text import fold, join_letters

LANGUAGES = ("de", "en")

V = TypeVar("V")

_OPEN = {"ä": "ae?", "ö": "oe?", "ü": "ue?", " ": "[ -]?", "-": "[ -]?", "*": "[a-z0-9]*"}


@dataclass(frozen=True)
class Hit(Generic[V]):
    """An entry found in a text: where, and what it stands for."""

    start: int
    end: int
    value: V


class Finder(Generic[V]):
    """Finds entries in a folded text: from left to right, the longest first, none twice in the same letters.

    One pattern per first letter, one set for the beginnings of words and one for the letters inside: a single
    alternation of all entries takes a hundred times as long.
    """

    def __init__(self, entries: Iterable[tuple[str, V]]) -> None:
        ordered = sorted(entries, key=lambda item: (-len(item[0].strip("*")), item[0]))
        self._values = dict(ordered)
        names = list(self._values)
        self._words = _by_letter(names)
        self._inside = _by_letter([name for name in names if name.startswith("*")])

    @property
    def values(self) -> tuple[V, ...]:
        """What the entries stand for."""
        return tuple(self._values.values())

    def find(self, text: str) -> list[Hit[V]]:
        """All hits in ``text``, which is folded."""
        hits: list[Hit[V]] = []
        at = 0
        while at < len(text):
            inside = at > 0 and text[at - 1].isalnum()
            choice = (self._inside if inside else self._words).get(text[at])
            match = choice.pattern.match(text, at) if choice else None
            if choice and match and match.lastindex:
                hits.append(Hit(at, match.end(), self._values[choice.entries[match.lastindex - 1]]))
            at = match.end() if match else at + 1
        return hits


@dataclass(frozen=True)
class _Choice:
    """Entries with the same first letter; the pattern is compiled when a text first needs it."""

    entries: list[str]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """One group per entry, in their order."""
        return re.compile("|".join(f"({_pattern(entry)})" for entry in self.entries))


def _by_letter(entries: list[str]) -> dict[str, _Choice]:
    choices: dict[str, _Choice] = {}
    for entry in entries:
        choices.setdefault(_first_letter(entry), _Choice([])).entries.append(entry)
    return choices


@cache
def _first_letter(entry: str) -> str:
    return fold(entry.strip("^*"))[0]


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
def _tables() -> tuple[dict[str, Any], ...]:
    folder = files(__package__)
    return tuple(tomllib.loads(folder.joinpath(f"{name}.toml").read_text("utf-8")) for name in LANGUAGES)


@cache
def heads() -> Finder[str]:
    """Finds the words that say what somebody is: a rank, or another key of ``[heads]``."""
    return _by_key("heads")


@cache
def kinds() -> Finder[str]:
    """Finds what has a row of its own among the title weights: ``signatory``, ``representative``, ``assistant``."""
    return _by_key("kinds")


@cache
def departments() -> Finder[tuple[int, str]]:
    """Finds departments, each with its tier: of several in a title the highest counts."""
    groups = [group for table in _tables() for group in table["departments"]]
    return Finder((word, (group["tier"], group["name"])) for group in groups for word in group["words"])


@cache
def labels() -> Finder[str]:
    """Finds roles in association labels; ``not`` for a negation."""
    return _by_key("labels")


def _by_key(section: str) -> Finder[str]:
    return Finder((word, key) for table in _tables() for key, words in table[section].items() for word in words)
