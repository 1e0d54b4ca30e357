"""``crmbridge touchpoints import``, ``list`` and ``remove``: what no CRM holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from crmbridge.cli.opening import Answer, again, end, on_connections
from crmbridge.cli.options import Working, spread
from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.sync.imports import ImportResult

File = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file.", dir_okay=False)]
MappingName = Annotated[
    str,
    typer.Option(
        "--mapping",
        metavar="NAME|FILE",
        help="What the columns mean: crmbridge, ga4, matomo, piwik-pro, adobe-campaign, woopra, intelliad; or a file.",
    ),
]
Named = Annotated[str, typer.Option("--source", metavar="NAME", help="What to call the import.")]
Strict = Annotated[bool, typer.Option("--strict", help="Store nothing if any row cannot be taken in.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Look only at what would be; nothing is stored.")]
Source = Annotated[str, typer.Argument(metavar="SOURCE", help="As `crmbridge touchpoints list` shows it.")]

MOST_LINES: Final = 20
"""Rows named on the screen that were not taken in; ``--json`` names more."""


@spread
def import_file(
    options: Working,
    *,
    file: File,
    mapping: MappingName = "crmbridge",
    source: Named = "",
    strict: Strict = False,
    dry_run: DryRun = False,
) -> None:
    """Take the touchpoints of a CSV file into the mirror: trade fairs, print, exports of web analytics.

    The same file again changes nothing. Nothing is written to the CRM.
    """
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        with screen.err.status("Reading…"):
            result = bridge.import_touchpoints(file, mapping, source=source, strict=strict, dry_run=dry_run)
        _tell(screen, result, again(bridge, options))
        return Answer(result.document())

    end(options, on_connections(options, screen, work))


@spread
def list_sources(options: Working) -> None:
    """List the imports: how many touchpoints each has, and from when to when."""
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        found = bridge.touchpoint_sources()
        if found:
            screen.table(("source", "touchpoints", "first", "last"), found)
        else:
            screen.say("No touchpoints were imported.")
        return Answer({"sources": [item._asdict() for item in found]})

    end(options, on_connections(options, screen, work))


@spread
def remove_source(options: Working, *, source: Source) -> None:
    """Take an import out of the mirror again."""
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        removed = bridge.remove_touchpoints(source)
        screen.say(f"{removed:,} touchpoints of {source} were removed.")
        return Answer({"source": source, "removed": removed})

    end(options, on_connections(options, screen, work))


def _tell(screen: Screen, result: ImportResult, more: str) -> None:
    stored = "would be new" if result.dry_run else "are new"
    screen.say(
        f"{result.source}: of {result.rows:,} rows {result.new:,} {stored}, {result.known:,} were there already."
    )
    if result.skipped:
        screen.say(f"{result.skipped:,} are no touchpoints, as the mapping says.")
    if result.partly:
        screen.say(f"{result.partly:,} name somebody who is not known besides somebody who is.")
    if result.set_aside:
        screen.say(f"{result.set_aside:,} were not taken in:", "yellow")
        screen.table(("line", "why"), [(str(item.line), item.reason) for item in sorted(result.aside)[:MOST_LINES]])
    if result.new and not result.dry_run:
        screen.note(f"`crmbridge plan{more}` judges what they change.")
