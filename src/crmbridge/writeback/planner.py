"""Makes a plan: streams what was proposed, compares it with the mirror, and stores the changes."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import chain, groupby, islice
from typing import Final

import sqlalchemy as sa

from crmbridge.config import Writeback
from crmbridge.model.base import ObjectName
from crmbridge.model.changes import PropertyChange
from crmbridge.model.persons import Decision
from crmbridge.model.plan import Finding, Plan, PlanHeader
from crmbridge.model.records import Record
from crmbridge.plugins import Plugins, Session
from crmbridge.store import Journal, Judgements, Mirror, Progress, Proposed, Run, Store
from crmbridge.writeback.canonical import Invalid, canonical
from crmbridge.writeback.definitions import Definitions, Manifest, Needed, define
from crmbridge.writeback.diff import diff, narrowed
from crmbridge.writeback.fold import Folded, fold
from crmbridge.writeback.guard import guard
from crmbridge.writeback.tally import Tally
from crmbridge.writeback.targets import Target, select

PAGE: Final = 500
"""Records compared at a time: memory stays flat."""

OBJECTS: Final[tuple[ObjectName, ...]] = ("company", "contact", "deal")


def make_plan(
    store: Store,
    connection: str,
    *,
    config: Writeback,
    plugins: Plugins,
    session: Session,
    run: Run,
    as_of: date,
    account_id: str,
) -> Plan:
    """Plan what the stored proposals would change, and store the plan; nothing is sent.

    The rows are stored first, the hash last: a plan without a hash was not finished and cannot be applied.

    Args:
        store: With mirror and judgements.
        connection: Its name.
        config: Section ``[writeback]``.
        plugins: Those that judged.
        session: Of this run; narrows changes and checks the plan.
        run: Holds the lease.
        as_of: The day that was judged for.
        account_id: The platform's id of the account.

    Raises:
        FixConfig: The config gives a property a policy that it cannot have.
        LeaseLost: Another run has taken over.
    """
    journal, mirror = Journal(store, connection), Mirror(store, connection, config.prefix)
    targets, findings = select(plugins.properties(), config, plugins.versions())
    account = Progress(store, connection).account()
    tally = Tally(
        PlanHeader(
            id=uuid.uuid4().hex,
            connection=connection,
            account_id=account_id,
            as_of=as_of,
            created_at=datetime.now(UTC),
            serial=account.serial if account else 0,
            plugins=plugins.versions(),
        )
    )
    with store.writing(run.lease) as tx:
        present: Definitions = {name: mirror.definitions(tx, name) for name in OBJECTS}
        manifest = Manifest(frozenset(journal.owned(tx, "group")), frozenset(journal.owned(tx, "property")))
        needed = define(targets, present, manifest, config.group)
        values = _Values(tx, mirror, Judgements(store, connection), session, needed, present, as_of)
        journal.save_plan(tx, tally.header, tally.watch(chain(needed.changes, values.rows())))
        released = journal.released(tx)
    tally.existing = _existing(mirror, tally.places())
    draft = tally.complete()
    findings = (
        *findings,
        *needed.findings,
        *values.findings(),
        *guard(draft.counts, released, draft.plugins, config.guard),
    )
    plan = _plan(journal, draft.model_copy(update={"findings": findings}))
    final = draft.model_copy(update={"findings": (*findings, *session.check_plan(plan))})
    with store.writing(run.lease) as tx:
        journal.set_header(tx, final)
    return _plan(journal, final)


@dataclass
class _Values:
    """Streams the changes of values, by object, record and property."""

    tx: sa.Connection
    mirror: Mirror
    judgements: Judgements
    session: Session
    needed: Needed
    present: Definitions
    as_of: date
    _problems: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        targets = self.needed.targets
        self._targets: dict[tuple[str, str], Target] = {
            (item.spec.object, item.spec.name): item for item in targets if not item.spec.stamp
        }
        self._stamps = [item for item in targets if item.spec.stamp]
        self._unknown = self.judgements.unknown(self.tx)

    def rows(self) -> Iterator[PropertyChange]:
        """Compare all records for which something is proposed, a page at a time."""
        wanted = (
            item for item in self.judgements.proposed(self.tx) if (item.subject.object, item.property) in self._targets
        )
        for name, items in groupby(wanted, key=lambda item: item.subject.object):
            records = ((id_, list(group)) for id_, group in groupby(items, key=lambda item: item.subject.id))
            while page := dict(islice(records, PAGE)):
                yield from self._page(name, page)

    def findings(self) -> tuple[Finding, ...]:
        """What was left out because its property cannot hold it."""
        return tuple(
            Finding(
                severity="warning",
                code="invalid-value",
                message=f"{count} values of {place} are left out ({code}): correct the plugin {by}",
            )
            for (place, by, code), count in sorted(self._problems.items())
        )

    def _page(self, name: ObjectName, page: Mapping[str, list[Proposed]]) -> Iterator[PropertyChange]:
        records = self.mirror.get(self.tx, Record, name, page)
        decisions = self.judgements.decisions(self.tx, name, page)
        for id_, items in page.items():
            if id_ in records:
                yield from self._record(records[id_], items, decisions.get(id_, ()))

    def _record(
        self, record: Record, items: Iterable[Proposed], decisions: Iterable[Decision]
    ) -> Iterator[PropertyChange]:
        decided = {decision.property for decision in decisions}
        changed = False
        for item in items:
            target = self._targets[item.subject.object, item.property]
            change = self._change(target, record, fold(target.spec, item.values), decided)
            change = self._narrow(target, record, change) if change else None
            if change:
                changed = True
                yield change
        if changed:
            yield from self._stamped(record, decided)

    def _stamped(self, record: Record, decided: set[str]) -> Iterator[PropertyChange]:
        """Give the day to what travels with the record's other changes."""
        for target in self._stamps:
            if target.spec.object == record.object:
                value = self._day(target)
                if value and (change := self._change(target, record, value, decided)):
                    yield change

    def _day(self, target: Target) -> Folded | None:
        try:
            return Folded(canonical(target.spec, self.as_of.isoformat()), "day of judging", target.spec.by)
        except Invalid as error:
            self._problem(target, error.code)
            return None

    def _change(self, target: Target, record: Record, folded: Folded, decided: set[str]) -> PropertyChange | None:
        if folded.problem:
            self._problem(target, folded.problem)
        if (record.ref, target.spec.by) in self._unknown:
            return None
        defined = target.name in self.present[target.spec.object]
        return diff(target, record, folded, defined=defined, decided=target.spec.name in decided)

    def _narrow(self, target: Target, record: Record, change: PropertyChange) -> PropertyChange | None:
        """Let plugins narrow a change, and read what they made of it again."""
        after = self.session.transform_change(change)
        if after is None or after == change:
            return after
        try:
            return narrowed(target, record, after)
        except Invalid as error:
            self._problem(target, error.code)
            return None

    def _problem(self, target: Target, code: str) -> None:
        self._problems[target.place, target.spec.by, code] += 1


def _existing(mirror: Mirror, places: set[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Count the records of the mirror that have a value, for each property that has rows."""
    found: Counter[tuple[str, str]] = Counter()
    for name in OBJECTS:
        names = [item for object_, item in places if object_ == name]
        if names:
            for record in mirror.records(name):
                found.update((name, item) for item in names if record.properties.get(item))
    return found


def _plan(journal: Journal, header: PlanHeader) -> Plan:
    return Plan(header, lambda: journal.changes(header.id))
