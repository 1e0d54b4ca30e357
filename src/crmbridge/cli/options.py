"""Options that several commands share: each is defined once, and a command takes them as one value."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

CONFIG = Path("crmbridge.toml")

ConfigPath = Annotated[
    Path, typer.Option("--config", "-c", envvar="CRMBRIDGE_CONFIG", metavar="PATH", help="The configuration file.")
]
ConnectionName = Annotated[
    str | None, typer.Option("--connection", metavar="NAME", help="Which connection; needed if there are several.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else there.")]
Verbose = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Log to stderr; twice for more.")]
DetailedCodes = Annotated[
    bool,
    typer.Option(
        "--exit-code",
        help="End with 10 changes, 11 conflicts, 12 parked, 13 rejected rows or 14 a plugin failed; the highest wins.",
    ),
]
NoPlugins = Annotated[bool, typer.Option("--no-plugins", help="Run with what crmbridge itself ships only.")]
TraceHooks = Annotated[bool, typer.Option("--trace-hooks", help="Log every call of a plugin to stderr.")]
AsOf = Annotated[
    datetime | None, typer.Option("--as-of", metavar="DATE", formats=["%Y-%m-%d"], help="The day to judge for.")
]
AllConnections = Annotated[bool, typer.Option("--all", help="All connections, one after the other.")]
Approval = Annotated[
    str | None, typer.Option("--approve", metavar="HASH", help="Apply the parked plan with this hash.")
]


@dataclass(frozen=True, kw_only=True)
class Basic:
    """What every command about a connection takes."""

    config: ConfigPath = CONFIG
    connection: ConnectionName = None
    as_json: AsJson = False
    verbose: Verbose = 0


@dataclass(frozen=True, kw_only=True)
class Hosting(Basic):
    """What commands that load plugins take."""

    no_plugins: NoPlugins = False
    trace_hooks: TraceHooks = False


@dataclass(frozen=True, kw_only=True)
class Working(Hosting):
    """What commands that work on a connection take."""

    exit_code: DetailedCodes = False


@dataclass(frozen=True, kw_only=True)
class Judging(Working):
    """What commands that judge take."""

    as_of: AsOf = None

    @property
    def day(self) -> date | None:
        """The as-of date, or None for today."""
        return self.as_of.date() if self.as_of else None


def spread(function: Callable[..., None]) -> Callable[..., None]:
    """Let Typer see the fields of a command's parameter ``options`` as options of their own.

    Args:
        function: A command; its parameter ``options`` is annotated with one of the classes above.
    """
    hints = get_type_hints(function, include_extras=True)
    bundle: type[Basic] = hints["options"]
    shared = {item.name: item.default for item in fields(bundle)}

    def command(**values: Any) -> None:
        function(options=bundle(**{name: values.pop(name) for name in shared}), **values)

    own = {item.name: item for item in inspect.signature(function).parameters.values() if item.name != "options"}
    defaults = {name: item.default for name, item in own.items()} | shared
    known = hints | get_type_hints(bundle, include_extras=True)
    command.__annotations__ = {name: known[name] for name in defaults}
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # how a function states another signature
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=known[name])
            for name, default in defaults.items()
        ]
    )
    command.__name__, command.__doc__ = function.__name__, function.__doc__
    return command
