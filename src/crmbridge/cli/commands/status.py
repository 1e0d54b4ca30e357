"""``crmbridge status``: where a connection stands, without asking the CRM."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from crmbridge.cli.failures import failure_facts, failure_line
from crmbridge.cli.opening import Answer, end, on_connections
from crmbridge.cli.options import AllConnections, Working, spread
from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.store import AccountRow

RUNS = 5


@spread
def status(options: Working, *, everywhere: AllConnections = False) -> None:
    """Show what was synced, judged, planned and written, and what waits. Nothing is asked of the CRM."""
    screen = Screen.make(as_json=options.as_json)
    answers = on_connections(options, screen, lambda bridge: _status(bridge, screen), everywhere=everywhere)
    end(options, answers, everywhere=everywhere)


def _status(bridge: Bridge, screen: Screen) -> Answer:
    account = bridge.progress.account()
    if account is None:
        screen.say(f"{bridge.connection}: never synced; run `crmbridge sync`")
        return Answer({"account": None})
    document = _facts(bridge, account)
    _show(screen, document)
    return Answer(document)


def _facts(bridge: Bridge, account: AccountRow) -> dict[str, Any]:
    return {
        "account": account.account_id,
        "timezone": account.timezone,
        "serial": account.serial,
        "streams": [
            {"stream": item.stream, "synced_until": item.synced_until, "under_way": item.started_at is not None}
            for item in bridge.progress.cursors()
        ],
        "to_read": {f"{kind} of {name}": count for (kind, name), count in bridge.mirror.due.waiting().items()},
        "backlog": bridge.queue.backlog(),
        "runs": [dict(row) for row in bridge.progress.last_runs(RUNS)],
        "plan": _waiting(bridge),
        "writes": [_writer(row) for row in bridge.journal.writers(RUNS)],
        "rejects": bridge.journal.rejects.count(),
        "withheld": bridge.journal.withheld.count(),
        "journal": dict(zip(("entries", "head"), bridge.journal.head(), strict=True)),
        "failures": failure_facts(bridge.judgements.failure_groups()),
        "quarantined": bridge.mirror.quarantined(),
    }


def _waiting(bridge: Bridge) -> dict[str, Any] | None:
    """The newest plan, unless it was applied or has nothing to write."""
    plan = bridge.waiting_plan()
    if plan is None or plan.is_empty:
        return None
    return {
        "id": plan.header.id,
        "hash": plan.hash,
        "as_of": plan.header.as_of,
        "rows": plan.header.rows,
        "state": bridge.journal.plans.state(plan.header.id),
        "parked": bool(plan.parked),
        "blocked": bool(plan.blocked),
        "outcomes": bridge.journal.outcome_counts(plan.header.id),
    }


def _writer(row: Mapping[str, Any]) -> dict[str, Any]:
    """A run that wrote to the CRM; what came of it is known when it has ended."""
    return {
        "run": row["id"],
        "started_at": row["started_at"],
        "actor": row["actor"],
        "status": row["status"],
        "plan": row["hash"],
        "origin": row["origin"],
        "outcomes": row["summary"].get("apply-finished"),
    }


def _show(screen: Screen, facts: dict[str, Any]) -> None:
    screen.say(f"Account {facts['account']}, {facts['timezone']}", "bold")
    screen.table(
        ("stream", "synced until", "age", ""),
        [
            (
                item["stream"],
                f"{item['synced_until']:%Y-%m-%d %H:%M:%S} UTC" if item["synced_until"] else "never",
                _age(item["synced_until"]),
                "under way" if item["under_way"] else "",
            )
            for item in facts["streams"]
        ],
    )
    ids = ", ".join(f"{count:,} {what}" for what, count in facts["to_read"].items())
    screen.say(f"\nWaiting to be read by id: {ids or 'nothing'}")
    waits = ", ".join(f"{count:,} {name}" for name, count in facts["backlog"].items() if count)
    screen.say(f"Waiting to be judged: {waits or 'nothing'}")
    screen.table(
        ("run", "kind", "started", "status"),
        [(row["id"], row["kind"], row["started_at"][:19], row["status"]) for row in facts["runs"]],
    )
    _show_writes(screen, facts)
    screen.say(f"\n{_plan_line(facts['plan'])}")
    for item in facts["failures"]:
        screen.say(failure_line(item))
    for item in facts["quarantined"]:
        screen.say(f"Quarantined by {item['plugin']}: {item['records']:,} {item['object']} records: {item['message']}")


def _show_writes(screen: Screen, facts: dict[str, Any]) -> None:
    screen.say("\nRuns that wrote to the CRM: `crmbridge rollback RUN` takes one back")
    screen.table(
        ("run", "started", "who", "plan", "made for", "confirmed", "conflicts", "refused"),
        [
            (
                row["run"],
                row["started_at"][:19],
                row["actor"],
                (row["plan"] or "")[:12],
                row["origin"],
                *_outcomes(row["outcomes"]),
            )
            for row in facts["writes"]
        ],
    )
    kept = facts["journal"]
    screen.say(f"\nJournal: {kept['entries']:,} entries, head {kept['head'] or 'none'}")
    if facts["rejects"]:
        screen.say(f"Refused values: {facts['rejects']:,}; see `crmbridge rejects list`")
    if facts["withheld"]:
        screen.say(f"Withheld values: {facts['withheld']:,}, rolled back, dropped or edited; not planned again")


def _outcomes(counts: Mapping[str, int] | None) -> tuple[int | str, ...]:
    """Confirmed, conflicts and refused; of a run that did not end it is not known."""
    if counts is None:
        return ("?", "?", "?")
    return (counts["confirmed"], counts["conflicts"], counts["rejected"] + counts.get("invalid", 0))


def _age(at: datetime | None) -> str:
    """How long ago, in the two largest units."""
    if at is None:
        return ""
    minutes = max(int((datetime.now(UTC) - at).total_seconds() // 60), 0)
    hours, days = minutes // 60, minutes // 1440
    return f"{days} d {hours % 24} h" if days else f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _plan_line(plan: dict[str, Any] | None) -> str:
    if plan is None:
        return "No plan waits."
    if plan["blocked"]:
        return f"Plan {plan['hash'][:12]} of {plan['as_of']} is blocked: see `crmbridge plan`"
    approval = f" --approve {plan['hash']}" if plan["parked"] else ""
    if plan["state"] == "applying":
        return f"Plan {plan['hash'][:12]} of {plan['as_of']} was interrupted: go on with `crmbridge apply{approval}`"
    return f"Plan {plan['hash'][:12]} of {plan['as_of']} with {plan['rows']:,} rows waits: crmbridge apply{approval}"
