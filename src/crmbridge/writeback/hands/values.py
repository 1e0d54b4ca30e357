"""Carries out values: looks at what stands there, journals each intent, sends, and confirms what came of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby, islice
from typing import Final

import sqlalchemy as sa

from crmbridge.connector import UNANSWERED, Outcome, Update, Version
from crmbridge.errors import FixRequest, RetryLater
from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.changes import PropertyChange, RowOutcome
from crmbridge.model.persons import Decision
from crmbridge.model.properties import PropertyDefinition
from crmbridge.model.records import Record
from crmbridge.store import Held, Progress, Row, written
from crmbridge.writeback import verdicts
from crmbridge.writeback.desk import CONFIRMED, SENDING, Desk
from crmbridge.writeback.sending import halved
from crmbridge.writeback.standing import history, spot
from crmbridge.writeback.verdicts import Look, Ours

MOST_AT_ONCE: Final = 6
"""Batches under way: at 19 calls a second and half a second until the answer is stored, ten calls overlap, and each
batch makes two, one after the other."""


@dataclass(frozen=True)
class Value:
    """A row that writes a value."""

    row: Row
    change: PropertyChange

    @property
    def number(self) -> int:
        """The row's number in the plan."""
        return self.row.number

    @property
    def id(self) -> str:
        """The record."""
        return self.change.subject.id

    def present(self, record: Record) -> str | None:
        """The value that stands in a record; an empty text is none."""
        return record.properties.get(self.change.property) or None


Outcomes = dict[int, RowOutcome]  # by row number


@dataclass(frozen=True)
class Seen:
    """What a look at the platform found.

    Attributes:
        records: As they are now, by id; those that are gone are left out.
        decided: Rows that are decided by it.
        people: Values that people have set, of rows that are conflicts by it.
    """

    records: Mapping[str, Record]
    decided: Outcomes
    people: Sequence[tuple[Value, Version]] = ()


