"""How near a first sync comes to the limits of the API: large portals, a distant server, the two budgets.

``python -m benchmarks.sync_limits --help`` from the repository's root.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from benchmarks.catalogue import PROGRAMS, PROJECT
from benchmarks.outcome import Outcome, Truth
from benchmarks.running import sync
from benchmarks.server import Terms, serving
from benchmarks.table import machine, number, percent, table

CALLS: Final = 190
"""Calls in any ten seconds."""
SEARCHES: Final = 5
"""Searches in any second."""
CEILING: Final = CALLS / 10 * 100
"""Records a second if every call listed a full page, and nothing were searched or linked."""

PORTALS: Final = {
    "a": Terms(100_000, 10_000, 15_000, 60_000, rate=CALLS, searches=SEARCHES),
    "b": Terms(100_000, 10_000, 15_000, 0, each=10, rate=CALLS, searches=SEARCHES),
}
CASES: Final[dict[str, dict[str, Any]]] = {
    "lists": {"search_listing": False},
    "both": {},
    "pool": {"search_in_pool": True},
}
"""What is set of the connection: lists alone, lists and searches, the same where searches count as calls."""

HEAD: Final = (
    "case",
    "seconds",
    "records/s",
    "of 1,900",
    "calls per 1,000 records",
    "429",
    "most calls in 10 s",
    "most searches in 1 s",
    "peak MiB",
    "records",
    "links",
)


def main(
    *,
    portal: Annotated[str, typer.Option(help="a: 60,000 engagements; b: 1,000,000; a,b: both.")] = "a",
    case: Annotated[str, typer.Option(help="lists, both, pool; several with commas.")] = "lists,both,pool",
    latency: Annotated[str, typer.Option(help="Milliseconds before each answer; several with commas.")] = "150,400",
    share: Annotated[float, typer.Option(min=0.001, max=1, help="This share of the portal, to try things.")] = 1,
    dumps: Annotated[Path, typer.Option(help="Folder of the portals' files, made if missing.")] = Path(
        "benchmarks/dumps"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the table to a file too.")] = None,
) -> None:
    """Sync each portal in each case at each latency, each time from nothing."""
    rows, documents, before = [], [], machine()
    for name in portal.split(","):
        for wait in latency.split(","):
            for what in case.split(","):
                terms = _terms(name, share, dumps, float(wait) / 1000, in_pool=what == "pool")
                outcome, truth = _measured(terms, what)
                title = f"{name}, {wait} ms, {what}"
                rows.append(_row(title, outcome, truth))
                documents.append({"case": title, **outcome.as_json(truth)})
                typer.echo(" | ".join(rows[-1]), err=True)
    shown = f"{before}\n\n{table(HEAD, rows)}"
    if output is not None:
        output.write_text(shown, encoding="utf-8")
    typer.echo(json.dumps(documents, indent=2) if as_json else shown)


def _terms(name: str, share: float, dumps: Path, latency: float, *, in_pool: bool) -> Terms:
    """Return the terms of one run."""
    whole = PORTALS[name]
    return replace(
        whole,
        contacts=round(whole.contacts * share),
        companies=round(whole.companies * share),
        deals=round(whole.deals * share),
        engagements=round(whole.engagements * share),
        dump=str((dumps / f"{name}-{share:g}.db").absolute()),
        latency=latency,
        in_pool=in_pool,
    )


def _measured(terms: Terms, case: str) -> tuple[Outcome, Truth]:
    with serving(terms) as server:
        return sync(PROGRAMS[PROJECT], server, {}, CASES[case]), Truth.of(server)


def _row(title: str, outcome: Outcome, truth: Truth) -> list[str]:
    figures, measured = outcome.figures, outcome.measured
    assert figures is not None
    assert measured is not None
    whole = outcome.whole(truth)
    return [
        f"{title} ({outcome.fault})" if outcome.fault else title,
        number(outcome.seconds),
        number(outcome.pace),
        f"{outcome.pace / CEILING:.0%}",
        f"{figures.calls * 1000 / outcome.records:.1f}" if outcome.records else "-",
        number(figures.refused),
        number(figures.most),
        number(figures.most_searches),
        number(measured.peak_mib),
        percent(whole.pop("records")),
        percent(min(whole.values())),
    ]


if __name__ == "__main__":
    sys.argv[0] = "python -m benchmarks.sync_limits"
    typer.run(main)
