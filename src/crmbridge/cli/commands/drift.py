"""``crmbridge drift``: what others changed of what crmbridge has written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.opening import Answer, end, on_connections
from crmbridge.cli.options import AllConnections, Working, spread
from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.writeback import Drifted

Limit = Annotated[int, typer.Option("--limit", min=0, metavar="N", help="Most lines shown; 0 shows all.")]
HEADS = ("where", "what", "ours", "now", "since", "by")
WORDS = {"record": "record gone", "property": "property gone", "label": "label gone", "options": "options gone"}
"""What the kinds of drift are called where their own name does not say it."""


@spread
def drift(options: Working, *, limit: Limit = 50, everywhere: AllConnections = False) -> None:
    """Compare what crmbridge has written with what stands in the CRM now. Nothing is written there."""
    screen = Screen.make(as_json=options.as_json)
    answers = on_connections(options, screen, lambda bridge: _drift(bridge, screen, limit), everywhere=everywhere)
    end(options, answers, everywhere=everywhere)


def _drift(bridge: Bridge, screen: Screen, limit: int) -> Answer:
    with screen.err.status("Comparing…"):
        shown, count = _first(bridge.drift(), 0 if screen.out.quiet else limit)
    if shown and not screen.out.quiet:
        screen.table(HEADS, map(_line, shown))
    more = f", {count - len(shown):,} of them not shown" if count > len(shown) else ""
    screen.say(f"{count:,} differences{more}" if count else "All that crmbridge has written stands as it was written.")
    document: dict[str, Any] = {"drifted": [asdict(one) for one in shown]}
    return Answer(document, (ExitCode.CHANGES,) if count else ())


def _first(found: Iterator[Drifted], limit: int) -> tuple[list[Drifted], int]:
    """The first differences, and how many there are."""
    shown: list[Drifted] = []
    count = 0
    for one in found:
        count += 1
        if count <= (limit or count):
            shown.append(one)
    return shown, count


def _line(one: Drifted) -> tuple[object, ...]:
    record = f"{one.object}:{one.id}" if one.id else one.object
    what = f"{one.name} {WORDS.get(one.kind, one.kind if one.kind != 'value' else '')}".strip()
    since = f"{one.at:%Y-%m-%d %H:%M} UTC" if one.at else ""
    by = f"{one.author} {one.author_id or ''}".strip()
    return (record, what, one.ours, one.now, since, by)
