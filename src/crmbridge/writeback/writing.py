"""Carries out the values of a plan: journals each intent, looks, sends, and confirms what came of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from crmbridge.connector import Outcome, Update
from crmbridge.errors import RetryLater
from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.changes import PropertyChange, RowOutcome
from crmbridge.model.records import Record
from crmbridge.store import Progress, Row
from crmbridge.writeback import verdicts
from crmbridge.writeback.desk import CONFIRMED, SENDING, Desk
from crmbridge.writeback.sending import send
from crmbridge.writeback.verdicts import Look, Ours


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
    def place(self) -> str:
        """Object and platform name of the property."""
        return f"{self.change.subject.object}.{self.change.property}"

    def present(self, record: Record) -> str | None:
        """The value that stands in a record."""
        return record.properties.get(self.change.property)


Outcomes = dict[int, RowOutcome]  # by row number


@dataclass(frozen=True)
class Writer:
    """Writes the values of one plan.

    Attributes:
        failed: (object, property) whose definition failed.
        people: Properties, as OBJECT.NAME, for which people's edits may be overwritten.
    """

    desk: Desk
    failed: Collection[tuple[str, str]] = ()
    people: Collection[str] = ()

    def write(self, only: Collection[str]) -> None:
        """Write a batch of records at a time; ``only`` the named properties or records, if any are named."""
        desk = self.desk
        rows = (value for page in desk.journal.rows(desk.plan_id, {"planned"}) for value in values_of(page))
        for name, values in groupby(rows, key=lambda value: value.change.subject.object):
            records = (_chosen(group, only) for _, group in groupby(values, key=lambda value: value.change.subject.id))
            wanted = filter(None, records)
            while batch := list(islice(wanted, desk.connector.capabilities.write_batch)):
                self._write(name, [value for record in batch for value in record])

    def settle(self, rows: Iterable[Row]) -> None:
        """Read back rows that an earlier run may have sent."""
        for name, group in groupby(values_of(rows), key=lambda value: value.change.subject.object):
            values = list(group)
            records, ours = self._records(name, values), self._ours(name, values)
            outcomes = {
                value.number: self._settled(value, records, _unsent(value.change, ours.get(value.number)))
                for value in values
            }
            self._end(values, outcomes)

    def _write(self, name: ObjectName, values: Sequence[Value]) -> None:
        """Write one batch; its intents are in the journal before anything is looked at or sent."""
        refused = self._refused(values)
        self.desk.record([(value.row, refused.get(value.number, SENDING)) for value in values])
        self.desk.count([(value.row, refused[value.number]) for value in values if value.number in refused])
        usable = [value for value in values if value.number not in refused]
        if not usable:
            return
        seen = self._records(name, usable)
        outcomes = self._looked(name, usable, seen)
        outcomes |= _lonely(value for value in usable if value.number not in outcomes)
        going = [value for value in usable if value.number not in outcomes]
        if going:
            self.desk.hold()
        try:
            outcomes |= _told(going, send(self.desk.connector, name, _updates(going)))
        except RetryLater:
            now = self._records(name, going)
            for value in going:
                before = seen[value.change.subject.id]
                outcomes[value.number] = self._settled(value, now, [value.present(before)])
            self._end(usable, outcomes)
            raise
        self._end(usable, outcomes)

    def _refused(self, values: Iterable[Value]) -> Outcomes:
        """Rows that the platform's definitions do not let through; they are never sent."""
        found: Outcomes = {}
        for value in values:
            name, item = value.change.subject.object, value.change.property
            reason = None
            if (name, item) in self.failed:
                reason = "definition-failed"
            elif self.desk.connector.capabilities.definitions:
                reason = verdicts.unwritable(value.change, self.desk.definitions(name).get(item))
            if reason:
                found[value.number] = RowOutcome(state="rejected", reason=reason)
        return found

    def _looked(self, name: ObjectName, values: Sequence[Value], seen: Mapping[str, Record]) -> Outcomes:
        """Rows that are decided by what stands there now and by who set it."""
        ours = self._ours(name, values)
        looks: dict[int, Look | RowOutcome] = {}
        for value in values:
            record = seen.get(value.change.subject.id)
            looks[value.number] = (
                verdicts.MISSING
                if record is None
                else verdicts.look(
                    self._kind(value),
                    value.change,
                    value.present(record),
                    ours.get(value.number, Ours()),
                    people=value.place in self.people,
                )
            )
        looks |= self._asked(name, [value for value in values if looks[value.number] is Look.ASK], seen)
        return {number: outcome for number, outcome in looks.items() if isinstance(outcome, RowOutcome)}

    def _asked(
        self, name: ObjectName, values: Sequence[Value], seen: Mapping[str, Record]
    ) -> dict[int, Look | RowOutcome]:
        if not self.desk.connector.capabilities.history:
            return {
                value.number: verdicts.without_history(
                    self._kind(value), value.change, value.present(seen[value.change.subject.id])
                )
                for value in values
            }
        if not values:
            return {}
        names = sorted({value.change.property for value in values})
        authors = self.desk.connector.read_authors(name, _ids(values), names)
        return {
            value.number: verdicts.ask(authors.get(value.change.subject.id, {}).get(value.change.property))
            for value in values
        }

    def _settled(self, value: Value, now: Mapping[str, Record], unsent: Iterable[str | None]) -> RowOutcome:
        record = now.get(value.change.subject.id)
        if record is None:
            return verdicts.MISSING
        return verdicts.settled(self._kind(value), value.change, value.present(record), unsent)

    def _end(self, values: Sequence[Value], outcomes: Mapping[int, RowOutcome]) -> None:
        """Journal what came of rows and put what is confirmed into the mirror, in one transaction."""
        desk = self.desk
        entries = [(value.row, outcomes[value.number]) for value in values]
        confirmed = [value for value in values if outcomes[value.number].state == "confirmed"]
        # What stood there already is somebody else's word, even if it is the same.
        written = [value.change for value in confirmed if outcomes[value.number] != verdicts.THERE]
        with desk.store.writing(desk.run.lease) as tx:
            desk.journal.record(tx, desk.run, desk.plan_id, entries)
            desk.mirror.set_properties(tx, _by_record(confirmed))
            desk.journal.confirm(tx, desk.plan_id, written)
            if confirmed:
                Progress(desk.store, desk.journal.connection).advance(tx)
        desk.count(entries)

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
            known = self.desk.journal.confirmed(tx, name, _ids(values))
        places = {value.number: (value.change.subject.id, value.change.property) for value in values}
        return {number: Ours(known[place], recorded=True) for number, place in places.items() if place in known}

    def _kind(self, value: Value) -> str:
        definition = self.desk.definitions(value.change.subject.object).get(value.change.property)
        return definition.type if definition else "string"


