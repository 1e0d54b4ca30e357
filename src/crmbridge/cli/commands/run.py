"""``crmbridge run``: sync, judge, plan and apply, unattended."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from crmbridge.cli.commands import apply as applying
from crmbridge.cli.commands import plan as planning
from crmbridge.cli.commands.sync import Full
from crmbridge.cli.exitcodes import ExitCode, worst
from crmbridge.cli.failures import failure_facts
from crmbridge.cli.opening import Answer, again, on_connections
from crmbridge.cli.options import AllConnections, Approval, Judging, spread
from crmbridge.cli.screen import Screen, emit

if TYPE_CHECKING:
    from crmbridge.app import Bridge

Always = Annotated[bool, typer.Option("--json", hidden=True)]


@dataclass(frozen=True, kw_only=True)
class Unattended(Judging):
    """The options of ``run``: its answer is for machines, always."""

    as_json: Always = True


@spread
def run(
    options: Unattended, *, approve: Approval = None, full: Full = False, everywhere: AllConnections = False
) -> None:
    """Sync, judge, plan and apply in one go, for a scheduler; a parked plan stays parked.

    Prints one line of JSON per connection on stdout, everything else on stderr.
    """
    screen = Screen.make(as_json=True)
    answers = on_connections(
        options, screen, lambda bridge: _run(bridge, screen, options, approve, full=full), everywhere=everywhere
    )
    for answer in answers:
        emit(answer.document, indent=None)
    raise typer.Exit(worst((code for answer in answers for code in answer.codes), detailed=options.exit_code))


def _run(bridge: Bridge, screen: Screen, options: Unattended, approve: str | None, *, full: bool) -> Answer:
    started = time.monotonic()
    result = bridge.run(approve=approve, full=full)
    codes = planning.codes_of(result.plan)
    if result.applied:
        codes = applying.codes_of(result.applied)
        if result.applied.status != "done":
            applying.show_outcome(screen, result.plan, result.applied, again(bridge, options))
    codes = (*codes, ExitCode.SKIPPED) if result.sync.skipped else codes
    header = result.plan.header
    document = {
        "run_id": result.run_id,
        "status": result.applied.status if result.applied else "done",
        "as_of": header.as_of,
        "sync": asdict(result.sync),
        "judged": asdict(result.judged),
        "plan": {"hash": header.hash, "rows": header.rows, "records": header.records},
        "applied": applying.outcome(bridge, result.plan, result.applied) if result.applied else None,
        "plugin_failures": result.failures,
        "failures": failure_facts(result.failed),
        "calls": bridge.connector.calls,
        "seconds": round(time.monotonic() - started, 1),
    }
    return Answer(document, codes)
