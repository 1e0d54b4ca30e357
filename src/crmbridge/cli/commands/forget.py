"""``crmbridge forget``: erase a person from everything that crmbridge keeps."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.opening import check_output, one_bridge
from crmbridge.cli.options import Hosting, spread
from crmbridge.cli.screen import Screen, emit
from crmbridge.model.base import Ref

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.app.privacy import Forgotten

Person = Annotated[
    str | None, typer.Argument(metavar="ID", help="The contact, as contact:123 or 123.", show_default=False)
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Lift = Annotated[bool, typer.Option("--lift", help="Let syncs read somebody again who was forgotten.")]
Export = Annotated[
    Path | None, typer.Option("--export", metavar="FILE", help="Write the tombstones to a file, to keep with backups.")
]
Import = Annotated[
    Path | None,
    typer.Option("--import", metavar="FILE", help="Take such a file over, and forget whom a backup brought back."),
]


@spread
def forget(
    options: Hosting,
    *,
    person: Person = None,
    yes: Yes = False,
    lift: Lift = False,
    export: Export = None,
    source: Import = None,
) -> None:
    """Erase a person from everything that crmbridge keeps, and let no sync bring them back. The CRM is not touched."""
    if sum((person is not None, export is not None, source is not None)) != 1 or (lift and person is None):
        raise typer.BadParameter("name one contact, or give --export FILE or --import FILE")
    screen = Screen.make(as_json=options.as_json)
    with one_bridge(options, screen) as bridge:
        if export is not None:
            document = _export(bridge, screen, export)
        elif source is not None:
            document = _told(screen, bridge.import_tombstones(source))
        elif lift:
            document = _lift(bridge, screen, contact(person or ""))
        else:
            ref = contact(person or "")
            if not yes:
                typer.confirm(f"Erase {ref} from connection {bridge.connection!r} for good?", abort=True, err=True)
            document = _told(screen, bridge.forget(ref))
    if options.as_json:
        emit({"connection": bridge.connection, **document})
    if document.get("wiped") is False:
        screen.note(
            "crmbridge: everything was erased, but its bytes are still in the file, as another process reads it: "
            "end that, and run the same command again",
            "red",
        )
        raise typer.Exit(ExitCode.FAILED)


def contact(text: str) -> Ref:
    """Read ``contact:123`` or ``123``."""
    name, _, id_ = text.rpartition(":")
    if name not in ("", "contact") or not id_:
        raise typer.BadParameter(f"{text!r} is no contact: give its id, as contact:123")
    return Ref("contact", id_)


def _export(bridge: Bridge, screen: Screen, path: Path) -> dict[str, Any]:
    check_output(path)
    number = bridge.export_tombstones(path)
    screen.say(f"{os.fspath(path)}: {number:,} tombstones, and the key they were made with. Keep it as a secret.")
    return {"path": os.fspath(path), "tombstones": number}


def _lift(bridge: Bridge, screen: Screen, ref: Ref) -> dict[str, Any]:
    number = bridge.lift(ref)
    screen.say(
        f"{ref} is read again by the next sync; links and engagements come with `crmbridge sync --full`."
        if number
        else f"{ref} had no tombstone."
    )
    return {"subject": str(ref), "lifted": number}


def _told(screen: Screen, done: Forgotten) -> dict[str, Any]:
    """Say what was erased, and what crmbridge cannot reach."""
    erased, plans = done.erased, done.erased.plans
    screen.say(f"Forgotten: {', '.join(map(str, done.subjects)) or 'nobody'}.")
    if done.subjects:
        screen.say(
            f"  {len(erased.engagements):,} engagements and tickets lost texts, {len(erased.others):,} other records "
            f"an address, {erased.centers:,} buying centers are judged again."
        )
        screen.say(
            f"  {plans.rows:,} rows of plans and their journal were emptied; {plans.dropped:,} waiting plans dropped."
        )
    if plans.given_up:
        screen.note(f"{plans.given_up:,} rows were being sent: look in the CRM whether they arrived.", "yellow")
    if erased.shared:
        screen.note(f"{erased.shared:,} addresses stay: another contact or a user of the CRM has them, too.", "yellow")
    if done.report:
        screen.say(f"  {os.fspath(done.report)} was deleted.")
    screen.note("Not touched: the CRM (delete the person there, too), plan files, reports elsewhere, backups.")
    return {
        "forgotten": [str(ref) for ref in done.subjects],
        "records": [str(ref) for ref in erased.records],
        "engagements": [str(ref) for ref in erased.engagements],
        "others": [str(ref) for ref in erased.others],
        "centers": erased.centers,
        "plans": asdict(plans),
        "shared_addresses": erased.shared,
        "report": os.fspath(done.report) if done.report else None,
        "wiped": done.wiped,
    }
