"""What a CRM platform must do for crmbridge: the Connector protocol and its value types.

A connector translates, it does not decide: it turns the platform's pages into records and updates into calls. It
keeps no state between calls but its HTTP client, and every cursor it hands out is opaque to the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from crmbridge.model.base import Frozen, ObjectName
from crmbridge.model.links import Link
from crmbridge.model.properties import PropertyDefinition
from crmbridge.model.records import Record


class ConnectorSettings(BaseModel):
    """Base of a connector's settings: its section ``[connections.NAME]`` without ``connector``."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Capabilities(Frozen):
    """What a connector can do on its platform; crmbridge asks for nothing else.

    Attributes:
        objects: Records it reads, in the order in which they are best read.
        links: Pairs (source, target) whose links it reads.
        writable: Objects whose properties it writes.
        changes: True if ``read_changes`` finds what was modified since a time.
        definitions: True if it reads and creates property definitions.
        history: True if it can tell who set a value.
        write_batch: Most records per ``update`` call.
        read_batch: Most ids per ``read_records`` call.
        overlap_seconds: How far back a delta must look again, because the platform's index lags.
    """

    objects: tuple[ObjectName, ...]
    links: tuple[tuple[ObjectName, ObjectName], ...] = ()
    writable: tuple[ObjectName, ...] = ()
    changes: bool = False
    definitions: bool = False
    history: bool = False
    write_batch: int = 100
    read_batch: int = 100
    overlap_seconds: int = 300


class Account(Frozen):
    """The account behind a credential.

    Attributes:
        id: The platform's id; plans are bound to it.
        timezone: IANA name; days are counted in it.
        currency: ISO 4217.
    """

    id: str
    name: str = ""
    timezone: str = "UTC"
    currency: str | None = None


class Check(Frozen):
    """One line of a health report.

    Attributes:
        ok: True if it is in order.
        message: What was found.
        remedy: What to do if not.
    """

    name: str
    ok: bool
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Page:
    """One page of records.

    Attributes:
        records: In the platform's order.
        after: Cursor of the next page; None ends the listing.
    """

    records: Sequence[Record]
    after: str | None


class Modified(NamedTuple):
    """A record and when it was last modified."""

    id: str
    at: datetime | None


@dataclass(frozen=True)
class ModifiedPage:
    """One page of what was modified.

    Attributes:
        modified: In the platform's order.
        after: Cursor of the next page; None ends the list.
    """

    modified: Sequence[Modified]
    after: str | None


class Update(Frozen):
    """New values of one record; None empties a property."""

    id: str
    properties: dict[str, str | None]


class Outcome(Frozen):
    """What the platform did with one update.

    Attributes:
        id: The record.
        ok: True if it was written.
        code: The platform's reason if not, e.g. ``VALIDATION_ERROR``; never a value.
    """

    id: str
    ok: bool
    code: str = ""


class Version(Frozen):
    """The newest entry of a property's history.

    Attributes:
        value: The value set, None for empty.
        at: When.
        author: ``person`` for a human edit, or if the platform does not say; ``system`` for any program.
        author_id: The platform's user id, if a person.
    """

    value: str | None
    at: datetime
    author: Literal["person", "system"]
    author_id: str | None = None


@runtime_checkable
class Connector(Protocol):
    """A CRM platform, seen from crmbridge.

    Every method may raise ``RetryLater``, ``FixCredential`` or ``GrantScope``. None may sleep, log values or keep
    what it read. Ids are ``str``, property names the platform's own, and all text is valid Unicode.
    """

    @property
    def capabilities(self) -> Capabilities:
        """What this platform can do."""
        ...

    def account(self) -> Account:
        """The account behind the credential."""
        ...

    def check(self) -> Iterable[Check]:
        """Look at credential, scopes and reachability; report, never raise."""
        ...

    def read_page(self, name: ObjectName, properties: Sequence[str], after: str | None) -> Page:
        """Read one page of all records that are not archived, in a stable order.

        Must return each record once that existed before the first page and until the last. Each record's
        ``properties`` holds every asked name that the platform knows, with None for an empty one.
        """
        ...

    def read_changes(self, name: ObjectName, since: datetime, until: datetime, after: str | None) -> ModifiedPage:
        """Read one page of which records were modified from ``since`` to ``until``, both inclusive.

        It may name more than those. The records themselves are read with ``read_records``, those that are new.
        """
        ...

    def read_records(self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]) -> Sequence[Record]:
        """Read records by id, at most ``read_batch``; those that are gone are left out. Any order."""
        ...

    def read_links(self, source: ObjectName, target: ObjectName, ids: Sequence[str]) -> Iterator[Link]:
        """Read all links from the given ``source`` records to any ``target``, however many pages that takes."""
        ...

    def read_definitions(self, name: ObjectName) -> Sequence[PropertyDefinition]:
        """Read the definitions of all properties of an object."""
        ...

    def read_authors(
        self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]
    ) -> Mapping[str, Mapping[str, Version]]:
        """Read who set the present values: id → property → newest version. Any number of ids."""
        ...

    def create_group(self, name: ObjectName, group: str, label: str) -> None:
        """Create a property group; one that exists is left as it is."""
        ...

    def create_definition(self, definition: PropertyDefinition) -> None:
        """Create a property. ``definition.type`` is a ``PropertyType``; the connector translates it."""
        ...

    def add_options(self, definition: PropertyDefinition) -> None:
        """Make the options of an existing property those of ``definition``; never removes one."""
        ...

    def update(self, name: ObjectName, updates: Sequence[Update]) -> Sequence[Outcome]:
        """Write values, at most ``write_batch`` records; one outcome per update, in any order.

        Raises ``FixRequest`` if the platform refuses the whole batch; then nothing of it was written.
        """
        ...

    def official_client(self) -> Any:
        """The platform's own client, signed in; it bypasses plan and journal. May raise ``NotSupported``."""
        ...

    @property
    def calls(self) -> int:
        """Requests sent so far."""
        ...

    def close(self) -> None:
        """Release connections; calling again is harmless."""
        ...


@dataclass(frozen=True, kw_only=True)
class ConnectorSpec:
    """How to make a connector.

    Attributes:
        name: As in ``connector = "NAME"``.
        settings: Model of the connection's section.
        open: Makes the connector from validated settings; may raise ``FixCredential``, makes no call.
        setup: How to get a credential, for ``crmbridge init``; plain text.
    """

    name: str
    settings: type[ConnectorSettings]
    open: Callable[[Any], Connector]
    setup: str = ""
