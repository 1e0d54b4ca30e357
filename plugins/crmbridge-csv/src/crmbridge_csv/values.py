"""The files that crmbridge writes: its own in a folder beside the others, so that no file of yours is ever changed.

``properties.json`` holds the definitions, ``contacts.csv`` and the like the values by id. People may edit the values:
``written/`` keeps a copy of what crmbridge wrote, and what differs from it is a person's. What is about to be written
stands there first, as ``contacts.next.csv``, so that a crash between the two makes nobody a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from crmbridge.connector import Update, Version
from crmbridge.errors import FixRequest, RetryLater
from crmbridge.model import Frozen, ObjectName, PropertyDefinition
from crmbridge_csv.drafts import replace
from crmbridge_csv.mapping import FILES
from crmbridge_csv.sheet import NO_SHEET, Cells, Sheet, read_sheet, write_sheet
from crmbridge_csv.source import stamp, wrong

FOLDER: Final = "crmbridge"


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
    _sheets: dict[Path, Sheet] = field(default_factory=dict)
    _sound: dict[ObjectName, tuple[object, ...]] = field(default_factory=dict)

    def definitions(self) -> Definitions:
        """What crmbridge created. Raises ``FixRequest`` if the file is damaged."""
        path = self.path / "properties.json"
        try:
            return Definitions.model_validate_json(path.read_bytes()) if path.exists() else Definitions()
        except (OSError, ValidationError):
            raise FixRequest(f"{path} is damaged: put its last good version back") from None

    def define(self, definitions: Definitions) -> None:
        """Replace what crmbridge created."""
        replace(self.path / "properties.json", definitions.model_dump_json(indent=2, exclude_defaults=True))

    def read(self, name: ObjectName, known: Mapping[str, int]) -> Cells:
        """The values of an object's records, as people left them.

        Args:
            name: The object.
            known: Its records by id.

        Raises:
            FixRequest: The file was damaged in a way that looks as if somebody had emptied cells.
        """
        return self._shown(name, known).cells

    def authors(
        self, name: ObjectName, ids: Sequence[str], properties: Sequence[str], known: Mapping[str, int]
    ) -> dict[str, dict[str, Version]]:
        """Tell what stands there as crmbridge wrote it, and what a person changed, put in or emptied since."""
        shown, written = self._shown(name, known), self._ours(name)
        at = datetime.fromtimestamp(shown.stamp[2] / 1e9, UTC)
        found: dict[str, dict[str, Version]] = {}
        for id_ in ids:
            for item in properties:
                here, ours = shown.cells.get(id_, {}).get(item), written.get(id_, {}).get(item)
                if here is not None or ours is not None:
                    version = Version(value=here, at=at, author="system" if here == ours else "person")
                    found.setdefault(id_, {})[item] = version
        return found

    def update(self, name: ObjectName, updates: Iterable[Update], delimiter: str, known: Mapping[str, int]) -> None:
        """Write values, into the file and into the copy.

        Raises:
            FixRequest: As ``read`` does.
            RetryLater: Somebody wrote to the file meanwhile; nothing was written.
        """
        changes = {update.id: update.properties for update in updates}
        before, ours = self._shown(name, known), self._ours(name)
        cells = _changed(before.cells, changes), _changed(ours, changes)
        self._put(name, before, before.delimiter or delimiter, self._heads(name), cells)

    def forget(self, name: ObjectName, item: str) -> None:
        """Drop a property with all its values."""
        before, ours = self._sheet(self._file(name)), self._ours(name)
        if before is not NO_SHEET:
            heads = [head for head in self._heads(name) if head != item]
            self._put(name, before, before.delimiter, heads, (_without(before.cells, item), _without(ours, item)))

    def _put(
        self, name: ObjectName, before: Sheet, delimiter: str, heads: Sequence[str], cells: tuple[Cells, Cells]
    ) -> None:
        """Note what is about to be crmbridge's, show what is to be seen, then take the note for the copy."""
        file, coming, copy = self._file(name), self._coming(name), self._written(name)
        shown, ours = cells
        self._sheets[coming] = write_sheet(coming, self._sheet(coming).stamp, delimiter, heads, ours)
        self._sheets[file] = write_sheet(file, before.stamp, delimiter, heads, shown)
        try:
            coming.replace(copy)
        except OSError as error:
            raise RetryLater(f"{copy} cannot be written: {error.strerror}; mend that, then run again") from None
        self._sheets[copy] = self._sheets.pop(coming)

    def _shown(self, name: ObjectName, known: Mapping[str, int]) -> Sheet:
        """The file as people left it; what it is compared with is looked at when one of them has changed."""
        file, copy = self._file(name), self._written(name)
        facts = (self._sheet(file), self._sheet(copy), self._sheet(self._coming(name)), known)
        if any(fact is not other for fact, other in zip(facts, self._sound.get(name, (None,) * 4), strict=True)):
            shown, written, coming, _ = facts
            if written.cells and shown is NO_SHEET:
                raise FixRequest(f"{file} is missing: put it back, or remove {copy.parent} as well to begin anew")
            if gone := set(written.heads) & set(coming.heads or written.heads) - set(shown.heads):
                raise wrong(file, 1, f"the column {min(gone)} is gone; put it back")
            lost, strange = written.cells.keys() - shown.cells.keys(), shown.cells.keys() - written.cells.keys()
            if lost and (strange := strange - known.keys()):
                raise FixRequest(
                    f"{file}: {len(strange)} ids are no {name}'s; put back what a spreadsheet made of them"
                )
            self._sound[name] = facts
        return facts[0]

    def _ours(self, name: ObjectName) -> Cells:
        """What crmbridge wrote; after a crash, of what it was about to write that which came to stand there."""
        copy, coming = self._sheet(self._written(name)), self._sheet(self._coming(name))
        if coming is NO_SHEET:
            return copy.cells
        shown = self._sheet(self._file(name)).cells
        return {
            id_: _came(shown.get(id_, {}), coming.cells.get(id_, {}), copy.cells.get(id_, {}))
            for id_ in copy.cells.keys() | coming.cells.keys()
        }

    def _sheet(self, path: Path) -> Sheet:
        """A file; it is read again when it has changed."""
        known = self._sheets.get(path, NO_SHEET)
        if known.stamp != (now := stamp(path)):
            self._sheets[path] = known = read_sheet(path) if any(now) else NO_SHEET
        return known

    def _heads(self, name: ObjectName) -> list[str]:
        return [definition.name for definition in self.definitions().properties.get(name, ())]

    def _file(self, name: ObjectName) -> Path:
        return self.path / FILES[name]

    def _written(self, name: ObjectName) -> Path:
        return self.path / "written" / FILES[name]

    def _coming(self, name: ObjectName) -> Path:
        return self._written(name).with_suffix(".next.csv")


def _changed(cells: Cells, changes: Mapping[str, Mapping[str, str | None]]) -> Cells:
    changed = {id_: {**cells.get(id_, {}), **values} for id_, values in changes.items()}
    return {**cells, **{id_: {item: value for item, value in row.items() if value} for id_, row in changed.items()}}


def _without(cells: Cells, item: str) -> Cells:
    return {id_: {key: value for key, value in row.items() if key != item} for id_, row in cells.items()}


def _came(shown: Mapping[str, str], coming: Mapping[str, str], written: Mapping[str, str]) -> dict[str, str]:
    items = shown.keys() | coming.keys() | written.keys()
    ours = {item: (coming if shown.get(item) == coming.get(item) else written).get(item) for item in items}
    return {item: value for item, value in ours.items() if value is not None}
