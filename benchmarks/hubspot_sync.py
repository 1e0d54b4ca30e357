"""Compare first syncs of one portal: this project and others that read HubSpot, one after the other.

``python -m benchmarks.hubspot_sync --help`` from the repository's root.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from benchmarks.catalogue import PROGRAMS, PROJECT, Program, install
from benchmarks.job import KINDS
from benchmarks.outcome import Outcome, Truth
from benchmarks.project import properties_of_plugins
from benchmarks.running import FREE, sync
from benchmarks.server import Server, Terms, serving
from benchmarks.table import machine, number, percent, table

PropertySet = Literal["plugins", "all"]


def main(  # noqa: PLR0913 - a command's options
    *,
    contacts: Annotated[int, typer.Option(min=1)] = 20_000,
    companies: Annotated[int, typer.Option(min=1)] = 2_000,
    deals: Annotated[int, typer.Option(min=0)] = 3_000,
    engagements: Annotated[int, typer.Option(min=0)] = 10_000,
    latency: Annotated[float, typer.Option(min=0, help="Milliseconds before each answer.")] = 0,
    rate: Annotated[int, typer.Option(min=1, help="Calls that the portal lets through in any 10 seconds.")] = 190,
    searches: Annotated[int, typer.Option(min=1, help="Searches that it lets through in any second.")] = 5,
    no_limits: Annotated[bool, typer.Option("--no-limits", help="Let everything through.")] = False,
    peers: Annotated[str, typer.Option(help="Names, with commas; 'all'; or nothing for this project alone.")] = "",
    install_to: Annotated[
        Path | None, typer.Option("--install", help="Folder of the peers' environments; missing ones are installed.")
    ] = None,
    property_set: Annotated[
        PropertySet, typer.Option(help="What this project's plugins read, or everything.")
    ] = "plugins",
    patience: Annotated[float, typer.Option(min=1, help="Seconds after which a program is stopped.")] = 900,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the table to a file too.")] = None,
) -> None:
    """Sync one generated portal with each program, and print what it took and what it kept."""
    programs = {PROJECT: PROGRAMS[PROJECT], **{name: PROGRAMS[name] for name in _named(peers)}}
    if len(programs) > 1 and install_to is None:
        raise typer.BadParameter("name the folder of the peers' environments with --install")
    terms = Terms(contacts, companies, deals, engagements, None, "", latency / 1000, 0 if no_limits else rate, searches)
    outcomes, before = [], machine()
    with serving(terms) as server:
        for program in programs.values():
            outcomes.append(compare(program, server, install_to or Path(), property_set, terms, patience))
            typer.echo(f"{outcomes[-1].title}: {outcomes[-1].seconds:.1f} s {outcomes[-1].fault}", err=True)
    truth = Truth.of(server)
    shown = f"{before}\n{markdown(outcomes, truth)}"
    if output is not None:
        output.write_text(shown, encoding="utf-8")
    typer.echo(json.dumps([one.as_json(truth) for one in outcomes], indent=2) if as_json else shown)


def _named(peers: str) -> list[str]:
    names = list(PROGRAMS) if peers == "all" else [name for name in peers.split(",") if name]
    if unknown := set(names) - set(PROGRAMS):
        raise typer.BadParameter(f"no peer {', '.join(sorted(unknown))}: there are {', '.join(PROGRAMS)}")
    return names


def compare(
    program: Program, server: Server, environments: Path, property_set: PropertySet, terms: Terms, patience: float
) -> Outcome:
    """Let one program sync the portal."""
    if fault := install(program, environments):
        return Outcome(program.title, fault=fault)
    peer = bool(program.environment)
    usual = properties_of_plugins() if peer else {}
    properties = server.properties if property_set == "all" else usual
    settings = {} if terms.rate or peer else FREE
    return sync(program, server, properties, settings, environments, patience)


def markdown(outcomes: Sequence[Outcome], truth: Truth) -> str:
    """Return the table; times are compared with those of the first row."""
    head = [
        "program",
        "sink",
        "seconds",
        "times crmbridge",
        "records/s",
        "calls",
        "429",
        "peak MiB",
        *outcomes[0].whole(truth),
    ]
    text = table(head, (_cells(one, outcomes[0], truth) for one in outcomes))
    faults = [f"- {one.title}: {one.fault}" for one in outcomes if one.fault]
    held = ", ".join(f"{number(truth.records[kind])} {kind}" for kind in KINDS)
    return "\n".join([f"The portal: {held}.", "", text, *faults]).rstrip() + "\n"


def _cells(one: Outcome, first: Outcome, truth: Truth) -> list[str]:
    whole = [percent(share) for share in one.whole(truth).values()]
    if one.measured is None or one.figures is None:
        return [one.title, *["-"] * (7 + len(whole))]
    ratio = f"{one.seconds / first.seconds:.2f}" if first.seconds and not one.fault else "-"
    figures = one.figures
    return [
        one.title + (" (failed)" if one.fault else ""),
        one.sink,
        f"{one.seconds:.1f}",
        ratio,
        number(one.pace),
        number(figures.calls),
        number(figures.refused),
        number(one.measured.peak_mib),
        *whole,
    ]


if __name__ == "__main__":
    sys.argv[0] = "python -m benchmarks.hubspot_sync"
    typer.run(main)
