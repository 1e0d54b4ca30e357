"""``crmbridge sync``: bring the mirror up to date."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.opening import Answer, end, on_connections
from crmbridge.cli.options import AllConnections, Working, spread
from crmbridge.cli.progress import metered
from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.sync import SyncResult

Full = Annotated[bool, typer.Option("--full", help="List everything anew, not only what changed.")]


@spread
def sync(options: Working, *, full: Full = False, everywhere: AllConnections = False) -> None:
    """Read what is new or changed in the CRM into the local mirror. The CRM is only read."""
    screen = Screen.make(as_json=options.as_json)
    answers = on_connections(options, screen, lambda bridge: _sync(bridge, screen, full=full), everywhere=everywhere)
    end(options, answers, everywhere=everywhere)


def _sync(bridge: Bridge, screen: Screen, *, full: bool) -> Answer:
    started, calls = time.monotonic(), bridge.connector.calls
    with metered(screen) as meter:
        result = bridge.sync(full=full, progress=lambda step: meter(step.stream, step.done, None))
    seconds, calls = round(time.monotonic() - started, 1), bridge.connector.calls - calls
    show_figures(screen, result)
    screen.say(
        f"{result.links:,} links, {result.decisions:,} decisions by people, "
        f"{sum(result.quarantined.values()):,} quarantined; {calls:,} calls in {seconds:.1f} s"
    )
    for name, what in result.skipped.items():
        screen.note(f"crmbridge: {name} was not read: {what}", "yellow")
    if result.quarantined:
        screen.note("crmbridge: plugins failed on some records: see `crmbridge status`", "yellow")
    codes = (ExitCode.SKIPPED,) if result.skipped else ()
    return Answer({**asdict(result), "calls": calls, "seconds": seconds}, codes)


def show_figures(screen: Screen, result: SyncResult) -> None:
    """Print a table of what was read."""
    names = [name for name in result.read if result.read[name]]
    if not names:
        screen.say("Nothing is new.")
        return
    figures = (result.read, result.changed, result.archived)
    screen.table(
        ("object", "read", "changed", "gone"), [(name, *(figure.get(name, 0) for figure in figures)) for name in names]
    )
