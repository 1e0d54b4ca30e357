"""``crmbridge plugins check``: how good plugins are, what they claim of it, and what keeps them from more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.options import AsJson, Verbose
from crmbridge.cli.screen import Screen, emit

if TYPE_CHECKING:
    from crmbridge.quality.package import Package
    from crmbridge.quality.scale import Row, Verdict

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PATH|NAME]...", help="A plugin's folder, a bridgefile.py, or an installed plugin."),
]
Demanded = Annotated[
    Literal["bronze", "silver", "gold", "platinum"] | None,
    typer.Option("--tier", help="Fail unless every plugin reaches it."),
]


def check_plugins(
    *,
    names: Names = None,
    tier: Demanded = None,
    as_json: AsJson = False,
    verbose: Verbose = 0,  # noqa: ARG001 - read where logging starts
) -> None:
    """Hold plugins to the quality scale: read them, run them, and compare with their quality.toml."""
    from crmbridge.quality.examine import examine
    from crmbridge.quality.trial import in_own_process

    screen = Screen.make(as_json=as_json)
    checked = [(package, examine(package, in_own_process)) for package in map(_read, names or ["."])]
    if as_json:
        emit({"plugins": [_document(package, verdict) for package, verdict in checked]})
    for package, verdict in checked:
        _show(screen, package, verdict)
    failed = [not verdict.ok or _is_below(verdict, tier) for _, verdict in checked]
    if any(failed):
        raise typer.Exit(ExitCode.FAILED)


def _read(name: str) -> Package:
    """Read what a user names: a path if there is one, else an installed plugin."""
    from crmbridge.quality.installed import find_installed
    from crmbridge.quality.package import read_file, read_folder

    path = Path(name)
    if path.is_file():
        return read_file(path)
    return read_folder(path) if path.is_dir() else find_installed(name)


def _is_below(verdict: Verdict, wanted: str | None) -> bool:
    from crmbridge.quality.rules import Tier

    return wanted is not None and (verdict.tier or 0) < Tier[wanted.upper()]


def _show(screen: Screen, package: Package, verdict: Verdict) -> None:
    from crmbridge.quality.scale import UNTRIED

    screen.say(package.name, "bold")
    screen.table(("rule", "tier", "claimed", "found", "where"), [_cells(row) for row in verdict.rows])
    for fault in verdict.faults:
        screen.say(f"{fault.where}: {fault.problem}\n  {fault.remedy}", "red")
    wrong = [row for row in verdict.rows if (row.finding.faults and not row.counts) or (row.error and package.claims)]
    untried = [row for row in wrong if {fault.where for fault in row.finding.faults} == {UNTRIED}]
    for row in wrong:
        if row not in untried:
            _explain(screen, row)
    if untried:
        fault = untried[0].finding.faults[0]
        screen.say(f"It could not be tried, so {', '.join(row.rule.name for row in untried)} cannot be told.", "red")
        screen.say(f"  {fault.problem}; {fault.remedy}")
    screen.say(_outcome(verdict))
    screen.say()


def _cells(row: Row) -> tuple[str, ...]:
    claimed = row.claim.state if row.claim else ""
    where = row.finding.faults[0].where if row.finding.faults else ""
    more = f" and {len(row.finding.faults) - 1} more" if len(row.finding.faults) > 1 else ""
    return row.rule.name, row.rule.tier.word, claimed, row.finding.found, where + more


def _explain(screen: Screen, row: Row) -> None:
    """Tell what is wrong with a rule, where, and how to mend it."""
    screen.say(f"{row.rule.name}: {row.error or 'to do'}. {row.rule.says}", "red" if row.error else "yellow")
    for fault in row.finding.faults:
        screen.say(f"  {fault.where}: {fault.problem}; {fault.remedy}")


def _outcome(verdict: Verdict) -> str:
    if not verdict.graded:
        return "a file of its own has no tier" if verdict.ok else "rules are broken"
    reached = verdict.tier.word if verdict.tier else "none"
    if verdict.next is None:
        return f"tier: {reached}"
    tier, missing = verdict.next
    return f"tier: {reached}; for {tier.word} it lacks {', '.join(missing)}"


def _document(package: Package, verdict: Verdict) -> dict[str, Any]:
    tier, missing = verdict.next or (None, ())
    return {
        "plugin": package.name,
        "ok": verdict.ok,
        "tier": verdict.tier.word if verdict.tier else None,
        "next": tier.word if tier else None,
        "missing": list(missing),
        "faults": [vars(fault) for fault in verdict.faults],
        "rules": [
            {
                "rule": row.rule.name,
                "tier": row.rule.tier.word,
                "says": row.rule.says,
                "claimed": row.claim.state if row.claim else None,
                "exempt": row.claim.why if row.claim else "",
                "found": row.finding.found,
                "error": row.error,
                "faults": [vars(fault) for fault in row.finding.faults],
            }
            for row in verdict.rows
        ],
    }
