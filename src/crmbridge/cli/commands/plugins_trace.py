"""``crmbridge plugins trace``: which plugin was asked what, what it returned, and how long that took."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import BaseModel

from crmbridge.cli.exitcodes import worst
from crmbridge.cli.opening import plugin_codes, warn_of_refused
from crmbridge.cli.options import AsOf, Basic, DetailedCodes, NoPlugins, spread
from crmbridge.cli.screen import Screen, emit

if TYPE_CHECKING:
    from crmbridge.app import Trace
    from crmbridge.plugins import HookCall

Units = Annotated[
    list[str] | None,
    typer.Argument(metavar="[UNIT]...", help="As deal:123, company:2 or contact:1; else the first deals."),
]
Limit = Annotated[int, typer.Option("--limit", min=1, metavar="N", help="How many deals, if no unit is named.")]
Values = Annotated[
    bool, typer.Option("--values", help="Show what was returned, not only its kind: it is personal data.")
]


@spread
def trace_plugins(
    options: Basic,
    *,
    units: Units = None,
    limit: Limit = 3,
    values: Values = False,
    as_of: AsOf = None,
    exit_code: DetailedCodes = False,
    no_plugins: NoPlugins = False,
) -> None:
    """Judge a few units of the mirror and show every call of a plugin. Nothing is stored, and the CRM is not asked."""
    from crmbridge.app import Bridge, load_plugins
    from crmbridge.config import Config

    screen, registration = Screen.make(as_json=options.as_json), list["HookCall"]()
    config = Config.load(options.config)
    loaded = load_plugins(config, no_plugins=no_plugins, observe=registration.append)
    warn_of_refused(loaded, screen)
    day = as_of.date() if as_of else None
    with Bridge(config, options.connection, plugins=loaded, as_of=day) as bridge:
        traces = list(bridge.trace(units or (), limit))
        codes = plugin_codes(bridge)
    if options.as_json:
        emit(_document(bridge.connection, registration, traces, values=values))
    else:
        _show(screen, registration, traces, values=values)
    raise typer.Exit(worst(codes, detailed=exit_code))


def _document(
    connection: str, registration: Sequence[HookCall], traces: Sequence[Trace], *, values: bool
) -> dict[str, Any]:
    calls = [*registration, *(call for trace in traces for call in trace.calls)]
    return {
        "connection": connection,
        "registration": [_told(call, values=values) for call in registration],
        "units": [
            {"unit": trace.unit, "calls": [_told(call, values=values) for call in trace.calls]} for trace in traces
        ],
        "plugins": [dict(zip(TOTALS, row, strict=True)) for row in _totals(calls)],
    }


def _told(call: HookCall, *, values: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "hook": call.hook,
        "plugin": call.plugin,
        "asked_about": call.unit,
        "returned": _returned(call),
        "ms": _ms(call.seconds),
        "failure": call.failure.message if call.failure else None,
    }
    return told | ({"values": _data(call.answer)} if values else {})


def _show(screen: Screen, registration: Sequence[HookCall], traces: Sequence[Trace], *, values: bool) -> None:
    for name, calls in (("registration", registration), *((trace.unit, trace.calls) for trace in traces)):
        screen.say(name, "bold")
        screen.table(
            ("hook", "plugin", "asked about", "returned", "ms"),
            [(call.hook, call.plugin, call.unit, _returned(call), _ms(call.seconds)) for call in calls],
        )
        screen.say()
        for call in calls:
            if call.failure:
                screen.say(f"{call.plugin} failed in {call.hook} on {call.unit}: {call.failure.message}", "red")
                if values and call.error:
                    screen.say(f"{type(call.error).__name__}: {call.error}")
            for item in _items(call.answer) if values else ():
                screen.say(f"{call.hook} {call.plugin}: {json.dumps(_data(item), ensure_ascii=False, default=str)}")
    calls = [*registration, *(call for trace in traces for call in trace.calls)]
    screen.say("all calls", "bold")
    screen.table(TOTALS, _totals(calls))
    if any(call.failure for call in calls):
        screen.note("Run it again with -vv to see the traceback of each failure.", "yellow")
    if not traces:
        screen.note("The mirror holds no deal and no company: run `crmbridge sync` first.", "yellow")


TOTALS = ("plugin", "calls", "failed", "ms", "slowest_hook", "slowest_ms")


def _totals(calls: Iterable[HookCall]) -> list[tuple[str, int, int, float, str, float]]:
    """Add up by plugin; who took longest comes first."""
    by_plugin: dict[str, list[HookCall]] = {}
    for call in calls:
        by_plugin.setdefault(call.plugin, []).append(call)
    rows = []
    for plugin, mine in by_plugin.items():
        slowest = max(mine, key=lambda call: call.seconds)
        failed, seconds = sum(call.failure is not None for call in mine), sum(call.seconds for call in mine)
        rows.append((plugin, len(mine), failed, _ms(seconds), slowest.hook, _ms(slowest.seconds)))
    return sorted(rows, key=lambda row: -row[3])


def _returned(call: HookCall) -> str:
    from crmbridge.plugins.calls import kind_of

    if call.failure:
        return "failed"
    return "nothing" if call.answer is None else kind_of(call.answer)


def _items(answer: object) -> Iterator[object]:
    """Yield the results of an answer one by one; None is none."""
    if answer is not None:
        yield from answer if isinstance(answer, list | tuple) else (answer,)


def _data(answer: object) -> object:
    """Give an answer as JSON data; what is no data by its name."""
    if isinstance(answer, BaseModel):
        return answer.model_dump(mode="json")
    if isinstance(answer, list | tuple):
        return [_data(item) for item in answer]
    if answer is None or isinstance(answer, str):
        return answer
    name = getattr(answer, "name", None) or getattr(answer, "__name__", None)
    return name if isinstance(name, str) else str(answer)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
