"""The program: every command under its name."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable, Mapping
from io import TextIOWrapper
from typing import Annotated, Final, NamedTuple

import typer

from crmbridge import __version__
from crmbridge.cli.command import Command, Grouped, Program
from crmbridge.cli.commands import (
    apply,
    centers_decide,
    centers_list,
    centers_show,
    config_check,
    config_schema,
    connect,
    consent,
    demo,
    doctor,
    drift,
    export,
    forget,
    init,
    journal,
    journeys,
    plan,
    plugins,
    plugins_check,
    plugins_new,
    plugins_trace,
    rejects,
    report,
    rollback,
    run,
    sandbox,
    status,
    subject_access,
    sync,
    touchpoints_import,
    touchpoints_matrix,
    uninstall,
    webhooks,
)
from crmbridge.cli.faults import Terminated

EPILOG = "Plugins may add commands: see `crmbridge plugins`. With --exit-code the exit code says what was found."

COMMANDS: Final[tuple[Callable[..., None], ...]] = (
    init.init,
    connect.connect,
    doctor.doctor,
    sync.sync,
    plan.plan,
    apply.apply,
    run.run,
    drift.drift,
    rollback.rollback,
    uninstall.uninstall,
    report.report,
    export.export,
    journeys.journeys,
    consent.consent,
    status.status,
    subject_access.subject_access,
    forget.forget,
    sandbox.sandbox,
    demo.demo,
)
"""In the order in which they are needed."""


class Group(NamedTuple):
    """Commands under one word. Where there is a ``list``, the word alone lists."""

    name: str
    explain: str
    commands: Mapping[str, Callable[..., None]]


GROUPS: Final = (
    Group(
        "centers",
        "See the buying centers, and say who plays which role.",
        {
            "list": centers_list.list_centers,
            "show": centers_show.show_center,
            "review": centers_decide.review_centers,
            "confirm": centers_decide.confirm_role,
            "dismiss": centers_decide.dismiss_role,
            "lock": centers_decide.lock_role,
            "reopen": centers_decide.reopen_role,
        },
    ),
    Group(
        "touchpoints",
        "Take in what no CRM holds, and see which channel met people when.",
        {
            "import": touchpoints_import.import_file,
            "list": touchpoints_import.list_sources,
            "remove": touchpoints_import.remove_source,
            "matrix": touchpoints_matrix.show_matrix,
        },
    ),
    Group(
        "config",
        "Check crmbridge.toml, and help editors write it.",
        {"check": config_check.check_configuration, "schema": config_schema.write_schema},
    ),
    Group("webhooks", "Receive what the platform tells of changes.", {"serve": webhooks.serve_webhooks}),
    Group(
        "journal",
        "See, verify and export the record of all that was written.",
        {"verify": journal.verify_journal, "show": journal.show_journal, "export": journal.export_journal},
    ),
    Group(
        "rejects",
        "See what did not go through, plan it again, or let it go.",
        {"list": rejects.list_rejects, "retry": rejects.retry_rejects, "drop": rejects.drop_rejects},
    ),
    Group(
        "plugins",
        "See which plugins run, in which order, and why others do not; make one.",
        {
            "list": plugins.list_plugins,
            "check": plugins_check.check_plugins,
            "trace": plugins_trace.trace_plugins,
            "new": plugins_new.new_plugin,
        },
    ),
)

Version = Annotated[bool, typer.Option("--version", help="Print the version and end.", is_eager=True)]


def _start(ctx: typer.Context, *, version: Version = False) -> None:
    """Sync a CRM, see its buying centers, plan what to write, and write it back safely.

    Start with `crmbridge demo`, which needs no CRM, or with `crmbridge init`.
    """
    if version:
        typer.echo(f"crmbridge {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def make_app() -> typer.Typer:
    """Put the program together."""
    app = typer.Typer(
        cls=Program,
        name="crmbridge",
        pretty_exceptions_enable=False,
        epilog=EPILOG,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_start)
    for function in COMMANDS:
        app.command(cls=Command)(function)
    for group in GROUPS:
        app.add_typer(_grouped(group), name=group.name, help=group.explain)
    return app


def _grouped(group: Group) -> typer.Typer:
    made = typer.Typer(cls=Grouped, no_args_is_help="list" not in group.commands, pretty_exceptions_enable=False)
    made.callback()(lambda: None)  # without it Typer would make the one command of a group the group itself
    for name, function in group.commands.items():
        made.command(name, cls=Command)(function)
    return made


app = make_app()


GC_THRESHOLDS: Final = (200_000, 50, 100)
"""Looked through less often than by default: a run makes a million frozen models, and these form no cycles."""


def _terminate(*_: object) -> None:
    """End as on Ctrl-C: after the call under way, with the lease given back."""
    raise Terminated


def main() -> None:
    """Run the program with the arguments of this process, and end the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    gc.set_threshold(*GC_THRESHOLDS)
    signal.signal(signal.SIGTERM, _terminate)
    typer.main.get_command(app)(prog_name="crmbridge")
