"""``crmbridge apply``: write a plan to the CRM."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.opening import Answer, again, end, on_connections
from crmbridge.cli.options import Approval, Working, spread
from crmbridge.cli.progress import counting, metered
from crmbridge.cli.screen import Screen
from crmbridge.model.changes import Change, DefinitionChange, PropertyChange
from crmbridge.model.plan import Finding, Plan

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.writeback import ApplyResult

MOST_REFUSED = 20
"""Refused rows that are listed."""

PlanFile = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="A file that `plan -o` wrote; without it, the newest plan.")
]


@spread
def apply(options: Working, *, file: PlanFile = None, approve: Approval = None) -> None:
    """Write a plan to the CRM, journalled row by row; an interrupted one goes on where it was."""
    screen = Screen.make(as_json=options.as_json)
    end(options, on_connections(options, screen, lambda bridge: _apply(bridge, screen, options, file, approve)))


def _apply(bridge: Bridge, screen: Screen, options: Working, file: Path | None, approve: str | None) -> Answer:
    found = bridge.open_plan(file)
    with metered(screen) as meter:
        add = counting(meter, {"rows": len(found)})
        result = bridge.apply(found, approve=approve, progress=lambda more: add("rows", more))
    where = (f" {shlex.quote(os.fspath(file))}" if file else "") + again(bridge, options)
    show_outcome(screen, found, result, where)
    show_refused(screen, refused(bridge, found, result))
    return Answer(outcome(bridge, found, result), codes_of(result))


def outcome(bridge: Bridge, found: Plan, result: ApplyResult) -> dict[str, Any]:
    """An apply as ``--json`` shows it, with the first rows that were refused."""
    findings = [finding.model_dump(mode="json") for finding in result.findings]
    rows = refused(bridge, found, result)
    return {**asdict(result), "hash": found.hash, "findings": findings, "refused": rows[:MOST_REFUSED]}


def refused(bridge: Bridge, found: Plan, result: ApplyResult) -> list[dict[str, str]]:
    """Name the rows that were not let through, one more than is shown; values are not among what is told."""
    if not (result.rejected or result.conflicts):
        return []
    rows = islice(bridge.refused(found), MOST_REFUSED + 1)
    return [{"row": place(row.change), "state": row.state, "reason": row.reason} for row in rows]


def place(change: Change) -> str:
    """Say where a change is: object, id and property."""
    if isinstance(change, PropertyChange):
        return f"{change.subject} {change.property}"
    if isinstance(change, DefinitionChange):
        return f"definition {change.after.object}.{change.after.name}"
    return f"group {change.object}.{change.name}"


def show_refused(screen: Screen, rows: list[dict[str, str]]) -> None:
    """List refused rows on stderr."""
    for row in rows[:MOST_REFUSED]:
        screen.note(f"{row['state']}: {row['row']}: {row['reason']}")
    if len(rows) > MOST_REFUSED:
        screen.note("and more")


def codes_of(result: ApplyResult) -> tuple[ExitCode, ...]:
    """The exit codes that an apply stands for."""
    found = {
        ExitCode.FAILED: result.status == "blocked" or result.unknown,
        ExitCode.CHANGES: result.confirmed,
        ExitCode.CONFLICTS: result.conflicts,
        ExitCode.PARKED: result.status == "parked",
        ExitCode.REJECTED: result.rejected,
    }
    return tuple(code for code, holds in found.items() if holds)


def show_outcome(screen: Screen, found: Plan, result: ApplyResult, where: str) -> None:
    """Say what was written; what was not, and what to do about it, goes to stderr.

    Args:
        screen: Where to say it.
        found: The plan.
        result: What came of it.
        where: Words that lead `apply` to the plan and its connection.
    """
    if result.status == "done":
        screen.say(
            f"Plan {found.hash[:12]}: {result.confirmed:,} rows confirmed, {result.conflicts:,} conflicts, "
            f"{result.rejected:,} rejected, {result.unknown:,} unknown; {result.calls:,} calls"
        )
        if result.unknown:
            screen.note("crmbridge: apply it again: rows without an answer are read back first", "yellow")
        return
    for line in in_short(result.findings):
        screen.note(line)
    if result.status == "parked":
        screen.note("crmbridge: nothing was written: the plan waits for approval. Review it, then run", "yellow")
        screen.note(f"  crmbridge apply{where} --approve {found.hash}")
    else:
        screen.note("crmbridge: nothing was written: the plan is blocked. Mend what is named, and plan again", "red")


def in_short(findings: Iterable[Finding]) -> list[str]:
    """One line per kind of finding: how many there are, and the first."""
    kinds: dict[str, list[Finding]] = {}
    for finding in findings:
        kinds.setdefault(finding.code, []).append(finding)
    return [
        f"{code}: {found[0].message}" + (f" (and {len(found) - 1:,} more of this kind)" if found[1:] else "")
        for code, found in kinds.items()
    ]
