"""From rows to a stored plan: counted, hashed, guarded, checked by plugins. Every kind of plan goes this way."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Protocol

import sqlalchemy as sa

from crmbridge.config import Writeback
from crmbridge.model.changes import Change, Place
from crmbridge.model.plan import Finding, Plan, PlanHeader, PropertyCount
from crmbridge.plugins import Session
from crmbridge.store import Journal, Mirror, Progress, Run, Store
from crmbridge.writeback.guard import deviations, guard
from crmbridge.writeback.planning.scope import OBJECTS
from crmbridge.writeback.tally import Tally


class Part(Protocol):
    """Some of the rows of a plan."""

    def rows(self) -> Iterator[Change]:
        """Stream them, in the plan's order."""
        ...

    def findings(self) -> Iterable[Finding]:
        """What there is to say about them; asked for when they have streamed."""
        ...


@dataclass(frozen=True)
class Planning:
    """What making a plan works with.

    Attributes:
        config: Section ``[writeback]``.
        plugins: Name to version.
        session: Of this run; narrows changes and checks the plan.
        run: Holds the lease.
        as_of: The day it is made for.
        account_id: The platform's id of the account.
    """

    store: Store
    connection: str
    config: Writeback
    plugins: dict[str, str]
    session: Session
    run: Run
    as_of: date
    account_id: str

    def header(self, origin: str = "judged", *, only: Sequence[str] = (), limit: int | None = None) -> PlanHeader:
        """A header without figures."""
        account = Progress(self.store, self.connection).account()
        return PlanHeader(
            id=uuid.uuid4().hex,
            connection=self.connection,
            account_id=self.account_id,
            as_of=self.as_of,
            created_at=Journal(self.store, self.connection).plans.now(),
            serial=account.serial if account else 0,
            plugins=self.plugins,
            origin=origin,
            only=tuple(only),
            limit=limit,
        )


def store_plan(
    planning: Planning,
    header: PlanHeader,
    parts: Callable[[sa.Connection], Iterable[Part]],
    proposed: Mapping[str, int] | None = None,
) -> Plan:
    """Store the rows of all parts as one plan; nothing is sent.

    The rows are stored first, the hash last: a plan without a hash was not finished and cannot be applied. Part follows
    part: one that streams finds the rows of those before it in ``plan_rows``.

    Args:
        planning: What to work with.
        header: Of the plan, without figures.
        parts: Makes the parts for one writing transaction, in which they stream.
        proposed: For how many records something is proposed, by ``object.property``; filled as the parts stream.

    Raises:
        LeaseLost: Another run has taken over.
    """
    journal = Journal(planning.store, planning.connection)
    mirror = Mirror(planning.store, planning.connection, planning.config.prefix)
    tally, row = Tally(header), 0
    with planning.store.writing(planning.run.lease) as tx:
        journal.plans.begin(tx, header)
        made = list(parts(tx))
        for part in made:
            row = journal.plans.add(tx, header.id, tally.watch(part.rows()), row)
    with planning.store.reading() as tx:
        tally.existing = _existing(tx, mirror, journal, tally)
        figures = {"records": journal.plans.records(tx, header.id), "proposed": dict(sorted((proposed or {}).items()))}
        released = journal.manifest.released(tx)
        narrowed = header.only or header.limit is not None
        before = journal.written_on(tx, header.as_of) if narrowed else {}
    draft = tally.complete().model_copy(update=figures)
    found = [finding for part in made for finding in part.findings()]
    found += _guarded(planning, draft, released, before)
    plan = _plan(journal, draft.model_copy(update={"findings": tuple(found)}))
    final = draft.model_copy(update={"findings": (*found, *planning.session.check_plan(plan))})
    with planning.store.writing(planning.run.lease) as tx:
        journal.plans.set_header(tx, final)
    return _plan(journal, final)


def _existing(tx: sa.Connection, mirror: Mirror, journal: Journal, tally: Tally) -> Counter[Place]:
    """Count what stands there now of all that has rows: values in the mirror, and labels of ours."""
    found: Counter[Place] = Counter()
    places = tally.places() - tally.created - tally.labels.keys()
    for name in OBJECTS:
        filled = mirror.filled(tx, name, sorted(item for object_, item in places if object_ == name))
        found.update({(name, item): count for item, count in filled.items()})
    for place, row in tally.labels.items():
        found[place] = journal.manifest.labelled(tx, row.subject.object, row.target.object, row.label)
    return found


def _guarded(
    planning: Planning,
    header: PlanHeader,
    released: Mapping[Place, tuple[str, str]],
    before: Mapping[Place, tuple[int, int]],
) -> Iterator[Finding]:
    """Say why a plan waits, or looks odd. A slice counts with what was written ``before`` on its day."""
    limits = planning.config.guard
    restores = header.origin not in ("judged", "retry")
    counts = [_with(count, before.get((count.object, count.property), (0, 0))) for count in header.counts]
    yield from guard(counts, released, header.plugins, limits, prefix=planning.config.prefix, restores=restores)
    if header.proposed and limits.deviation_plans:
        plans = Journal(planning.store, planning.connection).plans
        earlier = islice(_earlier(header, plans.recent()), limits.deviation_plans)
        yield from deviations(header.proposed, list(earlier), limits)


def _with(count: PropertyCount, before: tuple[int, int]) -> PropertyCount:
    changed, cleared = before
    return count.model_copy(update={"changed": count.changed + changed, "cleared": count.cleared + cleared})


def _earlier(header: PlanHeader, recent: Iterable[PlanHeader]) -> Iterator[Mapping[str, int]]:
    """What earlier plans proposed: of each state of the mirror and day the newest, and none of the present one.

    So planning twice gives the same plan.
    """
    seen = {(header.serial, header.as_of)}
    for item in recent:
        if item.proposed and (item.serial, item.as_of) not in seen:
            seen.add((item.serial, item.as_of))
            yield item.proposed


def _plan(journal: Journal, header: PlanHeader) -> Plan:
    return Plan(header, lambda: journal.plans.changes(header.id))
