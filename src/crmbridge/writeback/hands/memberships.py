"""Carries out memberships: puts records into lists, and takes out those that crmbridge put in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Final

import sqlalchemy as sa

from crmbridge.connector import UNANSWERED as NO_ANSWER
from crmbridge.connector import Outcome
from crmbridge.errors import FixRequest, RecordMissing, RetryLater
from crmbridge.model.changes import MembershipChange, Place, RowOutcome
from crmbridge.store import Owned, Row
from crmbridge.writeback.desk import CONFIRMED, NOT_SENT, SENDING, Desk
from crmbridge.writeback.hands.following import Following
from crmbridge.writeback.verdicts import NOT_OURS, NOTHING_WRITTEN, THERE, UNANSWERED

BATCH: Final = 1_000
"""Records put into a list together."""

NO_LIST: Final = RowOutcome(state="invalid", reason="definition-failed")
LIST_GONE: Final = RowOutcome(state="rejected", reason="list-missing")


@dataclass(frozen=True)
class Joining:
    """A row that puts a record into a list, or takes it out."""

    row: Row
    change: MembershipChange

    @property
    def owned(self) -> Owned:
        """The membership as the manifest names it."""
        return Owned("membership", self.change.subject.object, self.change.subject.id, self.change.segment)


Decided = Sequence[tuple[Joining, RowOutcome]]


@dataclass(frozen=True)
class MembershipHand:
    """Changes who is in the lists that crmbridge made. Doing it twice is doing it once: nothing is read back."""

    desk: Desk

    def write(self, rows: Iterator[Row]) -> None:
        """Write a batch of one list at a time."""
        for place, group in groupby(_joinings(rows), key=lambda item: item.change.place):
            while batch := list(islice(group, BATCH)):
                self._write(place, batch)

    def settle(self, rows: Sequence[Row]) -> None:
        """Let rows be sent again that an earlier run may have sent."""
        self._end([(item, NOT_SENT) for item in _joinings(rows)])

    def _write(self, place: Place, batch: Sequence[Joining]) -> None:
        """Write one batch: decide what must not be sent, journal the intents, send, journal what came of them."""
        decided = list(self._decided(place, batch))
        done = {item.row.number for item, _ in decided}
        going = [item for item in batch if item.row.number not in done]
        entries = [(item.row, outcome) for item, outcome in decided]
        self.desk.intend([*entries, *((item.row, SENDING) for item in going)])
        if not going:
            return
        try:
            told = self._sent(place[1], going)
        except RetryLater:
            self._end([(item, NOT_SENT) for item in going])
            raise
        self._end([(item, told[item.row.number]) for item in going])

    def _decided(self, place: Place, batch: Sequence[Joining]) -> Iterator[tuple[Joining, RowOutcome]]:
        ids = [item.change.subject.id for item in batch]
        with self.desk.store.reading() as tx:
            ours = self.desk.journal.manifest.owned_by(tx, "membership", place[0], ids)
            our_list = place in self.desk.journal.manifest.owned(tx, "segment")
        written = Following(self.desk).told(item.change.subject for item in batch)
        for item in batch:
            if place in self.desk.failed:
                yield item, NO_LIST
            elif item.change.after and not our_list:
                yield item, NOT_OURS
            elif item.change.after and item.change.subject not in written:
                yield item, NOTHING_WRITTEN
            elif not item.change.after and (item.owned.id, item.owned.name) not in ours:
                yield item, NOT_OURS

    def _sent(self, segment: str, going: Iterable[Joining]) -> dict[int, RowOutcome]:
        """Send rows; by number, what the platform said of each."""
        told: dict[int, RowOutcome] = {}
        for after, group in groupby(sorted(going, key=_after), key=_after):
            items = list(group)
            ids = [item.change.subject.id for item in items]
            parts = {"add": ids} if after else {"remove": ids}
            try:
                outcomes = self.desk.fenced(self.desk.connector.change_members)(segment, **parts)
                answers = {answer.id: answer for answer in outcomes}
                told |= {item.row.number: _told(answers.get(item.change.subject.id)) for item in items}
            except RecordMissing:
                told |= dict.fromkeys((item.row.number for item in items), LIST_GONE if after else THERE)
            except FixRequest as error:
                refused = RowOutcome(state="rejected", reason=error.category or "REFUSED")
                told |= dict.fromkeys((item.row.number for item in items), refused)
        return told

    def _end(self, decided: Decided) -> None:
        self.desk.end([(item.row, outcome) for item, outcome in decided], lambda tx: self._keep(tx, decided))

    def _keep(self, tx: sa.Connection, decided: Decided) -> None:
        """Put memberships into the manifest, and take out those that ended."""
        manifest = self.desk.journal.manifest
        confirmed = [item for item, outcome in decided if outcome.state == "confirmed"]
        manifest.own(tx, self.desk.plan_id, [item.owned for item in confirmed if item.change.after])
        manifest.disown(tx, [item.owned for item in confirmed if not item.change.after])


def _joinings(rows: Iterable[Row]) -> Iterator[Joining]:
    return (Joining(row, row.change) for row in rows if isinstance(row.change, MembershipChange))


def _after(item: Joining) -> bool:
    return item.change.after


def _told(answer: Outcome | None) -> RowOutcome:
    """What the platform said of a row."""
    if answer is None or answer.code == NO_ANSWER:
        return UNANSWERED
    return CONFIRMED if answer.ok else RowOutcome(state="rejected", reason=answer.code or "REFUSED")
