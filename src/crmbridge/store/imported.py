"""Touchpoints that were imported: by the sources they came from. Their ids begin with the name of the source."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from crmbridge.store.schema import records


class ImportSource(NamedTuple):
    """What one import holds.

    Attributes:
        name: What it is called.
        touchpoints: How many.
        first_on: UTC day of the first of them, as an ISO date.
        last_on: UTC day of the last of them.
    """

    name: str
    touchpoints: int
    first_on: str
    last_on: str


def import_sources(tx: sa.Connection, connection: str) -> list[ImportSource]:
    """All imports, by name."""
    name = sa.func.substr(records.c.id, 1, sa.func.instr(records.c.id, ":") - 1)
    day: Any = sa.func.substr(sa.func.json_extract(records.c.body, "$.at"), 1, len("2026-01-31"))
    found = sa.select(name, sa.func.count(), sa.func.min(day), sa.func.max(day)).where(*_here(connection))
    return [ImportSource(*row) for row in tx.execute(found.group_by(name).order_by(name))]


def imported_ids(tx: sa.Connection, connection: str, source: str, limit: int) -> list[str]:
    """Ids of the first touchpoints of an import."""
    of_source = (records.c.id >= f"{source}:", records.c.id < f"{source};")  # the sign after the colon
    found = sa.select(records.c.id).where(*_here(connection), *of_source)
    return list(tx.scalars(found.order_by(records.c.id).limit(limit)))


def _here(connection: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (records.c.connection == connection, records.c.object == "touchpoint")
