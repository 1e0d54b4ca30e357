"""The records of one object type, kept by id and in the order of their ids."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from crmbridge.sandbox.records import Record


class Shelf:
    """Every record of one object type, archived ones too."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._ids: list[int] = []

    def get(self, record_id: str) -> Record | None:
        """Return a record, archived or not."""
        return self._records.get(record_id)

    def insert(self, record: Record) -> None:
        """Take in a record; ids must ascend."""
        self._records[record.id] = record
        self._ids.append(int(record.id))

    def next_id(self, dice: random.Random) -> str:
        """Return an id a little above the highest one."""
        last = self._ids[-1] if self._ids else 20_000_000_000 + dice.randrange(10**9)
        return str(last + dice.randrange(1, 60))

    def walk(self, start: int = 0, stop: int | None = None) -> Iterator[Record]:
        """Yield the records by ascending id from ``start`` to ``stop``, both included."""
        end = len(self._ids) if stop is None else bisect_right(self._ids, stop)
        for position in range(bisect_left(self._ids, start), end):
            yield self._records[str(self._ids[position])]

    def by_value(self, name: str, value: str) -> Record | None:
        """Return the unarchived record with this value; ``email`` looks at secondary addresses too."""
        value = value.lower() if name == "email" else value
        for record in self._records.values():
            known = [record.properties.get(name)]
            if name == "email":
                known += record.properties.get("hs_additional_emails", "").split(";")
            if value in known and record.archived is None:
                return record
        return None
