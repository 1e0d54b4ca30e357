"""Finding e-mail addresses in texts, and taking them out of records. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar
from urllib.parse import unquote

from crmbridge.model.records import Engagement, Item, Participant, Record, Ticket

R = TypeVar("R", bound=Record)

Found = Callable[[str, str], bool]
"""Says of a field's name and text whether somebody who is to be forgotten stands there."""

_ADDRESS: Final = re.compile(r"\w[\w.+'&-]*@(?:[\w-]+\.)+[\w-]*\w")
"""An address as it is written in running text: begins and ends with a letter or digit."""

_NEVER: Final = frozenset(("object", "id", "url"))


LONGEST: Final = 254
"""Characters of an address, see https://www.rfc-editor.org/errata/eid1690."""


def addresses_in(text: str) -> Iterator[str]:
    """The e-mail addresses in a text, lower case; also those that are escaped in the address of a page."""
    if "@" in text:
        if len(text) <= LONGEST:
            yield text.strip().lower()  # as it is: an address may be written in ways that no running text has
        yield from (match[0] for match in _ADDRESS.finditer(text.lower()))
    if "%40" in text:
        yield from addresses_in(unquote(text))


def texts_in(value: Any) -> Iterator[str]:
    """All texts in a value read from JSON."""
    match value:
        case str():
            yield value
        case dict():
            yield from (text for item in value.values() for text in texts_in(item))
        case list():
            yield from (text for item in value for text in texts_in(item))


def without(record: R, found: Found, *, theirs: bool = False) -> R:
    """The record without the texts in which ``found`` finds somebody; the same object if there are none.

    Args:
        record: Any record.
        found: Whom to look for.
        theirs: True for an engagement, a ticket or an answer of theirs: it keeps none of its texts, since any may name
            them. An engagement that names their address is theirs, too.
    """
    update: dict[str, Any] = {}
    if isinstance(record, Engagement):
        participants = tuple(_unnamed(item, found) for item in record.participants)
        theirs = theirs or participants != record.participants
        emptied = dict.fromkeys(("subject", "content", "topic"))
        update = {"participants": participants, **emptied} if theirs else {}
    elif theirs:
        update = {name: None for name, kind in (("subject", Ticket), ("name", Item)) if isinstance(record, kind)}
    for name, value in record:
        if isinstance(value, str) and name not in _NEVER and found(name, value):
            update[name] = None
        elif isinstance(value, tuple) and any(isinstance(item, str) and found(name, item) for item in value):
            update[name] = tuple(item for item in value if not found(name, item))
    lost = [name for name, value in record.properties.items() if value and (theirs or found(name, value))]
    if lost:
        update["properties"] = {**record.properties, **dict.fromkeys(lost)}
    news = any(getattr(record, name) != value for name, value in update.items())
    return record.model_copy(update=update) if news else record


def _unnamed(item: Participant, found: Found) -> Participant:
    """Somebody took part: that stays."""
    if item.address is None or not found("address", item.address):
        return item
    return item.model_copy(update={"address": None})
