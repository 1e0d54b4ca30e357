"""``crmbridge rollback``: plan to take back what a run has written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from crmbridge.cli.commands.plan import Examples, Output, Render, Showing, present
from crmbridge.cli.opening import Answer, end, on_connections
from crmbridge.cli.options import Working, spread
from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from crmbridge.app import Bridge

Writer = Annotated[
    str,
    typer.Argument(metavar="RUN", help="A run that `crmbridge status` lists, or `last` for the one that wrote last."),
]


@spread
def rollback(
    options: Working, *, run: Writer, output: Output = None, render: Render = None, examples: Examples = 3
) -> None:
    """Plan to put back what stood in the CRM before a run wrote. Nothing is written there until it is applied."""
    showing = Showing(output, render, examples)
    showing.check()
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        return present(bridge, screen, options, bridge.rollback(run), showing)

    end(options, on_connections(options, screen, work))
