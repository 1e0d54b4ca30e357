"""How a record lies in a row of the database, and how a row becomes the text of a reply without a detour.

The values of a record are one text: the names, then the values as JSON, each separated by U+001F, which JSON never
holds. So a page of records is rendered by picking texts, and nothing is decoded only to be encoded again; and records
with the same names set, which most are, share one form to fill in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from operator import itemgetter
from typing import Any, NamedTuple

from crmbridge.sandbox.kinds import Kind
from crmbridge.sandbox.records import Record, Source, Version
from crmbridge.sandbox.times import epoch_ms, iso

COLUMNS = "id, created, updated, archived, body, source, history"
Row = tuple[Any, ...]
Shown = tuple[int, int, int, int | None, str]
"""What a reply needs: id, created, updated, archived, body."""
_GAP, _TURN = "\x1f", "\x1e"


def pack(values: Mapping[str, str]) -> str:
    """Return the values of a record as one text."""
    return _GAP.join(values) + _TURN + _GAP.join(map(quoted, values.values()))


def unpack(body: str) -> dict[str, str]:
    """Return the values of a record from their text."""
    names, _, values = body.partition(_TURN)
    return dict(zip(names.split(_GAP), json.loads(f"[{values.replace(_GAP, ',')}]"), strict=True)) if names else {}


def to_row(record: Record) -> Row:
    """Return a record as a row of ``COLUMNS``."""
    history = None
    if record.history:
        history = json.dumps(
            {name: [[one.value, one.at, *_source(one.source)] for one in past] for name, past in record.history.items()}
        )
    source = _packed_source(record.source)
    return int(record.id), record.created, record.updated, record.archived, pack(record.properties), source, history


def from_row(kind: str, row: Row) -> Record:
    """Return the record of a row of ``COLUMNS``."""
    number, created, updated, archived, body, source, history = row
    past = {
        name: [Version(value, at, Source(*source)) for value, at, *source in versions]
        for name, versions in (json.loads(history) if history else {}).items()
    }
    return Record(str(number), unpack(body), created, updated, _unpacked_source(source), past, archived, kind)


def moment_of(values: Mapping[str, str]) -> int | None:
    """Return when an engagement took place, in epoch milliseconds."""
    text = values.get("hs_timestamp")
    return epoch_ms(text) if text else None


def render(kind: Kind, rows: Iterable[Shown], names: Sequence[str], portal_id: int) -> list[str]:
    """Return rows as the API shows them, each as JSON text: asked properties without a value are null."""
    asked, forms, found = tuple(names), dict[str, _Form](), []
    for number, created, updated, archived, body in rows:
        known, _, values = body.partition(_TURN)
        form = forms.get(known)
        if form is None:
            form = forms[known] = _form(kind.type_id, known, asked, portal_id)
        gone = ("false", "") if archived is None else ("true", f',"archivedAt":"{iso(archived)}"')
        shown = form.pick(values.split(_GAP))
        found.append(form.text % (number, *shown, iso(created), iso(updated), gone[0], number, gone[1]))
    return found


def reply(lists: Mapping[str, Iterable[str]], rest: Mapping[str, Any]) -> bytes:
    """Return a JSON object of lists whose items are rendered already, followed by the other fields."""
    parts = [f"{quoted(name)}:[{','.join(items)}]" for name, items in lists.items()]
    tail = json.dumps(rest, separators=(",", ":"))[1:-1]
    return f"{{{','.join([*parts, tail] if tail else parts)}}}".encode()


class _Form(NamedTuple):
    """A record's JSON with places to fill in, and which of its values go there."""

    text: str
    pick: Callable[[list[str]], Iterable[str]]


@lru_cache(maxsize=8192)
def _form(type_id: str, known: str, names: tuple[str, ...], portal_id: int) -> _Form:
    places = {name: place for place, name in enumerate(known.split(_GAP))}
    chosen = [places[name] for name in names if name in places]
    properties = ",".join(quoted(name).replace("%", "%%") + (":%s" if name in places else ":null") for name in names)
    link = f"https://app-eu1.hubspot.com/contacts/{portal_id}/record/{type_id}/%s"
    times = '"createdAt":"%s","updatedAt":"%s","archived":%s'
    text = f'{{"id":"%s","properties":{{{properties}}},{times},"url":"{link}"%s}}'
    # An itemgetter of one place would give a text, not a tuple.
    return _Form(text, itemgetter(*chosen) if len(chosen) > 1 else lambda values: [values[one] for one in chosen])


def _source(source: Source) -> tuple[str, str, int | None]:
    return source.type, source.id, source.user


@lru_cache(maxsize=256)
def _packed_source(source: Source) -> str:
    return json.dumps(_source(source))


@lru_cache(maxsize=256)
def _unpacked_source(text: str) -> Source:
    return Source(*json.loads(text))
