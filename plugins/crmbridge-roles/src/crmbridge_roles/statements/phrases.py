"""The phrases by which people say who does what in a purchase, as data.

A phrase is a regular expression over a sentence whose words are in lower case, with umlauts written out, one blank
between them, and in which each person stands as ``@`` with a number. In the files beside this module ``X`` is the
person whom the phrase is about, ``Y`` the other one, ``Z`` any, ``P`` several joined by "and"; ``~`` stands for up to
six words that change nothing, or deny it. ``words`` of a group are what a sentence must have one of.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Any, Final, Literal

from crmbridge import ROLES

LANGUAGES: Final = ("de", "en")

Says = Literal[
    "initiator", "influencer", "user", "buyer", "decider", "gatekeeper", "hint", "signature",
    "for", "against", "competitor", "meeting", "declines", "introduces",
    "advice", "referral", "reports_to", "conflict",
]  # fmt: skip
"""What a phrase says of a person: a role, that we spoke with it, that it signed, how it stands, whom it turns to."""

FIRM: Final[frozenset[str]] = frozenset({*ROLES, "hint", "signature"})
"""What a plan for the future does not say."""

_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_PERSON: Final = r"@\d+"


@dataclass(frozen=True)
class Phrase:
    """A phrase, ready to be looked for.

    Attributes:
        source: Finds it; groups ``X``, ``Y``, ``P`` as far as it names them.
        denies: True if a negation belongs to it.
    """

    source: str
    denies: bool

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The source, compiled when a sentence first needs it."""
        return re.compile(self.source)


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


@lru_cache(maxsize=32768)
def folded(text: str) -> str:
    """Lower case, umlauts written out, without accents; other blanks than a new line are one each."""
XX
def plain_letters(text: str) -> str:
    """Umlauts written out; the rest as it is."""
    return text.translate(_UMLAUTS)


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
def unnamed() -> Mapping[int, Group]:
    """What may be said in a sentence that names nobody, by place: of each group, its phrases without a person."""
    cut = (replace(item, phrases=tuple(p for p in item.phrases if _PERSON not in p.source)) for item in groups())
    return {place: group for place, group in enumerate(cut) if group.phrases}


def triggered(text: str) -> bool:
    """True if a text, in any spelling, has a word without which no phrase can be in it."""
    found = hints(text.split())
    return bool(found) and fitting(found, folded(text)) != ()


def hints(words: Iterable[str]) -> set[str]:
    """Those of the groups' words that may stand in a text; of those with a blank in them a part does."""
    found: set[str] = set()
    for word in words:
        found.update(_hints(word))
    return found


def fitting(found: Iterable[str], text: str) -> tuple[int, ...]:
    """Places of the groups of which a word really stands in a folded text, ascending; ``found`` as by ``hints``."""
    places = _places()
    return tuple(sorted({place for word in found if " " not in word or word in text for place in places[word]}))


@lru_cache(maxsize=32768)
def _hints(word: str) -> tuple[str, ...]:
    plain = folded(word)
    return tuple(entry for entry, part in _parts() if part in plain)


@cache
def _parts() -> tuple[tuple[str, str], ...]:
    """The words of all groups, each with the longest of its parts."""
    return tuple((word, max(word.split(), key=len)) for word in _places())


@cache
def _places() -> Mapping[str, tuple[int, ...]]:
    """Words to the places of the groups that need one of them."""
    known = {word for group in groups() for word in group.words}
    return {word: tuple(at for at, group in enumerate(groups()) if word in group.words) for word in sorted(known)}


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
        phrases=tuple(_phrase(text, table["negation"]) for text in entry["phrases"]),
        unless=whole(entry["unless"]) if "unless" in entry else None,
    )


def _phrase(text: str, negation: Mapping[str, Any]) -> Phrase:
    fillers = "|".join(sorted({*negation["fillers"], *negation["words"]}, key=lambda word: (-len(word), word)))
    joined = "|".join(sorted([*negation["and"], ","], key=lambda word: (-len(word), word)))
    slots = {"X": f"(?P<X>{_PERSON})", "Y": f"(?P<Y>{_PERSON})", "Z": _PERSON}
    slots["P"] = f"(?P<P>{_PERSON}(?: (?:{joined}) {_PERSON})+)"
    body = re.sub(r"\b[XYZP]\b", lambda match: slots[match[0]], text).replace("~ ", f"(?:(?:{fillers}) ){{0,6}}")
    before = "" if text.startswith("^") else " "
    denies = not set(negation["words"]).isdisjoint(re.findall(r"\w+", text))
    return Phrase(f"{before}{body}(?= |$)", denies=denies)

