"""The program: every command under its name."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable
from io import TextIOWrapper
from typing import Annotated, Final

import typer

from crmbridge import __version__
from crmbridge.cli.command import Command, Program
from crmbridge.cli.commands import (
    apply,
    centers_decide,
    centers_list,
    centers_show,
    connect,
    consent,
    demo,
    doctor,
    drift,
    forget,
    init,
    journal,
    journeys,
    plan,
    plugins,
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
    journeys.journeys,
    consent.consent,
    status.status,
    subject_access.subject_access,
    forget.forget,
    plugins.plugins,
    sandbox.sandbox,
    demo.demo,
)
"""In the order in which they are needed."""

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
    centers = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    centers.command("list", cls=Command)(centers_list.list_centers)
    centers.command("show", cls=Command)(centers_show.show_center)
    centers.command("review", cls=Command)(centers_decide.review_centers)
    centers.command("confirm", cls=Command)(centers_decide.confirm_role)
    centers.command("dismiss", cls=Command)(centers_decide.dismiss_role)
    centers.command("lock", cls=Command)(centers_decide.lock_role)
    centers.command("reopen", cls=Command)(centers_decide.reopen_role)
    app.add_typer(centers, name="centers", help="See the buying centers, and say who plays which role.")
    touches = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    touches.command("import", cls=Command)(touchpoints_import.import_file)
    touches.command("list", cls=Command)(touchpoints_import.list_sources)
    touches.command("remove", cls=Command)(touchpoints_import.remove_source)
    touches.command("matrix", cls=Command)(touchpoints_matrix.show_matrix)
    app.add_typer(touches, name="touchpoints", help="Take in what no CRM holds, and see which channel met people when.")
    hooks = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    hooks.callback()(lambda: None)  # without it Typer would make the one command of the group the group itself
    hooks.command("serve", cls=Command)(webhooks.serve_webhooks)
    app.add_typer(hooks, name="webhooks", help="Receive what the platform tells of changes.")
    history = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    history.command("verify", cls=Command)(journal.verify_journal)
    history.command("show", cls=Command)(journal.show_journal)
    history.command("export", cls=Command)(journal.export_journal)
    app.add_typer(history, name="journal", help="See, verify and export the record of all that was written.")
    refused = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    refused.command("list", cls=Command)(rejects.list_rejects)
    refused.command("retry", cls=Command)(rejects.retry_rejects)
    refused.command("drop", cls=Command)(rejects.drop_rejects)
    app.add_typer(refused, name="rejects", help="See what did not go through, plan it again, or let it go.")
    return app


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
