"""Where hints are kept until a sync reads the records: one transaction per delivery, each event once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Final

from crmbridge.connector import Hint, HintKind
from crmbridge.store import Progress, Store
from crmbridge.store.due import Due, DueKind

KINDS: Final[Mapping[HintKind, DueKind]] = MappingProxyType(
    {"changed": "record", "gone": "record", "deleted": "record", "links": "links"}
)
"""What is read: that a record is gone is found by reading it, so a late event cannot remove one that was restored."""


class Inbox:
    """Keeps the hints about one connection. It needs no lease: a record that is read twice does no harm."""

    def __init__(self, store: Store, connection: str) -> None:
        self.connection = connection
        self._store = store
        self._progress = Progress(store, connection)
        self._due = Due(store, connection)

    def accept(self, hints: Sequence[Hint], at: datetime) -> int:
        """Keep the hints about records that are synced, of events that did not arrive before.

        Args:
            hints: Of one delivery.
            at: When it arrived.

        Returns:
            Number of hints kept. They are committed.

        Raises:
            RetryLater, WaitForRun, FixConfig, ReplaceStore: The store cannot be written; nothing was kept.
        """
        wanted = self._wanted(hints)
        if not wanted:
            return 0
        with self._store.locking() as tx:
            keys = dict.fromkeys(hint.key for hint in wanted)
            new = {key for key in keys if not self._due.seen(tx, key, at.timestamp())}
            kept = [hint for hint in wanted if hint.key in new]
            for (kind, name), ids in _grouped(kept):
                self._due.add(tx, kind, name, ids)
        return len(kept)

    def _wanted(self, hints: Sequence[Hint]) -> list[Hint]:
        """Those about this connection's account, and objects of which a listing has begun: one to come reads all."""
        account = self._progress.account()
        ours = [hint for hint in hints if account is not None and hint.account == account.account_id]
        listed = {name for name in {hint.object for hint in ours} if self._progress.cursor(name).listing}
        return [hint for hint in ours if hint.object in listed]


def _grouped(hints: Iterable[Hint]) -> Iterable[tuple[tuple[DueKind, str], list[str]]]:
    rows = sorted((KINDS[hint.kind], hint.object, hint.id) for hint in hints)
    return (((kind, name), [row[2] for row in group]) for (kind, name), group in groupby(rows, itemgetter(0, 1)))
