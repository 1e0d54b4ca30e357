"""The values of a plan: streams what was proposed, and compares it with the mirror."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from heapq import merge
from itertools import groupby, islice, takewhile
from typing import Final

import sqlalchemy as sa

from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.canonical import CODES, Invalid, canonical
from crmbridge.model.changes import PropertyChange
from crmbridge.model.plan import Finding
from crmbridge.model.proposals import Scalar
from crmbridge.plugins import Session
from crmbridge.store import Confirmed, Held, Journal, Judgements, Mirror, Proposed, ProposedValue, Reject, Vacated
from crmbridge.writeback.definitions import Definitions, Needed
from crmbridge.writeback.diff import Holding, diff, kept, narrowed, vacated, withheld
from crmbridge.writeback.fold import Folded, fold
from crmbridge.writeback.planning.scope import First, Scope
from crmbridge.writeback.targets import Target

PAGE: Final = 500
"""Records compared at a time: memory stays flat."""

LONGEST_REFUSED: Final = 500
"""Characters kept of a value that no property can hold."""

Items = Sequence[Proposed | Vacated]


@dataclass(frozen=True)
class Known:
    """What is known of the records of a page, beside what is proposed.

    Attributes:
        records: As the mirror has them, by id; those that are gone are left out.
        decided: (record id, registered property) of what people decided.
        failed: (record id, plugin) where a plugin failed.
        unsure: Ids of records on which any plugin failed: what is no longer proposed there may rest on its word.
        held: (record id, platform property) of what is not planned again.
        altered: (record id, platform property) of what the platform rounded, trimmed or put in another form.
        ours: (record id, platform property) of what was confirmed last; of objects with native multi-selects only.
    """

    records: Mapping[str, Holding]
    decided: frozenset[tuple[str, str]]
    failed: set[tuple[str, str]]
    unsure: frozenset[str]
    held: Mapping[tuple[str, str], Held]
    altered: Mapping[tuple[str, str], Confirmed]
    ours: Mapping[tuple[str, str], str | None]


@dataclass
class Values:
    """Streams the changes of values, by object, record and property; made for one transaction.

    Attributes:
        plan_id: The plan that refused values are kept under.
        scope: What it is narrowed to.
        first: Ends the stream after so many records.
        proposed: Filled as values stream: property → number of records for which something is proposed.
    """

    tx: sa.Connection
    mirror: Mirror
    judgements: Judgements
    journal: Journal
    session: Session
    needed: Needed
    present: Definitions
    as_of: date
    plan_id: str
    scope: Scope
    first: First
    proposed: Counter[str]
    _problems: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _withheld: Counter[str] = field(default_factory=Counter)
    _refused: list[Reject] = field(default_factory=list)

    def __post_init__(self) -> None:
        targets = self.needed.targets
        self._targets: dict[tuple[str, str], Target] = {
            (item.spec.object, item.spec.name): item for item in targets if not item.spec.stamp
        }
        self._stamps = [item for item in targets if item.spec.stamp]
        self._adding = {item.spec.object for item in targets if item.adds}
        self.proposed.update({item.place: 0 for item in self._targets.values()})

    def rows(self) -> Iterator[PropertyChange]:
        """Compare all records for which something is proposed or was written, a page at a time."""
        for name, items in groupby(self._wanted(), key=lambda item: item.subject.object):
            records = ((id_, _ordered(group)) for id_, group in groupby(items, key=lambda item: item.subject.id))
            while page := dict(islice(records, PAGE)):
                yield from takewhile(self.first, self._page(name, page))
                self.journal.rejects.add(self.tx, self.plan_id, self._refused)
                self._refused = []
                if self.first.cut:
                    return
        if self.scope == Scope():  # what was looked at is all there is
            self.journal.rejects.forget(self.tx, CODES, but=self.plan_id)

    def findings(self) -> Iterator[Finding]:
        """What was left out: what its property cannot hold, and what is withheld."""
        for (place, by, code), count in sorted(self._problems.items()):
            message = f"{count} values of {place} are left out ({code}): correct the plugin {by}"
            yield Finding(severity="warning", code="invalid-value", message=message)
        for place, count in sorted(self._withheld.items()):
            message = (
                f"{count} values of {place} are left out, for they were rolled back or dropped, or a person edited "
                f"what stands there: `crmbridge rejects retry --withheld {place}` plans them again"
            )
            yield Finding(severity="info", code="withheld", message=message)

    def _wanted(self) -> Iterator[Proposed | Vacated]:
        """Merge what is proposed with what is not any more, by record."""
        streams: list[Iterator[Proposed | Vacated]] = [self.judgements.proposed(self.tx, self.scope.records)]
        for target in self._targets.values():
            if target.vacates:
                names = (target.spec.object, target.spec.name, target.name)
                streams.append(self.judgements.vacated(self.tx, *names))
        for item in merge(*streams, key=lambda item: item.subject):
            wanted = self._targets.get((item.subject.object, item.property))
            if wanted and self.scope.wants(item.subject, wanted.name):
                self.proposed[wanted.place] += isinstance(item, Proposed)
                yield item

    def _page(self, name: ObjectName, page: Mapping[str, Items]) -> Iterator[PropertyChange]:
        failed = self.judgements.failed_on(self.tx, name, page)
        known = Known(
            self.mirror.values(self.tx, name, page),
            frozenset(
                (id_, decision.property)
                for id_, decisions in self.judgements.decisions(self.tx, name, page).items()
                for decision in decisions
            ),
            failed,
            frozenset(id_ for id_, _ in failed),
            self.journal.withheld.of(self.tx, name, page),
            self.journal.manifest.altered(self.tx, name, page),
            self.journal.manifest.confirmed(self.tx, name, page) if name in self._adding else {},
        )
        for id_, items in page.items():
            if id_ in known.records:
                yield from self._record(known.records[id_], items, known)

    def _record(self, record: Holding, items: Items, known: Known) -> Iterator[PropertyChange]:
        changes = [change for item in items if (change := self._change(record, item, known))]
        yield from changes
        if changes:
            yield from self._stamped(record, known)

    def _change(self, record: Holding, item: Proposed | Vacated, known: Known) -> PropertyChange | None:
        """Work out the change of one value, unless something speaks against it."""
        target = self._targets[record.ref.object, item.property]
        held = known.held.get((record.ref.id, target.name))
        decided = (record.ref.id, item.property) in known.decided
        defined = target.name in self.present[record.ref.object]
        if isinstance(item, Vacated):
            if record.ref.id in known.unsure:
                return None
            change = vacated(target, record, item.value, defined=defined, decided=decided)
        else:
            folded = fold(target.spec, item.values)
            if folded.problem and not decided:
                self._refuse(target, record.ref, folded.problem, _as_proposed(item.values), held)
            ours = known.ours.get((record.ref.id, target.name))
            change = diff(target, record, folded, defined=defined, decided=decided, ours=ours)
        if change is None or (record.ref.id, target.spec.by) in known.failed:
            return None
        change = self._narrowed(target, record, change, held)
        if change and held and withheld(target, change, held):
            self._withheld[target.place] += 1
            return None
        if change and kept(target, change, known.altered.get((record.ref.id, target.name))):
            return None
        return change

    def _narrowed(
        self, target: Target, record: Holding, change: PropertyChange, held: Held | None
    ) -> PropertyChange | None:
        """Let plugins narrow a change, and read what they made of it again."""
        after = self.session.transform_change(change)
        if after is None or after.after == change.after:
            return after
        try:
            return narrowed(target, record, after, defined=target.name in self.present[record.ref.object])
        except Invalid as error:
            self._refuse(target, record.ref, error.code, _cut(after.after), held)
            return None

    def _stamped(self, record: Holding, known: Known) -> Iterator[PropertyChange]:
        """Give the day to what travels with the record's other changes."""
        for target in self._stamps:
            if target.spec.object == record.ref.object and (value := self._day(target)):
                decided = (record.ref.id, target.spec.name) in known.decided
                defined = target.name in self.present[record.ref.object]
                change = diff(target, record, value, defined=defined, decided=decided)
                if change and (record.ref.id, target.spec.by) not in known.failed:
                    yield change

    def _day(self, target: Target) -> Folded | None:
        try:
            return Folded(canonical(target.spec, self.as_of.isoformat()), "day of judging", target.spec.by)
        except Invalid as error:
            self._problems[target.place, target.spec.by, error.code] += 1
            return None

    def _refuse(self, target: Target, subject: Ref, code: str, text: str, held: Held | None) -> None:
        """Keep a value that its property cannot hold, unless a person has dropped it."""
        if held and held.value == text:
            self._withheld[target.place] += 1
            return
        self._problems[target.place, target.spec.by, code] += 1
        self._refused.append(Reject(subject, target.name, "invalid", code, text))


def _ordered(items: Iterable[Proposed | Vacated]) -> Items:
    return sorted(items, key=lambda item: item.property)


def _as_proposed(values: Iterable[ProposedValue]) -> str:
    """What open units propose for one property, as one text."""
    return _cut("; ".join(dict.fromkeys(_text(item.value) for item in values)))


def _text(value: Scalar) -> str:
    return ";".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _cut(text: str | None) -> str:
    """A text that the store can hold, and that is not too long to look at."""
    return (text or "")[:LONGEST_REFUSED].encode(errors="replace").decode()
