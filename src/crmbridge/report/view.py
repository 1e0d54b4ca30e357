"""What a map shows of a buying center: words and figures, ready to be drawn. No I/O, no geometry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from crmbridge.model import BuyingCenter, StageModel
from crmbridge.report.arrows import MOST
from crmbridge.report.gaps import next_gap
from crmbridge.report.seats import SEATS, SeatView, decides, seat
from crmbridge.report.stages import PhaseView, stage_words, track
from crmbridge.report.text import clean, day, link, money, number, percent, share

BENCHMARK: Final = 6.8
"""People in a B2B buying group, on average; see ``BENCHMARK_SOURCE``."""

BENCHMARK_SOURCE: Final = "CEB/Gartner, Harvard Business Review 2017"
"""Where the benchmark comes from, as the configuration's default says."""


@dataclass(frozen=True)
class Context:
    """What holds for the whole report.

    Attributes:
        as_of: The day it is about; None leaves ages out.
        benchmark: People in a buying group to compare with.
        source: Where the benchmark comes from.
        stance: True to show how people stand to the purchase.
        stages: Stage models of the plugins: what stages are called.
    """

    as_of: date | None = None
    benchmark: float = BENCHMARK
    source: str = BENCHMARK_SOURCE
    stance: bool = False
    stages: tuple[StageModel, ...] = ()

    def reach(self, engaged: int) -> float:
        """Engaged people divided by the benchmark; it may exceed 1."""
        return engaged / self.benchmark if self.benchmark > 0 else 0.0


@dataclass(frozen=True)
class MeterView:
    """A figure with a bar.

    Attributes:
        fill: The bar, 0 to 1.
        mark: A second value on the same bar, 0 to 1.
        note: A line below.
    """

    label: str
    text: str
    fill: float
    mark: float | None
    note: str


@dataclass(frozen=True)
class MapView:
    """All that a map shows.

    Attributes:
        facts: Lines about the case.
        decider: Who decides; ``decider_note`` says how certain that is.
        stage: Present phase; ``stage_note`` says since when.
        source: Where the benchmark comes from.
        urgent: True if ``gap`` asks for something to be done.
        advice: Who asks whom, of those who sit in the picture, the strongest first; pairs of members' ids.
        warnings: Short sentences that must not be missed.
        url: The case in the CRM, if it is an https address.
    """

    case: str
    company: str
    amount: str
    facts: tuple[str, ...]
    seats: tuple[SeatView, ...]
    advice: tuple[tuple[str, str], ...]
    decider: str
    decider_note: str
    stage: str
    stage_note: str
    phases: tuple[PhaseView, ...]
    urgent: bool
    gap: str
    completeness: MeterView
    coverage: MeterView
    source: str
    warnings: tuple[str, ...]
    url: str | None

    @property
    def summary(self) -> str:
        """The picture in words, for those who cannot see it."""
        parts = [f"{self.case}, {self.company}, {self.amount}", f"Decides: {self.decider}", f"Next gap: {self.gap}"]
        parts += [f"Stage: {self.stage}, {self.stage_note}", *(item.words for item in self.seats)]
        names = {person.member_id: person.name for item in self.seats for person in item.people}
        parts += [*(f"{names[asking]} asks {names[asked]}" for asking, asked in self.advice), *self.warnings]
        return ". ".join(part.rstrip(".") for part in parts) + "."


def case_name(center: BuyingCenter) -> str:
    """The deal's name, else the center's."""
    return clean(center.deal.name if center.deal else None) or clean(center.name, "Unnamed case")


def company_name(center: BuyingCenter) -> str:
    """The buying company's name."""
    return clean(center.company.name if center.company else None, "Company unknown")


def amount_of(center: BuyingCenter) -> str:
    """The deal's amount; before any deal there is none."""
    return money(center.deal.amount, center.deal.currency) if center.deal else "no deal yet"


def outcome(center: BuyingCenter) -> str:
    """``open``, ``won`` or ``lost``."""
    if center.is_open:
        return "open"
    return "won" if center.deal and center.deal.is_won else "lost"


def _facts(center: BuyingCenter) -> tuple[str, ...]:
    when = f"Open since {day(center.opened_on)}"
    if not center.is_open:
        when = f"{outcome(center).capitalize()} {day(center.closed_on)}"
    stage = clean(center.stage_label, "none", 60)
    return (when, f"CRM stage: {stage}", f"Owner: {clean(center.owner, 'nobody', 60)}", _group(center))


def _group(center: BuyingCenter) -> str:
    """How much the group engages, and whether a decider or the management does."""
    momentum = center.engagement.momentum
    trend = "" if momentum == "insufficient" else f", {momentum}"
    backing = "executive backing" if center.coverage.exec_backing else "no executive backing"
    return f"Group engagement {number(center.engagement.score, 0)}{trend} · {backing}"


def _warnings(center: BuyingCenter) -> tuple[str, ...]:
    found = []
    if center.unknown:
        found.append(f"{clean(', '.join(center.unknown), 'A plugin', 30)} failed here: unknown, not empty")
    if center.coverage.single_threaded and center.is_open:
        found.append("Single-threaded: one person carries the conversation")
    return tuple(found)


def completeness(center: BuyingCenter) -> MeterView:
    """How certainly the required roles are filled, with the share that is filled as a mark."""
    soft, hard = center.completeness / 100, center.completeness_hard / 100
    return MeterView(
        "Completeness", percent(soft), share(soft), share(hard), f"{percent(hard)} of required seats filled"
    )


def coverage(center: BuyingCenter, context: Context) -> MeterView:
    """How many people take part, compared with the benchmark."""
    found = center.coverage
    ratio = context.reach(found.engaged)
    text = f"{found.engaged} of {found.known} known" + (f", {center.withheld} withheld" if center.withheld else "")
    note = f"{percent(ratio)} of {number(context.benchmark)}, the average group · {number(found.threads)} threads"
    return MeterView("Engaged", text, share(ratio), None, note)


def _advice(center: BuyingCenter, seats: Iterable[SeatView]) -> tuple[tuple[str, str], ...]:
    """Pairs of seated people of whom one asks the other, the strongest ties first."""
    seated = {person.member_id for item in seats if item.taken for person in item.people}
    ties = [tie for tie in center.relations if tie.kind == "advice" and {tie.source, tie.target} <= seated]
    ties.sort(key=lambda tie: (-tie.weight, tie.source, tie.target))
    return tuple((tie.source, tie.target) for tie in ties if tie.source != tie.target)[:MOST]


def view(center: BuyingCenter, context: Context) -> MapView:
    """Say what a map of ``center`` shows."""
    seats = {role: seat(center, role, stance=context.stance) for role in SEATS}
    decider, decider_note = decides(seats["decider"])
    stage, stage_note = stage_words(center, context.as_of)
    urgent, gap = next_gap(center)
    record = center.deal or center.company
    return MapView(
        case=case_name(center),
        company=company_name(center),
        amount=amount_of(center),
        facts=_facts(center),
        seats=tuple(seats.values()),
        advice=_advice(center, seats.values()),
        decider=decider,
        decider_note=decider_note,
        stage=stage,
        stage_note=stage_note,
        phases=track(center),
        urgent=urgent,
        gap=gap,
        completeness=completeness(center),
        coverage=coverage(center, context),
        source=clean(context.source, "not stated", 120),
        warnings=_warnings(center),
        url=link(record.url) if record else None,
    )
