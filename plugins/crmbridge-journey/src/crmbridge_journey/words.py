"""Find words and phrases in short texts, without regard to case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

Words = tuple[str, ...]

NOTHING: Final = "(?!)"
"""A pattern that is found nowhere."""

REMEMBERED: Final = 8192
"""Texts whose reading is kept: subjects repeat, with every reply."""


def says(text: str | None, words: Words) -> bool:
    """Tell whether ``text`` holds one of ``words``; ``*`` stands for any letters."""
    return bool(text and _pattern(words).search(text.casefold()))


class Lexicon:
    """Tells which of several lists of words a text holds, once ``ignored`` is taken out of it."""

    def __init__(self, lists: Sequence[Words], ignored: Words = ()) -> None:
        self._any = _pattern(tuple(word for words in lists for word in words))
        self._lists = tuple(_pattern(words) for words in lists)
        self._ignored = _pattern(ignored)
        self._silent = (False,) * len(lists)
        self.find = lru_cache(maxsize=REMEMBERED)(self._find)

    def _find(self, text: str | None) -> tuple[bool, ...]:
        folded = (text or "").casefold()
        if not self._any.search(folded):
            return self._silent
        rest = self._ignored.sub(" ", folded)
        return tuple(bool(pattern.search(rest)) for pattern in self._lists)


@lru_cache(maxsize=256)
def _pattern(words: Words) -> re.Pattern[str]:
    parts = (re.escape(word.casefold()).replace(r"\*", r"\w*").replace(r"\ ", r"\W+") for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts) or NOTHING})(?!\w)")
