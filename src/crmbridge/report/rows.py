"""The portfolio: one row for each center, and the figures above them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from crmbridge.centers.properties import MOMENTUM_LABELS
from crmbridge.model import BuyingCenter, Momentum
from crmbridge.report.marks import ARROWS
from crmbridge.report.pick import Figures
from crmbridge.report.stages import stage_words
from crmbridge.report.text import MISSING, clean, number, percent, share
from crmbridge.report.view import Context, amount_of, case_name, company_name, outcome


@dataclass(frozen=True)
class RowView:
    """One row of the portfolio table.

    Attributes:
        place: Its rank, from 1.
        mapped: True if the report has a map of it.
        fill: Soft completeness, 0 to 1; ``mark`` is the hard one.
        momentum: How the group's engagement moves, in words; ``arrow`` is its sign.
    """

    place: int
    mapped: bool
    case: str
    company: str
    owner: str
    amount: str
    outcome: str
    stage: str
    since: str
    soft: str
    hard: str
    fill: float
    mark: float
    missing: str
    people: str
    momentum: str
    arrow: str
    reach: str
    threads: str
    single_threaded: bool
    withheld: int
    unknown: str


@dataclass(frozen=True)
class FigureView:
    """One figure above the table, with what it counts."""

    value: str
    label: str


def row(center: BuyingCenter, place: int, context: Context, *, mapped: bool) -> RowView:
    """Say what the row of ``center`` shows."""
    stage, since = stage_words(center)
    soft, hard = center.completeness / 100, center.completeness_hard / 100
    return RowView(
        place=place,
        mapped=mapped,
        case=case_name(center),
        company=company_name(center),
        owner=clean(center.owner, "nobody", 60),
        amount=amount_of(center),
        outcome=outcome(center),
        stage=stage,
        since=since,
        soft=percent(soft),
        hard=percent(hard),
        fill=share(soft),
        mark=share(hard),
        missing=", ".join(center.missing_roles) or "none",
        people=f"{center.coverage.engaged} of {center.coverage.known}",
        momentum=MOMENTUM_LABELS[center.engagement.momentum],
        arrow=ARROWS[center.engagement.momentum],
        reach=percent(context.reach(center.coverage.engaged)),
        threads=number(center.coverage.threads),
        single_threaded=center.coverage.single_threaded,
        withheld=center.withheld,
        unknown=clean(", ".join(center.unknown), "unnamed", 60) if center.unknown else "",
    )


def engagement_line(figures: Figures) -> str:
    """One line about how much the open groups engage, and how that moves; empty without open centers."""
    if figures.median_engagement is None:
        return ""
    moves = [f"{figures.momentum[key]:,} {_MOVES[key]}" for key in _MOVES if figures.momentum[key]]
    return f"Group engagement of open centers: median {figures.median_engagement} of 100; {', '.join(moves)}."


_MOVES: Final[dict[Momentum, str]] = {
    "rising": "rising (steigend)",
    "steady": "steady (gleichbleibend)",
    "falling": "falling (fallend)",
    "insufficient": "with too few touches (zu wenige Kontakte)",
}


def head(figures: Figures) -> tuple[FigureView, ...]:
    """The figures above the table."""
    median = figures.median_completeness
    shown = [
        FigureView(f"{figures.centers:,}", "buying centers"),
        FigureView(f"{figures.open:,}", "open"),
        FigureView(f"{figures.without_decider:,}", "open, nobody known to decide"),
        FigureView(f"{figures.single_threaded:,}", "open, single-threaded"),
        FigureView(MISSING if median is None else f"{median} %", "median completeness, open"),
    ]
    if figures.partly_judged:
        shown.append(FigureView(f"{figures.partly_judged:,}", "open, a plugin failed there"))
    return tuple(shown)
