"""Where a command prints: results on stdout, everything else on stderr, nothing from the CRM unfiltered."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TextIO

import typer
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

PIPE_WIDTH: Final = 160
"""Columns where no terminal tells its own: tables in a log must not be cut at 80."""

LONGEST_CELL: Final = 60
"""Characters shown of a cell: a text from the CRM may have 65,536."""

_HIDDEN: Final = frozenset(("Cc", "Cf", "Cs", "Co"))  # they move the cursor, reorder or hide text


@dataclass(frozen=True)
class Screen:
    """Two consoles, made per command; ``out`` is silent where a machine reads stdout.

    Attributes:
        out: Results.
        err: Progress, notes and errors.
    """

    out: Console
    err: Console

    @classmethod
    def make(cls, *, as_json: bool = False) -> Screen:
        """Open the consoles of this process; they honour ``NO_COLOR`` and ``COLUMNS``."""
        out = Console(quiet=as_json, highlight=False)
        err = Console(stderr=True, highlight=False)
        if "COLUMNS" not in os.environ:
            for console in (out, err):
                if not console.is_terminal:
                    console.width = PIPE_WIDTH
        return cls(out, err)

    def say(self, text: str = "", style: str = "") -> None:
        """Print a line of the result, uncut."""
        self.out.print(Text(plain(text), style), soft_wrap=True)

    def note(self, text: str, style: str = "") -> None:
        """Print a line on stderr, uncut."""
        self.err.print(Text(plain(text), style), soft_wrap=True)

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print rows under heads: the first column whole, to be copied, the others cut; numbers on the right."""
        lines = [list(row) for row in rows]
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
        names = [plain(_shown(line[0])) for line in lines]
        for place, head in enumerate(heads):
            figures = bool(lines) and all(isinstance(line[place], int | float) for line in lines)
            side: JustifyMethod = "right" if figures else "left"
            whole = max(map(cell_len, [head, *names])) if place == 0 else None
            table.add_column(head, justify=side, overflow="fold", no_wrap=place == 0, min_width=whole)
        for name, line in zip(names, lines, strict=True):
            table.add_row(Text(name), *(Text(clipped(_shown(value))) for value in line[1:]))
        self.out.print(table)


def plain(text: str) -> str:
    """Take out of a text what could steer a terminal; line breaks stay, tabs become blanks."""
    return "".join(
        char for char in text.replace("\t", " ") if char == "\n" or unicodedata.category(char) not in _HIDDEN
    )


def clipped(text: str, most: int = LONGEST_CELL) -> str:
    """Bring a text into one line of at most ``most`` characters, without what could steer a terminal."""
    line = " ".join(plain(text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


_STDOUT: ContextVar[TextIO | None] = ContextVar("stdout", default=None)


@contextmanager
def documents_alone() -> Iterator[None]:
    """Send to stderr what else is printed, as by a plugin, so that stdout holds nothing but JSON documents."""
    before = _STDOUT.set(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _STDOUT.reset(before)


def emit(document: object, *, indent: int | None = 2) -> None:
    """Print one JSON document on stdout, in ASCII so that no terminal's encoding can break it."""
    typer.echo(json.dumps(document, indent=indent, default=_json), file=_STDOUT.get())


def _json(value: Any) -> object:
    return sorted(value) if isinstance(value, set | frozenset) else str(value)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value)
