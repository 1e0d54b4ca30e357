"""Bring job titles and labels into one form: without gender marks, in parts, in plain lower-case letters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

LONGEST = 300
"""Characters of a title that are read; what is longer is no title."""

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "\u2019": "'"})

_SIGN = re.compile(r"[^\w -]")
"""Most titles have none: they skip what looks for signs."""

_LINE_END = re.compile(r"[\r\n]+")
_CONTROL = re.compile(r"[\x00-\x1f]+")
_GENDER_NOTE = re.compile(
    r"[(\[]\s*(?:[mwfdxihv](?:\s*[/|,*.+-]\s*(?:[mwfdxihv]|div\w*|gn))+|gn|all genders?|alle geschlechter)\s*[)\]]"
    r"|(?<!\w)[mwfhv]\s*[/|]\s*[mwfdhv](?:\s*[/|]\s*[mwfdxi])?(?!\w)",
    re.IGNORECASE,
)
_GENDER_ENDING = re.compile(
    r"(?<=\w)(?:[:*_·]|/-?|\(-?)(?:innen|in|r|n|frau|mann)\b\)?|(?<=[a-zäöüß])In(?:nen)?\b"
    r"|(?i:(?<=[a-zé]{3})(?:[·•]|/-?|\(-?|\.)(?:trice|rice|ice|euse|ière|ère|ne|es?|a|ora|tora|essa)s?\b\)?"
    r"|(?<=[a-zé]{3}[étrnl])-e\b|(?<=[a-z]{3})\(st\)(?=er\b)|(?<=[a-z]{4})@(?=\s))",
)
_BOTH_GENDERS = re.compile(r"\b(\w{4,})(?:\s*/\s*\1in\b|in\s*/\s*\1\b)", re.IGNORECASE)
_FEMININE = re.compile(r"([a-z]{5,}[rtfgdk])in(?:nen)?\b")

_HYPHEN = re.compile(r" ?- ?")
_OTHER = re.compile(r"[^a-z0-9-]+")
_LETTER_PAIR = re.compile(r"\b(\w{1,2})\s?&\s?(\w)\b")
_LETTER_DOTS = re.compile(r"\b(?:[a-z]\.){2,}")
_WHOLE = re.compile(
    r"\ba[dm]mini?stra\w+(?:,| (?:et|y|e|en|and|und)) (?=financ|finanz)"
    r"|\bchief(?: \w+)+? (?:&|and) (?=(?:\w+ ){1,2}officer)",
    re.IGNORECASE,
)
"""Administration and finance, in this order, are one department in most countries; one chief has several subjects."""

_HIDDEN = str.maketrans({"&": "\0", " ": "\1", ",": "\2"})
_SHOWN = str.maketrans({"\0": "&", "\1": " ", "\2": ","})
"""Signs that do not separate, while a title is split."""

_RETIRED = re.compile(r"(?<!\w)[ai]\. ?[RDr]\.?(?!\w)")
"""German ``i.R.`` and ``a.D.``; ``AD`` is the field sales force."""

_PLUS_PAIR = re.compile(r"\bI ?\+ ?D(?: ?\+ ?i)?\b", re.IGNORECASE)
"""Spanish research and development."""

_EMPLOYER = re.compile(r"\s(?:bei|at|@|der firma)\s.*$|\s*@.*$", re.IGNORECASE | re.DOTALL)


def clean(title: str) -> str:
    """A title without marks of gender, such as ``(m/w/d)``, ``:in`` or ``/-in``, and without the employer's name."""
    text = unicodedata.normalize("NFC", title[:LONGEST].strip())
    if _SIGN.search(text):
        text = _CONTROL.sub(" ", _LINE_END.sub(" / ", text))
        text = _RETIRED.sub(" (retired)", _PLUS_PAIR.sub("I&D", text))
        text = _BOTH_GENDERS.sub(r"\1", _GENDER_NOTE.sub(" ", text))
    text = _EMPLOYER.sub("", _GENDER_ENDING.sub("", text))
    return " ".join(_join_pairs(text, r"\1&\2").split())


def split(text: str, conjunctions: frozenset[str] = frozenset()) -> list[str]:
    """The fragments of a cleaned title, in order; pairs of letters such as ``R&D`` stay together.

    ``conjunctions`` are words that separate in the language of the title, beside German and English ones.
    """
    joined = _WHOLE.sub(lambda match: match.group().translate(_HIDDEN), _join_pairs(text, "\\1\0\\2"))
    fragments = (part.translate(_SHOWN) for part in _separator(conjunctions).split(joined))
    return [part for part in (fragment.strip(" .:-") for fragment in fragments) if part]


@cache
def _separator(conjunctions: frozenset[str]) -> re.Pattern[str]:
    words = "|".join(["und", "and", "sowie", *sorted(conjunctions)])
    return re.compile(
        "[/,;|+&()\\[\\]\u2022\u00b7]"  # bullet, middle dot
        "|\\s-\\s|\\s*[\u2013\u2014]\\s*"  # hyphen between spaces, en dash, em dash
        rf"|\b(?:{words})\b(?=\s)|(?<=\s)u\.?(?=\s)",
        re.IGNORECASE,
    )


def join_letters(text: str) -> str:
    """``r&d`` as ``rnd``: one word, as the lexicon has it."""
    return _join_pairs(text, r"\1n\2")


def _join_pairs(text: str, form: str) -> str:
    return _LETTER_PAIR.sub(form, text) if "&" in text else text


def fold(text: str) -> str:
    """Plain lower-case letters, digits, single spaces and hyphens; umlauts written out, feminine endings off."""
    folded = unicodedata.normalize("NFC", text).lower().translate(_UMLAUTS)
    folded = join_letters(folded)
    if "." in folded:
        folded = _LETTER_DOTS.sub(lambda match: match.group().replace(".", ""), folded)
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return _FEMININE.sub(r"\1", _HYPHEN.sub("-", " ".join(_OTHER.sub(" ", folded).split())))
