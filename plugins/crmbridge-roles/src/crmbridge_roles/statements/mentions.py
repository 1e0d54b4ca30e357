"""Where a text names people: its words, with a person in each place where one is named, by whatever means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from crmbridge_roles.statements.hints import triggered
from crmbridge_roles.statements.phrases import listed, vocabulary
from crmbridge_roles.statements.words import Word
from crmbridge_roles.titles import read_title

_LONGEST_NAME: Final = 4
_LONGEST_TITLE: Final = 3
_SHORT_CAPITALS: Final = 4


@dataclass(frozen=True)
class Mention:
    """A place where somebody is named.

    Attributes:
        kind: ``implied`` for the one whom a sentence without a subject is about.
        names: Parts of the name, or the words of the title.
        polite: True if "Mr", "Frau" or the like stands before the name.
        loud: True if a later "he" or "she" may well mean this one.
        gender: ``female`` or ``male`` if "Mr", "Frau", "she" or the like tells it.
        after: Of one who is implied: how many mentions stand before it.
    """

    kind: Literal["name", "pronoun", "self", "title", "implied"]
    names: tuple[str, ...] = ()
    polite: bool = False
    loud: bool = False
    gender: str = ""
    after: int = 0


def find_mentions(words: Sequence[Word]) -> tuple[list[Word], list[Mention]]:
    """The words with ``@0``, ``@1``, … in the places of people, and who that is."""
    mentions: list[Mention] = []
    found: list[Word] = []
    titled = {at - before for at, word in enumerate(words) if _is_head(word.plain) for before in range(_LONGEST_TITLE)}
    at = 0
    while at < len(words):
        plain, written = words[at]
        may = _opens(plain) or at in titled or written[:1].isupper()
        end, mention = _at(words, at) if may else (at, None)
        if mention is None:
            found.append(words[at])
            at += 1
            continue
        found.append(Word(f"@{len(mentions)}", "X"))
        mentions.append(mention)
        at = end
    if any(mention.kind == "title" for mention in mentions):
        found = list(_without_appositions(found, mentions))
    return found, mentions


def _at(words: Sequence[Word], at: int) -> tuple[int, Mention | None]:
    """The mention that begins at a word, if any, and where it ends."""
    word = words[at]
    opens = _opens(word.plain)
    if opens == "self" and (word.plain != "i" or word.written == "I"):
        return at + 1, Mention("self")
    if opens == "polite":
        end, names = _polite_name(words, at + 1)
        return end, Mention("name", names, polite=True, loud=True, gender=gender_of(word.plain)) if names else None
    if opens == "pronoun":
        for length in (3, 2, 1):
            if " ".join(item.plain for item in words[at : at + length]) in listed("words", "pronouns"):
                return at + length, Mention("pronoun", gender=gender_of(word.plain))
    end = _title_end(words, at)
    if end:
        return end, Mention("title", tuple(item.written for item in words[at:end]), loud=True)
    return _name(words, at) if word.written[:1].isupper() else (at, None)


def gender_of(plain: str) -> str:
    """What "Mr", "Frau", "she" or the like tells; empty for any other word."""
    return next((gender for gender in ("female", "male") if plain in listed("words", gender)), "")


@lru_cache(maxsize=32768)
def _opens(plain: str) -> str:
    """What kind of mention a word may be the first of, besides titles and names without "Mr"."""
    if plain in listed("words", "self"):
        return "self"
    if plain in listed("words", "honorifics") or plain in listed("words", "academic"):
        return "polite"
    return "pronoun" if any(plain == entry.split()[0] for entry in listed("words", "pronouns")) else ""


def _polite_name(words: Sequence[Word], at: int) -> tuple[int, tuple[str, ...]]:
    """The name behind "Mr" or "Frau": titles left out, "von" and the like kept."""
    skipped = listed("words", "honorifics") | listed("words", "academic")
    while at < len(words) and (words[at].plain in skipped or words[at].plain in (".", "-") or _is_initial(words, at)):
        at += 1
    end = at
    while end < len(words) and words[end].plain in listed("words", "particles"):
        end += 1
    names = [word.plain for word in words[at:end]] if _is_name(words, end, polite=True) else []
    at = end if names else at
    most = len(names) + 2
    while at < len(words) and len(names) < most and _is_name(words, at, polite=not names):
        names.append(words[at].plain)
        at += 1
    return at, tuple(names)


def _name(words: Sequence[Word], at: int) -> tuple[int, Mention | None]:
    """A run of capitalised words that are no words of ours: it may be a name, or not."""
    end = at
    while end < len(words) and end - at < _LONGEST_NAME and _is_name(words, end, polite=False):
        end += 1
    if end == at:
        return at, None
    before = words[at - 1].plain if at else ""
    after = words[end].plain if end < len(words) else ""
    loud = end - at > 1 or before in listed("words", "before_name") or after in listed("words", "after_name")
    return end, Mention("name", tuple(item.plain for item in words[at:end]), loud=loud)


def _is_name(words: Sequence[Word], at: int, *, polite: bool) -> bool:
    if at >= len(words):
        return False
    plain, written = words[at]
    if not written[:1].isalpha() or len(plain) < 2:  # noqa: PLR2004 - an initial is no name
        return False
    if polite:
        return written[0].isupper() or plain not in vocabulary()
    if not written[0].isupper() or (written.isupper() and len(written) <= _SHORT_CAPITALS):
        return False
    return not _is_ours(plain)


@lru_cache(maxsize=32768)
def _is_ours(plain: str) -> bool:
    """True for a word of the phrases, the lists or the titles: it is no name."""
    return plain in vocabulary() or _is_head(plain) or triggered(plain)


def _is_initial(words: Sequence[Word], at: int) -> bool:
    dotted = at + 1 < len(words) and words[at + 1].plain == "."
    return len(words[at].plain) == 1 and words[at].written.isupper() and dotted


@lru_cache(maxsize=32768)
def _is_head(plain: str) -> bool:
    """True for a word that ends in what a person's title ends in: "Einkaufsleiterin", "CFO"."""
    return _heads().search(plain) is not None


