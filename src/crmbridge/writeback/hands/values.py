"""Carries out values: looks at what stands there, journals each intent, sends, and confirms what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import groupby, islice
from typing import Final

from crmbridge.connector import UNANSWERED, Outcome, Update
from crmbridge.errors import FixRequest, RetryLater
from crmbridge.model.base import ObjectName
from crmbridge.model.canonical import same
from crmbridge.model.changes import RowOutcome
from crmbridge.store import Row
from crmbridge.writeback import verdicts
from crmbridge.writeback.desk import CONFIRMED, SENDING, Desk
from crmbridge.writeback.hands.keeping import Keeping
from crmbridge.writeback.hands.looking import NOTHING_SEEN, Looking, Seen
from crmbridge.writeback.hands.value import Outcomes, Value, as_found, by_record, chosen, lonely, values_of
from crmbridge.writeback.sending import halved
from crmbridge.writeback.verdicts import Altered

MOST_AT_ONCE: Final = 6
"""Batches under way: at 19 calls a second and half a second until the answer is stored, ten calls overlap, and each
batch makes two, one after the other."""


@dataclass(frozen=True)
class ValueHand:
    """Writes the values of one plan, several batches at a time where the platform takes several calls at once."""

    desk: Desk

    @cached_property
    def looking(self) -> Looking:
        """What stands there."""
        return Looking(self.desk)

    @cached_property
    def keeping(self) -> Keeping:
        """What follows."""
        return Keeping(self.desk)

    def write(self, rows: Iterator[Row]) -> None:
        """Write a batch of records at a time; each record's rows travel together."""
        at_once = min(MOST_AT_ONCE, self.desk.connector.capabilities.calls_at_once)
        batches = self._batches(rows)
        if at_once == 1:
            for name, values in batches:
                self._write(name, values)
            return
        with ThreadPoolExecutor(at_once, thread_name_prefix="apply") as pool:
            _fed(pool, at_once, (partial(self._write, *batch) for batch in batches))

    def settle(self, rows: Sequence[Row]) -> None:
        """Read back rows that an earlier run may have sent."""
        for name, group in groupby(values_of(rows), key=lambda value: value.change.subject.object):
            values = list(group)
            with self.desk.store.reading() as tx:
                intents = self.desk.journal.intended(tx, self.desk.plan_id, [value.number for value in values])
            records = self.looking.records(name, values)
            outcomes = {
                value.number: self.looking.settled(value, records, intents[value.number].before) for value in values
            }
            seen = self.looking.undone(name, values, outcomes, intents, records)
            self._end(values, outcomes | {value.number: verdicts.PERSON for value, _ in seen.people}, seen)

    def _batches(self, rows: Iterator[Row]) -> Iterator[tuple[ObjectName, list[Value]]]:
        for name, values in groupby(values_of(rows), key=lambda value: value.change.subject.object):
            records = (chosen(self.desk, group) for _, group in groupby(values, key=lambda value: value.id))
            wanted = filter(None, records)
            while batch := list(islice(wanted, self.desk.connector.capabilities.write_batch)):
                yield name, [value for record in batch for value in record]

    def _write(self, name: ObjectName, values: Sequence[Value]) -> None:
        """Write one batch: look, journal the intents, send, journal what came of them."""
        refused = self.looking.refused(values)
        seen = self.looking.looked(name, [value for value in values if value.number not in refused])
        decided = refused | seen.decided
        decided |= lonely(value for value in values if value.number not in decided)
        going = [as_found(value, seen.records) for value in values if value.number not in decided]
        intents = [(value.row, SENDING) for value in going]
        done = [value for value in values if value.number in decided]
        self.desk.intend(
            [*((value.row, decided[value.number]) for value in done), *intents],
            lambda tx: self.keeping.keep(tx, done, decided, seen),
        )
        if going:
            self._send(name, going)

    def _send(self, name: ObjectName, going: Sequence[Value]) -> None:
        """Send rows whose intents are in the journal; what a lost call did not write is sent once more."""
        if left := self._sent(name, going):
            self.desk.intend([(value.row, SENDING) for value in left])
            self._sent(name, left, last=True)

    def _sent(self, name: ObjectName, going: Sequence[Value], *, last: bool = False) -> list[Value]:
        """Send rows and journal what came of them; give those that a lost call did not write."""
        lost: RetryLater | None = None
        try:
            outcomes = self._answers(name, going)
        except RetryLater as error:
            lost, now = error, self.looking.records(name, going)
            outcomes = {value.number: self.looking.settled(value, now, value.change.before) for value in going}
        self._end(going, outcomes)
        left = [value for value in going if outcomes[value.number].state == "planned"]
        if lost and left and last:
            raise lost
        return left

    def _answers(self, name: ObjectName, going: Sequence[Value]) -> Outcomes:
        """Send rows; a batch that the platform refuses is looked at again before it is halved.

        Its definitions may have changed since they were read: then it is their rows, and not the others.
        """
        if not going:
            return {}
        update = self.desk.fenced(partial(self.desk.connector.update, name))
        try:
            return self._told(going, update(self._updates(name, going)))
        except FixRequest as error:
            self.desk.forget_definitions(name)
            refused = {number: _rejected(outcome.reason) for number, outcome in self.looking.refused(going).items()}
            rest = [value for value in going if value.number not in refused]
            if refused:
                return refused | self._answers(name, rest)
            updates = self._updates(name, going)
            if len(updates) == 1:
                return {value.number: _rejected(error.category or "REFUSED") for value in going}
            middle = len(updates) // 2
            halves = (halved(update, part, _refusal) for part in (updates[:middle], updates[middle:]))
            return self._told(going, [outcome for half in halves for outcome in half])

    def _told(self, values: Iterable[Value], outcomes: Iterable[Outcome]) -> Outcomes:
        """What the platform said of each row; a record without an answer is read back by the next run."""
        answers = {outcome.id: outcome for outcome in outcomes}
        found: Outcomes = {}
        for value in values:
            answer = answers.get(value.id)
            if answer is None or answer.code == UNANSWERED:
                found[value.number] = RowOutcome(state="unknown", reason="no-answer")
            elif answer.ok:
                found[value.number] = self._taken(value, answer.properties or {})
            else:
                found[value.number] = _rejected(answer.code or "REFUSED")
        return found

    def _taken(self, value: Value, answer: Mapping[str, str | None]) -> RowOutcome:
        """The platform has a value now: the one that was sent, or what it made of it."""
        kept = (answer.get(value.change.property, value.change.after)) or None
        if kept == value.change.after or same(self.looking.kind(value), kept, value.change.after):
            return CONFIRMED
        return Altered(kept=kept)

    def _updates(self, name: ObjectName, values: Iterable[Value]) -> list[Update]:
        """One update per record, however many rows it has."""
        backwards = {
            (value.change.subject, value.change.property)
            for value in values
            if value.change.property in self.looking.forward_only
            and verdicts.backwards(self.desk.definitions(name).get(value.change.property), value.change)
        }
        return [
            Update(id=ref.id, properties=items, restart=frozenset(item for item in items if (ref, item) in backwards))
            for ref, items in by_record(values).items()
        ]

    def _end(
        self,
        values: Sequence[Value],
        outcomes: Mapping[int, RowOutcome],
        seen: Seen = NOTHING_SEEN,
    ) -> None:
        """Journal what came of rows, and keep what follows from it."""
        entries = [(value.row, outcomes[value.number]) for value in values]
        self.desk.end(entries, lambda tx: self.keeping.keep(tx, values, outcomes, seen))


def _fed(pool: ThreadPoolExecutor, at_once: int, work: Iterable[Callable[[], None]]) -> None:
    """Keep so many pieces of work under way; after a failure no more begins, and the first one is raised."""
    running: set[Future[None]] = set()
    for piece in work:
        if len(running) == at_once:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                one.result()
        running.add(pool.submit(piece))
    for one in running:
        one.result()


def _rejected(reason: str) -> RowOutcome:
    return RowOutcome(state="rejected", reason=reason)


def _refusal(update: Update, code: str) -> Outcome:
    return Outcome(id=update.id, ok=False, code=code)
