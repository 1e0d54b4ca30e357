"""A folder of CSV files as a CRM: the protocol in terms of tables and values."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from crmbridge.connector import (
    Account,
    Capabilities,
    Check,
    ConnectorDefaults,
    Outcome,
    Page,
    Update,
    Use,
    Version,
)
from crmbridge.errors import CrmBridgeError, FixRequest
from crmbridge.model import Link, ObjectName, PropertyDefinition, Record
from crmbridge_csv.folder import LINKS_FILE, Folder
from crmbridge_csv.mapping import FILES, LINKS, NEEDED
from crmbridge_csv.reading import BadCell, Reading
from crmbridge_csv.settings import CsvSettings
from crmbridge_csv.sheet import fits
from crmbridge_csv.source import wrong
from crmbridge_csv.values import FOLDER, Values

PAGE: Final = 500
"""Records per page; each is stored with its cursor, so that a run that is killed goes on there."""
WRITE_BATCH: Final = 10_000
"""Rows per update: the file is written anew each time."""


class CsvConnector(ConnectorDefaults):
    """Reads a folder of CSV files; writes values into files of its own beside them."""

    def __init__(self, settings: CsvSettings) -> None:
        self._settings = settings
        self._folder = Folder(settings.folder, settings.columns)
        self._values = Values(settings.folder / FOLDER)
        self._calls = 0

    @property
    def capabilities(self) -> Capabilities:
        """What the files that are there allow; a file cannot tell what changed in it, so it is listed whole."""
        objects = self._folder.objects()
        return Capabilities(
            objects=tuple(objects),
            links=tuple(pair for pair in LINKS if set(pair) <= set(objects)),
            writable=NEEDED,
            definitions=True,
            history=True,
            removes=True,
            read_batch=PAGE,
            write_batch=WRITE_BATCH,
        )

    @property
    def calls(self) -> int:
        """Times that files were read or written."""
        return self._calls

    def close(self) -> None:
        """There is nothing to release."""

    def account(self) -> Account:
        """The folder."""
        asked = self._settings
        name = asked.account or asked.folder.resolve().name
        return Account(id=name, name=name, timezone=asked.timezone, currency=asked.currency)

    def check(self, use: Use | None = None) -> Iterator[Check]:
        """Read every row of every file."""
        for name in self._folder.objects():
            yield _tried(FILES[name], partial(self._count, name))
        yield _tried(LINKS_FILE, self._folder.count_links)
        if use and use.writes:
            ok = os.access(self._settings.folder, os.W_OK)
            message = f"{self._settings.folder} can{'' if ok else 'not'} be written to"
            yield Check(name="writing", ok=ok, message=message, remedy="" if ok else "let this user write to it")

    def read_page(self, name: ObjectName, properties: Sequence[str], after: str | None) -> Page:
        """Read one page in the order of ids; the cursor is the last id, so that a file may change between two pages."""
        ids, following = self._folder.table(name).page(after, PAGE)
        return Page(self.read_records(name, ids, properties), following)

    def read_records(self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]) -> Sequence[Record]:
        """Read records by id.

        Raises:
            FixRequest: A cell cannot be read; the message names file, line and column.
            RetryLater: The file is being written.
        """
        self._calls += 1
        table = self._folder.table(name)
        values = self._values.read(name, table.starts) if name in NEEDED else {}
        asked = self._settings
        reading = Reading(name, table.columns, ZoneInfo(asked.timezone), asked.decimal)
        found = []
        for cells in table.rows(ids):
            id_ = reading.id(cells)
            try:
                found.append(reading.record(cells, values.get(id_, {}), properties))
            except BadCell as error:
                raise wrong(table.source.path, table.line(id_), str(error)) from None
        return found

    def read_links(self, source: ObjectName, target: ObjectName, ids: Sequence[str]) -> Iterator[Link]:
        """Read the links that columns and ``links.csv`` name."""
        self._calls += 1
        return self._folder.links(source, target, ids)

    def read_definitions(self, name: ObjectName) -> Sequence[PropertyDefinition]:
        """Name the columns, which nobody writes, and the properties that crmbridge created."""
        self._calls += 1
        heads = (head for head in self._folder.table(name).columns.heads if head)
        columns = [
            PropertyDefinition(object=name, name=head, label=head, type="string", read_only=True) for head in heads
        ]
        return [*columns, *self._values.definitions().properties.get(name, ())]

    def read_authors(
        self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]
    ) -> Mapping[str, Mapping[str, Version]]:
        """Tell which values differ from what crmbridge wrote: people changed those."""
        self._calls += 1
        return self._values.authors(name, ids, properties, self._folder.table(name).starts)

    def create_group(self, name: ObjectName, group: str, label: str) -> bool:
        """Note a group."""
        book = self._values.definitions()
        groups = book.groups.get(name, {})
        if group not in groups:
            self._values.define(book.model_copy(update={"groups": {**book.groups, name: {**groups, group: label}}}))
        return group not in groups

    def create_definition(self, definition: PropertyDefinition) -> None:
        """Note a property; it becomes a column with its first value."""
        known = {there.name.lower() for there in self.read_definitions(definition.object)}
        if definition.name.lower() in known:
            raise FixRequest(f"{definition.object} has a column {definition.name} already", category="NAME_TAKEN")
        self._define(definition.object, {definition.name: definition})

    def add_options(self, definition: PropertyDefinition) -> None:
        """Put the options of a property that are not there behind those that are."""
        there = self._own(definition.object)[definition.name]
        values = {option.value for option in there.options}
        more = (option for option in definition.options if option.value not in values)
        grown = there.model_copy(update={"options": (*there.options, *more)})
        self._define(definition.object, {definition.name: grown})

    def remove_definition(self, name: ObjectName, definition: str) -> None:
        """Forget a property and its values."""
        if definition in self._own(name):
            self._values.forget(name, definition)
            self._define(name, {definition: None})

    def remove_group(self, name: ObjectName, group: str) -> None:
        """Forget a group that has no properties."""
        book = self._values.definitions()
        if any(there.group == group for there in self._own(name).values()):
            raise FixRequest(f"the group {group} of {name} has properties: remove them first", category="GROUP_IN_USE")
        left = {key: label for key, label in book.groups.get(name, {}).items() if key != group}
        self._values.define(book.model_copy(update={"groups": {**book.groups, name: left}}))

    def update(self, name: ObjectName, updates: Sequence[Update]) -> Sequence[Outcome]:
        """Write values of properties that crmbridge created; each file is replaced as a whole.

        Raises:
            FixRequest: A property is not crmbridge's, a record is named twice, or no cell can hold a value; nothing was
                written.
            RetryLater: Somebody wrote to the file meanwhile; nothing was written.
        """
        self._calls += 1
        if strange := {item for update in updates for item in update.properties} - self._own(name).keys():
            raise FixRequest(f"{name}.{min(strange)} is no property of crmbridge's: only those are written")
        if len({update.id for update in updates}) < len(updates):
            raise FixRequest(f"two updates name one {name}: name each once", category="DUPLICATE")
        if not all(fits(value or "") for update in updates for value in update.properties.values()):
            raise FixRequest(f"a value for a {name} has a NUL character or is too long", category="VALIDATION_ERROR")
        table = self._folder.table(name)
        there = [update for update in updates if update.id in table.starts]
        self._values.update(name, there, table.source.delimiter, table.starts)
        codes = {update.id: "" if update.id in table.starts else "NOT_FOUND" for update in updates}
        return [Outcome(id=id_, ok=not code, code=code) for id_, code in codes.items()]

    def _own(self, name: ObjectName) -> dict[str, PropertyDefinition]:
        return {there.name: there for there in self._values.definitions().properties.get(name, ())}

    def _define(self, name: ObjectName, changed: Mapping[str, PropertyDefinition | None]) -> None:
        """Put definitions in their places; None removes one."""
        book = self._values.definitions()
        left = tuple(there for there in {**self._own(name), **changed}.values() if there is not None)
        self._values.define(book.model_copy(update={"properties": {**book.properties, name: left}}))

    def _count(self, name: ObjectName) -> int:
        ids = self._folder.table(name).ids
        return sum(len(self.read_records(name, ids[at : at + PAGE], ())) for at in range(0, len(ids), PAGE))


def _tried(file: str, count: Callable[[], int]) -> Check:
    try:
        return Check(name=file, ok=True, message=f"{count():,} rows can be read")
    except CrmBridgeError as error:
        return Check(name=file, ok=False, message=str(error), remedy="mend the file, then look again")