@lru_cache(maxsize=1)
def _heads() -> re.Pattern[str]:
    long = sorted(word for word in listed("words", "titles") if len(word) > 4)  # noqa: PLR2004 - "ceo" ends no word
    short = sorted(word for word in listed("words", "titles") if len(word) <= 4)  # noqa: PLR2004 - same
    return re.compile(rf"(?:{'|'.join(long)})(?:in)?$|^(?:{'|'.join(short)})$")


def _title_end(words: Sequence[Word], at: int) -> int:
    """Where a title that begins here ends; 0 if none does. What names several people is none."""
    head = next((i for i, word in enumerate(words[at : at + _LONGEST_TITLE], at) if _is_head(word.plain)), None)
    if head is None or any(not words[i].plain[:1].isalpha() for i in range(at, head + 1)):
        return 0
    if any(words[i].plain in vocabulary() and not _is_part(words[i]) for i in range(at, head)):
        return 0
    read = _read(words[at : head + 1])
    if not read:
        return 0
    end = head + 1
    for length in (3, 2, 1):
        longer = words[at : head + 1 + length]
        if len(longer) == head + 1 + length - at and all(_is_part(item) for item in longer[head + 1 - at :]):
            said = _read(longer)
            if said and said != read and _read(longer[:-1]) != said:
                end = at + len(longer)
                break
    return end


def _is_part(word: Word) -> bool:
    """True for what may stand in a title around its head."""
    if word.plain in ("of", "fuer", "der", "des", "im", "the", "and"):
        return True
    return word.plain[:1].isalpha() and (word.written[0].isupper() or word.plain in _AREAS)


_AREAS: Final = frozenset(
    [
        *("purchasing", "procurement", "operations", "finance", "production", "plant", "sales", "marketing"),
        *("quality", "it", "managing", "technical", "commercial", "general", "hr", "logistics", "maintenance", "vice"),
        "engineering",
    ]
)
"""What stands in an English title in lower case."""


def _read(words: Sequence[Word]) -> tuple[tuple[str | None, str | None], ...]:
    title = " ".join(item.written for item in words)
    return tuple((item.seniority, item.department) for item in read_title(title))


def _without_appositions(words: list[Word], mentions: Sequence[Mention]) -> Iterator[Word]:
    """Leave out a title that only explains a name: "Frau Maier (CFO)", "Frau Maier, CFO,", "CFO Frau Maier"."""
    kinds = [
        mentions[int(word.plain[1:])].kind if word.plain[1:].isdigit() and word.plain[0] == "@" else ""
        for word in words
    ]
    at = 0
    while at < len(words):
        signs = tuple(item.plain for item in words[at : at + 3])
        explains = at > 0 and kinds[at - 1] == "name" and at + 2 < len(words) and kinds[at + 1] == "title"
        if explains and (signs[0], signs[2]) in (("(", ")"), (",", ",")):
            at += 3
        elif kinds[at] == "title" and at + 1 < len(words) and kinds[at + 1] == "name":
            at += 1
        else:
            yield words[at]
            at += 1
