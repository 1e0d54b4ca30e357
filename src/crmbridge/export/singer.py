"""Tables as messages of the Singer specification: SCHEMA, RECORD and STATE.

https://hub.meltano.com/singer/spec
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from crmbridge.errors import FixConfig
from crmbridge.export.columns import Column, Kind, Table, Value
from crmbridge.export.texts import documents

Message = dict[str, Any]
State = Mapping[str, Mapping[str, Any]]
"""Name of a stream → its bookmark."""

_TYPES: Final[Mapping[Kind, Message]] = {
    "text": {"type": "string"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "decimal": {"type": "string", "format": "singer.decimal"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}


@dataclass(frozen=True)
class Stream:
    """A table to be sent.

    Attributes:
        table: Its rows.
        account: Where they come from: a bookmark of another account is none.
        until: All that the CRM modified before is in the mirror; None if that is not known.
    """

    table: Table
    account: str
    until: datetime | None = None

    @property
    def fingerprint(self) -> str:
        """Changes with the account and with the columns: rows that were sent without a column are sent again."""
        facts = json.dumps([self.account, *self.table.names])
        return hashlib.sha256(facts.encode()).hexdigest()[:16]


def read_state(path: Path) -> State:
    """Read the last STATE of an earlier export: its value, or the whole message.

    Raises:
        FixConfig: The file cannot be read, or holds something else.
    """
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise FixConfig(f"{path} cannot be read ({error.strerror}): leave out --state to send everything") from None
    except (ValueError, RecursionError):
        raise FixConfig(f"{path} is no JSON: it must hold the last STATE message of an export, or its value") from None
    value = document.get("value", document) if isinstance(document, dict) else None
    marks = value.get("bookmarks", {}) if isinstance(value, dict) else None
    if not isinstance(marks, dict) or not all(isinstance(mark, dict) for mark in marks.values()):
        raise FixConfig(f"{path} is no state of Singer: it must hold an object `bookmarks`")
    return marks


def messages(streams: Iterable[Stream], state: State = MappingProxyType({})) -> Iterator[Message]:
    """Stream the messages, table by table; after each the state so far.

    Of a table with a bookmark in ``state`` come the rows that the CRM modified since, and those of which it does not
    say when.
    """
    marks = dict(state)
    for stream in streams:
        since = _since(stream, marks.get(stream.table.name, {}))
        yield _schema(stream.table)
        yield from _records(stream.table, since)
        marks[stream.table.name] = _mark(stream)
        yield {"type": "STATE", "value": {"bookmarks": dict(marks)}}


def _schema(table: Table) -> Message:
    properties = {column.name: _type(column, table.keys) for column in table.columns}
    message: Message = {
        "type": "SCHEMA",
        "stream": table.name,
        "schema": {"type": "object", "properties": properties, "required": list(table.keys)},
        "key_properties": list(table.keys),
    }
    return message | ({"bookmark_properties": [table.updated]} if table.updated else {})


def _type(column: Column, keys: Iterable[str]) -> Message:
    kind = _TYPES[column.kind]
    return kind if column.name in keys else {**kind, "type": [kind["type"], "null"]}


def _records(table: Table, since: datetime | None) -> Iterator[Message]:
    rows = table.rows()
    if since is not None:
        at = table.names.index(table.updated)
        rows = (row for row in rows if _is_news(row[at], since))
    for record in documents(table, rows):
        yield {"type": "RECORD", "stream": table.name, "record": record}


def _is_news(updated: Value, since: datetime) -> bool:
    return not isinstance(updated, datetime) or updated >= since


def _since(stream: Stream, mark: Mapping[str, Any]) -> datetime | None:
    """The moment from which on rows are news; None for all: there is no bookmark, or it is of other columns."""
    if not stream.table.updated or mark.get("fingerprint") != stream.fingerprint:
        return None
    try:
        since = datetime.fromisoformat(str(mark.get("replication_key_value")))
    except ValueError:
        return None
    return since if since.tzinfo else since.replace(tzinfo=UTC)


def _mark(stream: Stream) -> dict[str, str]:
    if not stream.table.updated or stream.until is None:
        return {}
    value = stream.until.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {
        "replication_key": stream.table.updated,
        "replication_key_value": value,
        "fingerprint": stream.fingerprint,
    }
