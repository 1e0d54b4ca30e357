"""One file of values: by id and property, as people left it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from crmbridge_csv.drafts import replace
from crmbridge_csv.source import Source, Stamp, wrong

_FORMULA: Final = re.compile(  # https://owasp.org/www-community/attacks/CSV_Injection
    r"'*([\s\ufeff\u200b]*[=+\-@＝＋－＠]|[\t\r\n])"  # noqa: RUF001 - wide forms are computed as well
)
_NUMBER: Final = re.compile(r"[+-]?[\d.]+")

Cells = Mapping[str, Mapping[str, str]]
"""Id → property → value; what is empty is left out."""


class Sheet(NamedTuple):
    """A file of values, held in memory.

    Attributes:
        stamp: The state of the file when it was read.
        heads: Its first line.
        cells: One entry for each of its rows.
    """

    stamp: Stamp
    delimiter: str
    heads: tuple[str, ...]
    cells: Cells


NO_SHEET: Final = Sheet((0, 0, 0), "", (), {})
"""A file that is not there."""


def read_sheet(path: Path) -> Sheet:
    """Read a file that a spreadsheet may have saved anew.

    Raises:
        FixRequest: It cannot be read for sure; the message names file and line.
        RetryLater: It is being written.
    """
    source = Source.look(path)
    heads = source.heads
    if twice := {head for head in heads if head and heads.count(head) > 1}:
        raise wrong(path, source.lines, f"the column {min(twice)} stands there twice; remove one of them")
    if "id" not in heads:
        raise wrong(path, source.lines, "there is no column id; put it back")
    place, cells = heads.index("id"), dict[str, Mapping[str, str]]()
    for row in source.walk():
        id_ = _bare(row.cells[place].strip())
        if not id_ or id_ in cells:
            why = "the id stands on another line too; remove one of them" if id_ else "the id is empty; put it back"
            raise wrong(path, row.line, why)
        pairs = zip(heads, row.cells, strict=True)
        cells[id_] = {head: _bare(cell) for head, cell in pairs if cell and head not in ("", "id")}
    return Sheet(source.stamp, source.delimiter, tuple(heads), cells)


def write_sheet(path: Path, before: Stamp, delimiter: str, heads: Sequence[str], cells: Cells) -> Sheet:
    """Replace a file, ids in order and without rows that are empty.

    Raises:
        RetryLater: Somebody wrote to it since it was ``before``, or it cannot be written; it is as it was.
    """
    rows = {id_: cells[id_] for id_ in sorted(cells) if cells[id_]}
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["id", *heads])
    for id_, row in rows.items():
        writer.writerow([_guarded(id_), *(_guarded(row.get(head, "")) for head in heads)])
    made = replace(path, "\ufeff" + text.getvalue(), before)  # without the mark Excel takes it for no UTF-8
    return Sheet(made, delimiter, ("id", *heads), rows)


def fits(value: str) -> bool:
    """True if a cell can hold a value so that it is read again as it was."""
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return "\0" not in value and len(value) < csv.field_size_limit()


def _guarded(value: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{value}" if _FORMULA.match(value) and not _NUMBER.fullmatch(value) else value


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
