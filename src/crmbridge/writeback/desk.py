"""What applying one plan works with: store, journal, platform, and the count of what came of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, ParamSpec, Protocol, TypeVar

import sqlalchemy as sa

from crmbridge.connector import Connector
from crmbridge.model.base import ObjectName
from crmbridge.model.changes import Change, Place, PropertyChange, RowOutcome, RowState
from crmbridge.model.properties import PropertyDefinition
from crmbridge.store import Journal, Judgements, Mirror, Reject, RejectKind, Row, Run, Store, leases, place_of
from crmbridge.writeback.verdicts import NOTHING_WRITTEN

SENDING: Final = RowOutcome(state="sending")
CONFIRMED: Final = RowOutcome(state="confirmed")
NOT_SENT: Final = RowOutcome(state="planned", reason="not-sent")

P = ParamSpec("P")
T = TypeVar("T")

Entries = Sequence[tuple[Row, RowOutcome]]
Also = Callable[[sa.Connection], None]


class Hand(Protocol):
    """Carries out rows of one kind."""

    def write(self, rows: Iterator[Row]) -> None:
        """Journal the intent of each row, send it, and journal what came of it."""
        ...

    def settle(self, rows: Sequence[Row]) -> None:
        """Read back rows that an earlier run may have sent; what was not sent becomes ``planned`` again."""
        ...


@dataclass
class Desk:
    """One plan being applied by one run. Its methods may be called from several threads.

    Attributes:
        origin: What the plan was made for, see ``PlanHeader``.
        only: Properties as ``contact.crmb_roles`` or records as ``contact:1`` to write; all if none are named.
        people: Properties, named so too, for which people's edits may be overwritten under policy ``overwrite``.
        progress: Told the number of rows that were decided, batch by batch.
        counts: Rows by where they ended, in this call; stamps, and reviews of what was not written, are left out.
        withholds: True if there are values that are not planned again.
        failed: Properties and lists that could not be defined: what needs them is not sent.
    """

    store: Store
    run: Run
    connector: Connector
    journal: Journal
    mirror: Mirror
    judgements: Judgements
    plan_id: str
    origin: str = "judged"
    only: Collection[str] = ()
    people: Collection[str] = ()
    progress: Callable[[int], None] = lambda _: None
    counts: Counter[RowState] = field(default_factory=Counter)
    failed: set[Place] = field(default_factory=set)
    withholds: bool = field(default=False, init=False)
    _definitions: dict[ObjectName, dict[str, PropertyDefinition]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _refused_before: bool = False

    def __post_init__(self) -> None:
        self._refused_before = bool(self.journal.rejects.count())
        self.withholds = bool(self.journal.withheld.count())

    def intend(self, entries: Entries, also: Also | None = None) -> None:
        """Journal intents, and rows that are decided already, committed: nothing may be sent before this returns.

        Raises:
            LeaseLost: Another run has taken over: nothing more may be sent.
        """
        self._record(entries, also)

    def end(self, entries: Entries, also: Also | None = None) -> None:
        """Journal what came of rows; ``also`` writes what follows from it, in the same transaction."""
        self._record(entries, also)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction under the lease, one thread at a time."""
        with self._lock, self.store.writing(self.run.lease) as tx:
            yield tx

    def fenced(self, call: Callable[P, T]) -> Callable[P, T]:
        """Return a call that writes to the platform as one that is not made once the lease is lost.

        A machine may have slept since the intent was journalled. The call raises ``LeaseLost`` then.
        """

        def fenced(*args: P.args, **more: P.kwargs) -> T:
            with self.store.reading() as tx:
                leases.check(tx, self.run.lease)
            return call(*args, **more)

        return fenced

    def forget_definitions(self, name: ObjectName) -> None:
        """Read the definitions of an object anew when they are asked for next."""
        with self._lock:
            self._definitions.pop(name, None)

    def definitions(self, name: ObjectName) -> dict[str, PropertyDefinition]:
        """The platform's definitions: read once per object, or the mirror's where the platform has none to give."""
        with self._lock:
            if name not in self._definitions:
                if self.connector.capabilities.definitions:
                    self._definitions[name] = {item.name: item for item in self.connector.read_definitions(name)}
                else:
                    with self.store.reading() as tx:
                        self._definitions[name] = self.mirror.definitions(tx, name)
            return self._definitions[name]

    def wants(self, change: Change) -> bool:
        """True if a row is among those to write."""
        return not self.only or ".".join(change.place) in self.only or str(change.record) in self.only

    def _record(self, entries: Entries, also: Also | None) -> None:
        decided = [(row, outcome) for row, outcome in entries if outcome.state not in ("sending", "planned")]
        with self.writing() as tx:
            self.journal.record(tx, self.run, self.plan_id, entries)
            if also:
                also(tx)
            self._keep_refused(tx, decided)
        with self._lock:
            self.counts.update(outcome.state for row, outcome in decided if not _rides(row.change, outcome))
            if decided:
                self.progress(len(decided))

    def _keep_refused(self, tx: sa.Connection, decided: Entries) -> None:
        """Keep what was refused; let go of what went through."""
        through = [place_of(row.change) for row, outcome in decided if outcome.state == "confirmed"]
        if self._refused_before and through:
            self.journal.rejects.settle(tx, [place for place in through if place])
        refused = [_reject(row, outcome) for row, outcome in decided if outcome.state in ("invalid", "rejected")]
        if kept := [item for item in refused if item]:
            self.journal.rejects.add(tx, self.plan_id, kept)
            self._refused_before = True


def _rides(change: Change, outcome: RowOutcome) -> bool:
    """True if a row is no news by itself: a stamp, or what would have told of a record that was not written."""
    return (isinstance(change, PropertyChange) and change.stamp) or outcome == NOTHING_WRITTEN


def _reject(row: Row, outcome: RowOutcome) -> Reject | None:
    place = None if _rides(row.change, outcome) else place_of(row.change)
    kind: RejectKind = "invalid" if outcome.state == "invalid" else "rejected"
    return Reject(*place, kind, outcome.reason, row.change.becomes) if place else None
