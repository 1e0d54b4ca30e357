"""``crmbridge apply``: write a plan to the CRM."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from re import fullmatch
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.opening import Answer, again, end, on_connections
from crmbridge.cli.options import Approval, Working, spread
from crmbridge.cli.progress import counting, metered
from crmbridge.cli.screen import Screen
from crmbridge.model.changes import Change
from crmbridge.model.plan import Finding, Plan

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.writeback import ApplyResult

MOST_REFUSED = 20
"""Refused rows that are listed."""

PlanFile = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="A file that `plan -o` wrote; without it, the newest plan.")
]
Canary = Annotated[
    int | None,
    typer.Option(
        "--canary",
        min=0,
        metavar="N",
        help="Write N records first, read them back, and stop if they are not as written.",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="WHAT",
        help="Write a property as contact.crmb_roles or a record as contact:1, and leave the rest; repeatable.",
    ),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the plan that was interrupted, if there is one.")]


@dataclass(frozen=True)
class How:
    """How a plan is applied.

    Attributes:
        approve: The hash of the plan that was reviewed.
        canary: Records to write first; None for what the config says.
        only: Properties and records to write; all if none is named.
    """

    approve: str | None = None
    canary: int | None = None
    only: tuple[str, ...] = ()


@spread
def apply(
    options: Working,
    *,
    file: PlanFile = None,
    approve: Approval = None,
    canary: Canary = None,
    only: Only = None,
    resume: Resume = False,
) -> None:
    """Write a plan to the CRM, journalled row by row; an interrupted one goes on where it was.

    A plan that is finished is left alone.
    """
    if resume and (file or approve):
        raise typer.BadParameter("--resume goes on with a plan that was begun: give no FILE and no --approve")
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        how = How(approve, canary, tuple(only or ()))
        if not resume:
            return _carry_out(bridge, screen, options, bridge.open_plan(file), how, file)
        found = bridge.interrupted_plan()
        if found is None:
            screen.say("No plan was interrupted: nothing to resume.")
            return Answer({"status": "done", "hash": None, "calls": 0})
        return _carry_out(bridge, screen, options, found, replace(how, approve=found.hash))

    end(options, on_connections(options, screen, work))


def _carry_out(
    bridge: Bridge, screen: Screen, options: Working, found: Plan, how: How, file: Path | None = None
) -> Answer:
    screen.note(f"{_name(found)}, {found.header.origin}: {len(found):,} rows of {found.header.records:,} records")
    finished = bridge.journal.plans.state(found.header.id) == "applied"
    with metered(screen) as meter:
        add = counting(meter, {"rows": len(found)})
        result = bridge.apply(
            found,
            approve=how.approve,
            canary=how.canary,
            only=_platform_names(bridge, found, how.only),
            progress=lambda more: add("rows", more),
        )
    where = (f" {shlex.quote(os.fspath(file))}" if file else "") + again(bridge, options)
    if finished:
        screen.say(f"{_name(found)} is finished: nothing is left to write")
    else:
        show_outcome(screen, found, result, where)
    if how.only and result.status == "done":
        screen.note("crmbridge: the rest of the plan waits; go on with `crmbridge apply --resume`")
    show_refused(screen, refused(bridge, found, result))
    return Answer(outcome(bridge, found, result), codes_of(result))


def outcome(bridge: Bridge, found: Plan, result: ApplyResult) -> dict[str, Any]:
    """An apply as ``--json`` shows it, with the first rows that were refused."""
    findings = [finding.model_dump(mode="json") for finding in result.findings]
    rows = refused(bridge, found, result)
    return {**asdict(result), "hash": found.hash, "findings": findings, "refused": rows[:MOST_REFUSED]}


def refused(bridge: Bridge, found: Plan, result: ApplyResult) -> list[dict[str, str]]:
    """Name the rows that were not let through, one more than is shown; values are not among what is told."""
    if not (result.invalid or result.rejected or result.conflicts):
        return []
    rows = islice(bridge.refused(found), MOST_REFUSED + 1)
    return [{"row": place(row.change), "state": row.state, "reason": row.reason} for row in rows]


def place(change: Change) -> str:
    """Say where a change is: object, id and property."""
    return f"{change.record} {change.place[1]}" if change.record else f"{change.kind} {'.'.join(change.place)}"


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
        ExitCode.REJECTED: result.rejected or result.invalid or result.status == "stopped",
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
    if result.status in ("done", "stopped"):
        screen.say(
            f"{_name(found)}: {result.confirmed:,} rows confirmed, {result.conflicts:,} conflicts, "
            f"{result.invalid:,} invalid, {result.rejected:,} rejected, {result.unknown:,} unknown; "
            f"{result.calls:,} calls"
        )
    if result.unknown:
        screen.note("crmbridge: apply it again: rows without an answer are read back first", "yellow")
    if result.status == "done":
        return
    for line in in_short(item for item in result.findings if item.severity != "info"):
        screen.note(line)
    match result.status:
        case "stopped":
            screen.note("crmbridge: the canary did not come back as written; the rest of the plan waits", "red")
            screen.note("  to write it all the same, apply it again with --resume --canary 0")
        case "parked":
            screen.note("crmbridge: nothing was written: the plan waits for approval. Review it, then run", "yellow")
            screen.note(f"  crmbridge apply{where} --approve {found.hash}")
        case _:
            screen.note(
                "crmbridge: nothing was written: the plan is blocked. Mend what is named, and plan again", "red"
            )


def _name(found: Plan) -> str:
    return f"Plan {found.hash[:12]}"


def _platform_names(bridge: Bridge, found: Plan, only: Iterable[str]) -> tuple[str, ...]:
    """What `--only` names, as the plan does; properties may be named without the prefix.

    Raises:
        typer.BadParameter: The plan has no rows of it.
    """
    there = {f"{count.object}.{count.property}" for count in found.header.counts}
    names = []
    for word in only:
        name, _, item = word.partition(".")
        own = f"{name}.{bridge.config.writeback.prefix}{item}"
        names.append(own if own in there else word)
        if names[-1] not in there and not fullmatch(r"[a-z_.]+:[^:]+", word):
            raise typer.BadParameter(f"--only {word}: the plan has no rows of it; it has {', '.join(sorted(there))}")
    return tuple(names)


def in_short(findings: Iterable[Finding]) -> list[str]:
    """One line per kind of finding: how many there are, and the first."""
    kinds: dict[str, list[Finding]] = {}
    for finding in findings:
        kinds.setdefault(finding.code, []).append(finding)
    return [
        f"{code}: {found[0].message}" + (f" (and {len(found) - 1:,} more of this kind)" if found[1:] else "")
        for code, found in kinds.items()
    ]