@dataclass(frozen=True)
class ValueHand:
    """Writes the values of one plan, several batches at a time where the platform takes several calls at once."""

    desk: Desk

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
        for name, group in groupby(_values_of(rows), key=lambda value: value.change.subject.object):
            values = list(group)
            with self.desk.store.reading() as tx:
                before = self.desk.journal.intended(tx, self.desk.plan_id, [value.number for value in values])
            records = self._records(name, values)
            unsent = {value.number: before.get(value.number, value.change.before) for value in values}
            self._end(values, {value.number: self._settled(value, records, unsent[value.number]) for value in values})

    def _batches(self, rows: Iterator[Row]) -> Iterator[tuple[ObjectName, list[Value]]]:
        for name, values in groupby(_values_of(rows), key=lambda value: value.change.subject.object):
            records = (_chosen(self.desk, group) for _, group in groupby(values, key=lambda value: value.id))
            wanted = filter(None, records)
            while batch := list(islice(wanted, self.desk.connector.capabilities.write_batch)):
                yield name, [value for record in batch for value in record]

    def _write(self, name: ObjectName, values: Sequence[Value]) -> None:
        """Write one batch: look, journal the intents, send, journal what came of them."""
        refused = self._refused(values)
        seen = self._looked(name, [value for value in values if value.number not in refused])
        decided = refused | seen.decided
        decided |= _lonely(value for value in values if value.number not in decided)
        going = [_as_found(value, seen.records) for value in values if value.number not in decided]
        intents = [(value.row, SENDING) for value in going]
        done = [value for value in values if value.number in decided]
        self.desk.intend(
            [*((value.row, decided[value.number]) for value in done), *intents],
            lambda tx: self._keep(tx, done, decided, seen.people),
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
            lost, now = error, self._records(name, going)
            outcomes = {value.number: self._settled(value, now, value.change.before) for value in going}
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
            return _told(going, update(self._updates(name, going)))
        except FixRequest as error:
            self.desk.forget_definitions(name)
            refused = {number: _rejected(outcome.reason) for number, outcome in self._refused(going).items()}
            rest = [value for value in going if value.number not in refused]
            if refused:
                return refused | self._answers(name, rest)
            updates = self._updates(name, going)
            if len(updates) == 1:
                return {value.number: _rejected(error.category or "REFUSED") for value in going}
            middle = len(updates) // 2
            halves = (halved(update, part, _refusal) for part in (updates[:middle], updates[middle:]))
            return _told(going, [outcome for half in halves for outcome in half])

    def _refused(self, values: Iterable[Value]) -> Outcomes:
        """Rows that the platform's definitions do not let through; they are never sent."""
        found: Outcomes = {}
        for value in values:
            name, item = value.change.place
            reason = None
            if (name, item) in self.desk.failed:
                reason = "definition-failed"
            elif self.desk.connector.capabilities.definitions:
                reason = verdicts.unwritable(value.change, self.desk.definitions(name).get(item))
            if reason:
                found[value.number] = RowOutcome(state="invalid", reason=reason)
        return found

    def _looked(self, name: ObjectName, values: Sequence[Value]) -> Seen:
        """Find rows that are decided by what stands there now and by who set it."""
        records, ours = self._records(name, values), self._ours(name, values)
        looks: dict[int, Look | RowOutcome] = {}
        for value in values:
            record = records.get(value.id)
            place = ".".join(value.change.place)
            looks[value.number] = (
                verdicts.MISSING
                if record is None
                else verdicts.look(
                    self._kind(value),
                    value.change,
                    value.present(record),
                    ours.get(value.number, Ours()),
                    people=place in self.desk.people,
                )
            )
        asking = [value for value in values if looks[value.number] is Look.ASK]
        versions = self._versions(name, asking)
        for value in asking:
            looks[value.number] = self._answered(value, versions, records)
        people = [
            (value, version)
            for value in asking
            if looks[value.number] == verdicts.PERSON and (version := versions[value.number]) is not None
        ]
        decided = {number: outcome for number, outcome in looks.items() if isinstance(outcome, RowOutcome)}
        return Seen(records, decided, people)

    def _versions(self, name: ObjectName, values: Sequence[Value]) -> dict[int, Version | None]:
        if not values or not self.desk.connector.capabilities.history:
            return {}
        items = sorted({value.change.property for value in values})
        authors = self.desk.connector.read_authors(name, _ids(values), items)
        return {value.number: authors.get(value.id, {}).get(value.change.property) for value in values}

    def _answered(
        self, value: Value, versions: Mapping[int, Version | None], records: Mapping[str, Record]
    ) -> Look | RowOutcome:
        if value.number in versions:
            return verdicts.ask(versions[value.number])
        return verdicts.without_history(self._kind(value), value.change, value.present(records[value.id]))

    def _settled(self, value: Value, now: Mapping[str, Record], unsent: str | None) -> RowOutcome:
        record = now.get(value.id)
        if record is None:
            return verdicts.VANISHED
        # What moves forward only is emptied before it is set: empty, it was not set.
        texts = {unsent, None} if value.change.property in self._forward_only else {unsent}
        return verdicts.settled(self._kind(value), value.change, value.present(record), texts)

    @property
    def _forward_only(self) -> frozenset[str]:
        return frozenset(self.desk.connector.capabilities.forward_only)

    def _updates(self, name: ObjectName, values: Iterable[Value]) -> list[Update]:
        """One update per record, however many rows it has."""
        backwards = {
            (value.change.subject, value.change.property)
            for value in values
            if value.change.property in self._forward_only
            and verdicts.backwards(self.desk.definitions(name).get(value.change.property), value.change)
        }
        return [
            Update(id=ref.id, properties=items, restart=frozenset(item for item in items if (ref, item) in backwards))
            for ref, items in _by_record(values).items()
        ]

    def _end(self, values: Sequence[Value], outcomes: Mapping[int, RowOutcome]) -> None:
        """Journal what came of rows, and keep what follows from it."""
        entries = [(value.row, outcomes[value.number]) for value in values]
        self.desk.end(entries, lambda tx: self._keep(tx, values, outcomes, ()))

    def _keep(
        self,
        tx: sa.Connection,
        values: Sequence[Value],
        outcomes: Mapping[int, RowOutcome],
        people: Sequence[tuple[Value, Version]],
    ) -> None:
        """Put what is confirmed into the mirror; what a person said of our property is a decision."""
        desk, manifest = self.desk, self.desk.journal.manifest
        confirmed = [value for value in values if outcomes[value.number].state == "confirmed"]
        # What stood there already is somebody else's word, even if it is the same.
        sent = [value.change for value in confirmed if outcomes[value.number] != verdicts.THERE]
        news = _by_record(confirmed)
        for value, version in people:
            if value.change.policy == "own":
                news.setdefault(value.change.subject, {})[value.change.property] = version.value
                desk.judgements.decide(tx, _decision(value, version, desk.mirror.prefix))
        desk.mirror.set_properties(tx, news)
        theirs = self._theirs(tx, [value.change for value in confirmed])
        manifest.confirm(tx, desk.plan_id, [change for change in sent if _at(change) not in theirs])
        manifest.unconfirm(tx, [change for change in sent if _at(change) in theirs])
        if desk.origin.startswith("rollback"):
            self._withhold(tx, [value.change for value in confirmed], theirs)
        if news:
            Progress(desk.store, desk.journal.connection).advance(tx)

    def _theirs(self, tx: sa.Connection, changes: Iterable[PropertyChange]) -> set[tuple[Ref, str]]:
        """Where a value was put back that had not come from crmbridge: nobody may take it for ours."""
        prefix, found = self.desk.mirror.prefix, set[tuple[Ref, str]]()
        put_back = [item for item in changes if item.policy == "restore" and item.after is not None]
        native = (item for item in put_back if not item.property.startswith(prefix))
        for name, group in groupby(native, key=lambda item: item.subject.object):
            part = list(group)
            past = history(written(tx, self.desk.journal.connection, name, {item.subject.id for item in part}))
            ours = {key for key, one in past.items() if one.steps and one.last.plan_id == self.desk.plan_id}
            found |= {_at(item) for item in part if spot(item) not in ours}
        return found

    def _withhold(
        self, tx: sa.Connection, changes: Sequence[PropertyChange], theirs: Collection[tuple[Ref, str]]
    ) -> None:
        """What was rolled back is not planned again until something else is proposed; rolling that back frees it."""
        withheld = self.desk.journal.withheld
        for name, group in groupby(changes, key=lambda change: change.subject.object):
            part = [change for change in group if not change.stamp]
            held = withheld.of(tx, name, [change.subject.id for change in part])
            freed = [
                _at(change)
                for change in part
                if (one := held.get((change.subject.id, change.property))) and one.value == change.after
            ]
            withheld.drop(tx, freed)
            kept = [change for change in part if _at(change) not in freed]
            withheld.add(
                tx,
                self.desk.plan_id,
                [Held(*_at(change), change.before, _at(change) in theirs, "rolled-back") for change in kept],
            )

    def _records(self, name: ObjectName, values: Sequence[Value]) -> dict[str, Record]:
        """Read the records of these rows as they are now; those that are gone are left out."""
        names = sorted({value.change.property for value in values})
        ids = iter(_ids(values))
        found: dict[str, Record] = {}
        while part := list(islice(ids, self.desk.connector.capabilities.read_batch)):
            found |= {record.id: record for record in self.desk.connector.read_records(name, part, names)}
        return found

    def _ours(self, name: ObjectName, values: Sequence[Value]) -> dict[int, Ours]:
        with self.desk.store.reading() as tx:
            known = self.desk.journal.manifest.confirmed(tx, name, _ids(values))
        places = {value.number: (value.id, value.change.property) for value in values}
        return {number: Ours(known[place], recorded=True) for number, place in places.items() if place in known}

    def _kind(self, value: Value) -> str:
        definition = self._definition(value)
        return definition.type if definition else "string"

    def _definition(self, value: Value) -> PropertyDefinition | None:
        return self.desk.definitions(value.change.subject.object).get(value.change.property)


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


def _values_of(rows: Iterable[Row]) -> Iterator[Value]:
    return (Value(row, row.change) for row in rows if isinstance(row.change, PropertyChange))


def _chosen(desk: Desk, record: Iterable[Value]) -> list[Value]:
    """The rows of a record that are wanted, with its stamps; nothing if only stamps are left."""
    values = list(record)
    named = [value for value in values if not value.change.stamp and desk.wants(value.change)]
    if not named and desk.only:
        return []
    return [*named, *(value for value in values if value.change.stamp)]


def _lonely(values: Iterable[Value]) -> Outcomes:
    """Stamps whose record has nothing else to send."""
    ordered = sorted(values, key=lambda value: (value.id, value.number))
    found: Outcomes = {}
    for _, group in groupby(ordered, key=lambda value: value.id):
        record = list(group)
        if all(value.change.stamp for value in record):
            found |= {value.number: verdicts.STAMP_ALONE for value in record}
    return found


def _as_found(value: Value, records: Mapping[str, Record]) -> Value:
    """The row with what stands there right now as its ``before``: that is what a rollback will put back."""
    present = value.present(records[value.id])
    if present == value.change.before:
        return value
    change = value.change.model_copy(update={"before": present})
    return Value(replace(value.row, change=change), change)


def _by_record(values: Iterable[Value]) -> dict[Ref, dict[str, str | None]]:
    """The values that rows write, by record and property."""
    found: dict[Ref, dict[str, str | None]] = {}
    for value in values:
        found.setdefault(value.change.subject, {})[value.change.property] = value.change.after
    return found


def _rejected(reason: str) -> RowOutcome:
    return RowOutcome(state="rejected", reason=reason)


def _refusal(update: Update, code: str) -> Outcome:
    return Outcome(id=update.id, ok=False, code=code)


def _told(values: Iterable[Value], outcomes: Iterable[Outcome]) -> Outcomes:
    """What the platform said of each row; a record without an answer is read back by the next run."""
    answers = {outcome.id: outcome for outcome in outcomes}
    found: Outcomes = {}
    for value in values:
        answer = answers.get(value.id)
        if answer is None or answer.code == UNANSWERED:
            found[value.number] = RowOutcome(state="unknown", reason="no-answer")
        elif answer.ok:
            found[value.number] = CONFIRMED
        else:
            found[value.number] = _rejected(answer.code or "REFUSED")
    return found


def _at(change: PropertyChange) -> tuple[Ref, str]:
    return change.subject, change.property


def _decision(value: Value, version: Version, prefix: str) -> Decision:
    return Decision(
        subject=value.change.subject,
        property=value.change.property.removeprefix(prefix),
        value=version.value,
        source="crm",
        author=version.author_id,
        at=version.at,
    )


def _ids(values: Iterable[Value]) -> list[str]:
    return list(dict.fromkeys(value.id for value in values))
