"""``crmbridge subject-access``: all that is held of a person."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from crmbridge.cli.commands.forget import contact
from crmbridge.cli.opening import check_output, one_bridge
from crmbridge.cli.options import Hosting, spread
from crmbridge.cli.screen import Screen, emit

Person = Annotated[str, typer.Argument(metavar="ID", help="The contact, as contact:123 or 123.", show_default=False)]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write; else it is printed.")
]


@spread
def subject_access(options: Hosting, *, person: Person, output: Output = None) -> None:
    """Show all that crmbridge holds of a person, as JSON. It is personal data."""
    screen = Screen.make(as_json=options.as_json or output is None)
    if output is not None:
        check_output(output)
    with one_bridge(options, screen) as bridge:
        found = {"connection": bridge.connection, **bridge.subject_access(contact(person))}
    if output is None:
        emit(found)
        return
    from crmbridge.app.privacy import write_private

    write_private(output, json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    screen.say(f"{os.fspath(output)}: {_counted(found)}.")
    screen.note("It holds personal data: hand it to the person it is about, and delete it.")
    if options.as_json:
        emit({"connection": found["connection"], "path": os.fspath(output), "forgotten": found["forgotten"]})


def _counted(found: dict[str, Any]) -> str:
    if found["forgotten"]:
        return "was forgotten; nothing is held"
    sections = [f"{len(items):,} {name}" for name, items in found.items() if isinstance(items, list) and items]
    return ", ".join(sections).replace("_", " ") or "nothing is held"
