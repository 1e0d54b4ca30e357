"""What a text says about people: statements, each with the place of the person whom it is about. Pure.

Only what is said as a fact counts. Questions, conditions, guesses, plans and what somebody was told by others say
nothing; "X decides or Y" says nothing; a denial speaks against the one it is about and for the one put in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

from crmbridge_roles.statements.hints import fitting, hints, triggered
from crmbridge_roles.statements.mentions import Mention, find_mentions
from crmbridge_roles.statements.phrases import FIRM, Group, Phrase, Says, any_of, groups, listed, unnamed
from crmbridge_roles.statements.words import Word, words_of

_ENDS: Final = frozenset(".!?;•\n")
_AFTER: Final = 3
"""So many words behind a phrase may still deny it: "entscheidet das leider nicht"."""
_ATTACHED: Final = re.compile(" (['\u2019][^\\W_]|[,.;:!)])")
"""Signs that stand close to the word before them."""
_CLAUSE: Final = re.compile(r" [,:;()] ")


class Said(NamedTuple):
    """One statement.

    Attributes:
        who: Place of the person, among the mentions.
        other: Place of the second person, for what joins two.
        against: True if it is denied.
        words: The phrase as it was written, with "X" for people.
        confirmed: True if the sentence says that it is confirmed.
    """

    says: Says
    who: int
    other: int | None
    against: bool
    words: str
    confirmed: bool


class Reading(NamedTuple):
    """The people whom a text names, in its order, and what it says of them."""

    mentions: tuple[Mention, ...] = ()
    said: tuple[Said, ...] = ()


NOTHING: Final = Reading()


@lru_cache(maxsize=1024)
def read(text: str) -> Reading:
    """Read a plain text. Most texts have none of the words: that is seen at once."""
    if not triggered(text):
        return NOTHING
    words, mentions = find_mentions(words_of(text))
    said = [item for sentence in _sentences(words) for item in _statements(sentence, mentions)]
    return Reading(tuple(mentions), tuple(dict.fromkeys(said)))


def _sentences(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Split at signs that end a sentence, but not behind abbreviations, initials, numbers, nor in a wrapped line."""
    sentence: list[Word] = []
    for at, word in enumerate(words):
        if word.plain == "\n":
            following = words[at + 1].written[:1] if at + 1 < len(words) else ""
            if following.islower():
                continue
        elif word.plain == ".":
            before = words[at - 1].plain if at else ""
            if before.isdigit() or len(before) == 1 or before in listed("words", "abbreviations"):
                continue
        if word.plain != "\n":
            sentence.append(word)
        if word.plain in _ENDS and sentence:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _statements(sentence: Sequence[Word], mentions: list[Mention]) -> Iterator[Said]:
    found = hints([word.plain for word in sentence])
    if not found or sentence[-1].plain == "?":
        return
    text = " " + " ".join([word.plain for word in sentence]) + " "
    known = groups() if " @" in text else unnamed()
    fit = [known[place] for place in fitting(found, text)]
    if not fit or any_of("hedges", "anywhere").search(text) or _alternatives().search(text):
        return
    confirmed = any_of("hedges", "confirmed").search(text) is not None
    for group in fit:
        if group.unless and group.unless.search(text):
            continue
        for phrase in group.phrases:
            for match in phrase.found_in(text):
                for who, other, against, end in _about(group, phrase, match, mentions):
                    words = _written(sentence, match.start(), end, text)
                    yield Said(group.says, who, other, against, words, confirmed)


def _about(
    group: Group, phrase: Phrase, match: re.Match[str], mentions: list[Mention]
) -> Iterator[tuple[int, int | None, bool, int]]:
    """Whom a phrase is about, with who is put in the place of whom, and where it ends."""
    found = match.groupdict()
    if _doubtful(group, match) or _governed(match):
        return
    against = _denied(phrase, match)
    if against is None:
        return
    end = match.end() + (len(_behind(match)) if against else 0)
    other = _place(found["Y"]) if "Y" in found else None
    if "P" in found:
        yield from ((_place(item), None, against, end) for item in re.findall(r"@\d+", found["P"]))
        return
    if "X" not in found:
        mentions.append(Mention("implied", after=_before(match, len(mentions))))
        yield len(mentions) - 1, other, against, end
        return
    who = _place(found["X"])
    yield who, other, against, end
    pair = _neither().search(match.string, 0, match.start() + 1 + len(found["X"])) if against else None
    if pair and pair[2] == found["X"]:
        yield _place(pair[1]), other, against, end
    if group.says in FIRM and other is None:
        place, end = _instead(match, against=against)
        if place not in (None, who):
            yield place, None, not against, end


