"""What was concluded: judged centers, proposals, failures, and people's decisions."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.centers import BuyingCenter
from crmbridge.model.failures import FailureGroup
from crmbridge.model.persons import Decision
from crmbridge.model.proposals import PropertyValue, Scalar
from crmbridge.store.changed import Changed
from crmbridge.store.database import Store, among, chunks, upsert
from crmbridge.store.queue import UnitKind
from crmbridge.store.rulings import Rulings
from crmbridge.store.schema import confirmed, decisions, dirty, failures, members, proposals, units


@dataclass(frozen=True)
class Failure:
    """A plugin that failed on one unit; what it would have said there is unknown."""

    plugin: str
    hook: str
    message: str


@dataclass(frozen=True)
class Unit:
    """What judging one unit gave.

    Attributes:
        center: The judged center, for units of kind ``center``.
        due_on: First day on which the answers could change with no new record.
        last_on: Day of the last touch.
    """

    kind: UnitKind
    id: str
    input_hash: str
    values: Sequence[PropertyValue] = ()
    failures: Sequence[Failure] = ()
    center: BuyingCenter | None = None
    due_on: date | None = None
    last_on: date | None = None


class ProposedValue(NamedTuple):
    """A stored proposal, as ``PropertyValue``; ``on`` is the unit's last touch where the plugin gave no day."""

    value: Scalar
    confidence: float | None
    reason: str
    by: str
    on: date | None


class Proposed(NamedTuple):
    """All values that open units propose for one property of one record."""

    subject: Ref
    property: str
    values: tuple[ProposedValue, ...]


class Vacated(NamedTuple):
    """A value of ours that nobody proposes any more.

    Attributes:
        property: As registered.
        value: As the platform confirmed it.
    """

    subject: Ref
    property: str
    value: str


_UNIT: Final = sa.and_(
    units.c.connection == proposals.c.connection,
    units.c.kind == proposals.c.unit_kind,
    units.c.id == proposals.c.unit_id,
)
_OPEN: Final = sa.or_(units.c.is_open, proposals.c.object == "deal")


