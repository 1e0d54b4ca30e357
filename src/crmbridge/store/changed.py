"""Remembering which records changed since they were judged."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from crmbridge.model.base import Ref
from crmbridge.store.database import upsert
from crmbridge.store.schema import connections, dirty


class Changed:
    """The records of one connection that judging must look at again."""

    def __init__(self, connection: str) -> None:
        self.connection = connection

    def mark(self, tx: sa.Connection, refs: Iterable[Ref]) -> None:
        """Remember that something about these records changed.

        Nothing is noted before the first judging, which looks at everything there is.
        """
        if self._was_judged(tx):
            rows = [{"connection": self.connection, "object": ref.object, "id": ref.id} for ref in dict.fromkeys(refs)]
            upsert(tx, dirty, rows)

    def _was_judged(self, tx: sa.Connection) -> bool:
        return tx.scalar(sa.select(connections.c.fingerprint).where(connections.c.name == self.connection)) != ""
