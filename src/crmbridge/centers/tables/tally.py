"""Counting the ways of one group as they stream by: counters only, so that memory stays flat."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final, TypeVar

from crmbridge.centers.tables.results import Conversion, DropOffs, Flow, GroupTables, StageFigures, Variant
from crmbridge.centers.tables.statistics import kaplan_meier, rate
from crmbridge.centers.tables.stays import Way, converted, durations, entries, pauses
from crmbridge.model.journey import JourneyStage, StageModel

K = TypeVar("K")

MOST_VARIANTS: Final = 10_000
"""Ways that are told apart in one group; further ones are counted together."""

Days = defaultdict[str, Counter[tuple[int, bool]]]


class Tally:
    """The counters of one group.

    Args:
        model: The stage model.
        today: What lasts, lasts until here.
        horizon_days: How long a first entry is watched.
    """

    def __init__(self, model: StageModel, today: date, horizon_days: int) -> None:
        self.model = model
        self.today = today
        self.horizon_days = horizon_days
        self.subjects = 0
        self.untold = 0
        self.stays: Counter[str] = Counter()
        self.reentries: Counter[str] = Counter()
        self.volume: Counter[str] = Counter()
        self.present: Counter[str] = Counter()
        self.lengths: Days = defaultdict(Counter)
        self.pauses: Days = defaultdict(Counter)
        self.cohorts: Counter[tuple[str, str | None, bool]] = Counter()
        self.flows: Counter[tuple[str | None, str | None]] = Counter()
        self.variants: Counter[tuple[str, ...]] = Counter()
        self.amounts: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)

    def add(self, way: Way, amount: tuple[str, Decimal] | None, closed_on: date | None = None) -> None:
        """Count one subject's way.

        Args:
            way: Its stays.
            amount: The currency and the amount of its deal.
            closed_on: The day on which its case was closed.
        """
        if not way:
            self.untold += 1
            return
        self.subjects += 1
        for visit in way:
            self.stays[visit.stage] += 1
            self.reentries[visit.stage] += visit.is_reentry
        self.present[way[-1].stage] += way[-1].is_censored
        for stage in entries(way):
            self.volume[stage] += 1
            if amount:
                self.amounts[stage, amount[0]] += amount[1]
        for stage, days, ended in durations(way, self.today):
            self.lengths[stage][days, ended] += 1
        for stage, days, ended in pauses(way, self.today, closed_on):
            self.pauses[stage][days, ended] += 1
        self._follow(way)
        self._watch(way)

    def _follow(self, way: Way) -> None:
        stages = tuple(visit.stage for visit in way)
        self.flows[None, stages[0]] += 1
        self.flows.update(pairwise(stages))
        if not way[-1].is_censored:
            self.flows[stages[-1], None] += 1
        is_kept = stages in self.variants or len(self.variants) < MOST_VARIANTS
        self.variants[stages if is_kept else ()] += 1

    def _watch(self, way: Way) -> None:
        keys = self.model.keys
        for source in entries(way):
            place = keys.index(source) if source in keys else len(keys)
            ways: list[tuple[str | None, tuple[str, ...]]] = [(None, keys[place + 1 :])]
            ways += [(target, (target,)) for start, target in self.model.transitions if start == source]
            for target, targets in ways:
                answer = converted(way, source, targets, self.horizon_days, self.today)
                if answer is not None:
                    self.cohorts[source, target, answer] += 1

    def result(self, group: str) -> GroupTables:
        """Turn the counters into tables."""
        moves = {pair: count for pair, count in self.flows.items() if None not in pair and pair[0] != pair[1]}
        foreseen = sum(count for pair, count in moves.items() if pair in self.model.transitions)
        return GroupTables(
            group=group,
            subjects=self.subjects,
            untold=self.untold,
            conformance=rate(foreseen, sum(moves.values())),
            stages=tuple(self._figures(stage) for stage in self.model.stages),
            conversions=tuple(
                Conversion(source, target, rate(*self._cohort(source, target)))
                for source, target in self.model.transitions
            ),
            flows=tuple(
                Flow(*pair, count) for pair, count in _ranked(self.flows, lambda pair: [k or "" for k in pair])
            ),
            variants=tuple(Variant(stages, count) for stages, count in _ranked(self.variants, list)),
        )

    def _cohort(self, source: str, target: str | None) -> tuple[int, int]:
        done = self.cohorts[source, target, True]
        return done, done + self.cohorts[source, target, False]

    def _figures(self, stage: JourneyStage) -> StageFigures:
        key = stage.key
        broken = self.pauses[key]
        resumed = sum(count for (_, went_on), count in broken.items() if went_on)
        return StageFigures(
            stage=key,
            label=stage.label,
            label_de=stage.label_de or stage.label,
            volume=self.volume[key],
            present=self.present[key],
            stays=self.stays[key],
            reentries=self.reentries[key],
            conversion=rate(*self._cohort(key, None)),
            velocity=kaplan_meier(self.lengths[key].elements()),
            value={currency: sum_ for (at, currency), sum_ in sorted(self.amounts.items()) if at == key},
            drop_offs=DropOffs(
                rate=rate(broken.total(), 0 if stage.terminal else self.stays[key]),
                resumed=rate(resumed, broken.total()),
                pauses=kaplan_meier(broken.elements()),
            ),
        )


def _ranked(counts: Counter[K], order: Callable[[K], list[str]]) -> Iterable[tuple[K, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], order(item[0])))
