"""What crmbridge writes: files of its own in a folder beside the others, so that no file of yours is ever changed.

``properties.json`` holds the definitions, ``contacts.csv`` and the like the values by id. People may edit the values:
``written/`` keeps a copy of what crmbridge wrote, and what differs from it is a person's.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from crmbridge.connector import Update, Version
from crmbridge.errors import FixRequest, RetryLater
from crmbridge.model import Frozen, ObjectName, PropertyDefinition
from crmbridge_csv.mapping import FILES
from crmbridge_csv.source import Source, Stamp, stamp, wrong

FOLDER: Final = "crmbridge"
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")  # https://owasp.org/www-community/attacks/CSV_Injection
_NUMBER: Final = re.compile(r"[+-]?[\d.]+")

Cells = Mapping[str, Mapping[str, str]]
"""Id → property → value; what is empty is left out."""


class Definitions(Frozen):
    """The file ``properties.json``.

    Attributes:
        groups: Object → group → its label.
        properties: Object → the properties that crmbridge created, in their order.
    """

    groups: dict[ObjectName, dict[str, str]] = Field(default_factory=dict)
    properties: dict[ObjectName, tuple[PropertyDefinition, ...]] = Field(default_factory=dict)


@dataclass
class Values:
    """The files that crmbridge owns.

    Attributes:
        path: Their folder; it is made when something is written.
    """

    path: Path
    _known: dict[Path, tuple[Stamp, str, Cells]] = field(default_factory=dict)

    def definitions(self) -> Definitions:
        """What crmbridge created. Raises ``FixRequest`` if the file is damaged."""
        path = self.path / "properties.json"
        try:
            return Definitions.model_validate_json(path.read_bytes()) if path.exists() else Definitions()
        except (OSError, ValidationError):
            raise FixRequest(f"{path} is damaged: put its last good version back") from None

    def define(self, definitions: Definitions) -> None:
        """Replace what crmbridge created."""
        self._replace(self.path / "properties.json", definitions.model_dump_json(indent=2, exclude_defaults=True))

    def read(self, name: ObjectName) -> Cells:
        """The values of an object's records, as people left them."""
        return self._cells(self.path / FILES[name])[2]

    def authors(self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]) -> dict[str, dict[str, Version]]:
        """Tell what stands there as crmbridge wrote it, and what a person changed, put in or emptied since."""
        now, written = self.read(name), self._cells(self._written(name))[2]
        at = datetime.fromtimestamp(stamp(self.path / FILES[name])[2] / 1e9, UTC)
        found: dict[str, dict[str, Version]] = {}
        for id_ in ids:
            for item in properties:
                here, ours = now.get(id_, {}).get(item), written.get(id_, {}).get(item)
                if here is not None or ours is not None:
                    version = Version(value=here, at=at, author="system" if here == ours else "person")
                    found.setdefault(id_, {})[item] = version
        return found

    def update(self, name: ObjectName, updates: Sequence[Update], delimiter: str) -> None:
        """Write values, into the file and into the copy.

        Raises:
            RetryLater: Somebody wrote to the file meanwhile; nothing was written.
        """
        for path in (self.path / FILES[name], self._written(name)):  # in this order a crash makes nobody a person
            before, mark, there = self._cells(path)
            cells = dict(there)
            for update in updates:
                merged = {**cells.get(update.id, {}), **update.properties}
                cells[update.id] = {item: value for item, value in merged.items() if value}
            self._write(path, before, mark or delimiter, self._heads(name), cells)

    def forget(self, name: ObjectName, item: str) -> None:
        """Drop a property with all its values."""
        for path in (self.path / FILES[name], self._written(name)):
            before, mark, there = self._cells(path)
            if any(before):
                cells = {id_: {key: value for key, value in row.items() if key != item} for id_, row in there.items()}
                self._write(path, before, mark, [head for head in self._heads(name) if head != item], cells)

    def _heads(self, name: ObjectName) -> list[str]:
        return [definition.name for definition in self.definitions().properties.get(name, ())]

    def _written(self, name: ObjectName) -> Path:
        return self.path / "written" / FILES[name]

    def _cells(self, path: Path) -> tuple[Stamp, str, Cells]:
        """State, delimiter and values of a file; it is read again when it has changed."""
        now = stamp(path)
        if not any(now):
            return now, "", {}
        if path not in self._known or self._known[path][0] != now:
            source = Source.look(path)
            if source.heads[0] != "id":
                raise wrong(path, source.lines, "the first column must be id; put it back")
            rows = {row.cells[0]: _row(source.heads, row.cells) for row in source.walk()}
            self._known[path] = (source.stamp, source.delimiter, rows)
        return self._known[path]

    def _write(self, path: Path, before: Stamp, mark: str, heads: Sequence[str], cells: Cells) -> None:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=mark)
        writer.writerow(["id", *heads])
        for id_ in sorted(cells):
            if cells[id_]:
                writer.writerow([id_, *(_guarded(cells[id_].get(head, "")) for head in heads)])
        if stamp(path) != before:
            raise RetryLater(f"{path} was changed meanwhile: close it elsewhere, then run again")
        self._replace(path, "\ufeff" + text.getvalue())  # without the mark Excel takes it for no UTF-8
        self._known[path] = (stamp(path), mark, cells)

    def _replace(self, path: Path, text: str) -> None:
        """Put a whole file in the place of another: after a crash there is the one or the other, never a part."""
        try:
            self._replaced(path, text)
        except OSError as error:
            raise RetryLater(f"{path} cannot be written: {error.strerror}; mend that, then run again") from None

    def _replaced(self, path: Path, text: str) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        draft = path.with_name(f".{path.name}.new")
        draft.unlink(missing_ok=True)
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        draft.replace(path)


def _row(heads: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return {head: _bare(cell) for head, cell in zip(heads[1:], cells[1:], strict=True) if cell}


def _guarded(value: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{value}" if _FORMULA.match(value) and not _NUMBER.fullmatch(value) else value


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
