"""Looks at what stands on the platform: which rows may be sent, which are decided, which have arrived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Final

from crmbridge.connector import Version
from crmbridge.model.base import ObjectName
from crmbridge.model.changes import RowOutcome
from crmbridge.model.properties import PropertyDefinition
from crmbridge.model.records import Record
from crmbridge.store import Held, Intent
from crmbridge.writeback import verdicts
from crmbridge.writeback.desk import Desk
from crmbridge.writeback.hands.value import Outcomes, Value, at, ids_of
from crmbridge.writeback.verdicts import Look, Ours

CLOCKS: Final = timedelta(seconds=5)
"""So far apart the platform's clock and this one's may be."""


@dataclass(frozen=True)
class Seen:
    """What a look at the platform found.

    Attributes:
        records: As they are now, by id; those that are gone are left out.
        decided: Rows that are decided by it.
        people: Values that people have set, of rows that are conflicts by it.
        held: What is not planned again while it stands there.
    """

    records: Mapping[str, Record]
    decided: Outcomes
    people: Sequence[tuple[Value, Version]] = ()
    held: Sequence[Held] = ()


NOTHING_SEEN: Final = Seen({}, {})


@dataclass(frozen=True)
class Looking:
    """Reads what stands there now, who set it, and what people have decided."""

    desk: Desk

    def refused(self, values: Iterable[Value]) -> Outcomes:
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

    def looked(self, name: ObjectName, values: Sequence[Value]) -> Seen:
        """Find rows that are decided by what stands there now and by who set it."""
        records, ours, settled = self.records(name, values), self._ours(name, values), self._decided(name, values)
        looks: dict[int, Look | RowOutcome] = {}
        for value in values:
            record = records.get(value.id)
            allowed = ".".join(value.change.place) in self.desk.people
            if record is None:
                looks[value.number] = verdicts.MISSING
            elif value.number in settled and not allowed:
                looks[value.number] = verdicts.DECIDED
            else:
                known = ours.get(value.number, Ours())
                looks[value.number] = verdicts.look(
                    self.kind(value), value.change, value.present(record), known, people=allowed
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
        held = [
            Held(*at(value.change), value.present(records[value.id]), any_value=True, why="edited-by-person")
            for value in asking
            if verdicts.spoken(value.change, looks[value.number])
        ]
        decided = {number: outcome for number, outcome in looks.items() if isinstance(outcome, RowOutcome)}
        return Seen(records, decided, people, held)

    def undone(
        self,
        name: ObjectName,
        values: Sequence[Value],
        outcomes: Outcomes,
        intents: Mapping[int, Intent],
        records: Mapping[str, Record],
    ) -> Seen:
        """Find rows that look as if they had not been sent, because a person has put back what stood there since."""
        unsent = [value for value in values if outcomes[value.number].state == "planned"]
        versions = self._versions(name, unsent)
        people = [
            (value, version)
            for value in unsent
            if (version := versions.get(value.number))
            and version.author == "person"
            and version.at >= intents[value.number].at - CLOCKS
        ]
        held = [
            Held(*at(value.change), value.present(records[value.id]), any_value=True, why="edited-by-person")
            for value, _ in people
            if verdicts.spoken(value.change, verdicts.PERSON)
        ]
        return Seen(records, {}, people, held)

    def settled(self, value: Value, now: Mapping[str, Record], unsent: str | None) -> RowOutcome:
        """Decide a row that may have been sent, by what stands there now and what stood there before."""
        record = now.get(value.id)
        if record is None:
            return verdicts.VANISHED
        # What moves forward only is emptied before it is set: empty, it was not set.
        texts = {unsent, None} if value.change.property in self.forward_only else {unsent}
        return verdicts.settled(self.kind(value), value.change, value.present(record), texts)

    @property
    def forward_only(self) -> frozenset[str]:
        """Properties that move forward only, unless they are emptied first."""
        return frozenset(self.desk.connector.capabilities.forward_only)

    def _versions(self, name: ObjectName, values: Sequence[Value]) -> dict[int, Version | None]:
        if not values or not self.desk.connector.capabilities.history:
            return {}
        items = sorted({value.change.property for value in values})
        authors = self.desk.connector.read_authors(name, ids_of(values), items)
        return {value.number: authors.get(value.id, {}).get(value.change.property) for value in values}

    def _answered(
        self, value: Value, versions: Mapping[int, Version | None], records: Mapping[str, Record]
    ) -> Look | RowOutcome:
        if value.number in versions:
            return verdicts.ask(versions[value.number])
        return verdicts.without_history(self.kind(value), value.change, value.present(records[value.id]))

    def records(self, name: ObjectName, values: Sequence[Value]) -> dict[str, Record]:
        """Read the records of these rows as they are now; those that are gone are left out."""
        names = sorted({value.change.property for value in values})
        ids = iter(ids_of(values))
        found: dict[str, Record] = {}
        while part := list(islice(ids, self.desk.connector.capabilities.read_batch)):
            found |= {record.id: record for record in self.desk.connector.read_records(name, part, names)}
        return found

    def _ours(self, name: ObjectName, values: Sequence[Value]) -> dict[int, Ours]:
        with self.desk.store.reading() as tx:
            known = self.desk.journal.manifest.confirmed(tx, name, ids_of(values))
            altered = self.desk.journal.manifest.altered(tx, name, ids_of(values))
        places = {value.number: (value.id, value.change.property) for value in values}
        return {
            number: Ours(known[place], recorded=True, sent=altered[place].sent if place in altered else None)
            for number, place in places.items()
            if place in known
        }

    def _decided(self, name: ObjectName, values: Sequence[Value]) -> set[int]:
        """Rows about which a person has decided since the plan was made; what is put back is asked for by a person."""
        with self.desk.store.reading() as tx:
            decisions = self.desk.judgements.decisions(tx, name, ids_of(values))
        if not decisions:
            return set()
        places = {(id_, item.property) for id_, items in decisions.items() for item in items}
        prefix = self.desk.mirror.prefix
        return {
            value.number
            for value in values
            if (value.id, value.change.property.removeprefix(prefix)) in places and value.change.policy != "restore"
        }

    def kind(self, value: Value) -> str:
        """The type of a row's property."""
        definition = self.definition(value)
        return definition.type if definition else "string"

    def definition(self, value: Value) -> PropertyDefinition | None:
        """The platform's definition of a row's property."""
        return self.desk.definitions(value.change.subject.object).get(value.change.property)
