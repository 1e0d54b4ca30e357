"""``crmbridge plan``: work out what would be written, and show it."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.opening import Answer, again, check_output, end, on_connections
from crmbridge.cli.options import AllConnections, Judging, Working, spread
from crmbridge.cli.screen import Screen
from crmbridge.errors import RemakePlan

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.model.plan import Plan

Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Also write the plan to this file, to be reviewed and applied."
    ),
]
Render = Annotated[
    Path | None,
    typer.Option(
        "--render", metavar="FILE", help="Also write it to this file, to be read: FILE.html, .md, .txt or .json."
    ),
]
Examples = Annotated[int, typer.Option("--examples", min=0, metavar="N", help="Example rows shown of each property.")]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only", metavar="WHAT", help="A plugin, a property as contact.roles, or a record as contact:1; repeatable."
    ),
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="Plan at most so many records.")]
Waiting = Annotated[
    bool, typer.Option("--waiting", help="Show the plan that waits, e.g. parked by a nightly run; make no new one.")
]
Source = Annotated[
    Path | None, typer.Option("--from", metavar="FILE", help="Show the plan of this file; make no new one.")
]


@dataclass(frozen=True)
class Showing:
    """How a plan is shown.

    Attributes:
        output: The plan file to write, if any.
        render: The page to write, if any.
        examples: Example rows of each property.
        source: The plan file that it was read from, if it was.
    """

    output: Path | None = None
    render: Path | None = None
    examples: int = 3
    source: Path | None = None

    def check(self) -> None:
        """See that the files can be written, before anything is worked out.

        Raises:
            FixConfig: One cannot.
        """
        from crmbridge.report import check_ending

        for path in (self.output, self.render):
            if path:
                check_output(path)
        if self.render:
            check_ending(self.render)


@spread
def plan(  # noqa: PLR0913 - a command's options
    options: Judging,
    *,
    output: Output = None,
    render: Render = None,
    examples: Examples = 3,
    only: Only = None,
    limit: Limit = None,
    waiting: Waiting = False,
    source: Source = None,
    everywhere: AllConnections = False,
) -> None:
    """Judge what changed and plan what would be written to the CRM. Nothing is written there."""
    if everywhere and (output or render or source):
        raise typer.BadParameter("a file holds one plan: give a file or --all, not both")
    if (waiting or source) and (only or limit or (waiting and source)):
        raise typer.BadParameter("--waiting and --from show a plan that is made: give one of them, and nothing else")
    showing = Showing(output, render, examples, source)
    showing.check()
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        if waiting or source:
            return present(bridge, screen, options, _made(bridge, source), showing)
        with screen.err.status("Judging and planning…"):
            found = bridge.plan(only=tuple(only or ()), limit=limit)
        return present(bridge, screen, options, found, showing)

    end(options, on_connections(options, screen, work, everywhere=everywhere), everywhere=everywhere)


def present(bridge: Bridge, screen: Screen, options: Working, made: Plan, showing: Showing) -> Answer:
    """Show a plan, whatever it was made for, write the files that are asked for, and say how it is applied."""
    from crmbridge.report import write_plan_page
    from crmbridge.writeback import to_data, to_text

    if showing.output:
        bridge.save_plan(made, showing.output)
    if showing.render:
        write_plan_page(showing.render, made, showing.examples)
    if not screen.out.quiet:
        screen.say(to_text(made, showing.examples))
        for line in _next(made, showing, again(bridge, options)):
            screen.say(line)
    return Answer(to_data(made, showing.examples), codes_of(made))


def codes_of(made: Plan) -> tuple[ExitCode, ...]:
    """The exit codes that a plan stands for."""
    codes = []
    if not made.is_empty:
        codes.append(ExitCode.CHANGES)
    if made.parked:
        codes.append(ExitCode.PARKED)
    if made.blocked:
        codes.append(ExitCode.FAILED)
    if any(finding.code == "invalid-value" for finding in made.header.findings):
        codes.append(ExitCode.REJECTED)
    return tuple(codes)


def _made(bridge: Bridge, source: Path | None) -> Plan:
    """A plan that is there already, read without storing it.

    Raises:
        RemakePlan: The file was altered, or no plan waits.
    """
    from crmbridge.writeback import read_plan

    found = read_plan(source) if source else bridge.waiting_plan()
    if found is None:
        raise RemakePlan("no plan waits: `crmbridge plan` makes one")
    return found


def _next(made: Plan, showing: Showing, place: str) -> list[str]:
    """Say how a plan is applied."""
    paths = [path for path in (showing.output, showing.render) if path]
    written = [f"{os.fspath(path)} was written; it holds personal data." for path in paths]
    if made.blocked:
        return [*written, "The plan is blocked: mend what its findings name, and plan again."]
    if made.is_empty:
        return written
    path = showing.output or showing.source
    file = f" {shlex.quote(os.fspath(path))}" if path else ""
    approval = f" --approve {made.hash}" if made.parked or made.header.origin != "judged" else ""
    why = " after review, as it waits for approval" if made.parked else ""
    return [f"Hash: {made.hash}", *written, f"Apply it{why}: crmbridge apply{file}{approval}{place}"]
