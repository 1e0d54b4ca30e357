"""What is read from a platform: pages, changes, versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from crmbridge.model.base import Frozen
from crmbridge.model.records import Record


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


@dataclass(frozen=True)
class IdPage:
    """One page of ids.

    Attributes:
        ids: In the platform's order.
        after: Cursor of the next page; None ends the list.
    """

    ids: Sequence[str]
    after: str | None


class Fate(NamedTuple):
    """What became of a record.

    Attributes:
        state: ``alive``; ``archived``, it may come back; ``merged`` into another record; ``deleted`` for good.
        survivor: The record it was merged into.
    """

    state: Literal["alive", "archived", "merged", "deleted"]
    survivor: str | None = None


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


class Vacancy(Frozen):
    """What stands in the way of new properties of an object.

    Attributes:
        archived: Names of archived properties: creating one of them brings the old one back, with its old definition.
        left: How many properties may still be created; None if the platform does not say.
    """

    archived: frozenset[str] = frozenset()
    left: int | None = None
