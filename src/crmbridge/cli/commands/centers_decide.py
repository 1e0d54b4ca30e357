"""``crmbridge centers review|confirm|dismiss|lock|reopen``: people's words about the roles in a buying center."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmbridge.cli.opening import Answer, end, on_connections
from crmbridge.cli.options import Judging, Working, spread
from crmbridge.cli.screen import Screen, clipped
from crmbridge.model.evidence import Role

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.app.deciding import Waiting
    from crmbridge.model.centers import Ruling

CenterId = Annotated[str, typer.Argument(metavar="CENTER", help="As `centers list` shows it, e.g. deal:123.")]
MemberId = Annotated[
    str, typer.Argument(metavar="MEMBER", help="As `centers show` shows it, e.g. contact:7, or an e-mail address.")
]
RoleName = Annotated[Role, typer.Argument(metavar="ROLE", help="One of the six roles.")]
Author = Annotated[str | None, typer.Option("--author", metavar="NAME", help="Who says so; you by default.")]
InCenter = Annotated[str | None, typer.Option("--center", metavar="ID", help="Only this buying center.")]
Closed = Annotated[bool, typer.Option("--closed", help="Closed cases, too.")]
Limit = Annotated[int, typer.Option("--limit", min=0, metavar="N", help="Most lines shown; 0 shows all.")]
HEADS = ("center", "case", "member", "who", "role", "confidence", "why")

LONGEST = 60
"""Characters shown of a name or a reason."""

COUNTS = "It counts from the next plan on."


@spread
def review_centers(options: Judging, *, center: InCenter = None, closed: Closed = False, limit: Limit = 50) -> None:
    """List the proposed roles that wait for somebody to confirm or dismiss them."""
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        found = bridge.review(center, only_open=not closed)
        shown = list(islice(found, limit or None))
        more = limit > 0 and next(found, None) is not None
        if shown and not screen.out.quiet:
            screen.table(HEADS, map(_line, shown))
        screen.say("Nothing waits for a word." if not shown else "")
        if more:
            screen.note(f"The first {limit} are shown: --limit 0 shows all.")
        return Answer({"waiting": [_data(item) for item in shown], "more": more})

    end(options, on_connections(options, screen, work))


@spread
def confirm_role(
    center: CenterId, member: MemberId, role: RoleName, options: Working, *, author: Author = None
) -> None:
    """Say that somebody plays a role: it outranks all evidence, until somebody says otherwise."""
    _say(options, lambda bridge: bridge.confirm(center, member, role, author=author))


@spread
def dismiss_role(
    center: CenterId, member: MemberId, role: RoleName, options: Working, *, author: Author = None
) -> None:
    """Say that somebody does not play a role: it comes back only if its evidence grows."""
    _say(options, lambda bridge: bridge.dismiss(center, member, role, author=author))


@spread
def lock_role(center: CenterId, member: MemberId, role: RoleName, options: Working, *, author: Author = None) -> None:
    """Say that somebody plays a role, whatever is edited in the CRM later."""
    _say(options, lambda bridge: bridge.lock(center, member, role, author=author))


@spread
def reopen_role(center: CenterId, member: MemberId, role: RoleName, options: Working) -> None:
    """Take back what was said of a role: evidence alone decides again."""
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        taken = bridge.reopen(center, member, role)
        screen.say(f"Taken back. {COUNTS}" if taken else "Nothing was said of it.")
        return Answer({"reopened": taken})

    end(options, on_connections(options, screen, work))


def _say(options: Working, word: Callable[[Bridge], Ruling]) -> None:
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        said = word(bridge)
        screen.say(f"{said.member_id} as {said.role}: {said.word} by {said.author}. {COUNTS}")
        return Answer(said.model_dump(mode="json"))

    end(options, on_connections(options, screen, work))


def _line(item: Waiting) -> tuple[object, ...]:
    why = next((piece.text for piece in item.evidence if not piece.against), "")
    case, who = clipped(item.center, LONGEST), clipped(item.member, LONGEST)
    return (item.center_id, case, item.member_id, who, item.role, f"{item.confidence:.2f}", clipped(why, LONGEST))


def _data(item: Waiting) -> dict[str, Any]:
    return {
        "center": item.center_id,
        "name": item.center,
        "member": item.member_id,
        "who": item.member,
        "role": item.role,
        "confidence": item.confidence,
        "evidence": [piece.model_dump(mode="json") for piece in item.evidence],
    }
