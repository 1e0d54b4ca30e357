"""Writing tables: to files that appear whole or not at all and that only their owner may read, or to a stream."""

from __future__ import annotations

import csv
import glob
import io
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal, get_args

from crmbridge.errors import FixConfig
from crmbridge.export.columns import Table
from crmbridge.export.texts import cells, documents

Format = Literal["csv", "jsonl", "parquet"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)

DRAFT: Final = ".part"
"""How the names of files end that have not taken their place yet."""
DRAFT_SECONDS: Final = 86_400
"""No export takes a day: a draft so old is of one that was killed."""


@dataclass(frozen=True)
class ExportedFile:
    """One file of an export, and the number of its rows."""

    table: str
    path: Path
    rows: int


@dataclass(frozen=True)
class ExportResult:
    """What an export wrote.

    Attributes:
        redacted: True if it holds codes in place of ids, and no names.
    """

    format: Format
    redacted: bool
    files: tuple[ExportedFile, ...]


@dataclass(frozen=True)
class Target:
    """Where an export goes.

    Attributes:
        path: A folder, or the file of one table.
        is_file: Which of the two.
    """

    path: Path
    format: Format
    is_file: bool

    def of(self, table: str) -> Path:
        """The file of a table."""
        return self.path if self.is_file else self.path / f"{table}.{self.format}"


def target_of(path: Path, wanted: Format | None, tables: Sequence[str]) -> Target:
    """Tell what a path means: a file if it ends in the name of a format, else a folder with a file for each table.

    Raises:
        FixConfig: One file for several tables, or a name that says another format.
    """
    named = next((item for item in FORMATS if path.suffix.lower() == f".{item}"), None)
    if named is None or path.is_dir():
        return Target(path, wanted or "csv", is_file=False)
    if wanted not in (None, named):
        raise FixConfig(f"{path} is to be {wanted}, and ends in {path.suffix}: name it .{wanted}, or leave out one")
    if len(tables) != 1:
        raise FixConfig(f"{path} can hold one table, and there are {len(tables)}: name a folder, or one table")
    return Target(path, named, is_file=True)


def write_tables(
    tables: Sequence[Table], target: Target, *, raw: bool = False, overwrite: bool = False
) -> tuple[ExportedFile, ...]:
    """Write each table to its file. All files take their places at the end, or none does.

    Args:
        tables: What to write.
        target: Where.
        raw: Leave cells of CSV as they are, even those that a spreadsheet would compute.
        overwrite: Take the place of files that are there.

    Raises:
        FixConfig: A file is there, or the folder cannot be written.
    """
    written = []
    with ExitStack() as stack:
        places = [target.of(table.name) for table in tables]
        files = [stack.enter_context(private_file(path, overwrite=overwrite)) for path in places]
        for table, path, file in zip(tables, places, files, strict=True):
            written.append(ExportedFile(table.name, path, write_stream(table, file, target.format, raw=raw)))
            _keep(file)  # a full disk is told now, while every place is as it was
        for path in places:
            _check_free(path, overwrite=overwrite)
    return tuple(written)


def write_stream(table: Table, file: BinaryIO, wanted: Format, *, raw: bool = False) -> int:
    """Write a table to an open file, which stays open; say how many rows it has."""
    if wanted == "parquet":
        from crmbridge.export.parquet import write_parquet

        return write_parquet(table, file)
    lines = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        return _write_csv(table, lines, raw=raw) if wanted == "csv" else _write_jsonl(table, lines)
    finally:
        lines.detach()  # flushes, and leaves the file to whoever opened it


def _write_csv(table: Table, file: io.TextIOWrapper, *, raw: bool) -> int:
    writer, count = csv.writer(file), -1  # the first line names the columns
    for count, row in enumerate(cells(table, raw=raw)):  # noqa: B007 - it is what is asked for
        writer.writerow(row)
    return count


def _write_jsonl(table: Table, file: io.TextIOWrapper) -> int:
    write, count = json.JSONEncoder(ensure_ascii=False).encode, 0
    for count, document in enumerate(documents(table, table.rows()), 1):  # noqa: B007 - it is what is asked for
        file.write(write(document) + "\n")
    return count


@contextmanager
def private_file(path: Path, *, overwrite: bool = False) -> Iterator[BinaryIO]:
    """Open a file to write that only its owner may read; it takes its place when the block ends well.

    Raises:
        FixConfig: Something is there already, or the folder cannot be written.
    """
    _check_free(path, overwrite=overwrite)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_drafts(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=DRAFT)  # its mode is 0600
    except OSError as error:
        raise FixConfig(f"{path} cannot be written ({error.strerror}): name another place") from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            _keep(file)
        _check_free(path, overwrite=overwrite)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _keep(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _remove_drafts(path: Path) -> None:
    """Remove what exports to this place that were killed have left: it is personal data."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*{DRAFT}"):
        if time.time() - left.stat(follow_symlinks=False).st_mtime > DRAFT_SECONDS:
            left.unlink(missing_ok=True)


def _check_free(path: Path, *, overwrite: bool) -> None:
    if path.is_dir():
        raise FixConfig(f"{path} is a folder: name a file, or remove it")
    if not overwrite and (path.exists() or path.is_symlink()):
        raise FixConfig(f"{path} is there already: remove it, or export with --overwrite (overwrite=True)")