def values_of(rows: Iterable[Row]) -> Iterator[Value]:
    """The rows that write values."""
    return (Value(row, row.change) for row in rows if isinstance(row.change, PropertyChange))


def _chosen(record: Iterable[Value], only: Collection[str]) -> list[Value]:
    """The rows of a record that are named, with its stamps; nothing if only stamps are left."""
    values = list(record)
    named = [
        value
        for value in values
        if not value.change.stamp and (not only or value.place in only or str(value.change.subject) in only)
    ]
    if not named and only:
        return []
    return [*named, *(value for value in values if value.change.stamp)]


def _lonely(values: Iterable[Value]) -> Outcomes:
    """Stamps whose record has nothing else to send."""
    ordered = sorted(values, key=lambda value: (value.change.subject.id, value.number))
    found: Outcomes = {}
    for _, group in groupby(ordered, key=lambda value: value.change.subject.id):
        record = list(group)
        if all(value.change.stamp for value in record):
            found |= {value.number: verdicts.STAMP_ALONE for value in record}
    return found


def _updates(values: Iterable[Value]) -> list[Update]:
    """One update per record, however many rows it has."""
    return [Update(id=ref.id, properties=items) for ref, items in _by_record(values).items()]


def _by_record(values: Iterable[Value]) -> dict[Ref, dict[str, str | None]]:
    """The values that rows write, by record and property."""
    found: dict[Ref, dict[str, str | None]] = {}
    for value in values:
        found.setdefault(value.change.subject, {})[value.change.property] = value.change.after
    return found


def _told(values: Iterable[Value], answers: Mapping[str, Outcome]) -> Outcomes:
    """What the platform said of each row; a record without an answer is read back by the next run."""
    found: Outcomes = {}
    for value in values:
        answer = answers.get(value.change.subject.id)
        if answer is None:
            found[value.number] = RowOutcome(state="unknown", reason="no-answer")
        elif answer.ok:
            found[value.number] = CONFIRMED
        else:
            found[value.number] = RowOutcome(state="rejected", reason=answer.code or "REFUSED")
    return found


def _unsent(change: PropertyChange, ours: Ours | None) -> tuple[str | None, ...]:
    """The texts that mean that a row was not sent: what stood there, or what we wrote before."""
    return (change.before, ours.value) if ours else (change.before,)


def _ids(values: Iterable[Value]) -> list[str]:
    return list(dict.fromkeys(value.change.subject.id for value in values))