def _before(match: re.Match[str], known: int) -> int:
    """How many mentions stand before a phrase; all that are known, if its sentence has none to tell by."""
    before = re.findall(r"@\d+", match.string[: match.start()])
    if before:
        return _place(before[-1]) + 1
    first = re.search(r"@\d+", match.string)
    return _place(first[0]) if first else known


def _place(token: str) -> int:
    return int(token[1:])


def _doubtful(group: Group, match: re.Match[str]) -> bool:
    """True for what follows "whether", and for what would, could or will be in the same clause."""
    text = match.string
    if any_of("hedges", "before").search(text, 0, match.start() + 1):
        return True
    start = max((found.start() for found in _CLAUSE.finditer(text, 0, match.start() + 1)), default=0)
    after = _CLAUSE.search(text, max(match.end() - 1, 0))
    clause = text[start : after.start() + 1 if after else len(text)]
    firm = group.says in FIRM and any_of("hedges", "future").search(clause)
    return bool(firm or any_of("hedges", "modal").search(clause))


def _governed(match: re.Match[str]) -> bool:
    """True if the phrase begins with a person who hangs on a preposition: "with X", "von X", and so is no subject."""
    if not match[0].startswith(" @"):
        return False
    before = match.string[: match.start()].split()[-2:]
    if len(before) > 1 and before[-1] in listed("negation", "fillers"):
        before.pop()
    return bool(before) and before[-1] in listed("words", "oblique")


def _denied(phrase: Phrase, match: re.Match[str]) -> bool | None:
    """True if the phrase is denied; None if only in part: "not alone", "not yet", "not only"."""
    before = match.string[: match.start()].split()
    if not listed("negation", "pairs").isdisjoint(before):
        return True
    partly = bool(before) and before[-1] in listed("negation", "partly")
    window = [*before[-1 - partly :], *match[0].split(), *_behind(match).split()]
    number = sum(word in listed("negation", "words") for word in window)
    if number <= phrase.denies:
        return False
    return None if not listed("negation", "partly").isdisjoint(window) else True


def _behind(match: re.Match[str]) -> str:
    """The words behind a phrase that may still deny it: as many as follow in the same clause."""
    words: list[str] = []
    for word in match.string[match.end() :].split()[:_AFTER]:
        if not word[0].isalnum() or word in listed("negation", "others"):
            break
        words.append(word)
    return "".join(f" {word}" for word in words)


def _instead(match: re.Match[str], *, against: bool) -> tuple[int | None, int]:
    """Who is put in the place of the one denied, or denied for the one put in his place, and where that ends."""
    text = match.string
    patterns = (_but(), _does()) if against else (_not_so(),)
    for pattern in patterns:
        found = pattern.match(text, match.end())
        if found:
            return _place(found[1]), found.end()
    found = None if against else _not_but().search(text, 0, match.start())
    return (_place(found[1]), match.end()) if found else (None, 0)


@cache
def _alternatives() -> re.Pattern[str]:
    return re.compile(rf"@\d+ (?:, )?(?:{_choice('negation', 'or')}) (?:\w+ )?@\d+")


@cache
def _but() -> re.Pattern[str]:
    fillers = _choice("negation", "fillers")
    return re.compile(rf"(?: [^ ,;:.]+){{0,4}} ?[,;]? (?:{_choice('negation', 'but')}) (?:(?:{fillers}) ){{0,4}}(@\d+)")


@cache
def _does() -> re.Pattern[str]:
    return re.compile(rf"(?: [^ ,;:.@]+){{0,2}} [,;] (@\d+) (?:{_choice('negation', 'does')})(?= )")


@cache
def _neither() -> re.Pattern[str]:
    return re.compile(r" (?:weder|neither) (@\d+) (?:noch|nor) (@\d+)$")


@cache
def _not_so() -> re.Pattern[str]:
    return re.compile(r"(?: ,)?(?: und| and)? (?:nicht|not) (@\d+)")


@cache
def _not_but() -> re.Pattern[str]:
    return re.compile(r" (?:nicht|not) (@\d+) (?:, )?(?:sondern|but)$")


def _choice(section: str, key: str) -> str:
    return "|".join(sorted(listed(section, key), key=lambda word: (-len(word), word)))


def _written(sentence: Sequence[Word], start: int, end: int, text: str) -> str:
    """The phrase in the words of its author, without any name."""
    first = text.count(" ", 0, start)
    length = len(text[start:end].split())
    words = " ".join(word.written for word in sentence[first : first + length] if word.written)
    return _ATTACHED.sub(r"\1", words)[:200]
