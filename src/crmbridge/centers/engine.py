"""Running the judge over what changed or fell due, and storing the answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from crmbridge.centers.cases import company_centers, deal_centers, first_touch_to_come, next_change
from crmbridge.centers.graph import Graph, Reads, World
from crmbridge.centers.judge import Judge, Judged
from crmbridge.config import Config
from crmbridge.model.base import Frozen
from crmbridge.model.centers import BuyingCenter
from crmbridge.model.persons import CompanyFacts, PersonFacts
from crmbridge.model.portfolio import Portfolio
from crmbridge.model.records import Company
from crmbridge.plugins import Session
from crmbridge.store import Failure, Judgements, Mirror, Progress, Queue, Run, Store, Unit, UnitKind

BATCH: Final = 100
"""Units assembled together: their neighbours are read in a few queries, and fit in memory."""

JudgeProgress = Callable[[UnitKind, int], None]
"""Called with a kind of unit and how many of it were looked at."""


@dataclass(frozen=True)
class JudgeResult:
    """Figures of one judging.

    Attributes:
        seen: Units whose neighbourhood changed or that fell due.
        judged: Those whose inputs really differed.
        failed: Those on which a plugin failed.
    """

    seen: int = 0
    judged: int = 0
    failed: int = 0


@dataclass(frozen=True)
class _Input:
    """One unit, assembled."""

    id: str
    hash: str
    due_on: date | None
    last_on: date | None
    judge: Callable[[Judge], Judged]


class JudgeEngine:
    """Judges what waits in the queue of one connection.

    ``reads`` names properties that are treated apart, ``stats`` are the figures over all cases.
    """

    def __init__(
        self,
        store: Store,
        connection: str,
        config: Config,
        session: Session,
        *,
        today: date,
        timezone: str,
        reads: Reads | None = None,
        stats: Portfolio | None = None,
    ) -> None:
        self.store = store
        self.config = config
        self.session = session
        self.today = today
        self.timezone = timezone
        self.reads = reads
        self.stats = stats or Portfolio()
        self.mirror = Mirror(store, connection, config.writeback.prefix)
        self.judgements = Judgements(store, connection)
        self.queue = Queue(store, connection)
        self.progress = Progress(store, connection)

    def run(
        self, run: Run, fingerprint: str, report: JudgeProgress | None = None, *, look_at_all: bool = False
    ) -> JudgeResult:
        """Judge what changed or fell due; everything, if config or plugins did (``fingerprint``).

        ``look_at_all`` looks whether the inputs of any unit differ: the figures over all cases are among them.
        """
        account = self.progress.account()
        judged_with, _, judged_for = (account.fingerprint if account else "").partition(" ")
        # What was judged for a later day says nothing about this one: due days only look forward.
        everything = judged_with != fingerprint or judged_for > self.today.isoformat()
        with self.store.writing(run.lease) as tx:
            self.queue.fill(tx, self.today, everything=everything or look_at_all)
            self.progress.set_fingerprint(tx, f"{fingerprint} {self.today}")
            if everything:
                self.judgements.forget_hashes(tx)
        world = World.load(self.mirror, self.judgements, self.today, self.timezone, self.reads)
        judge = Judge(self.session, self.config, self.today)
        total = JudgeResult()
        graph = Graph(world)
        for kind in _KINDS:
            for ids in self.queue.batches(kind, BATCH):
                graph = Graph(world) if graph.is_full else graph
                for near, found in self._with_those_near(graph, kind, ids):
                    total = _add(total, self._batch(run, graph, judge, near, found))
                    if report:
                        report(near, len(found))
        return total

    def look(self, kind: UnitKind, ids: Sequence[str]) -> Iterator[tuple[str, Judged]]:
        """Judge some units of one kind, waiting or not, each as if it were alone; nothing is stored.

        Units that are not there are left out.
        """
        world = World.load(self.mirror, self.judgements, self.today, self.timezone, self.reads)
        for start in range(0, len(ids), BATCH):
            graph = Graph(world)
            with self.store.reading() as tx:
                graph.tx = tx
                inputs = list(self._inputs(graph, kind, ids[start : start + BATCH]))
            for item in inputs:
                yield item.id, item.judge(Judge(self.session, self.config, self.today))

    def _with_those_near(self, graph: Graph, kind: UnitKind, ids: list[str]) -> Iterator[tuple[UnitKind, list[str]]]:
        """Yield the batch, and after centers what waits of their people and companies: they have just been read."""
        yield kind, ids
        if kind == "center":
            near: tuple[tuple[UnitKind, Iterable[str]], ...] = (("contact", graph.people), ("company", graph.staffed))
            for other, known in near:
                if waiting := self.queue.waiting(other, known):
                    yield other, waiting

    def _batch(self, run: Run, graph: Graph, judge: Judge, kind: UnitKind, ids: list[str]) -> JudgeResult:
        with self.store.reading() as tx:
            graph.tx = tx
            inputs = {item.id: item for item in self._inputs(graph, kind, ids)}
            known = self.judgements.hashes(tx, kind, ids)
        fresh = [item for item in inputs.values() if not self._stands(item, known.get(item.id))]
        units = [_unit(kind, item, item.judge(judge)) for item in fresh]
        with self.store.writing(run.lease) as tx:
            self.judgements.remove(tx, kind, known.keys() - inputs.keys())
            self.judgements.put(tx, kind, units)
            self.queue.take_out(tx, kind, ids)
        return JudgeResult(len(ids), len(units), sum(bool(unit.failures) for unit in units))

    def _stands(self, item: _Input, known: tuple[str, str | None] | None) -> bool:
        """True if the stored answers still hold: same inputs, not due, and no plugin failed."""
        return bool(known and known[0] == item.hash and (known[1] is None or known[1] > self.today.isoformat()))

    def _inputs(self, graph: Graph, kind: UnitKind, ids: Sequence[str]) -> Iterable[_Input]:
        if kind == "center":
            deals = [item.removeprefix("deal:") for item in ids if item.startswith("deal:")]
            companies = _without_deal(graph, [item.removeprefix("company:") for item in ids if item[0] == "c"])
            centers = {**deal_centers(graph, deals), **company_centers(graph, companies)}
            waiting = {key: day for key in companies if (day := first_touch_to_come(graph, key))}
            return [
                *(self._center(graph, center) for center in centers.values()),
                *(_nothing_yet(key, day) for key, day in waiting.items() if f"company:{key}" not in centers),
            ]
        if kind == "contact":
            return [self._contact(graph, item) for item in graph.persons(ids).values()]
        return [self._company(graph, item) for item in graph.firms(ids).values()]

    def _center(self, graph: Graph, center: BuyingCenter) -> _Input:
        last_on = center.touches[-1].on if center.touches else center.opened_on
        due = next_change(graph, center)
        digests = [touch.text_digest for touch in center.touches]
        mark = self._hash(center, due, center.company, digests)
        return _Input(center.id, mark, due, last_on, lambda judge: judge.center(center))

    def _contact(self, graph: Graph, person: PersonFacts) -> _Input:
        contact = person.contact
        due = graph.next_engagement([contact.ref])
        mark = self._hash(person, due, person.company, [item.digest for item in person.remarks])
        return _Input(contact.id, mark, due, person.last_two_way_on, lambda judge: judge.contact(person))

    def _company(self, graph: Graph, facts: CompanyFacts) -> _Input:
        key = facts.company.id
        due = graph.next_engagement(graph.circle(key))
        mark = self._hash(facts, due, facts.company, [item.digest for item in facts.remarks])
        return _Input(key, mark, due, facts.last_touch_on, lambda judge: judge.company(facts))

    def _hash(self, facts: Frozen, due_on: date | None, company: Company | None, digests: Iterable[str | None]) -> str:
        """Hash what judging rests on: the facts, what the figures over all cases say of them, and the day of change."""
        gap = self.stats.gap_p90(company.industry if company else None)
        templates = [mark for mark in digests if mark in self.stats.templates]
        return hashlib.sha256(f"{due_on} {gap} {templates} {facts.model_dump_json()}".encode()).hexdigest()


def _without_deal(graph: Graph, company_ids: list[str]) -> list[str]:
    with_deal = graph.world.mirror.links.having(graph.tx, "company", company_ids, "deal") if company_ids else set()
    return [key for key in company_ids if key not in with_deal]


def _nothing_yet(company_id: str, day: date) -> _Input:
    """A company that may have a center from ``day`` on."""
    return _Input(f"company:{company_id}", "none", day, None, lambda _: Judged())


_KINDS: tuple[UnitKind, ...] = ("center", "contact", "company")


def _unit(kind: UnitKind, item: _Input, judged: Judged) -> Unit:
    judged.due(item.due_on)
    failures = {(item.plugin, item.hook): Failure(item.plugin, item.hook, item.message) for item in judged.failures}
    return Unit(
        kind=kind,
        id=item.id,
        input_hash="" if failures else item.hash,  # what failed may pass: a call cut short, a file that was missing
        values=judged.values,
        failures=list(failures.values()),
        center=judged.center,
        due_on=judged.due_on,
        last_on=item.last_on,
    )


def _add(one: JudgeResult, other: JudgeResult) -> JudgeResult:
    return JudgeResult(one.seen + other.seen, one.judged + other.judged, one.failed + other.failed)
