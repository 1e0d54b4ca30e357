"""Rows as cells of text, and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from crmbridge.export.columns import Kind, Row, Table, Value
from crmbridge.export.safe import safe

_CELLS: Final[frozenset[Kind]] = frozenset(("text", "integer", "number"))
"""Kinds that the CSV writer writes as they are."""

_JSON: Final[frozenset[Kind]] = frozenset(("text", "integer", "number", "boolean"))
"""Kinds that JSON holds as they are."""


def cells(table: Table, *, raw: bool) -> Iterator[list[Value]]:
    """Stream what a CSV writer is given, the names first; without ``raw`` no cell is a formula."""
    guarded = [place for place, column in enumerate(table.columns) if column.kind in ("text", "texts") and not raw]
    yield [name if raw else safe(name) for name in table.names]
    for row in _converted(table, table.rows(), _CELLS, _cell):
        for place in guarded:
            value = row[place]
            if value:
                row[place] = safe(str(value))
        yield row


def documents(table: Table, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Stream rows as objects of JSON. Decimals become text, so that no digit is lost, and times are in UTC."""
    names = table.names
    for row in _converted(table, rows, _JSON, _json):
        yield dict(zip(names, row, strict=True))


def _converted(
    table: Table, rows: Iterable[Row], fit: frozenset[Kind], convert: Callable[[Any], Any]
) -> Iterator[list[Any]]:
    """Convert the columns whose kinds do not ``fit``; most do, and an export has millions of cells."""
    places = [place for place, column in enumerate(table.columns) if column.kind not in fit]
    for row in rows:
        changed = list(row)
        for place in places:
            if changed[place] is not None:
                changed[place] = convert(changed[place])
        yield changed


def _cell(value: bool | tuple[str, ...] | date | Decimal) -> str:  # noqa: FBT001 - a value, not a switch
    if isinstance(value, bool):
        return "true" if value else "false"
    return ";".join(value) if isinstance(value, tuple) else _exact(value)


def _json(value: tuple[str, ...] | date | Decimal) -> str | list[str]:
    return list(value) if isinstance(value, tuple) else _exact(value)


def _exact(value: date | Decimal) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return f"{value:f}" if isinstance(value, Decimal) else value.isoformat()
