"""The words of a text, as they are looked for and as they were written."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

_APOSTROPHE: Final = "\u2019"
"""The one that word processors write."""
_WORD: Final = re.compile(rf"[^\W_]+(?:-[^\W_]+)*|['{_APOSTROPHE}][^\W_]+|\n|[^\w\s]")
_CUT: Final = {"ca": "can", "wo": "will", "sha": "shall"}
"""What is left of "can't", "won't", "shan't" without its end."""
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Word(NamedTuple):
    """A word of a text: as it is looked for, and as it was written."""

    plain: str
    written: str


def words_of(text: str) -> list[Word]:
    """The words and signs of a text; "don't" and "she's" as two words."""
    found: list[Word] = []
    for word in map(_word, _WORD.findall(text)):
        if word.plain == "'t" and found and found[-1].plain.endswith("n"):
            stem = found[-1].plain[:-1]
            found[-1] = Word(_CUT.get(stem, stem), found[-1].written)
            found.append(Word("not", word.written))
        elif word.plain == "cannot":
            found += [Word("can", word.written), Word("not", "")]
        elif word.plain:
            found.append(word)
    return found


@lru_cache(maxsize=32768)
def _word(written: str) -> Word:
    return Word(folded(written.replace(_APOSTROPHE, "'")), written)


@lru_cache(maxsize=32768)
def folded(word: str) -> str:
    """Lower case, umlauts written out, without accents and without blanks."""
    lower = plain_letters(unicodedata.normalize("NFC", word).lower())
    if not lower.isascii():
        lower = unicodedata.normalize("NFKD", lower).encode("ascii", "ignore").decode()
    return lower if word == "\n" else "".join(lower.split())


def plain_letters(text: str) -> str:
    """Umlauts written out; the rest as it is."""
    return text.translate(_UMLAUTS)
