"""Whether the memory of a first sync grows with the account: peak resident memory at two sizes.

``python -m benchmarks.memory --help`` from the repository's root.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.catalogue import PROGRAMS, PROJECT
from benchmarks.outcome import Outcome, Truth
from benchmarks.running import FREE, sync
from benchmarks.server import Terms, serving
from benchmarks.table import machine, number, percent, table

SHARES: Final = (0.57, 0.06, 0.08, 0.29)
"""Of contacts, companies, deals and engagements among all records: about as in ``hubspot_sync``."""
GROWTH: Final = 1.10
"""What is aimed at: ten per cent more for the largest than for the smallest at most."""
MOST: Final = 300
"""MiB that are aimed at, whatever the size."""
HEAD: Final = ("records", "peak MiB", "seconds", "records/s", "records kept", "links kept")


def main(
    *,
    sizes: Annotated[str, typer.Option(help="Numbers of records, ascending, with commas.")] = "100000,1000000",
    dumps: Annotated[Path, typer.Option(help="Folder of the portals' files, made if missing.")] = Path(
        "benchmarks/dumps"
    ),
    output: Annotated[Path | None, typer.Option(help="Write the table to a file too.")] = None,
) -> None:
    """Sync portals of several sizes without limits and latency, and print the peak of memory."""
    rows, peaks, before = [], [], machine()
    for size in map(int, sizes.split(",")):
        contacts, companies, deals, engagements = (round(size * share) for share in SHARES)
        dump = str((dumps / f"memory-{size}.db").absolute())
        with serving(Terms(contacts, companies, deals, engagements, dump=dump)) as server:
            outcome = sync(PROGRAMS[PROJECT], server, {}, FREE)
        rows.append(_row(size, outcome, Truth.of(server)))
        peaks.append(outcome.measured.peak_mib if outcome.measured else 0)
        typer.echo(" | ".join(rows[-1]), err=True)
    shown = f"{before}\n\n{table(HEAD, rows)}\n{_verdict(peaks)}\n"
    if output is not None:
        output.write_text(shown, encoding="utf-8")
    typer.echo(shown)


def _row(size: int, outcome: Outcome, truth: Truth) -> list[str]:
    whole = outcome.whole(truth)
    peak = number(outcome.measured.peak_mib) if outcome.measured else "-"
    kept = [percent(whole.pop("records")), percent(min(whole.values()))]
    return [f"{number(size)} {outcome.fault}".strip(), peak, number(outcome.seconds), number(outcome.pace), *kept]


def _verdict(peaks: list[float]) -> str:
    flat = "flat" if peaks[-1] <= peaks[0] * GROWTH else "not flat"
    small = f"within {MOST} MiB" if max(peaks) <= MOST else f"above {MOST} MiB"
    return f"From the smallest to the largest {peaks[-1] / peaks[0] - 1:+.0%}: {flat}, {small}."


if __name__ == "__main__":
    sys.argv[0] = "python -m benchmarks.memory"
    typer.run(main)
