"""What waits or was set aside in the store, counted for ``crmbridge status``."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from crmbridge.store import Store
from crmbridge.store.schema import dirty, quarantine, queue


def backlog(store: Store, connection: str) -> dict[str, int]:
    """Units that wait to be judged, by kind, and records that changed since the last judging."""
    with store.reading() as tx:
        waiting = sa.select(queue.c.kind, sa.func.count()).where(queue.c.connection == connection)
        found = {str(kind): int(count) for kind, count in tx.execute(waiting.group_by(queue.c.kind))}
        changed = tx.scalar(sa.select(sa.func.count()).where(dirty.c.connection == connection))
    return {**found, "changed records": changed or 0}


def quarantined(store: Store, connection: str) -> list[dict[str, Any]]:
    """Records that a plugin failed on, counted by object, plugin and message."""
    by = (quarantine.c.object, quarantine.c.plugin, quarantine.c.message)
    statement = (
        sa.select(*by, sa.func.count().label("records")).where(quarantine.c.connection == connection).group_by(*by)
    )
    with store.reading() as tx:
        return [dict(row) for row in tx.execute(statement.order_by(*by)).mappings()]
