"""``crmbridge rejects``: what did not go through, and what becomes of it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmbridge.cli.commands.plan import Examples, Output, Render, Showing, present
from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.opening import Answer, end, on_connections
from crmbridge.cli.options import AllConnections, Judging, Working, spread
from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.store import Reject

Limit = Annotated[int, typer.Option("--limit", min=0, metavar="N", help="Most lines shown; 0 shows all.")]
Places = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PLACE...",
        help="One value as contact:1.crmb_roles, a record as contact:1, or a property as contact.crmb_roles.",
    ),
]
Withheld = Annotated[
    bool, typer.Option("--withheld", help="Plan what is withheld there as well: rolled back, dropped or edited.")
]
Everything = Annotated[bool, typer.Option("--all", help="Drop everything that is on the list.")]
HEADS = ("where", "property", "kind", "why", "value", "times", "last")


@spread
def list_rejects(options: Working, *, limit: Limit = 50, everywhere: AllConnections = False) -> None:
    """List what did not go through: crmbridge never sent it (invalid), or the CRM refused it (rejected)."""
    screen = Screen.make(as_json=options.as_json)
    answers = on_connections(options, screen, lambda bridge: _listed(bridge, screen, limit), everywhere=everywhere)
    end(options, answers, everywhere=everywhere)


@spread
def retry_rejects(
    options: Judging,
    *,
    places: Places = None,
    withheld: Withheld = False,
    output: Output = None,
    render: Render = None,
    examples: Examples = 3,
) -> None:
    """Plan what was refused anew, with the values proposed now. Nothing is written to the CRM until it is applied."""
    showing = Showing(output, render, examples)
    showing.check()
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        with screen.err.status("Judging and planning…"):
            made = bridge.retry_rejects(tuple(places or ()), withheld=withheld)
        return present(bridge, screen, options, made, showing)

    end(options, on_connections(options, screen, work))


@spread
def drop_rejects(options: Working, *, places: Places = None, everything: Everything = False) -> None:
    """Take values off the list; they are not planned again until others are proposed there."""
    if bool(places) == everything:
        raise typer.BadParameter("name what to drop, or give --all")
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        dropped = bridge.drop_rejects(places or None)
        screen.say(f"{dropped:,} were dropped; `crmbridge rejects retry --withheld` plans the values among them again.")
        return Answer({"dropped": dropped})

    end(options, on_connections(options, screen, work))


def _listed(bridge: Bridge, screen: Screen, limit: int) -> Answer:
    shown, count = list(islice(bridge.rejects(), limit or None)), bridge.journal.rejects.count()
    if shown and not screen.out.quiet:
        screen.table(HEADS, map(_line, shown))
    more = f" The first {len(shown):,} are shown: --limit 0 shows all." if count > len(shown) else ""
    screen.say(f"{count:,} values did not go through.{more}" if count else "Nothing was refused.")
    document: dict[str, Any] = {"count": count, "rejects": [_data(item) for item in shown]}
    return Answer(document, (ExitCode.REJECTED,) if count else ())


def _line(item: Reject) -> tuple[object, ...]:
    last = item.last_at[:16].replace("T", " ")
    return (str(item.subject), item.property, item.kind, item.reason, item.value, item.times, last)


def _data(item: Reject) -> dict[str, Any]:
    facts = item._asdict()
    return {**facts, "subject": str(item.subject)}
