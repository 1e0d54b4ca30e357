"""A CRM in memory, with property names of its own: what works here rests on no platform's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from crmbridge.connector import (
    IGNORED,
    NO_LABEL,
    Account,
    Activity,
    Capabilities,
    Check,
    ConnectorDefaults,
    Created,
    Creation,
    IdPage,
    Label,
    LinkChange,
    LinkOutcome,
    Modified,
    ModifiedPage,
    Outcome,
    Page,
    Update,
    Upsert,
    Use,
    Vacancy,
    Version,
)
from crmbridge.errors import FixRequest, NotSupported, RecordMissing
from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.links import Link
from crmbridge.model.properties import Option, PropertyDefinition, PropertyType
from crmbridge.model.records import RECORD, Record
from crmbridge.model.subscriptions import Subscription
from crmbridge.testing.memory_words import (
    LABELLED,
    LINKS,
    NATIVE,
    OBJECTS,
    PHASES,
    TEXT,
    UNIQUE,
    WRITABLE,
    changed,
    narrowed,
)


class MemoryConnector(ConnectorDefaults):
    """A connector without a platform.

    Args:
        clock: Returns the time of a change.
        page_size: Records per page.

    Attributes:
        records: By reference, with every property.
        links: In the order in which they were made.
        definitions: By object and name.
        groups: Object and name of each property group.
        archived: Definitions that were removed: creating one of that name brings the old one back.
        in_use: Object and name of definitions that cannot be removed.
        most: Definitions that an object may have; None is any number.
        authors: The newest version by record and property.
        labels: The kinds of links by source and target object.
        segments: Members by object and title of a list.
        subscriptions: What people subscribed to or opted out of.
    """

    def __init__(self, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC), page_size: int = 100) -> None:
        self.records: dict[Ref, Record] = {}
        self.links: list[Link] = []
        self.definitions: dict[tuple[ObjectName, str], PropertyDefinition] = {}
        self.groups: set[tuple[ObjectName, str]] = set()
        self.archived: dict[tuple[ObjectName, str], PropertyDefinition] = {}
        self.in_use: set[tuple[ObjectName, str]] = set()
        self.most: int | None = None
        self.authors: dict[tuple[Ref, str], Version] = {}
        self.labels: dict[tuple[ObjectName, ObjectName], dict[str | None, Label]] = {}
        self.segments: dict[tuple[ObjectName, str], set[str]] = {}
        self.subscriptions: list[Subscription] = []
        self._inverse: dict[tuple[ObjectName, ObjectName, str | None], str] = {}
        self._next = count(1_000_001)
        self._clock, self._page_size, self._calls = clock, page_size, 0
        for name, fields in NATIVE.items():
            for prop in fields:
                self.define(name, prop)
        for name in ("note", "task"):
            self.define(name, TEXT)
        phase = self.definitions["contact", "Phase"]
        options = tuple(Option(value=value, label=value) for value in PHASES)
        self.definitions["contact", "Phase"] = phase.model_copy(update={"type": "enumeration", "options": options})

    # -- what people do in the CRM

    def define(self, name: ObjectName, prop: str, type_: PropertyType = "string") -> None:
        """Define a property."""
        self.definitions[name, prop] = PropertyDefinition(object=name, name=prop, label=prop, type=type_)

    def add(self, record: Record) -> Ref:
        """Add a record, its times set to now unless it has some. Native properties follow its fields."""
        at = self._clock()
        native = {prop: getattr(record, field) for prop, field in NATIVE.get(record.object, {}).items()}
        times = {"created_at": record.created_at or at, "updated_at": record.updated_at or at}
        self.records[record.ref] = changed(record, native | dict(record.properties), times)
        return record.ref

    def connect(self, source: Ref, target: Ref, label: str | None = None, *, primary: bool = False) -> None:
        """Link two records; a label is defined by its first use and brings the plain link with it."""
        self._define((source.object, target.object), label)
        made = (Link(source=source, target=target), Link(source=source, target=target, label=label, primary=primary))
        self.links += [link for link in dict.fromkeys(made) if {link, self._turned(link)}.isdisjoint(self.links)]

    def edit(self, ref: Ref, values: Mapping[str, str | None], user: str = "1") -> None:
        """Edit a record as a person does."""
        self._write(ref, values, Version(value=None, at=self._clock(), author="person", author_id=user))

    def remove(self, ref: Ref) -> None:
        """Archive a record: it is read no more."""
        self.records[ref] = self.records[ref].model_copy(update={"archived": True})

    # -- the protocol

    @property
    def capabilities(self) -> Capabilities:
        """Everything that crmbridge can ask for."""
        return Capabilities(
            objects=OBJECTS,
            links=LINKS,
            writable=WRITABLE,
            changes=True,
            definitions=True,
            history=True,
            overlap_seconds=0,
            segments=True,
            subscriptions=True,
            removes=True,
            creatable=(*WRITABLE, "note", "task"),
            labels=LABELLED,
            forward_only=("Phase",),
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

    def check(self, use: Use | None = None) -> Iterable[Check]:  # noqa: ARG002 - any use is fine
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
        found = {record.id: record for record in self._living(name)}
        return [narrowed(found[id_], properties) for id_ in ids if id_ in found]

    def read_links(self, source: ObjectName, target: ObjectName, ids: Sequence[str]) -> Iterator[Link]:
        """Read links, from whichever end they were made; those to archived records are hidden."""
        self._calls += 1
        wanted = {Ref(object=source, id=id_) for id_ in ids}
        found = (seen for link in self.links for seen in (link, self._turned(link)) if seen.source in wanted)
        return (link for link in found if link.target.object == target and self._lives(link.target))

    def _turned(self, link: Link) -> Link:
        """Return a link as it looks from its other end."""
        label = self._inverse.get((link.source.object, link.target.object, link.label), link.label)
        return Link(source=link.target, target=link.source, label=label, primary=link.primary)

    def read_definitions(self, name: ObjectName) -> Sequence[PropertyDefinition]:
        """Read the definitions of an object."""
        self._calls += 1
        return [definition for (of, _), definition in self.definitions.items() if of == name]

    def read_vacancy(self, name: ObjectName) -> Vacancy:
        """Tell what was removed, and how many definitions are left."""
        self._calls += 1
        there = sum(of == name for of, _ in self.definitions)
        left = None if self.most is None else max(self.most - there, 0)
        return Vacancy(archived=frozenset(prop for of, prop in self.archived if of == name), left=left)

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

    def create_group(self, name: ObjectName, group: str, label: str) -> bool:  # noqa: ARG002 -- labels are not kept
        """Create a property group."""
        self._calls += 1
        new = (name, group) not in self.groups
        self.groups.add((name, group))
        return new

    def create_definition(self, definition: PropertyDefinition) -> None:
        """Create a property in a group that exists; one that was removed comes back as it was."""
        self._calls += 1
        key = definition.object, definition.name
        if key in self.definitions or (definition.object, definition.group) not in self.groups:
            raise FixRequest(f"{definition.object}.{definition.name} exists, or its group does not", status=409)
        self.definitions[key] = self.archived.pop(key, definition)

    def add_options(self, definition: PropertyDefinition) -> None:
        """Add the options that a property lacks."""
        self._calls += 1
        key = definition.object, definition.name
        present = self.definitions[key].options
        known = {option.value for option in present}
        lacking = tuple(option for option in definition.options if option.value not in known)
        self.definitions[key] = self.definitions[key].model_copy(update={"options": present + lacking})

    def remove_definition(self, name: ObjectName, definition: str) -> None:
        """Remove a property and all its values, unless it is in ``in_use``."""
        self._calls += 1
        key = name, definition
        if key in self.in_use:
            raise FixRequest(f"{name}.{definition} is in use: look what uses it", status=400, category="IN_USE")
        if key not in self.definitions:
            return
        self.archived[key] = self.definitions.pop(key)
        for ref, record in self.records.items():
            if ref.object == name:
                kept = {prop: value for prop, value in record.properties.items() if prop != definition}
                self.records[ref] = changed(record, kept, {})
        self.authors = {(ref, prop): by for (ref, prop), by in self.authors.items() if (ref.object, prop) != key}

    def remove_group(self, name: ObjectName, group: str) -> None:
        """Remove a property group that nothing is in."""
        self._calls += 1
        if any((of, one.group) == (name, group) for (of, _), one in self.definitions.items()):
            raise FixRequest(f"{name} has properties in the group {group}", status=400, category="GROUP_IN_USE")
        self.groups.discard((name, group))

    def update(self, name: ObjectName, updates: Sequence[Update]) -> Sequence[Outcome]:
        """Write values as a program."""
        self._calls += 1
        if unknown := {prop for row in updates for prop in row.properties if (name, prop) not in self.definitions}:
            raise FixRequest(f"{name} has no property {min(unknown)}", status=400, category="UNKNOWN_PROPERTY")
        living = {record.ref for record in self._living(name)}
        outcomes = []
        for row in updates:
            ref = Ref(object=name, id=row.id)
            code = "NOT_FOUND" if ref not in living else IGNORED if self._goes_back(ref, row) else ""
            if not code:
                self._write(ref, row.properties, Version(value=None, at=self._clock(), author="system"))
            there = None if code else {prop: self.records[ref].properties[prop] for prop in row.properties}
            outcomes.append(Outcome(id=row.id, ok=not code, code=code, properties=there))
        return outcomes

    def _goes_back(self, ref: Ref, row: Update) -> bool:
        there, wanted = self.records[ref].properties.get("Phase"), row.properties.get("Phase")
        moves = there in PHASES and wanted in PHASES and "Phase" not in row.restart
        return moves and PHASES.index(str(wanted)) < PHASES.index(str(there))

    def create(self, name: ObjectName, creations: Sequence[Creation]) -> Sequence[Created]:
        """Make records with their links, each on its own."""
        self._calls += 1
        if len({row.trace for row in creations}) < len(creations):
            raise FixRequest(f"two {name} records have one trace: name each once", category="DUPLICATE")
        return [self._create(name, row) for row in creations]

    def _create(self, name: ObjectName, row: Creation) -> Created:
        changes = [LinkChange(source=Ref(name, ""), target=tie.target, label=tie.label) for tie in row.links]
        existing = self._holder(row.properties.get(UNIQUE)) if name == "contact" else None
        code = "CONFLICT" if existing else next(filter(None, map(self._objection, changes)), "")
        if any((name, prop) not in self.definitions for prop in row.properties):
            code = "UNKNOWN_PROPERTY"
        if code:
            return Created(trace=row.trace, ok=False, code=code, existing=existing)
        at, id_ = self._clock(), str(next(self._next))
        fields = {field: row.properties.get(prop) for prop, field in NATIVE.get(name, {}).items()}
        record = {"object": name, "id": id_, "created_at": at, "updated_at": at, "properties": row.properties, **fields}
        self.records[Ref(name, id_)] = RECORD.validate_python(record)
        self._write(Ref(name, id_), row.properties, Version(value=None, at=at, author="system"))
        for tie in row.links:
            self.connect(Ref(name, id_), tie.target, tie.label)
        return Created(trace=row.trace, ok=True, id=id_, new=True)

    def _holder(self, value: str | None) -> str | None:
        found = (record.id for record in self._living("contact") if record.properties.get(UNIQUE) == value)
        return next(found, None) if value else None

    def upsert(self, name: ObjectName, key: str, rows: Sequence[Upsert]) -> Sequence[Created]:
        """Change the contacts that a unique value finds, make the others."""
        if (name, key) != ("contact", UNIQUE):
            raise FixRequest(f"{name}.{key} holds no unique values", status=400)
        return [self._upsert(row) for row in rows]

    def _upsert(self, row: Upsert) -> Created:
        there = self._holder(row.value)
        if there is None:
            filled = {prop: value for prop, value in row.properties.items() if value is not None}
            return self.create("contact", [Creation(trace=row.trace, properties=filled | {UNIQUE: row.value})])[0]
        (outcome,) = self.update("contact", [Update(id=there, properties=row.properties)])
        return Created(trace=row.trace, ok=outcome.ok, id=there if outcome.ok else None, code=outcome.code)

    def archive(self, name: ObjectName, ids: Sequence[str]) -> Sequence[Outcome]:
        """Archive records; what is gone is gone."""
        self._calls += 1
        for id_ in ids:
            if Ref(name, id_) in self.records:
                self.remove(Ref(name, id_))
        return [Outcome(id=id_, ok=True) for id_ in dict.fromkeys(ids)]

    def compose(self, activity: Activity) -> Creation:
        """Put a note or a task in the words of ``NATIVE``."""
        title = {"Title": activity.subject} if activity.object == "task" else {}
        owner = {"OwnerId": activity.owner_id} if activity.owner_id else {}
        written = {"Date": activity.at.isoformat(), TEXT: activity.text, **title, **owner}
        return Creation(trace=activity.trace, properties=written, links=activity.links)

    def read_labels(self, source: ObjectName, target: ObjectName) -> Sequence[Label]:
        """Read the kinds of links in one direction."""
        self._calls += 1
        self._kind((source, target), None)
        return list(self.labels[source, target].values())

    def create_label(self, source: ObjectName, target: ObjectName, label: str, inverse: str | None = None) -> Label:
        """Define a label in both directions."""
        self._calls += 1
        return self._define((source, target), label, inverse)

    def _define(self, pair: tuple[ObjectName, ObjectName], label: str | None, inverse: str | None = None) -> Label:
        self._kind(pair[::-1], inverse or label)
        if inverse and label:
            self._inverse |= {(*pair, label): inverse, (*pair[::-1], inverse): label}
        return self._kind(pair, label)

    def _kind(self, pair: tuple[ObjectName, ObjectName], label: str | None) -> Label:
        known = self.labels.setdefault(pair, {None: Label(type_id=str(next(self._next)))})
        return known.get(label) or known.setdefault(label, Label(type_id=str(next(self._next)), label=label))

    def link(self, changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        """Make links in the direction that is asked for."""
        self._calls += 1
        outcomes = []
        for change in changes:
            code = self._objection(change) or ("" if self._lives(change.source) else "NOT_FOUND")
            if not code:
                self.connect(change.source, change.target, change.label)
            outcomes.append(LinkOutcome(change=change, ok=not code, code=code))
        return outcomes

    def _objection(self, change: LinkChange) -> str:
        known = self.labels.get((change.source.object, change.target.object), {})
        if change.label is not None and change.label not in known:
            return NO_LABEL
        return "" if self._lives(change.target) else "NOT_FOUND"

    def _lives(self, ref: Ref) -> bool:
        return ref in self.records and not self.records[ref].archived

    def unlink(self, changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        """Remove one label of two records, or all links between them."""
        self._calls += 1
        for gone in changes:
            there = [(link, seen) for link in self.links for seen in (link, self._turned(link))]
            asked = [(link, seen) for link, seen in there if gone.label in {None, seen.label}]
            lost = {link for link, seen in asked if (seen.source, seen.target) == (gone.source, gone.target)}
            self.links = [link for link in self.links if link not in lost]
        return [LinkOutcome(change=change, ok=True) for change in changes]

    def create_segment(self, name: ObjectName, title: str) -> str:
        """Make a list, whose title is its id."""
        self._calls += 1
        self.segments.setdefault((name, title), set())
        return title

    def remove_segment(self, segment: str) -> None:
        """Remove a list; its members stay records."""
        self._calls += 1
        self.segments = {key: members for key, members in self.segments.items() if key[1] != segment}

    def change_members(self, segment: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Sequence[Outcome]:
        """Put records into a list and take them out."""
        self._calls += 1
        if set(add) & set(remove):
            raise FixRequest("a record is both put into the list and taken out of it: decide on one")
        name, members = self._segment(segment)
        lost = {id_ for id_ in (*add, *remove) if not self._lives(Ref(name, id_))}
        members |= set(add) - lost
        members -= set(remove)
        return [Outcome(id=id_, ok=id_ not in lost, code="NOT_FOUND" if id_ in lost else "") for id_ in (*add, *remove)]

    def read_members(self, segment: str, after: str | None) -> IdPage:
        """Read one page of members; the cursor is the last id."""
        self._calls += 1
        name, members = self._segment(segment)
        page, following = self._page((record for record in self._living(name) if record.id in members), after)
        return IdPage([record.id for record in page], following)

    def _segment(self, title: str) -> tuple[ObjectName, set[str]]:
        for (name, known), members in self.segments.items():
            if known == title:
                return name, members
        raise RecordMissing("there is no list of that title")

    def read_subscriptions(self, addresses: Sequence[str]) -> Iterator[Subscription]:
        """Read what people subscribed to or opted out of."""
        self._calls += 1
        return (one for one in self.subscriptions if one.address in set(addresses))

    def _write(self, ref: Ref, values: Mapping[str, str | None], by: Version) -> None:
        record = self.records[ref]
        self.records[ref] = changed(record, {**record.properties, **values}, {"updated_at": by.at})
        for prop, value in values.items():
            self.authors[ref, prop] = by.model_copy(update={"value": value})
