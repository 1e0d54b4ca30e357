"""What a portal keeps in its database, and how it is found: records by object type, links, the search index."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator

from crmbridge.sandbox.envelope import Json
from crmbridge.sandbox.index import Index
from crmbridge.sandbox.kinds import Kind, find_kind
from crmbridge.sandbox.link_types import Pair
from crmbridge.sandbox.links import Links
from crmbridge.sandbox.records import Record
from crmbridge.sandbox.rows import Shown
from crmbridge.sandbox.shelf import Shelf


class Vault:
    """The records and links of a portal; ``Portal`` says how they change.

    Attributes:
        database: Where they lie.
        lock: Held during every call and every change.
        clock: Returns the present in epoch milliseconds.
        search_lag: Milliseconds by which the search index trails behind writes.
        kinds: Object types by name, custom ones too.
        properties: Property definitions by object type and name, as the API shows them.
        links: Associations and their labels.
    """

    database: sqlite3.Connection
    lock: threading.RLock
    clock: Callable[[], int]
    search_lag: int
    kinds: dict[str, Kind]
    properties: dict[str, dict[str, Json]]
    links: Links

    def __init__(self) -> None:
        self._shelves: dict[str, Shelf] = {}

    def find(self, kind: Kind, record_id: str) -> Record | None:
        """Return a record, archived or not."""
        return self.shelf(kind).get(record_id)

    def alive(self, kind: Kind, record_id: str) -> Record | None:
        """Return a record that is not archived."""
        record = self.find(kind, record_id)
        return record if record is not None and record.archived is None else None

    def walk(self, kind: Kind, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        """Yield the records, archived ones too, by ascending id from ``start`` to ``stop``, both included."""
        return self.shelf(kind).walk(start, stop)

    def page(self, kind: Kind, start: int, limit: int, *, archived: bool) -> list[Shown]:
        """Return up to ``limit`` records by ascending id from ``start``: those that are archived, or those that not."""
        return self.shelf(kind).page(start, limit, archived=archived)

    def many(self, kind: Kind, ids: Iterable[str], *, archived: bool = False) -> dict[str, Shown]:
        """Return those of the records that are archived, or those that are not, by their ids."""
        return self.shelf(kind).many(ids, archived=archived)

    def linked(self, pair: Pair, ids: Iterable[str]) -> dict[str, list[tuple[int, tuple[int, ...]]]]:
        """Return (id, type ids) of what each record is linked with, by id; nothing that is archived."""
        rows = self.links.many(pair, ids)
        gone = self.shelf(self.kinds[pair[0]]).gone(row[0] for row in rows)
        gone_there = self.shelf(self.kinds[pair[1]]).gone(row[1] for row in rows)
        found: dict[str, list[tuple[int, tuple[int, ...]]]] = {}
        for from_id, to_id, types in rows:
            if from_id not in gone and to_id not in gone_there:
                found.setdefault(str(from_id), []).append((to_id, types))
        return found

    def shelf(self, kind: Kind) -> Shelf:
        """Return where the records of an object type are kept."""
        found = self._shelves.get(kind.name)
        if found is None:
            unique = [name for name, shown in self.properties[kind.name].items() if shown["hasUniqueValue"]]
            found = self._shelves[kind.name] = Shelf(self.database, kind.name, unique)
        return found

    def index(self, kind: Kind) -> Index:
        """Return the search index of an object type as it is at this moment."""
        index = self.shelf(kind).index
        index.catch_up(self.clock() - self.search_lag)
        return index

    def looked_up(self, kind: Kind, name: str) -> bool:
        """Tell whether records are found by this property without a walk."""
        return self.shelf(kind).looks_up(name)

    def truth_counts(self) -> tuple[dict[str, int], dict[Pair, int]]:
        """Return how many records there are by object type, and how many links by pair: what a sync has to find."""
        with self.lock:
            records = {name: self.shelf(kind).count() for name, kind in self.kinds.items()}
            return {name: number for name, number in records.items() if number}, self.links.counts()

    def by_value(self, kind: Kind, name: str, value: str) -> Record | None:
        """Return the record with this value of a unique property."""
        return self.shelf(kind).by_value(name, value)

    def kind(self, alias: str) -> Kind | None:
        """Return the object type with this plural name, singular name or type id."""
        alias = alias.lower()
        return find_kind(alias) or next((kind for kind in self.kinds.values() if alias in kind.aliases), None)
