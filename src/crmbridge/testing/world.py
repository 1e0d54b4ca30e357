"""What the contract tests know of an account, and how they read all of something."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from crmbridge.connector import Connector
from crmbridge.model.base import ObjectName
from crmbridge.model.links import Link
from crmbridge.model.records import Record
from crmbridge.model.subscriptions import Subscription

MOST_PAGES = 10_000
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class World:
    """What the account holds that the connector reads.

    A connector that only reads needs ``ids``, ``contact`` and ``filled``, and ``links`` if it reads links.

    Attributes:
        ids: All records that are not archived, of every object that matters; where the platform is written to, at least
            two contacts and a record of each object that is written or linked.
        contact: A contact that the tests may change.
        filled: A text property of it and its value; writable, if the platform is written to.
        empty: A writable text property that is empty there; not needed where nothing is written.
        missing: An id that no contact has.
        unique: A writable property of contacts of which no two have the same value; empty if there is none.
        subscriptions: What people subscribed to or opted out of; only addresses, ids and statuses are compared.
        links: All links from their sources to their targets' objects; type ids are not compared.
        edit: Edits a property of ``contact`` as a person does; None if a test cannot.
        secret: The credential, which must not show.
    """

    ids: Mapping[ObjectName, Collection[str]]
    contact: str
    filled: tuple[str, str]
    empty: str = ""
    missing: str = "404404404"
    unique: str = ""
    subscriptions: Collection[Subscription] = ()
    links: Collection[Link] = field(default=())
    edit: Callable[[str, str], None] | None = None
    secret: str = ""


def needs(connector: Connector, capability: str) -> None:
    """Skip the test if the platform cannot do it."""
    if not getattr(connector.capabilities, capability):
        pytest.skip(f"the platform has no {capability}")


def listed(connector: Connector, name: ObjectName, properties: Collection[str] = ()) -> list[Record]:
    """Read all records of an object."""

    def read(after: str | None) -> tuple[Sequence[Record], str | None]:
        page = connector.read_page(name, tuple(properties), after)
        return page.records, page.after

    return walk(read)


def walk(read: Callable[[str | None], tuple[Sequence[T], str | None]]) -> list[T]:
    """Read all pages; a listing that does not end fails."""
    found: list[T] = []
    after: str | None = None
    for _ in range(MOST_PAGES):
        page, after = read(after)
        found += page
        if after is None:
            return found
    pytest.fail(f"the listing goes on after {MOST_PAGES} pages")
