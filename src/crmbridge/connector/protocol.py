"""The Connector protocol: what a CRM platform must do for crmbridge.

A connector translates, it does not decide: it turns the platform's pages into records and updates into calls. It
keeps no state between calls but its HTTP client and what it learned of the account's definitions, and every cursor it
hands out is opaque to the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from crmbridge.connector.account import Account, Capabilities, Check
from crmbridge.connector.reading import Fate, IdPage, ModifiedPage, Page, Vacancy, Version
from crmbridge.connector.use import Use
from crmbridge.connector.writing import (
    Activity,
    Created,
    Creation,
    Label,
    LinkChange,
    LinkOutcome,
    Outcome,
    Update,
    Upsert,
)
from crmbridge.model.base import ObjectName
from crmbridge.model.links import Link
from crmbridge.model.properties import PropertyDefinition
from crmbridge.model.records import Record
from crmbridge.model.subscriptions import Subscription


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

    def check(self, use: Use | None = None) -> Iterable[Check]:
        """Look at credential, scopes and reachability; report, never raise.

        Args:
            use: Names the rights that are needed; without it those to read what crmbridge always reads.
        """
        ...

    def read_page(self, name: ObjectName, properties: Sequence[str], after: str | None) -> Page:
        """Read one page of all records that are not archived, in a stable order.

        Must return each record once that existed before the first page and until the last. Each record's
        ``properties`` holds every asked name, with None for one that is empty or that the platform does not know: it
        was read, and nothing is there.
        """
        ...

    def read_top(
        self,
        name: ObjectName,
        properties: Sequence[str],
        low: str,
        high: str | None,
        *,
        skip: int = 0,
        since: datetime | None = None,
    ) -> Page:
        """Read the records with the highest ids in ``[low, high)``, by descending id, after leaving out ``skip``.

        The page's cursor only says whether more are left below: None if there are none.

        At most ``capabilities.window`` may be left out and read together. With ``since``, engagements that happened
        before are left out. Records that the platform indexed late may be missing: the next delta brings them.
        """
        ...

    def read_bottom(self, name: ObjectName, since: datetime) -> str | None:
        """Find the lowest id of an engagement that happened at ``since`` or later; None if there is none."""
        ...

    def read_archived(self, name: ObjectName, after: str | None) -> IdPage:
        """Read one page of the ids of archived records."""
        ...

    def read_fates(self, name: ObjectName, ids: Sequence[str]) -> Mapping[str, Fate]:
        """Find out what became of records that a listing did not show. Any number of ids; each has a fate."""
        ...

    def read_members(self, segment: str, after: str | None) -> IdPage:
        """Read one page of the contacts in a list of the platform, given by its name or id."""
        ...

    def read_subscriptions(self, addresses: Sequence[str]) -> Iterator[Subscription]:
        """Read what people subscribed to or opted out of, by e-mail address. Any number of addresses."""
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

    def read_vacancy(self, name: ObjectName) -> Vacancy:
        """Find out what stands in the way of new properties of an object; an empty answer knows of nothing."""
        ...

    def read_authors(
        self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]
    ) -> Mapping[str, Mapping[str, Version]]:
        """Read who set the present values: id → property → newest version. Any number of ids."""
        ...

    def create_group(self, name: ObjectName, group: str, label: str) -> bool:
        """Create a property group; one that exists is left as it is, and the answer is False."""
        ...

    def create_definition(self, definition: PropertyDefinition) -> None:
        """Create a property. ``definition.type`` is a ``PropertyType``; the connector translates it."""
        ...

    def add_options(self, definition: PropertyDefinition) -> None:
        """Make the options of an existing property those of ``definition``; never removes one."""
        ...

    def remove_definition(self, name: ObjectName, definition: str) -> None:
        """Remove a property, with all its values; one that is gone already is fine.

        Raises ``FixRequest`` if the platform does not let it go, e.g. because a calculation uses it.
        """
        ...

    def remove_group(self, name: ObjectName, group: str) -> None:
        """Remove a property group; one that is gone already is fine. Raises ``FixRequest`` if it has properties."""
        ...

    def update(self, name: ObjectName, updates: Sequence[Update]) -> Sequence[Outcome]:
        """Write values, at most ``write_batch`` records; one outcome per update, in any order.

        A value that the platform took and left as it was is an outcome with the code ``IGNORED``. Properties named in
        ``restart`` are emptied, set and read back, which takes more calls: after a ``RetryLater`` they may be empty.
        Raises ``FixRequest`` if the platform refuses the whole batch, or one record is named twice; then nothing of it
        was written.
        """
        ...

    def create(self, name: ObjectName, creations: Sequence[Creation]) -> Sequence[Created]:
        """Make records, at most ``write_batch``; one outcome per creation, in any order, and one bad row fails alone.

        Never sent again if it may have arrived: then ``RetryLater`` is raised, and whoever repeats the call blindly
        makes doubles. No platform finds a record by its trace. Read back: a record with a unique value by ``upsert``
        in place of this, a note or task by the links of the records that it stands on, any other by ``read_changes``
        since the call began. Raises ``FixRequest`` if a trace comes twice or the platform refuses all.
        """
        ...

    def upsert(self, name: ObjectName, key: str, rows: Sequence[Upsert]) -> Sequence[Created]:
        """Change the records that a unique property ``key`` finds, and make those that it does not find.

        At most ``write_batch``; one outcome per row, in any order. Doing it twice is doing it once. Raises
        ``FixRequest`` if a trace or value comes twice or the platform refuses all; then nothing was written.
        """
        ...

    def archive(self, name: ObjectName, ids: Sequence[str]) -> Sequence[Outcome]:
        """Archive records, any number; one that is gone already is ok."""
        ...

    def compose(self, activity: Activity) -> Creation:
        """Put a note or a task in the platform's words, for ``create``; makes no call.

        Raises ``FixRequest`` if the platform does not hold so long a text.
        """
        ...

    def read_labels(self, source: ObjectName, target: ObjectName) -> Sequence[Label]:
        """Read the kinds of links in one direction, the plain one among them."""
        ...

    def create_label(self, source: ObjectName, target: ObjectName, label: str, inverse: str | None = None) -> Label:
        """Define a label, unless it is; ``inverse`` is what the other direction says, by default the same."""
        ...

    def link(self, changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        """Make links, any number; one outcome for each, in any order. Other labels of the same records stay.

        A label that is not defined is an outcome with the code ``NO_SUCH_LABEL``. A label brings the plain link.
        """
        ...

    def unlink(self, changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        """Remove links, any number; one outcome for each, in any order. One that is not there is ok.

        Without its label the plain link stays; without the plain link no label does.
        """
        ...

    def create_segment(self, name: ObjectName, title: str) -> str:
        """Make a list of records that is kept by hand, and return its id; one of that title is used again.

        Raises ``FixRequest`` if one of that title has another object or is filled by the platform.
        """
        ...

    def remove_segment(self, segment: str) -> None:
        """Remove a list, given by its name or id; its records stay. One that is gone already is fine."""
        ...

    def change_members(self, segment: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Sequence[Outcome]:
        """Put records into a list and take them out, by id, any number; ids the platform does not know are not ok.

        Raises ``FixRequest`` if an id is in both.
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
