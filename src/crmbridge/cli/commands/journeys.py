"""``crmbridge journeys``: how journeys go over all cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crmbridge.cli.opening import Answer, end, on_connections
from crmbridge.cli.options import AllConnections, Judging, spread
from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.centers.tables import Flow, GroupTables, JourneyTables, Rate, StageFigures, Variant

Model = Annotated[str, typer.Option("--model", metavar="KEY", help="Which stage model.")]
By = Annotated[
    Literal["segment", "role", "persona"] | None,
    typer.Option("--by", help="Divide by the companies' industry, or by the members' roles or personas."),
]
Subject = Annotated[Literal["center", "member"], typer.Option("--subject", help="Whose journeys.")]
Horizon = Annotated[
    int, typer.Option("--horizon", min=1, metavar="DAYS", help="How long a first entry is watched for conversion.")
]
Limit = Annotated[int, typer.Option("--limit", min=0, metavar="N", help="Most ways shown of each group.")]

STAGES = ("stage", "volume", "now", "re-entries", "leads on", "days", "9 of 10", "drops off", "resumes", "value")
WAYS = ("way", "times")
CONVERSIONS = ("from", "to", "share")


@spread
def journeys(
    options: Judging,
    *,
    model: Model = "phases",
    by: By = None,
    subject: Subject = "center",
    horizon: Horizon = 180,
    limit: Limit = 5,
    everywhere: AllConnections = False,
) -> None:
    """Show how journeys go over all cases: volume, conversion, velocity and value of stages, drop-offs and ways."""
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        with screen.err.status("Judging…"):
            tables = bridge.journeys(model, by, subject, horizon)
        if not screen.out.quiet:
            _show(screen, tables, limit)
        return Answer({"journeys": asdict(tables)})

    end(options, on_connections(options, screen, work, everywhere=everywhere), everywhere=everywhere)


def _show(screen: Screen, tables: JourneyTables, limit: int) -> None:
    screen.say(f"{tables.label}, version {tables.version}, as of {tables.as_of}", "bold")
    if not tables.groups:
        screen.say("There is no buying center yet.")
    for group in tables.groups:
        whose = f"{group.subjects:,} {tables.subject}s with a journey, {group.untold:,} without"
        screen.say(f"\n{group.group}: {whose}; steps as foreseen: {_share(group.conformance)}", "bold")
        screen.table(STAGES, map(_stage, group.stages))
        screen.say(f"\nWithin {tables.horizon_days} days of the first entry:")
        screen.table(CONVERSIONS, ((item.source, item.target, _share(item.rate)) for item in group.conversions))
        screen.say()
        screen.table(WAYS, _ways(group, limit))
    screen.say(
        "\nShares with their interval of 95 % (Wilson) and n. Days: median and 90th percentile of Kaplan and Meier; "
        "stays that last, or that a pause cut off, are censored."
    )


def _stage(item: StageFigures) -> tuple[object, ...]:
    return (
        item.stage,
        item.volume,
        item.present,
        item.reentries,
        _share(item.conversion),
        _days(item.velocity.median),
        _days(item.velocity.p90),
        _share(item.drop_offs.rate),
        _share(item.drop_offs.resumed),
        ", ".join(f"{amount:,.0f} {currency}".strip() for currency, amount in item.value.items()),
    )


def _ways(group: GroupTables, limit: int) -> Iterator[tuple[str, int]]:
    """Yield the most frequent steps from stage to stage, then the most frequent whole ways."""
    for flow in group.flows[:limit]:
        yield _flow(flow), flow.count
    for variant in group.variants[:limit]:
        yield _variant(variant), variant.count


def _flow(flow: Flow) -> str:
    return f"{flow.source or '(begin)'} → {flow.target or '(end)'}"


def _variant(variant: Variant) -> str:
    return "whole way: " + (" → ".join(variant.stages) or "all others")


def _share(rate: Rate) -> str:
    if rate.share is None:
        return "n 0"
    return f"{rate.share:.0%} ({rate.low:.0%}-{rate.high:.0%}, n {rate.n:,})"


def _days(days: int | None) -> str:
    return "-" if days is None else f"{days:,}"
