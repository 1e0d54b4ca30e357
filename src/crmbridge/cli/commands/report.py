"""``crmbridge report``: write the HTML report."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmbridge.cli.opening import Answer, check_output, end, on_connections
from crmbridge.cli.options import Judging, spread
from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from crmbridge.app import Bridge

Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write; else as [report] path says.")
]
Redact = Annotated[bool, typer.Option("--redact", help="Pseudonyms in place of people, companies and deals.")]
Top = Annotated[int | None, typer.Option("--top", min=0, metavar="N", help="Buying centers shown with a picture.")]


@spread
def report(options: Judging, *, output: Output = None, redact: Redact = False, top: Top = None) -> None:
    """Write the buying centers as one HTML file. It is personal data, unless redacted."""
    screen = Screen.make(as_json=options.as_json)
    end(options, on_connections(options, screen, lambda bridge: _report(bridge, screen, output, top, redact=redact)))


def _report(bridge: Bridge, screen: Screen, output: Path | None, top: int | None, *, redact: bool) -> Answer:
    check_output(output or bridge.config.report_path, makes_folders=True)
    with screen.err.status("Writing the report…"):
        written = bridge.report(output, redact=redact, top=top)
    screen.say(
        f"{os.fspath(written.path)}: {written.centers:,} buying centers, {written.rows:,} in the table, "
        f"{written.maps:,} with a picture"
    )
    if not redact:
        screen.note("It holds personal data; --redact makes one to pass on.")
    return Answer({**asdict(written), "redacted": redact})
