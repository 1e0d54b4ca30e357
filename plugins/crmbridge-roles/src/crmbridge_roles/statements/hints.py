"""Which texts and sentences may hold a phrase at all: most do not, and that is seen by their words alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from crmbridge_roles.statements.phrases import groups
from crmbridge_roles.statements.words import folded


def triggered(text: str) -> bool:
    """True if a text has a word without which no phrase can be in it."""
    words = [folded(word) for word in text.split()]
    found = hints(words)
    return bool(found) and fitting(found, " ".join(words)) != []


def hints(words: Iterable[str]) -> set[str]:
    """Those of the groups' words that folded words may belong to; of one with a blank in it, its longest part tells."""
    found: set[str] = set()
    for word in words:
        if known := _hints(word):  # most words are in none of the phrases
            found.update(known)
    return found


def fitting(found: Iterable[str], text: str) -> list[int]:
    """Places of the groups of which a word stands in a folded text, ascending; ``found`` as ``hints`` tells them."""
    places = _places()
    return sorted({place for word in found if " " not in word or word in text for place in places[word]})


@lru_cache(maxsize=32768)
def _hints(word: str) -> tuple[str, ...]:
    return tuple([entry for entry, part in _parts() if part in word])


@cache
def _parts() -> tuple[tuple[str, str], ...]:
    """The words of all groups, each with the longest of its parts."""
    return tuple((word, max(word.split(), key=len)) for word in _places())


@cache
def _places() -> Mapping[str, tuple[int, ...]]:
    """The words of all groups to the places of those that need one of them."""
    known = sorted({word for group in groups() for word in group.words})
    return {word: tuple(place for place, group in enumerate(groups()) if word in group.words) for word in known}
