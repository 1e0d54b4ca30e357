"""Reading a file of comma-separated values: its encoding, its delimiter, its heads, its rows with their lines."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from crmbridge.errors import FixRequest
from crmbridge.sync.imports.mapping import ENDS, ColumnName, TouchpointMapping, comparable

DELIMITERS: Final = (",", ";", "\t")
BLOCK: Final = 1 << 20
"""Bytes read at a time."""

_MARKS: Final = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Line(NamedTuple):
    """One row of a file.

    Attributes:
        number: Of the line on which it begins; the first line of the file is 1.
        cells: Its cells; fewer or more than there are heads, if the row is damaged.
    """

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Heads:
    """The heads of a file.

    Attributes:
        line: The line on which they stand.
        width: How many there are.
        places: What a column holds → its place.
        names: What a column holds → its head, as it stands there.
    """

    line: int
    width: int
    places: Mapping[ColumnName, int]
    names: Mapping[ColumnName, str]


class Table:
    """A file that is read once, row by row.

    Args:
        path: The file.
        mapping: Which columns to look for.

    Attributes:
        heads: Those that the mapping knows.

    Raises:
        FixRequest: It cannot be read, is empty, or lacks a column without which there is no touchpoint.
    """

    def __init__(self, path: Path, mapping: TouchpointMapping) -> None:
        self.path = path
        with _explained(path):
            self._encoding = _encoding(path)
            above, first = _first_line(path, self._encoding)
        choices = (mapping.delimiter,) if mapping.delimiter else DELIMITERS
        found = [(_heads(path, above, first, mark, mapping), mark) for mark in choices]
        self.heads, self._delimiter = max(found, key=lambda item: len(item[0].places))
        _check_heads(path, self.heads, mapping)

    def rows(self) -> Iterator[Line]:
        """Stream the rows below the heads; empty ones are left out.

        Raises:
            FixRequest: A row cannot be read.
        """
        with _explained(self.path), self.path.open(encoding=self._encoding, newline="") as file:
            for _ in range(self.heads.line):
                next(file)
            yield from self._parsed(file)

    def _parsed(self, file: TextIO) -> Iterator[Line]:
        reader = csv.reader(file, delimiter=self._delimiter, strict=True)
        begin = self.heads.line + 1
        try:
            for cells in reader:
                if any(cells):
                    yield Line(begin, cells)
                begin = self.heads.line + 1 + reader.line_num
        except csv.Error as error:
            raise FixRequest(
                f"{self.path} line {begin}: {error}; mend the quotation marks there, or export again"
            ) from None


def _encoding(path: Path) -> str:
    """UTF-8 or UTF-16 with a mark, UTF-8 without one, else what Western Windows programs write."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        start = file.read(4)
        for mark, name in _MARKS.items():
            if start.startswith(mark):
                return name
        file.seek(0)
        try:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _first_line(path: Path, encoding: str) -> tuple[int, str]:
    """The line with the heads, and how many stand above it: remarks as GA4 writes them, and Excel's ``sep=``."""
    with path.open(encoding=encoding, newline="") as file:
        for above, line in enumerate(file):
            text = line.strip("\r\n")
            if text.strip() and not text.startswith("#") and not text.lower().startswith("sep="):
                return above, text
    raise FixRequest(f"{path} is empty: it has no line with the names of its columns")


def _heads(path: Path, above: int, first: str, delimiter: str, mapping: TouchpointMapping) -> Heads:
    try:
        cells = next(csv.reader([first], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise FixRequest(f"{path} line {above + 1}: {error}; mend the quotation marks there") from None
    there = {comparable(cell): place for place, cell in reversed(list(enumerate(cells)))}
    places = {
        name: place
        for name, aliases in mapping.columns.items()
        if (place := next((there[key] for key in map(comparable, aliases) if key in there), None)) is not None
    }
    return Heads(above + 1, len(cells), places, {name: cells[place].strip() for name, place in places.items()})


def _check_heads(path: Path, heads: Heads, mapping: TouchpointMapping) -> None:
    if "time" not in heads.places:
        known = ", ".join(mapping.columns["time"])
        raise FixRequest(
            f"{path} line {heads.line}: no column tells the time: one must be called {known}; or is another --mapping "
            "meant?"
        )
    if not any(name in heads.places for name in ENDS):
        known = ", ".join(chain.from_iterable(mapping.columns.get(name, ()) for name in ENDS))
        raise FixRequest(f"{path} line {heads.line}: no column tells whom it was with: one must be called {known}")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FixRequest(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise FixRequest(f"{path} cannot be read as {error.encoding}: save it as UTF-8") from None
