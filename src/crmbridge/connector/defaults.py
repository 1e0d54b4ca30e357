"""What a connector need not do: subclass ``ConnectorDefaults`` and write what the platform can."""

# ruff: noqa: ARG002, D102 -- the protocol says what each method does, and all of these refuse

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from crmbridge.connector.reading import Fate, IdPage, ModifiedPage, Page, Vacancy, Version
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
from crmbridge.errors import NotSupported
from crmbridge.model.base import ObjectName
from crmbridge.model.links import Link
from crmbridge.model.properties import PropertyDefinition
from crmbridge.model.subscriptions import Subscription


class ConnectorDefaults:
    """Refuses the optional methods of the protocol, or knows nothing; the capabilities say what nobody should ask."""

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
        raise _unable("read ranges of ids")

    def read_bottom(self, name: ObjectName, since: datetime) -> str | None:
        raise _unable("read ranges of ids")

    def read_archived(self, name: ObjectName, after: str | None) -> IdPage:
        raise _unable("list archived records")

    def read_fates(self, name: ObjectName, ids: Sequence[str]) -> Mapping[str, Fate]:
        raise _unable("tell what became of a record")

    def read_members(self, segment: str, after: str | None) -> IdPage:
        raise _unable("read lists")

    def read_subscriptions(self, addresses: Sequence[str]) -> Iterator[Subscription]:
        raise _unable("read subscriptions")

    def read_changes(self, name: ObjectName, since: datetime, until: datetime, after: str | None) -> ModifiedPage:
        raise _unable("tell what was modified")

    def read_links(self, source: ObjectName, target: ObjectName, ids: Sequence[str]) -> Iterator[Link]:
        raise _unable("read links")

    def read_definitions(self, name: ObjectName) -> Sequence[PropertyDefinition]:
        raise _unable("read properties")

    def read_authors(
        self, name: ObjectName, ids: Sequence[str], properties: Sequence[str]
    ) -> Mapping[str, Mapping[str, Version]]:
        raise _unable("tell who set a value")

    def create_group(self, name: ObjectName, group: str, label: str) -> bool:
        raise _unable("create properties")

    def create_definition(self, definition: PropertyDefinition) -> None:
        raise _unable("create properties")

    def add_options(self, definition: PropertyDefinition) -> None:
        raise _unable("create properties")

    def update(self, name: ObjectName, updates: Sequence[Update]) -> Sequence[Outcome]:
        raise _unable("write values")

    def official_client(self) -> Any:
        raise _unable("have a client of its own")

    def read_vacancy(self, name: ObjectName) -> Vacancy:
        return Vacancy()

    def remove_definition(self, name: ObjectName, definition: str) -> None:
        raise _unable("remove properties")

    def remove_group(self, name: ObjectName, group: str) -> None:
        raise _unable("remove properties")

    def remove_segment(self, segment: str) -> None:
        raise _unable("remove lists")

    def create(self, name: ObjectName, creations: Sequence[Creation]) -> Sequence[Created]:
        raise _unable("create records")

    def upsert(self, name: ObjectName, key: str, rows: Sequence[Upsert]) -> Sequence[Created]:
        raise _unable("create records")

    def archive(self, name: ObjectName, ids: Sequence[str]) -> Sequence[Outcome]:
        raise _unable("archive records")

    def compose(self, activity: Activity) -> Creation:
        raise _unable("create records")

    def read_labels(self, source: ObjectName, target: ObjectName) -> Sequence[Label]:
        raise _unable("read labels")

    def create_label(self, source: ObjectName, target: ObjectName, label: str, inverse: str | None = None) -> Label:
        raise _unable("define labels")

    def link(self, changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        raise _unable("write links")

    def unlink(self, changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        raise _unable("write links")

    def create_segment(self, name: ObjectName, title: str) -> str:
        raise _unable("make lists")

    def change_members(self, segment: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Sequence[Outcome]:
        raise _unable("change lists")


def _unable(what: str) -> NotSupported:
    return NotSupported(f"this connector does not {what}: its capabilities say so")
