"""``crmbridge plan``: work out what would be written, and show it."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.opening import Answer, again, check_output, end, on_connections
from crmbridge.cli.options import AllConnections, Judging, spread
from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.model.plan import Plan

Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Also write the plan to this file, to be reviewed and applied."
    ),
]
Limit = Annotated[int, typer.Option("--limit", min=0, metavar="N", help="Example rows shown of each property.")]


@spread
def plan(options: Judging, *, output: Output = None, limit: Limit = 3, everywhere: AllConnections = False) -> None:
    """Judge what changed and plan what would be written to the CRM. Nothing is written there."""
    if output and everywhere:
        raise typer.BadParameter("a plan file holds one connection: give --output or --all, not both")
    if output:
        check_output(output)
    screen = Screen.make(as_json=options.as_json)
    answers = on_connections(
        options, screen, lambda bridge: _plan(bridge, screen, options, output, limit), everywhere=everywhere
    )
    end(options, answers, everywhere=everywhere)


def _plan(bridge: Bridge, screen: Screen, options: Judging, output: Path | None, limit: int) -> Answer:
    from crmbridge.writeback import to_data, to_text

    with screen.err.status("Judging and planning…"):
        made = bridge.plan()
    if output:
        bridge.save_plan(made, output)
    if not screen.out.quiet:
        screen.say(to_text(made, limit))
        for line in _next(made, output, again(bridge, options)):
            screen.say(line)
    return Answer(to_data(made, limit), codes_of(made))


def codes_of(made: Plan) -> tuple[ExitCode, ...]:
    """The exit codes that a plan stands for."""
    codes = []
    if not made.is_empty:
        codes.append(ExitCode.CHANGES)
    if made.parked:
        codes.append(ExitCode.PARKED)
    if made.blocked:
        codes.append(ExitCode.FAILED)
    return tuple(codes)


def _next(made: Plan, output: Path | None, place: str) -> list[str]:
    """Say how a plan is applied."""
    if made.blocked:
        return ["The plan is blocked: mend what its findings name, and plan again."]
    if made.is_empty:
        return []
    file = f" {shlex.quote(os.fspath(output))}" if output else ""
    written = [f"The plan was written to {os.fspath(output)}; it holds personal data."] if output else []
    approval = f" --approve {made.hash}" if made.parked else ""
    why = " after review, as it waits for approval" if made.parked else ""
    return [f"Hash: {made.hash}", *written, f"Apply it{why}: crmbridge apply{file}{approval}{place}"]
