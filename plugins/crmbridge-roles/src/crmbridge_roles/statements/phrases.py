"""The phrases by which people say who does what in a purchase, as data.

A phrase is a regular expression over a sentence whose words are in lower case, with umlauts written out, one blank
between them, and in which each person stands as ``@`` with a number. In the files beside this module ``X`` is the
person whom the phrase is about, ``Y`` the other one, ``Z`` any, ``P`` several joined by "and"; ``~`` stands for up to
six words that change nothing, or deny it; ``O`` is what we offer, ``E`` the end of a clause. ``words`` of a group are
what a sentence must have one of.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Final, Literal

from crmbridge import ROLES
from crmbridge_roles.statements.words import plain_letters

LANGUAGES: Final = ("de", "en")

Says = Literal[
    "initiator", "influencer", "user", "buyer", "decider", "gatekeeper", "hint", "signature",
    "for", "against", "competitor", "meeting", "declines", "introduces",
    "advice", "referral", "reports_to", "conflict",
]  # fmt: skip
"""What a phrase says of a person: a role, that we spoke with it, that it signed, how it stands, whom it turns to."""

FIRM: Final[frozenset[str]] = frozenset({*ROLES, "hint", "signature"})
"""What a plan for the future does not say."""

_PERSON: Final = r"@\d+"
_AHEAD: Final = re.compile(r"\(\?[=!](?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
"""What must follow, or must not."""
_OPTIONAL: Final = re.compile(r"(?:\(\?:[^()]*\)|\\?\w|\[[^\]]*\])(?:[?*]|\{\d+,\d*\}\??)|\[[^\]]*\]|\\\w")
"""What need not be there, or may be any letter."""
_NESTED: Final = re.compile(r"\(\?:[^()]*(?:\([^()]*\)[^()]*)+\)")
_CHOICE: Final = re.compile(r"\(\?:([^()]*)\)")
_LETTERS: Final = re.compile(r"[a-z]{3,}")


@dataclass(frozen=True)
class Phrase:
    """A phrase, ready to be looked for.

    Attributes:
        source: Finds it; groups ``X``, ``Y``, ``P`` as far as it names them.
        denies: True if a negation belongs to it.
        needs: A sentence without any of these letters does not hold it; empty if that cannot be told.
    """

    source: str
    denies: bool
    needs: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The source, compiled when a sentence first needs it."""
        return re.compile(self.source)

    def found_in(self, text: str) -> Iterator[re.Match[str]]:
        """The places of a sentence where it stands."""
        for need in self.needs:
            if need in text:
                return self.pattern.finditer(text)
        return iter(()) if self.needs else self.pattern.finditer(text)


@dataclass(frozen=True)
class Group:
    """Phrases that say the same.

    Attributes:
        says: What.
        words: A sentence without any of them holds none of the phrases.
        unless: Finds what makes them say nothing.
    """

    says: Says
    words: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    unless: re.Pattern[str] | None


@cache
def tables() -> tuple[Mapping[str, Any], ...]:
    """The files, one per language."""
    folder = files(__package__)
    texts = (folder.joinpath(f"{name}.toml").read_text("utf-8") for name in LANGUAGES)
    return tuple(tomllib.loads(plain_letters(text)) for text in texts)


@cache
def listed(section: str, key: str) -> frozenset[str]:
    """A list of words, all languages together."""
    return frozenset(word for table in tables() for word in table[section][key])


@cache
def any_of(section: str, key: str) -> re.Pattern[str]:
    """Finds the entries of a list, as whole words."""
    return whole(listed(section, key))


def whole(entries: Iterable[str]) -> re.Pattern[str]:
    """Finds entries as whole words of a sentence."""
    return re.compile(rf"(?<= )(?:{'|'.join(sorted(entries))})(?= )")


@cache
def groups() -> tuple[Group, ...]:
    """All groups, in the order of the files."""
    return tuple(_group(entry, table) for table in tables() for entry in table["statements"])


@cache
def unnamed() -> tuple[Group, ...]:
    """What may be said in a sentence that names nobody: of each group, its phrases without a person, if any."""
    return tuple(replace(item, phrases=tuple(p for p in item.phrases if _PERSON not in p.source)) for item in groups())


@cache
def vocabulary() -> frozenset[str]:
    """Words of the phrases and lists: they are no names of people."""
    entries = [phrase for table in tables() for entry in table["statements"] for phrase in entry["phrases"]]
    lists = [
        word
        for table in tables()
        for part in ("hedges", "negation")
        for words in table[part].values()
        for word in words
    ]
    found = set(re.findall(r"[a-z]{3,}", " ".join([*entries, *lists])))
    return frozenset(found) | listed("words", "common")


def _group(entry: Mapping[str, Any], table: Mapping[str, Any]) -> Group:
    return Group(
        says=entry["says"],
        words=tuple(entry["words"]),
        phrases=tuple(_phrase(text, table) for text in entry["phrases"]),
        unless=whole(entry["unless"]) if "unless" in entry else None,
    )


def _phrase(text: str, table: Mapping[str, Any]) -> Phrase:
    negation, objects = table["negation"], table["objects"]
    fillers = "|".join(sorted({*negation["fillers"], *negation["words"]}, key=lambda word: (-len(word), word)))
    joined = "|".join(sorted([*negation["and"], ","], key=lambda word: (-len(word), word)))
    slots = {"X": f"(?P<X>{_PERSON})", "Y": f"(?P<Y>{_PERSON})", "Z": _PERSON}
    slots["P"] = f"(?P<P>{_PERSON}(?: (?:{joined}) {_PERSON})+)"
    slots["O"] = f"(?:{'|'.join(sorted(objects['ours'], key=lambda word: (-len(word), word)))})(?![^ ])"
    slots["E"] = rf"(?:[^\w\s@]|{'|'.join(objects['ends'])}|$)"
    body = re.sub(r"\b[XYZPOE]\b", lambda match: slots[match[0]], text).replace("~ ", f"(?:(?:{fillers}) ){{0,6}}")
    before = "" if text.startswith("^") else " "
    denies = not set(negation["words"]).isdisjoint(re.findall(r"\w+", text))
    return Phrase(f"{before}{body}(?= |$)", denies=denies, needs=_needs(text))


def _needs(text: str) -> tuple[str, ...]:
    """Letters of which some must be in a sentence that holds a phrase: its longest word, or one of a choice."""
    known, text = "", _AHEAD.sub(" ", text)
    while known != text:
        known, text = text, _OPTIONAL.sub(" ", text)
    text = _NESTED.sub(" ", text)
    words = _LETTERS.findall(_CHOICE.sub(" ", text))
    if words:
        return (max(words, key=len),)
    choices = ([_LETTERS.findall(option) for option in found[1].split("|")] for found in _CHOICE.finditer(text))
    certain = [tuple(max(words, key=len) for words in choice) for choice in choices if all(choice)]
    return max(certain, key=lambda choice: min(map(len, choice)), default=())
