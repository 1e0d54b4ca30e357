"""``crmbridge journal``: see what was written to the CRM, prove that its record is whole, and hand it out."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.opening import Answer, check_output, end, on_connections
from crmbridge.cli.options import Working, spread
from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.store import Verified

HASH_SHOWN: Final = 12

Head = Annotated[
    str, typer.Option("--head", metavar="HASH", help="A head that was noted earlier: it must still be in the chain.")
]
RunId = Annotated[str, typer.Option("--run", metavar="RUN", help="Only what this run wrote.")]
PlanHash = Annotated[str, typer.Option("--plan", metavar="HASH", help="Only what was written for this plan.")]
Newest = Annotated[int, typer.Option("--limit", min=0, metavar="N", help="The newest so many entries; 0 is all.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; mode 0600.")]
NoValues = Annotated[bool, typer.Option("--no-values", help="Leave out what stood there and what was written.")]


@spread
def verify_journal(options: Working, *, head: Head = "") -> None:
    """Verify that no entry of the journal was altered, removed or cut off; a fault ends with 1.

    Note the head that it tells somewhere else: without it, whoever can write to the store can cut off the end, or
    write the whole journal anew.
    """
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        found = bridge.verify_journal(head)
        _tell(screen, found)
        return Answer({"ok": not found.faults, **asdict(found)}, (ExitCode.FAILED,) if found.faults else ())

    end(options, on_connections(options, screen, work))


@spread
def show_journal(options: Working, *, run: RunId = "", plan: PlanHash = "", limit: Newest = 50) -> None:
    """List the newest entries of the journal, oldest first: what was sent where, and what came of it; no values."""
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        entries = list(bridge.journal_entries(run=run, plan=plan, newest=limit or None))
        screen.table(
            ("no.", "at", "state", "reason", "record", "what", "run"),
            [
                (item["number"], item["at"][:19], item["state"], item["reason"], *_where(item), item["run_id"])
                for item in entries
            ],
        )
        return Answer({"entries": entries})

    end(options, on_connections(options, screen, work))


@spread
def export_journal(
    options: Working, *, output: Output = None, run: RunId = "", plan: PlanHash = "", no_values: NoValues = False
) -> None:
    """Write the journal as JSON Lines, to a file or to stdout; with values it is personal data."""
    if options.as_json and not output:
        raise typer.BadParameter("an export is JSON Lines already: give --output, or leave out --json")
    if output:
        check_output(output)
    screen = Screen.make(as_json=options.as_json or not output)

    def work(bridge: Bridge) -> Answer:
        from crmbridge.report import write_private

        lines = (json.dumps(entry) + "\n" for entry in bridge.journal_entries(run=run, plan=plan, values=not no_values))
        if output is None:
            for line in lines:
                typer.echo(line, nl=False)
            return Answer({})
        write_private(output, lines, "name another file")
        screen.say(f"{os.fspath(output)} was written" + ("" if no_values else "; it holds personal data"))
        return Answer({"path": os.fspath(output), "values": not no_values})

    end(options, on_connections(options, screen, work))


def _tell(screen: Screen, found: Verified) -> None:
    erased = f", {found.erased:,} of them erased on purpose" if found.erased else ""
    screen.say(f"{found.entries:,} entries{erased}; head {found.head or 'none'}")
    for fault in found.faults:
        screen.note(fault, "red")
    if found.faults:
        screen.note("crmbridge: the journal is not as it was written: compare it with a backup of the store", "red")
    elif found.entries:
        screen.say("Every entry is as it was written. Note the head elsewhere, to give it with --head next time.")


def _where(item: dict[str, Any]) -> tuple[str, str]:
    """The record, and what of it."""
    record = f"{item['object']}:{item['id']}" if item["id"] else item["object"] or ""
    return record, item["property"] or ""
