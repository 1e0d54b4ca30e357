"""``crmbridge export``: tables for people and programs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crmbridge.cli.exitcodes import worst
from crmbridge.cli.opening import one_bridge, plugin_codes
from crmbridge.cli.options import Judging, spread
from crmbridge.cli.screen import Screen, emit

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.export import ExportedFile

Tables = Annotated[
    list[str] | None,
    typer.Argument(metavar="[TABLE]...", help="Which; with --to or --singer all by default.", show_default=False),
]
To = Annotated[
    Path | None,
    typer.Option(
        "--to", "-o", metavar="PATH", help="A folder, or the file of one table: .csv, .jsonl, .parquet; - is stdout."
    ),
]
Format = Literal["csv", "jsonl", "parquet"]
As = Annotated[Format | None, typer.Option("--format", help="Without it as the file is named, else CSV.")]
Redact = Annotated[bool, typer.Option("--redact", help="Codes in place of ids; nothing that identifies people.")]
Raw = Annotated[bool, typer.Option("--raw", help="CSV for programs: cells as they are, formulas too.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Take the place of files that are there.")]
Singer = Annotated[bool, typer.Option("--singer", help="Print messages of the Singer specification.")]
StateFile = Annotated[
    Path | None, typer.Option("--state", metavar="FILE", help="With --singer: what changed since this last STATE.")
]
STDOUT = Path("-")


@spread
def export(  # noqa: PLR0913 - each is an option
    options: Judging,
    *,
    tables: Tables = None,
    to: To = None,
    format: As = None,  # noqa: A002 - the option's name
    redact: Redact = False,
    raw: Raw = False,
    overwrite: Overwrite = False,
    singer: Singer = False,
    state: StateFile = None,
) -> None:
    """Export tables of the mirror, of buying centers and of consent; without any, list them. It is personal data."""
    names, to_stdout = tables or [], to == STDOUT
    to = None if to_stdout else to
    _check(options, names, to, format, singer=singer, redact=redact, state=state, to_stdout=to_stdout)
    from crmbridge.export import write_stream

    screen = Screen.make(as_json=options.as_json)
    with one_bridge(options, screen) as bridge:
        if singer:
            _print_messages(bridge, names, state)
        elif to is not None:
            with screen.err.status("Exporting…"):
                done = bridge.export(names, to, format=format, redact=redact, raw=raw, overwrite=overwrite)
            _tell(screen, bridge, done.files, as_json=options.as_json, redacted=redact)
        elif names:
            table = next(bridge.open_tables(names, redact=redact))
            write_stream(table, typer.get_binary_stream("stdout"), format or "csv", raw=raw)
        else:
            _list(screen, bridge, as_json=options.as_json)
        codes = plugin_codes(bridge)
    raise typer.Exit(worst(codes, detailed=options.exit_code))


def _check(
    options: Judging, names: list[str], to: Path | None, wanted: Format | None, *, singer: bool, redact: bool,
    state: Path | None, to_stdout: bool,
) -> None:  # fmt: skip
    """See that the options go together.

    Raises:
        typer.BadParameter: They do not.
    """
    printed = to is None and (bool(names) or singer or to_stdout)
    faults = {
        "--singer prints messages: leave out --to and --format": singer and bool(to or wanted),
        "--singer cannot be redacted: codes differ from run to run": singer and redact,
        "--state is for --singer": state is not None and not singer,
        "the table goes to stdout: leave out --json, or give --to PATH": printed and options.as_json,
        "stdout takes one table: name one, or give --to FOLDER": printed and not singer and len(names) != 1,
        "Parquet is no text: give --to FILE": printed and wanted == "parquet",
    }
    for fault, is_so in faults.items():
        if is_so:
            raise typer.BadParameter(fault)


def _print_messages(bridge: Bridge, names: list[str], state: Path | None) -> None:
    from crmbridge.export import read_state

    for message in bridge.singer(names, read_state(state) if state else {}):
        emit(message, indent=None)


def _tell(screen: Screen, bridge: Bridge, files: Sequence[ExportedFile], *, as_json: bool, redacted: bool) -> None:
    if as_json:
        emit({"connection": bridge.connection, "redacted": redacted, "files": [asdict(file) for file in files]})
        return
    screen.table(("file", "table", "rows"), [(os.fspath(file.path), file.table, file.rows) for file in files])
    if not redacted:
        screen.note(
            "It holds personal data: keep it to those who need it, and delete it; --redact makes one to pass on."
        )


def _list(screen: Screen, bridge: Bridge, *, as_json: bool) -> None:
    tables = bridge.exportable()
    if as_json:
        emit({"connection": bridge.connection, "tables": tables})
        return
    screen.table(("table", "a row for each of"), tables.items())
    screen.note("Give --to FOLDER to write them all, or name one to print it.")
