"""Find words and phrases in short texts, without regard to case."""

from __future__ import annotations

import re
from functools import lru_cache

NOTHING = "(?!)"
"""A pattern that is found nowhere."""


def says(text: str | None, words: tuple[str, ...], ignored: tuple[str, ...] = ()) -> bool:
    """Tell whether ``text`` holds one of ``words`` once ``ignored`` is taken out; ``*`` stands for any letters."""
    rest = _pattern(ignored).sub(" ", (text or "").casefold())
    return bool(_pattern(words).search(rest))


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    parts = (re.escape(word.casefold()).replace(r"\*", r"\w*").replace(r"\ ", r"\W+") for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts) or NOTHING})(?!\w)")
