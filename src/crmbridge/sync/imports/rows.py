"""From a row of a file to a touchpoint, or to why it is none. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import PurePath
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from crmbridge.centers.channels import described
from crmbridge.errors import FixConfig
from crmbridge.model.records import Engagement
from crmbridge.model.touchpoints import Action
from crmbridge.sync.imports import cells
from crmbridge.sync.imports.mapping import OTHERS, SKIP, ColumnName, TouchpointMapping, comparable
from crmbridge.sync.imports.table import Heads, Line

DIGEST: Final = 24
"""Hex digits of the hash in an id: 96 bits, so that a million rows do not meet."""

_ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BOTH_WAYS: Final[frozenset[Action]] = frozenset(("meeting", "event_attended"))
_INBOUND: Final[frozenset[Action]] = frozenset(("form", "inbound_call", "inbound_message", "event_registered"))


class Row(NamedTuple):
    """A touchpoint of a file, and whom the file names.

    Attributes:
        line: Where it stands.
        touch: The touchpoint, linked to nobody yet.
        email: Address of the person, in lower case.
        contact: The CRM's id of the person.
        company: The CRM's id of the company.
        domain: The company's domain.
        deal: The CRM's id of the deal.
    """

    line: int
    touch: Engagement
    email: str | None = None
    contact: str | None = None
    company: str | None = None
    domain: str | None = None
    deal: str | None = None


class Aside(NamedTuple):
    """A row that is not taken in.

    Attributes:
        line: Where it stands.
        reason: Why; it names a column, never a value.
    """

    line: int
    reason: str


class _UnreadableError(Exception):
    """A cell holds what its column cannot mean."""


class _SkippedError(Exception):
    """The mapping leaves such rows out."""


class Reader:
    """Reads the rows of one file.

    Args:
        source: What the import is called.
        mapping: What columns and values mean.
        heads: The columns that the file has.
        zone: The account's time zone.
    """

    def __init__(self, source: str, mapping: TouchpointMapping, heads: Heads, zone: ZoneInfo) -> None:
        self._source = source
        self._mapping = mapping
        self._heads = heads
        self._zone = ZoneInfo(mapping.zone) if mapping.zone else zone

    def read(self, line: Line) -> Row | Aside | None:
        """Read a row; None if the mapping leaves it out."""
        if len(line.cells) > self._heads.width:
            return Aside(line.number, f"has {len(line.cells)} cells for {self._heads.width} columns")
        found = {
            name: text
            for name, place in self._heads.places.items()
            if place < len(line.cells) and (text := line.cells[place].strip())
        }
        try:
            return self._row(line.number, found)
        except _UnreadableError as error:
            return Aside(line.number, str(error))
        except _SkippedError:
            return None

    def _row(self, number: int, found: Mapping[ColumnName, str]) -> Row:
        facts = self._facts(found)
        ends = self._ends(found)
        key = found.get("key") or "\x1f".join(f"{name}={value}" for name, value in sorted((facts | ends).items()))
        digest = hashlib.sha256(f"{self._source}\x1f{key}".encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST]
        touch = Engagement(object="touchpoint", id=f"{self._source}:{digest}", **facts)
        return Row(number, touch, **ends)

    def _facts(self, found: Mapping[ColumnName, str]) -> dict[str, Any]:
        content = cells.plain(found.get("content", ""))
        viewed = self._meaning("action", found) in (None, "page_view")
        page = {name: self._page(name, content) for name in ("channel", "action", "topic")} if viewed else {}
        facts = {
            "at": self._moment(found),
            "channel": page.get("channel") or self._meaning("channel", found),
            "action": page.get("action") or self._meaning("action", found),
            "direction": self._meaning("direction", found),
            "subject": cells.plain(found.get("subject", "")) or self._mapping.constants.get("subject"),
            "content": content,
            "topic": cells.plain(found.get("topic", "")) or page.get("topic") or self._mapping.constants.get("topic"),
            "duration_seconds": self._duration(found),
            "is_bot": self._flag(found),
        }
        facts["direction"] = facts["direction"] or _direction(facts["channel"], facts["action"])
        return {name: value for name, value in facts.items() if value is not None}

    def _moment(self, found: Mapping[ColumnName, str]) -> datetime:
        text = " ".join(found[name] for name in ("time", "clock") if name in found)
        at = cells.moment(text, self._mapping.formats, self._zone) if text else None
        if at is None:
            raise self._unreadable("time", "is no time in a format of the mapping" if text else "is empty")
        return at

    def _duration(self, found: Mapping[ColumnName, str]) -> int | None:
        text = found.get("duration", "")
        length = cells.seconds(text, self._mapping.duration_unit) if text else None
        if text and length is None:
            raise self._unreadable("duration", "is no duration")
        return length

    def _flag(self, found: Mapping[ColumnName, str]) -> bool:
        told = cells.flag(found.get("bot", ""))
        if told is None:
            raise self._unreadable("bot", "is neither yes nor no")
        return told

    def _meaning(self, name: ColumnName, found: Mapping[ColumnName, str]) -> str | None:
        """Translate a value; what the file does not tell is the mapping's constant."""
        text = found.get(name)
        if text is None:
            return self._mapping.constants.get(name)
        known = self._mapping.meanings[name]
        meaning = known.get(comparable(text)) or known.get(OTHERS)
        if meaning is None:
            raise self._unreadable(name, "has a value that the mapping does not know")
        if meaning == SKIP:
            raise _SkippedError
        return meaning

    def _page(self, name: str, content: str | None) -> str | None:
        """What the address of a page tells."""
        parts = self._mapping.pages.get(name, {}) if content else {}
        text = (content or "").casefold()
        return next((meaning for part, meaning in parts.items() if part.casefold() in text), None)

    def _ends(self, found: Mapping[ColumnName, str]) -> dict[str, str]:
        ends = {name: found[name] for name in ("email", "contact", "company", "domain", "deal") if name in found}
        if person := found.get("person"):
            ends.setdefault("email" if "@" in person else "contact", person)
        if "email" in ends:
            known = cells.address(ends["email"])
            if known is None:
                raise self._unreadable("email" if "email" in found else "person", "is no e-mail address")
            ends["email"] = known
        if "domain" in ends:
            ends["domain"] = cells.domain(ends["domain"])
        return ends

    def _unreadable(self, name: ColumnName, why: str) -> _UnreadableError:
        return _UnreadableError(f"column {self._heads.names.get(name, name)!r} {why}")


def source_name(given: str, mapping: TouchpointMapping, path: PurePath) -> str:
    """What an import is called: as it is named, else as its mapping says, else after the file.

    Raises:
        FixConfig: The name has other characters than small letters, digits, hyphens and underscores.
    """
    made = "".join(char if char.isascii() and char.isalnum() else "-" for char in path.stem.lower()).strip("-")
    name = given or mapping.source or "-".join(filter(None, made.split("-")))
    if not name or not all(char.isascii() and (char.islower() or char.isdigit() or char in "-_") for char in name):
        raise FixConfig(f"{name!r} cannot name an import: give --source small letters, digits, hyphens and underscores")
    return name


@lru_cache(maxsize=4096)
def _direction(channel: str | None, action: Action | None) -> str:
    """Which way a touchpoint went, by what was done: what merely happened on a page is no word of anybody."""
    seen = described(Engagement(object="touchpoint", id="any", at=_ANY_TIME, channel=channel, action=action))
    if seen.nature == "exposure" and seen.action != "open":
        return "out"
    return "both" if seen.action in _BOTH_WAYS else "in" if seen.action in _INBOUND else "internal"
