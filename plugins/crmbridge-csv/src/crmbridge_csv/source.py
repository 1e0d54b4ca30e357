"""One CSV file: its encoding, its delimiter, its heads, its rows and where they begin."""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, Self, TextIO

from crmbridge.errors import FixRequest, RetryLater

DELIMITERS: Final = (",", ";", "\t")
_MARKS: Final = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_GUESSES: Final = ("utf-8", "cp1252")  # what is no UTF-8 is taken for what Western Windows programs write

Stamp = tuple[int, int, int]
"""Differs when a file was replaced or written to: its number, size and time of modification."""


class Row(NamedTuple):
    """One row of a file.

    Attributes:
        line: On which it begins; the first line of the file is 1.
        start: Where it begins, for ``Source.at``.
        cells: As many as there are heads.
    """

    line: int
    start: int
    cells: list[str]


@dataclass(frozen=True)
class Source:
    """A file as it was when it was looked at; it is not held in memory.

    Attributes:
        heads: The first line.
        lines: The number of lines above the first row.
        first: Where the first row begins.
    """

    path: Path
    stamp: Stamp
    encoding: str
    delimiter: str
    heads: list[str]
    lines: int
    first: int

    @classmethod
    def look(cls, path: Path) -> Self:
        """Find out how a file is written.

        Raises:
            FixRequest: It is missing, empty or no text; the message names file and line.
        """
        with _explained(path):
            encoding = _encoding(path)
            with path.open(encoding=encoding, newline="") as file:
                told = file.readline().lstrip("\ufeff").lower().startswith("sep=")  # Excel's way to tell the delimiter
                found = _heads(path, file, file.tell() if told else 0)
                lines = found.lines + told
                return cls(path, stamp(file.fileno()), encoding, found.delimiter, found.heads, lines, found.end)

    def walk(self) -> Iterator[Row]:
        """Read all rows in their order; empty ones are left out.

        Raises:
            FixRequest: A row cannot be read; the message names file and line.
            RetryLater: The file was replaced since it was looked at.
        """
        with self._opened() as file:
            file.seek(self.first)
            start, begin = self.first, self.lines + 1
            # Unlike the file's own iterator, readline() lets it tell where a row begins.
            reader = csv.reader(iter(file.readline, ""), delimiter=self.delimiter, strict=True)
            try:
                for cells in reader:
                    if any(cells):
                        yield Row(begin, start, self._checked(begin, cells))
                    start, begin = file.tell(), self.lines + 1 + reader.line_num
            except csv.Error as error:
                raise wrong(self.path, begin, f"{error}; mend the quotation marks there, or export again") from None

    def at(self, starts: Iterable[int]) -> list[list[str]]:
        """Read the rows that begin at these places.

        Raises:
            RetryLater: The file was changed since it was looked at.
        """
        with self._opened() as file:
            return [self._row(file, start) for start in starts]

    def _row(self, file: TextIO, start: int) -> list[str]:
        file.seek(start)
        return next(csv.reader(iter(file.readline, ""), delimiter=self.delimiter, strict=True))

    def _checked(self, line: int, cells: list[str]) -> list[str]:
        if len(cells) != len(self.heads):
            why = f"{len(cells)} cells under {len(self.heads)} heads; quote cells that hold a {self.delimiter!r}"
            raise wrong(self.path, line, why)
        if any("\0" in cell for cell in cells):
            raise wrong(self.path, line, "a NUL character; save the file as UTF-8")
        return cells

    @contextmanager
    def _opened(self) -> Iterator[TextIO]:
        with _explained(self.path), self.path.open(encoding=self.encoding, newline="") as file:
            self._check_stamp(file)
            try:
                yield file
            except Exception:  # half a row looks damaged, and is not
                self._check_stamp(file)
                raise
            self._check_stamp(file)

    def _check_stamp(self, file: TextIO) -> None:
        if stamp(file.fileno()) != self.stamp:
            raise RetryLater(f"{self.path} was changed while it was read: run again when it is complete")


def stamp(file: int | Path) -> Stamp:
    """Tell the state of a file; of one that is not there, that of none."""
    try:
        found = os.stat(file)  # noqa: PTH116 - a number of an open file is no path
    except FileNotFoundError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def wrong(path: Path, line: int, why: str) -> FixRequest:
    """Return the error for a line that somebody has to mend."""
    return FixRequest(f"{path} line {line}: {why}")


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    for mark, name in _MARKS.items():
        if start.startswith(mark):
            return name
    decoder = codecs.getincrementaldecoder(_GUESSES[0])()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _GUESSES[1]
    return _GUESSES[0]


class _Heads(NamedTuple):
    """The first line, read with one delimiter: how many lines it takes, and where the first row begins."""

    delimiter: str
    heads: list[str]
    lines: int
    end: int

    @property
    def likeliness(self) -> tuple[bool, int]:
        """Read with another one, quotation marks stand within heads, or there are fewer heads."""
        return not any('"' in head for head in self.heads), len(self.heads)


def _heads(path: Path, file: TextIO, start: int) -> _Heads:
    """Take the delimiter that makes the most heads of the first line."""
    choices: list[_Heads] = []
    why = ""
    for mark in DELIMITERS:
        file.seek(start)
        reader = csv.reader((line.lstrip("\ufeff") for line in iter(file.readline, "")), delimiter=mark, strict=True)
        try:
            choices.append(_Heads(mark, next(reader, []), reader.line_num, file.tell()))
        except csv.Error as error:  # as of quoted heads that another delimiter parts
            why = str(error)
    if not choices:
        raise wrong(path, 1, f"{why}; mend the quotation marks there")
    found = max(choices, key=lambda choice: choice.likeliness)
    if not any(head.strip() for head in found.heads):
        raise wrong(path, 1, "there are no heads; the first line must name the columns")
    return found


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise FixRequest(f"{path} is missing: put it there, with a first line that names the columns") from None
    except OSError as error:
        raise FixRequest(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise FixRequest(f"{path} cannot be read as {error.encoding}: save it as UTF-8") from None