class Judgements:
    """Reads and writes what was concluded for one connection."""

    def __init__(self, store: Store, connection: str) -> None:
        self.store = store
        self.connection = connection
        self.changed = Changed(connection)
        self.rulings = Rulings(connection)

    def hashes(self, tx: sa.Connection, kind: UnitKind, ids: Iterable[str]) -> dict[str, tuple[str, str | None]]:
        """Input hash and due day of stored units, by id."""
        found: dict[str, tuple[str, str | None]] = {}
        for part in chunks(sorted(set(ids))):
            rows = tx.execute(
                sa.select(units.c.id, units.c.input_hash, units.c.due_on).where(
                    *self._of(units, kind, "kind"), units.c.id.in_(part)
                )
            )
            found.update({row.id: (row.input_hash, row.due_on) for row in rows})
        return found

    def put(self, tx: sa.Connection, kind: UnitKind, batch: Sequence[Unit]) -> None:
        """Replace what is stored of units of one kind."""
        self.remove(tx, kind, [unit.id for unit in batch])
        upsert(tx, units, [self._unit_row(unit) for unit in batch])
        upsert(tx, proposals, [self._proposal_row(unit, value) for unit in batch for value in unit.values])
        upsert(tx, failures, [self._failure_row(unit, item) for unit in batch for item in unit.failures])
        rows = [
            {"connection": self.connection, "center_id": unit.id, "member_id": member.id}
            for unit in batch
            if unit.center
            for member in unit.center.members
        ]
        upsert(tx, members, rows)

    def forget_hashes(self, tx: sa.Connection) -> None:
        """Let nothing stored stand: every unit is judged again when its turn comes."""
        tx.execute(units.update().where(units.c.connection == self.connection).values(input_hash=""))

    def remove(self, tx: sa.Connection, kind: UnitKind, ids: Iterable[str]) -> None:
        """Forget units that are no more."""
        for part in chunks(sorted(set(ids))):
            for table in (proposals, failures):
                tx.execute(table.delete().where(*self._of(table, kind, "unit_kind"), table.c.unit_id.in_(part)))
            tx.execute(units.delete().where(*self._of(units, kind, "kind"), units.c.id.in_(part)))
            if kind == "center":
                tx.execute(
                    members.delete().where(members.c.connection == self.connection, members.c.center_id.in_(part))
                )

    def centers(self, ids: Sequence[str] | None = None) -> Iterator[BuyingCenter]:
        """Stream judged centers by id; only those named, if any are."""
        last = ""
        while True:
            where = [*self._of(units, "center", "kind"), units.c.id > last, units.c.body.is_not(None)]
            if ids is not None:
                where.append(units.c.id.in_(list(ids)))
            with self.store.reading() as tx:
                statement = sa.select(units.c.id, units.c.body).where(*where).order_by(units.c.id).limit(100)
                page = tx.execute(statement).all()
            for row in page:
                yield BuyingCenter.model_validate_json(row.body)
            if not page:
                return
            last = page[-1].id

    def open_cases(self, tx: sa.Connection) -> Iterator[list[BuyingCenter]]:
        """Stream the judged centers of open deals by id, some at a time."""
        last = ""
        mine = (*self._of(units, "center", "kind"), units.c.is_open, units.c.body.is_not(None))
        while True:
            where = (*mine, units.c.id > last, units.c.id.startswith("deal:"))
            page = tx.execute(sa.select(units.c.id, units.c.body).where(*where).order_by(units.c.id).limit(100)).all()
            if not page:
                return
            yield [BuyingCenter.model_validate_json(row.body) for row in page]
            last = page[-1].id

    def proposed(
        self, tx: sa.Connection, only: Mapping[ObjectName, Collection[str]] | None = None
    ) -> Iterator[Proposed]:
        """Stream what open units propose, by record and property. A deal's own center counts when closed, too.

        Args:
            tx: A transaction.
            only: Object → ids of the records to look at; None for all.
        """
        if only is None:
            yield from self._proposed(tx)
            return
        for name in sorted(only):
            yield from self._proposed(tx, proposals.c.object == name, among(proposals.c.id, only[name]))

    def vacated(self, tx: sa.Connection, name: ObjectName, item: str, platform_name: str) -> Iterator[Vacated]:
        """Stream the values of ours for which no open unit proposes anything any more, by record.

        Args:
            tx: A transaction.
            name: The records' object.
            item: The property as registered.
            platform_name: Its name on the platform.
        """
        ours = (confirmed.c.connection == self.connection, confirmed.c.object == name)
        here = (proposals.c.connection == self.connection, proposals.c.object == name)
        same = (proposals.c.id == confirmed.c.id, proposals.c.property == item)
        spoken = sa.select(1).select_from(proposals).join(units, _UNIT).where(*here, *same, _OPEN).exists()
        statement = (
            sa.select(confirmed.c.id, confirmed.c.value)
            .where(*ours, confirmed.c.property == platform_name, confirmed.c.value.is_not(None), ~spoken)
            .order_by(confirmed.c.id)
            .execution_options(yield_per=500)
        )
        for row in tx.execute(statement):
            yield Vacated(Ref(name, row.id), item, row.value)

    def _proposed(self, tx: sa.Connection, *where: sa.ColumnElement[bool]) -> Iterator[Proposed]:
        statement = (
            sa.select(
                proposals.c.object,
                proposals.c.id,
                proposals.c.property,
                proposals.c.value,
                proposals.c.confidence,
                proposals.c.reason,
                proposals.c.plugin,
                sa.func.coalesce(proposals.c.on_day, units.c.last_on),
            )
            .join(units, _UNIT)
            .where(proposals.c.connection == self.connection, _OPEN, *where)
            .order_by(
                proposals.c.object,
                proposals.c.id,
                proposals.c.property,
                proposals.c.unit_kind,
                proposals.c.unit_id,
                proposals.c.plugin,
            )
            .execution_options(yield_per=500)
        )
        rows = (tuple(row) for row in tx.execute(statement))
        for (name, record_id, item), group in groupby(rows, key=itemgetter(0, 1, 2)):
            yield Proposed(Ref(name, record_id), item, tuple(_value(*row[3:]) for row in group))

    def failed_on(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str]) -> set[tuple[str, str]]:
        """Those of the records for which a plugin failed somewhere, as (record id, plugin).

        Nothing of that plugin is written there: it may have failed on the record itself, or on a center in which the
        record is the case, a member or the company.
        """
        wanted = list(ids)
        found: set[tuple[str, str]] = set()
        for statement in self._failures_of(name, wanted):
            found |= {(row.record.removeprefix(f"{name}:"), row.plugin) for row in tx.execute(statement)}
        return found

    def failures(self) -> list[tuple[str, Failure]]:
        """All failures that stand, with their unit as ``kind id``."""
        statement = (
            sa.select(failures)
            .where(failures.c.connection == self.connection)
            .order_by(failures.c.plugin, failures.c.unit_kind, failures.c.unit_id)
        )
        with self.store.reading() as tx:
            return [
                (f"{row.unit_kind} {row.unit_id}", Failure(row.plugin, row.hook, row.message))
                for row in tx.execute(statement)
            ]

    def has_failures(self) -> bool:
        """True if any failure stands."""
        with self.store.reading() as tx:
            return (
                tx.scalar(sa.select(failures.c.plugin).where(failures.c.connection == self.connection).limit(1))
                is not None
            )

    def failure_groups(self, shown: int = 3) -> tuple[FailureGroup, ...]:
        """All failures that stand by plugin, hook and message, with the first ``shown`` units of each."""
        alike = (failures.c.plugin, failures.c.hook, failures.c.message)
        unit = (failures.c.unit_kind, failures.c.unit_id)
        ranked = (
            sa.select(
                *alike,
                *unit,
                sa.func.count().over(partition_by=alike).label("alike"),
                sa.func.row_number().over(partition_by=alike, order_by=unit).label("place"),
            )
            .where(failures.c.connection == self.connection)
            .subquery()
        )
        first = (
            sa.select(ranked)
            .where(ranked.c.place <= shown)
            .order_by(*(ranked.c[item.name] for item in (*alike, *unit)))
        )
        with self.store.reading() as tx:
            rows = tx.execute(first).all()
        return tuple(
            FailureGroup(*key, found[0].alike, tuple(map(_unit_of, found)))
            for key, group in groupby(rows, key=lambda row: (row.plugin, row.hook, row.message))
            if (found := list(group))
        )

    def decisions(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str]) -> dict[str, tuple[Decision, ...]]:
        """People's decisions about records, by record id."""
        found: dict[str, list[Decision]] = {}
        for part in chunks(sorted(set(ids))):
            rows = tx.execute(
                sa.select(decisions)
                .where(*self._of(decisions, name, "object"), decisions.c.id.in_(part))
                .order_by(decisions.c.id, decisions.c.property)
            )
            for row in rows:
                found.setdefault(row.id, []).append(_decision(row))
        return {record_id: tuple(items) for record_id, items in found.items()}

    def decide(self, tx: sa.Connection, decision: Decision) -> None:
        """Store a decision unless a newer one on the same value stands; its record becomes dirty."""
        key = self._decision_key(decision.subject, decision.property)
        known = tx.scalar(sa.select(decisions.c.at).where(*key))
        at = decision.at.astimezone(UTC).isoformat()
        if known is not None and known > at:
            return
        row = {
            "connection": self.connection,
            "object": decision.subject.object,
            "id": decision.subject.id,
            "property": decision.property,
            "value": decision.value,
            "source": decision.source,
            "author": decision.author,
            "at": at,
        }
        upsert(tx, decisions, [row])
        self._touch(tx, decision.subject)

    def undecide(self, tx: sa.Connection, subject: Ref, name: str) -> None:
        """Drop a decision: the person put our own value back."""
        if tx.execute(decisions.delete().where(*self._decision_key(subject, name))).rowcount:
            self._touch(tx, subject)

    def _touch(self, tx: sa.Connection, ref: Ref) -> None:
        upsert(tx, dirty, [{"connection": self.connection, "object": ref.object, "id": ref.id}])

    def _decision_key(self, subject: Ref, name: str) -> tuple[sa.ColumnElement[bool], ...]:
        of = self._of(decisions, subject.object, "object")
        return (*of, decisions.c.id == subject.id, decisions.c.property == name)

    def _of(self, table: sa.Table, value: str, column: str) -> tuple[sa.ColumnElement[bool], ...]:
        return (table.c.connection == self.connection, table.c[column] == value)

    def _failures_of(self, name: ObjectName, ids: list[str]) -> Iterator[sa.Select[Any]]:
        """Make the statements that find ``record``, as its id or as ``OBJECT:ID``, and ``plugin``."""
        refs, unit = [f"{name}:{id_}" for id_ in ids], failures.c.unit_id
        alone, center = self._of(failures, name, "unit_kind"), self._of(failures, "center", "unit_kind")
        found = sa.select(unit.label("record"), failures.c.plugin)
        yield found.where(*alone, among(unit, ids))
        yield found.where(*center, among(unit, refs))
        if name == "contact":
            same = (members.c.connection == self.connection, members.c.center_id == unit)
            found = sa.select(members.c.member_id.label("record"), failures.c.plugin)
            yield found.where(*center, *same, among(members.c.member_id, refs))
        if name == "company":
            case = (*self._of(units, "center", "kind"), units.c.id == unit)
            found = sa.select(units.c.company_id.label("record"), failures.c.plugin)
            yield found.where(*center, *case, among(units.c.company_id, ids))

    def _unit_row(self, unit: Unit) -> dict[str, object]:
        center = unit.center
        return {
            "connection": self.connection,
            "kind": unit.kind,
            "id": unit.id,
            "is_open": center.is_open if center else True,
            "input_hash": unit.input_hash,
            "due_on": unit.due_on.isoformat() if unit.due_on else None,
            "last_on": unit.last_on.isoformat() if unit.last_on else None,
            "company_id": center.company.id if center and center.company else None,
            "body": center.model_dump_json() if center else None,
        }

    def _proposal_row(self, unit: Unit, value: PropertyValue) -> dict[str, object]:
        return {
            "connection": self.connection,
            "object": value.subject.object,
            "id": value.subject.id,
            "property": value.property,
            "unit_kind": unit.kind,
            "unit_id": unit.id,
            "plugin": value.by,
            "value": json.dumps(value.model_dump(mode="json")["value"]),
            "confidence": value.confidence,
            "reason": value.reason,
            "on_day": value.on.isoformat() if value.on else None,
        }

    def _failure_row(self, unit: Unit, item: Failure) -> dict[str, object]:
        return {
            "connection": self.connection,
            "unit_kind": unit.kind,
            "unit_id": unit.id,
            "plugin": item.plugin,
            "hook": item.hook,
            "message": item.message,
        }


def _unit_of(row: sa.Row[*tuple[Any, ...]]) -> str:
    """Name a unit as hooks are told of it: a center's id says what it is."""
    return str(row.unit_id) if row.unit_kind == "center" else f"{row.unit_kind}:{row.unit_id}"


def _value(text: str, confidence: float | None, reason: str, plugin: str, day: str | None) -> ProposedValue:
    return ProposedValue(_scalar(text), confidence, reason, plugin, date.fromisoformat(day) if day else None)


@lru_cache(maxsize=4096)  # a plan reads millions, and few of them differ
def _scalar(text: str) -> Scalar:
    raw = json.loads(text)
    return tuple(raw) if isinstance(raw, list) else raw


def _decision(row: sa.Row[*tuple[Any, ...]]) -> Decision:
    return Decision(
        subject=Ref(object=row.object, id=row.id),
        property=row.property,
        value=row.value,
        source=row.source,
        author=row.author,
        at=datetime.fromisoformat(row.at),
    )
