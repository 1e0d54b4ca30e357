"""A command, and groups of them. Plugins' commands are looked for only when nobody else has the name."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from crmbridge.cli.faults import told
from crmbridge.cli.logs import logging_to_stderr
from crmbridge.cli.opening import find_plugins, warn_of_refused
from crmbridge.cli.options import CONFIG
from crmbridge.cli.screen import Screen, documents_alone
from crmbridge.errors import CrmBridgeError, FixPlugin

if TYPE_CHECKING:
    from crmbridge.context import CommandSpec


class Command(TyperCommand):
    """A command whose errors are told in one place, and whose logs go to stderr.

    Attributes:
        alone: True if its JSON document is all that stands on stdout.
    """

    alone = True

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        given = ctx.params
        verbose, as_json = int(given.get("verbose") or 0), bool(given.get("as_json"))
        with (
            documents_alone() if as_json and self.alone else nullcontext(),
            told(as_json=as_json, verbose=bool(verbose)),
            logging_to_stderr(verbose, trace=bool(given.get("trace_hooks"))),
        ):
            return super().invoke(ctx)


class Added(Command):
    """A command of a plugin, which prints what it wants where it wants."""

    alone = False


class Program(TyperGroup):
    """All commands: crmbridge's own, then those of plugins, which are imported only when one is asked for."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Find a command by its name."""
        return super().get_command(ctx, cmd_name) or _from_plugins(cmd_name)


class Grouped(TyperGroup):
    """Commands under one word; the word alone lists, if there is something to list."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in ``list`` where no command is named."""
        helping = {"--help", *ctx.help_option_names}
        if "list" in self.commands and not (args and (args[0] in helping or not args[0].startswith("-"))):
            args = ["list", *args]
        return super().parse_args(ctx, args)


def _from_plugins(name: str) -> Any:
    """Make the command of a plugin; None if there is none. What keeps plugins from answering is told, not raised."""
    screen = Screen.make()
    try:
        plugins = find_plugins(Path(os.environ.get("CRMBRIDGE_CONFIG", CONFIG)))
    except CrmBridgeError as error:
        screen.note(f"crmbridge: no plugin was asked for a command {name!r}: {error}", "yellow")
        return None
    warn_of_refused(plugins, screen)
    spec = next((spec for spec in plugins.commands() if spec.name == name), None)
    return _built(spec) if spec else None


def _built(spec: CommandSpec) -> Any:
    """Let Typer read the signature of a plugin's command; if it cannot, running the command says so."""
    try:
        return _single(_guarded(spec), spec.name)
    except Exception as error:  # noqa: BLE001 - whatever a plugin's annotations make Typer raise
        fault = FixPlugin(
            f"command {spec.name}: Typer cannot read its signature ({type(error).__name__})",
            remedy="annotate its parameters as Typer asks for",
        )

        def refuse() -> None:
            raise fault

        return _single(refuse, spec.name)


def _single(run: Callable[..., Any], name: str) -> Any:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(name, cls=Added)(run)
    return typer.main.get_command(app)


def _guarded(spec: CommandSpec) -> Callable[..., Any]:
    """Name the plugin's line where one of its commands fails: that is no bug of crmbridge."""

    @functools.wraps(spec.run)
    def run(*args: Any, **values: Any) -> Any:
        from crmbridge.plugins.failures import describe

        try:
            return spec.run(*args, **values)
        except (CrmBridgeError, typer.Exit, typer.Abort, typer.BadParameter, OSError):
            raise
        except Exception as error:
            raise FixPlugin(f"command {spec.name} failed: {describe(error, spec.run)}") from error

    return run
