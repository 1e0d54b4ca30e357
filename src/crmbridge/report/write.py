"""The report: read the centers once, choose, redact, draw, write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from crmbridge.model import BuyingCenter, Finding, PlanHeader, StageModel
from crmbridge.model.failures import FailureGroup
from crmbridge.report import redact as redaction
from crmbridge.report.evidence import RoleEvidence, evidence
from crmbridge.report.failed import failure_rows
from crmbridge.report.page import render_page, render_svg, write_private
from crmbridge.report.people import PeopleView, people
from crmbridge.report.pick import RANKING, Picked, pick
from crmbridge.report.picture import tall, wide
from crmbridge.report.rows import engagement_line, head, row
from crmbridge.report.shapes import Drawing
from crmbridge.report.stays import StaysView, stays
from crmbridge.report.text import clean, day, number
from crmbridge.report.view import BENCHMARK, BENCHMARK_SOURCE, Context, MapView, view


@dataclass(frozen=True)
class ReportResult:
    """What was written.

    Attributes:
        path: The file.
        centers: Centers read.
        rows: Centers in the table.
        maps: Centers with a map.
    """

    path: Path
    centers: int
    rows: int
    maps: int


@dataclass(frozen=True)
class _Map:
    """A map as the page shows it, drawn for both widths."""

    place: int
    view: MapView
    wide: Drawing
    tall: Drawing
    evidence: tuple[RoleEvidence, ...]
    people: PeopleView
    stays: StaysView


def _map(center: BuyingCenter, place: int, context: Context) -> _Map:
    seen = view(center, context)
    return _Map(
        place,
        seen,
        wide(seen),
        tall(seen),
        evidence(center),
        people(center, stance=context.stance),
        stays(center, context.stages),
    )


def _redacted(picked: Picked) -> Picked:
    """The same choice under pseudonyms, numbered in the order of the table."""
    redactor = redaction.Redactor()
    rows = tuple(redactor.center(center) for center in picked.rows)
    return Picked(picked.figures, rows, tuple(redactor.center(center) for center in picked.top))


def write_report(  # noqa: PLR0913  # keyword-only, each with its own default
    path: str | Path,
    centers: Iterable[BuyingCenter],
    *,
    account: str,
    as_of: date,
    top: int = 20,
    rows: int = 200,
    redact: bool = False,
    benchmark: float = BENCHMARK,
    benchmark_source: str = BENCHMARK_SOURCE,
    plan: PlanHeader | None = None,
    plugins: Mapping[str, str] | None = None,
    findings: Iterable[Finding] = (),
    stance: bool = False,
    stages: Iterable[StageModel] = (),
    failed: Iterable[FailureGroup] = (),
) -> ReportResult:
    """Write one HTML file with the portfolio and the maps of its first centers.

    The centers are read once; what the page does not show is not kept. The file is readable by its owner only and
    is replaced as a whole: if anything fails, the old one stays.

    Args:
        path: Where to write; missing folders are made.
        centers: Buying centers, in any order.
        account: Name of the CRM account, for the heading.
        as_of: The day the centers were judged for.
        top: Number of maps.
        rows: Number of table rows.
        redact: Put pseudonyms in place of people, addresses, titles, companies, deals and owners, and leave out all
            evidence texts, finding texts and links.
        benchmark: People in a buying group to compare with.
        benchmark_source: Where that number comes from; it is shown.
        plan: What would be written to the CRM, if a plan was made.
        plugins: Names and versions of the plugins that judged.
        findings: What checks said besides the plan's own findings.
        stance: Show how people stand to the purchase: it judges them.
        stages: Stage models of the plugins: what stages are called.
        failed: What plugins failed on, grouped.

    Raises:
        FixConfig: The file cannot be written there.
    """
    context = Context(as_of, benchmark, benchmark_source, stance, tuple(stages))
    picked = pick(centers, rows=rows, top=top)
    said = (*(plan.findings if plan else ()), *findings)
    if redact:
        picked, account = _redacted(picked), redaction.ACCOUNT
        said = tuple(redaction.finding(item) for item in said)
    maps = len(picked.top)
    pieces = render_page(
        account=clean(account, "Unnamed account", 120),
        as_of=day(as_of),
        redacted=redact,
        figures=head(picked.figures),
        engagement=engagement_line(picked.figures),
        ranking=RANKING,
        benchmark=number(benchmark),
        source=clean(benchmark_source, "source not stated", 160),
        rows=[row(center, place, context, mapped=place <= maps) for place, center in enumerate(picked.rows, 1)],
        maps=(_map(center, place, context) for place, center in enumerate(picked.top, 1)),
        total=picked.figures.centers,
        open_rows=max(maps, 20),
        plan=plan,
        findings=said,
        plugins=sorted((plugins or {}).items()),
        failed=failure_rows(failed, redact=redact),
        clean=clean,
    )
    target = Path(path)
    write_private(target, pieces)
    return ReportResult(target, picked.figures.centers, len(picked.rows), maps)


def center_svg(
    center: BuyingCenter,
    *,
    as_of: date | None = None,
    benchmark: float = BENCHMARK,
    benchmark_source: str = BENCHMARK_SOURCE,
    redact: bool = False,
    stance: bool = False,
) -> str:
    """Draw one center as an SVG file of its own, in light colours, for a slide or a document.

    Args:
        center: What to draw.
        as_of: The day it is about; without it the stage shows no age.
        benchmark: People in a buying group to compare with.
        benchmark_source: Where that number comes from.
        redact: Draw it under pseudonyms.
        stance: Show how people stand to the purchase: it judges them.
    """
    shown = redaction.Redactor().center(center) if redact else center
    return render_svg(view(shown, Context(as_of, benchmark, benchmark_source, stance)))
