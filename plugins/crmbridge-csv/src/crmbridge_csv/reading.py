"""From rows to records. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import getaddresses
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from crmbridge.model import ObjectName, Participant, Record, record_model
from crmbridge_csv.mapping import PARTS, Columns, fields_of

YES: Final = {"true", "yes", "1", "x", "wahr", "ja"}
NO: Final = {"false", "no", "0", "falsch", "nein"}
TWO_WAY: Final = {"meeting": "both", "call": "both", "communication": "both"}
"""The direction of an engagement that states none."""

_GERMAN_DAY: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_LOWER: Final = {"email", "language"}


class BadCell(ValueError):
    """A cell that its column cannot hold; the message names the column and says what to do, never what stands there."""


@dataclass(frozen=True)
class Reading:
    """How the rows of one file become records.

    Attributes:
        name: What they are.
        zone: Of times that name none.
        decimal: What stands before the cents.
    """

    name: ObjectName
    columns: Columns
    zone: ZoneInfo
    decimal: str

    def id(self, cells: Sequence[str]) -> str:
        """The id of a row."""
        return cells[self.columns.places["id"]].strip()

    def record(self, cells: Sequence[str], values: Mapping[str, str], asked: Sequence[str]) -> Record:
        """Make a record of a row.

        Args:
            cells: Of the row.
            values: What crmbridge wrote of this record, by property.
            asked: Columns and properties to keep as they are.

        Raises:
            BadCell: A cell cannot be read.
        """
        fields: dict[str, Any] = {"object": self.name, "id": self.id(cells)}
        for field, place, convert in self._plan:
            if text := cells[place].strip():
                try:
                    fields[field] = convert(text)
                except ValueError as error:
                    raise BadCell(f"column {self.columns.heads[place]}: {error}") from None
        own = {head: cells[place] or None for place, head in enumerate(self.columns.heads)}
        fields["properties"] = {item: values.get(item) or own.get(item) for item in asked}
        return self._validated(self._completed(fields, cells))

    @cached_property
    def _plan(self) -> list[tuple[str, int, Callable[[str], Any]]]:
        places = self.columns.places
        return [(name, places[name], self._converter(name, kind)) for name, kind in self._fields if name in places]

    @cached_property
    def _fields(self) -> list[tuple[str, Any]]:
        return list(fields_of(self.name).items())

    def _converter(self, field: str, kind: Any) -> Callable[[str], Any]:
        if kind in (datetime, datetime | None):
            return self._moment
        if kind in (int | None, float | None, Decimal | None):
            return self._number
        if kind is bool:
            return _flag
        if kind == tuple[str, ...]:
            return lambda text: tuple(split(text.lower()))
        return str.lower if field in _LOWER else str

    def _completed(self, fields: dict[str, Any], cells: Sequence[str]) -> dict[str, Any]:
        """Add what follows from several columns."""
        if self.name == "contact" and "email" in fields:
            fields["emails"] = tuple(dict.fromkeys((fields["email"], *fields.get("emails", ()))))
        if self.name in TWO_WAY:
            fields.setdefault("direction", TWO_WAY[self.name])
        if self.name == "email" and "direction" not in fields:
            raise BadCell("column direction: it is empty; write in or out")
        found = [
            Participant(address=address, part=part)
            for column, part in PARTS.items()
            if column in self.columns.places
            for address in _addresses(cells[self.columns.places[column]])
        ]
        return {**fields, "participants": tuple(found)} if found else fields

    def _validated(self, fields: dict[str, Any]) -> Record:
        try:
            return record_model(self.name).model_validate(fields)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            field = str(first["loc"][0])
            place = self.columns.places.get(field)
            raise BadCell(f"column {field if place is None else self.columns.heads[place]}: {first['msg']}") from None

    def _moment(self, text: str) -> datetime:
        try:
            if german := _GERMAN_DAY.fullmatch(text):
                day, month, year, hour, minute, second = (int(part or 0) for part in german.groups())
                at = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - its zone is added below
            else:
                at = datetime.fromisoformat(text)
            return (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise ValueError("no day or time; write 2026-12-31, 2026-12-31T14:30 or 31.12.2026") from None

    def _number(self, text: str) -> Decimal:
        group = "." if self.decimal == "," else ","
        plain = rf"[+-]?(\d+|\d{{1,3}}({re.escape(group)}\d{{3}})+)({re.escape(self.decimal)}\d+)?"
        if not re.fullmatch(plain, text, re.ASCII):
            raise ValueError(f"no number with decimal {self.decimal!r}; write 1234{self.decimal}5, or set decimal")
        return Decimal(text.replace(group, "").replace(self.decimal, "."))


def split(text: str) -> list[str]:
    """Take apart what stands in one cell, each once."""
    return list(dict.fromkeys(part.strip() for part in re.split(r"[;,|]", text) if part.strip()))


def _flag(text: str) -> bool:
    if text.lower() not in YES | NO:
        raise ValueError("neither yes nor no; write true or false")
    return text.lower() in YES


def _addresses(text: str) -> list[str]:
    found = getaddresses([text.replace(";", ",")]) if text else []
    return list(dict.fromkeys(address.lower() for _, address in found if "@" in address))
