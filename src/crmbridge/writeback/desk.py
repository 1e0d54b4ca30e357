"""What applying one plan works with: store, journal, platform, and the count of what came of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from crmbridge.connector import Connector
from crmbridge.model.base import ObjectName
from crmbridge.model.changes import PropertyChange, RowOutcome, RowState
from crmbridge.model.properties import PropertyDefinition
from crmbridge.store import Journal, Mirror, Row, Run, Store

SENDING: Final = RowOutcome(state="sending")
CONFIRMED: Final = RowOutcome(state="confirmed")
NOT_SENT: Final = RowOutcome(state="planned", reason="not-sent")

Entries = Sequence[tuple[Row, RowOutcome]]


@dataclass
class Desk:
    """One plan being applied by one run.

    Attributes:
        progress: Told the number of rows that were decided, batch by batch.
        counts: Rows by where they ended, in this call; stamps are left out.
    """

    store: Store
    run: Run
    connector: Connector
    journal: Journal
    mirror: Mirror
    plan_id: str
    progress: Callable[[int], None] = lambda _: None
    counts: Counter[RowState] = field(default_factory=Counter)
    _definitions: dict[ObjectName, dict[str, PropertyDefinition]] = field(default_factory=dict)

    def record(self, entries: Entries) -> None:
        """Journal intents, committed; nothing may be sent before this returns."""
        with self.store.writing(self.run.lease) as tx:
            self.journal.record(tx, self.run, self.plan_id, entries)

    def hold(self) -> None:
        """Renew the lease, or find that it is lost: looking at the platform may have taken long."""
        with self.store.writing(self.run.lease):
            pass

    def count(self, entries: Entries) -> None:
        """Count rows that are decided."""
        self.counts.update(
            outcome.state
            for row, outcome in entries
            if not (isinstance(row.change, PropertyChange) and row.change.stamp)
        )
        if entries:
            self.progress(len(entries))

    def definitions(self, name: ObjectName) -> dict[str, PropertyDefinition]:
        """The platform's definitions: read once per object, or the mirror's where the platform has none to give."""
        if name not in self._definitions:
            if self.connector.capabilities.definitions:
                self._definitions[name] = {item.name: item for item in self.connector.read_definitions(name)}
            else:
                with self.store.reading() as tx:
                    self._definitions[name] = self.mirror.definitions(tx, name)
        return self._definitions[name]
