"""A CRM in memory, with property names of its own: what works here rests on no platform's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from crmbridge.connector import (
    Account,
    Capabilities,
    Check,
    Modified,
    ModifiedPage,
    Outcome,
    Page,
    Update,
    Version,
)
from crmbridge.errors import FixRequest, NotSupported
from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.links import Link
from crmbridge.model.properties import PropertyDefinition, PropertyType
from crmbridge.model.records import RECORD, Record

NATIVE: Mapping[ObjectName, Mapping[str, str]] = {
    "contact": {"EMail": "email", "GivenName": "first_name", "FamilyName": "last_name", "Position": "job_title"},
    "company": {"AccountName": "name", "Branch": "industry", "Land": "country"},
    "deal": {"Topic": "name", "PhaseId": "stage_id"},
}
"""Object → native property → the field it fills."""

OBJECTS: tuple[ObjectName, ...] = ("owner", "pipeline", "company", "contact", "deal", "email", "meeting")
LINKS: tuple[tuple[ObjectName, ObjectName], ...] = (
    ("deal", "contact"),
    ("deal", "company"),
    ("contact", "company"),
    ("email", "contact"),
    ("email", "deal"),
    ("meeting", "contact"),
    ("meeting", "deal"),
)


class MemoryConnector:
    """A connector without a platform.

    Args:
        clock: Returns the time of a change.
        page_size: Records per page.

    Attributes:
        records: By reference, with every property.
        links: In the order in which they were made.
        definitions: By object and name.
        groups: Object and name of each property group.
        authors: The newest version by record and property.
    """

    def __init__(self, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC), page_size: int = 100) -> None:
        self.records: dict[Ref, Record] = {}
        self.links: list[Link] = []
        self.definitions: dict[tuple[ObjectName, str], PropertyDefinition] = {}
        self.groups: set[tuple[ObjectName, str]] = set()
        self.authors: dict[tuple[Ref, str], Version] = {}
        self._clock, self._page_size, self._calls = clock, page_size, 0
        for name, fields in NATIVE.items():
            for prop in fields:
                self.define(name, prop)

    # -- what people do in the CRM

    def define(self, name: ObjectName, prop: str, type_: PropertyType = "string") -> None:
        """Define a property."""
        self.definitions[name, prop] = PropertyDefinition(object=name, name=prop, label=prop, type=type_)

    def add(self, record: Record) -> Ref:
        """Add a record, its times set to now unless it has some. Native properties follow its fields."""
        at = self._clock()
        native = {prop: getattr(record, field) for prop, field in NATIVE.get(record.object, {}).items()}
        times = {"created_at": record.created_at or at, "updated_at": record.updated_at or at}
        self.records[record.ref] = _changed(record, native | dict(record.properties), times)
        return record.ref

    def link(self, source: Ref, target: Ref, label: str | None = None, *, primary: bool = False) -> None:
        """Link two records; a label brings the plain link with it."""
        made = (Link(source=source, target=target), Link(source=source, target=target, label=label, primary=primary))
        self.links += [link for link in dict.fromkeys(made) if link not in self.links]

    def edit(self, ref: Ref, values: Mapping[str, str | None], user: str = "1") -> None:
        """Edit a record as a person does."""
        self._write(ref, values, Version(value=None, at=self._clock(), author="person", author_id=user))

    def archive(self, ref: Ref) -> None:
        """Archive a record: it is read no more."""
        self.records[ref] = self.records[ref].model_copy(update={"archived": True})

    # -- the protocol

    @property
    def capabilities(self) -> Capabilities:
        """Everything that crmbridge can ask for."""
        return Capabilities(
            objects=OBJECTS,
            links=LINKS,
            writable=tuple(NATIVE),
            changes=True,
            definitions=True,
            history=True,
            overlap_seconds=0,
        )

    @property
    def calls(self) -> int:
        """Calls of methods that a platform would answer over the network."""
        return self._calls

    def close(self) -> None:
        """There is nothing to release."""

    def account(self) -> Account:
        """Always the same account."""
        return Account(id="memory", name="Memory", timezone="Europe/Berlin", currency="EUR")

    def check(self) -> Iterable[Check]:
        """Nothing can be wrong."""
        return [Check(name="account", ok=True, message="in memory")]

    def official_client(self) -> Any:
        """Raise: there is none."""
        raise NotSupported("a CRM in memory has no client of its own: use the connector")

    def read_page(self, name: ObjectName, properties: Sequence[str], after: str | None) -> Page:
        """Read one page in the order of ids; the cursor is the last id."""
        page, following = self._page(self._living(name), after)
        return Page(self.read_records(name, [record.id for record in page], properties), following)

    def read_changes(self, name: ObjectName, since: datetime, until: datetime, after: str | None) -> ModifiedPage:
        """Read one page of what was modified in a time."""
        self._calls += 1
        changed = [item for item in self._living(name) if item.updated_at and since <= item.updated_at <= until]
        page, following = self._page(changed, after)
        return ModifiedPage([Modified(record.id, record.updated_at) for record in page], following)

    def _page(self, records: Iterable[Record], after: str | None) -> tuple[list[Record], str | None]:
        rest = sorted((item for item in records if after is None or item.id > after), key=lambda item: item.id)
        page = rest[: self._page_size]
        return page, page[-1].id if len(rest) > len(page) else None

    def _living(self, name: ObjectName) -> list[Record]:
        return [record for ref, record in self.records.items() if ref.object == name and not record.archived]

    def read_records(self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]) -> Sequence[Record]:
        """Read records by id."""
        self._calls += 1
        known = [prop for prop in properties if (name, prop) in self.definitions]
        found = {record.id: record for record in self._living(name)}
        return [_narrowed(found[id_], known) for id_ in ids if id_ in found]

    def read_links(self, source: ObjectName, target: ObjectName, ids: Sequence[str]) -> Iterator[Link]:
        """Read links in the direction in which they were made."""
        self._calls += 1
        wanted = {Ref(object=source, id=id_) for id_ in ids}
        return (link for link in self.links if link.source in wanted and link.target.object == target)

    def read_definitions(self, name: ObjectName) -> Sequence[PropertyDefinition]:
        """Read the definitions of an object."""
        self._calls += 1
        return [definition for (of, _), definition in self.definitions.items() if of == name]

    def read_authors(
        self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]
    ) -> Mapping[str, Mapping[str, Version]]:
        """Read who set the present values."""
        self._calls += 1
        wanted = {Ref(object=name, id=id_): id_ for id_ in ids}
        found: dict[str, dict[str, Version]] = {}
        for (ref, prop), version in self.authors.items():
            if ref in wanted and prop in properties:
                found.setdefault(ref.id, {})[prop] = version
        return found

    def create_group(self, name: ObjectName, group: str, label: str) -> None:  # noqa: ARG002 -- labels are not kept
        """Create a property group."""
        self._calls += 1
        self.groups.add((name, group))

    def create_definition(self, definition: PropertyDefinition) -> None:
        """Create a property in a group that exists."""
        self._calls += 1
        key = definition.object, definition.name
        if key in self.definitions or (definition.object, definition.group) not in self.groups:
            raise FixRequest(f"{definition.object}.{definition.name} exists, or its group does not", status=409)
        self.definitions[key] = definition

    def add_options(self, definition: PropertyDefinition) -> None:
        """Add the options that a property lacks."""
        self._calls += 1
        key = definition.object, definition.name
        present = self.definitions[key].options
        known = {option.value for option in present}
        lacking = tuple(option for option in definition.options if option.value not in known)
        self.definitions[key] = self.definitions[key].model_copy(update={"options": present + lacking})

    def update(self, name: ObjectName, updates: Sequence[Update]) -> Sequence[Outcome]:
        """Write values as a program."""
        self._calls += 1
        if unknown := {prop for row in updates for prop in row.properties if (name, prop) not in self.definitions}:
            raise FixRequest(f"{name} has no property {min(unknown)}", status=400, category="UNKNOWN_PROPERTY")
        living = {record.ref for record in self._living(name)}
        outcomes = []
        for row in updates:
            ref = Ref(object=name, id=row.id)
            if ref in living:
                self._write(ref, row.properties, Version(value=None, at=self._clock(), author="system"))
            outcomes.append(Outcome(id=row.id, ok=ref in living, code="" if ref in living else "NOT_FOUND"))
        return outcomes

    def _write(self, ref: Ref, values: Mapping[str, str | None], by: Version) -> None:
        record = self.records[ref]
        self.records[ref] = _changed(record, {**record.properties, **values}, {"updated_at": by.at})
        for prop, value in values.items():
            self.authors[ref, prop] = by.model_copy(update={"value": value})


def _narrowed(record: Record, known: Sequence[str]) -> Record:
    return record.model_copy(
        update={"properties": MappingProxyType({prop: record.properties.get(prop) for prop in known})}
    )


def _changed(record: Record, properties: Mapping[str, str | None], times: Mapping[str, datetime]) -> Record:
    """Return the record with other properties, and its fields as its native properties have them."""
    fields = {field: properties.get(prop) for prop, field in NATIVE.get(record.object, {}).items()}
    return RECORD.validate_python({**record.model_dump(), **fields, **times, "properties": properties})
