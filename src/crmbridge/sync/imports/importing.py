"""Taking the touchpoints of a file into the mirror: all of them in one transaction, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from crmbridge.errors import FixRequest
from crmbridge.store import Mirror, imported_ids
from crmbridge.sync.imports.mapping import TouchpointMapping
from crmbridge.sync.imports.matching import TARGETS, Matched, Matching
from crmbridge.sync.imports.rows import Aside, Reader, Row
from crmbridge.sync.imports.table import Table

BATCH: Final = 1_000
"""Rows that are looked up and stored together."""

MOST_ASIDE: Final = 1_000
"""Rows that are named one by one of those that were not taken in; the others are counted."""

NAMED: Final = 5
"""Rows named in an error."""


@dataclass
class ImportResult:
    """What became of the rows of a file.

    Attributes:
        source: What the import is called.
        rows: Rows of the file, empty ones left out.
        new: Touchpoints that are new, or differ from what was there.
        known: Those that were there already, and rows that stand in the file twice.
        skipped: Rows that the mapping leaves out.
        partly: Touchpoints of which somebody who is named is not known: they are linked to the others only.
        reasons: Why rows were not taken in → how many.
        aside: Those rows, the first of them.
        dry_run: True if nothing was stored.
    """

    source: str
    rows: int = 0
    new: int = 0
    known: int = 0
    skipped: int = 0
    partly: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    aside: list[Aside] = field(default_factory=list)
    dry_run: bool = False

    @property
    def set_aside(self) -> int:
        """How many rows were not taken in."""
        return self.reasons.total()

    def put_aside(self, item: Aside) -> None:
        """Count a row that is not taken in."""
        self.reasons[item.reason] += 1
        if len(self.aside) < MOST_ASIDE:
            self.aside.append(item)

    def document(self) -> dict[str, Any]:
        """All of it as plain data."""
        names = ("source", "rows", "new", "known", "skipped", "partly", "set_aside", "dry_run")
        lines = [item._asdict() for item in self.aside]
        return {name: getattr(self, name) for name in names} | {"reasons": dict(self.reasons), "lines": lines}


def import_touchpoints(
    tx: sa.Connection,
    mirror: Mirror,
    path: Path,
    mapping: TouchpointMapping,
    *,
    source: str,
    zone: ZoneInfo,
    store: bool = True,
    strict: bool = False,
) -> ImportResult:
    """Take a file in. What changes is marked, so that judging finds it.

    Args:
        tx: A writing transaction; a reading one will do if nothing is stored.
        mirror: Whose contacts, companies and deals the file names.
        path: The file.
        mapping: What its columns and values mean.
        source: What the import is called, see ``source_name``.
        zone: The account's time zone.
        store: False to look only at what would be.
        strict: True to store nothing if any row cannot be taken in.

    Raises:
        FixRequest: The file cannot be read; or, if ``strict``, a row cannot be taken in. Undo the transaction.
    """
    table = Table(path, mapping)
    reader = Reader(source, mapping, table.heads, zone)
    matching = Matching(mirror, tx)
    result = ImportResult(source, dry_run=not store)
    for batch in _batches(_readable(map(reader.read, table.rows()), result)):
        matched = []
        for item in matching.match(batch):
            if isinstance(item, Aside):
                result.put_aside(item)
            else:
                matched.append(item)
        _take_in(tx, mirror, matched, result, store=store)
    if strict and result.set_aside:
        raise FixRequest(f"{path}: nothing was stored, because {result.set_aside:,} rows cannot be: {_named(result)}")
    return result


def remove_touchpoints(tx: sa.Connection, mirror: Mirror, source: str) -> int:
    """Take an import out again; say how many touchpoints it had."""
    removed = 0
    while ids := imported_ids(tx, mirror.connection, source, BATCH):
        mirror.remove(tx, "touchpoint", ids)
        removed += len(ids)
    return removed


def _readable(found: Iterable[Row | Aside | None], result: ImportResult) -> Iterator[Row]:
    for item in found:
        result.rows += 1
        if item is None:
            result.skipped += 1
        elif isinstance(item, Aside):
            result.put_aside(item)
        else:
            yield item


def _take_in(
    tx: sa.Connection, mirror: Mirror, matched: Sequence[Matched], result: ImportResult, *, store: bool
) -> None:
    batch = {item.touch.id: item for item in matched}
    result.partly += sum(not item.is_whole for item in batch.values())
    if store:
        new = mirror.put(tx, [item.touch for item in batch.values()], 0, 0).changed
        for target in TARGETS:
            links = [link for item in batch.values() for link in item.links if link.target.object == target]
            mirror.links.put(tx, "touchpoint", list(batch), target, links)
    else:
        new = len(batch) - len(mirror.living(tx, "touchpoint", batch))
    result.new += new
    result.known += len(matched) - new


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _named(result: ImportResult) -> str:
    lines = sorted(result.aside)[:NAMED]
    more = ", …" if result.set_aside > len(lines) else ""
    return ", ".join(f"line {item.line} ({item.reason})" for item in lines) + more
