"""What a table is: columns of a type each, and where its rows come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from crmbridge.export.codes import Codes

Kind = Literal["text", "texts", "integer", "number", "decimal", "boolean", "date", "datetime"]
"""``texts`` is a list of texts; a ``datetime`` is in UTC."""

Value = str | tuple[str, ...] | int | float | Decimal | bool | date | datetime | None
Row = tuple[Value, ...]
Get = Callable[[Any], Value]


class Column(NamedTuple):
    """One column.

    Attributes:
        get: Takes the value from an item of the table.
        redacted: Does that where pseudonyms are asked for; None leaves the column out there.
    """

    name: str
    kind: Kind
    get: Get
    redacted: Callable[[Any, Codes], Value] | None = None


def plain(name: str, kind: Kind = "text", get: Get | str | None = None) -> Column:
    """Make a column that identifies nobody: it stays as it is under pseudonyms.

    ``get`` may be the path of an attribute; by default it is the name.
    """
    take = _getter(name, get)
    return Column(name, kind, take, lambda item, _: take(item))


def personal(name: str, kind: Kind = "text", get: Get | str | None = None) -> Column:
    """Make a column that identifies somebody, or may: under pseudonyms it is left out."""
    return Column(name, kind, _getter(name, get))


def id_of(name: str, object_: str | Callable[[Any], str], get: Get | str | None = None) -> Column:
    """Make a column of ids of an object, which under pseudonyms are codes."""
    take = _getter(name, get)

    def coded(item: Any, codes: Codes) -> Value:
        value = take(item)
        return codes.id(object_ if isinstance(object_, str) else object_(item), None if value is None else str(value))

    return Column(name, "text", take, coded)


def ref_of(name: str, get: Get | str | None = None) -> Column:
    """Make a column of references as ``contact:12``, of which under pseudonyms the id is a code."""
    take = _getter(name, get)
    return Column(name, "text", take, lambda item, codes: codes.ref(str(take(item))))


def _getter(name: str, get: Get | str | None) -> Get:
    return get if callable(get) else attrgetter(get or name)


@dataclass(frozen=True)
class Table:
    """Rows of the same columns.

    Attributes:
        name: How it is asked for, and what its file is called.
        about: What a row is, in one line.
        columns: In their order.
        keys: Names of the columns that together name a row.
        items: Makes a new stream of what ``Column.get`` is given.
        updated: Name of the column that says when the CRM last modified the row; empty if there is none.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    items: Callable[[], Iterator[Any]]
    updated: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    def rows(self) -> Iterator[Row]:
        """Stream the rows."""
        getters = [column.get for column in self.columns]
        for item in self.items():
            yield tuple([get(item) for get in getters])

    def under(self, codes: Codes) -> Table:
        """The same table under pseudonyms."""
        columns = tuple(
            column._replace(get=_bound(column.redacted, codes)) for column in self.columns if column.redacted
        )
        kept = {column.name for column in columns}
        return Table(self.name, self.about, columns, tuple(key for key in self.keys if key in kept), self.items)


def _bound(redacted: Callable[[Any, Codes], Value], codes: Codes) -> Get:
    return lambda item: redacted(item, codes)
