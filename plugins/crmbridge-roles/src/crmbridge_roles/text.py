"""Bring job titles and labels into one form: without gender marks, in parts, in plain lower-case letters."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 300
"""Characters of a title that are read; what is longer is no title."""

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})

_LINE_END = re.compile(r"[\r\n]+")
_CONTROL = re.compile(r"[\x00-\x1f]+")
_GENDER_NOTE = re.compile(
    r"[(\[]\s*(?:[mwfdxi](?:\s*[/|,*.+]\s*(?:[mwfdxi]|div\w*|gn))+|gn|all genders?|alle geschlechter)\s*[)\]]"
    r"|(?<!\w)[mwf]\s*[/|]\s*[mwfd](?:\s*[/|]\s*[mwfdx])?(?!\w)",
    re.IGNORECASE,
)
_GENDER_ENDING = re.compile(
    r"(?<=\w)(?:[:*_·]|/-?|\(-?)(?:innen|in|r|n|frau|mann)\b\)?|(?<=[a-zäöüß])In(?:nen)?\b",
)
_BOTH_GENDERS = re.compile(r"\b(\w{4,})(?:\s*/\s*\1in\b|in\s*/\s*\1\b)", re.IGNORECASE)
_FEMININE = re.compile(r"([a-z]{5,}[rtfgdk])in(?:nen)?\b")

_LETTER_PAIR = re.compile(r"\b(\w{1,2})\s?&\s?(\w)\b")
_LETTER_DOTS = re.compile(r"\b(?:[a-z]\.){2,}")
_SEPARATOR = re.compile(
    "[/,;|+&()\\[\\]\u2022\u00b7]"  # bullet, middle dot
    "|\\s-\\s|\\s*[\u2013\u2014]\\s*"  # hyphen between spaces, en dash, em dash
    r"|\b(?:und|and|sowie)\b(?=\s)|(?<=\s)u\.?(?=\s)",
    re.IGNORECASE,
)
_EMPLOYER = re.compile(r"\s(?:bei|at|@|der firma)\s.*$|\s*@.*$", re.IGNORECASE | re.DOTALL)


def clean(title: str) -> str:
    """A title without marks of gender, such as ``(m/w/d)``, ``:in`` or ``/-in``, and without the employer's name."""
    text = _CONTROL.sub(" ", _LINE_END.sub(" / ", unicodedata.normalize("NFC", title[:LONGEST].strip())))
    text = _GENDER_NOTE.sub(" ", text)
    text = _BOTH_GENDERS.sub(r"\1", text)
    text = _GENDER_ENDING.sub("", text)
    text = _EMPLOYER.sub("", text)
    return " ".join(_LETTER_PAIR.sub(r"\1&\2", text).split())


def split(text: str) -> list[str]:
    """The fragments of a cleaned title, in order; pairs of letters such as ``R&D`` stay together."""
    joined = _LETTER_PAIR.sub("\\1\0\\2", text)
    fragments = (part.replace("\0", "&").strip(" .:-") for part in _SEPARATOR.split(joined))
    return [part for part in fragments if part]


def join_letters(text: str) -> str:
    """``r&d`` as ``rnd``: one word, as the lexicon has it."""
    return _LETTER_PAIR.sub(r"\1n\2", text)


def fold(text: str) -> str:
    """Plain lower-case letters, digits, single spaces and hyphens; umlauts written out, feminine endings off."""
    folded = unicodedata.normalize("NFC", text).lower().translate(_UMLAUTS)
    folded = join_letters(folded)
    folded = _LETTER_DOTS.sub(lambda match: match.group().replace(".", ""), folded)
    plain = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return _FEMININE.sub(r"\1", " ".join(re.sub(r"[^a-z0-9-]+", " ", plain).split()))
