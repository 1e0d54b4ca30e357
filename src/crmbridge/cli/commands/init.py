"""``crmbridge init``: write a configuration to start from."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from crmbridge.cli.options import CONFIG, ConfigPath, Verbose
from crmbridge.cli.screen import Screen
from crmbridge.errors import FixConfig

if TYPE_CHECKING:
    from crmbridge.connector import ConnectorSpec

PROCESSING: Final = ("legitimate-interest", "record-required")
MEANING: Final = """\
On what ground may people's data be judged? Only you, the controller, can declare that.
  legitimate-interest  judges everybody who did not object. You need an assessment of that interest (GDPR Art. 6(1)(f));
                       write it, or where it is kept, beside it.
  record-required      judges only people for whom the CRM records a legal basis; all others stay "withheld": counted,
                       never named or scored.
An objection or a deletion always wins, whichever you declare."""

Connector = Annotated[str | None, typer.Option("--connector", metavar="NAME", help="The platform, e.g. hubspot.")]
Name = Annotated[str, typer.Option("--connection", metavar="NAME", help="What to call the account.")]
Variable = Annotated[
    str | None, typer.Option("--token-env", metavar="NAME", help="Environment variable that holds the token.")
]
Processing = Annotated[
    str | None, typer.Option("--processing", metavar="BASIS", help=f"{' or '.join(PROCESSING)}; there is no default.")
]
Assessment = Annotated[
    str | None, typer.Option("--assessment", metavar="TEXT", help="Your assessment, or where it is kept.")
]


def init(
    *,
    config: ConfigPath = CONFIG,
    connection: Name = "main",
    connector: Connector = None,
    token_env: Variable = None,
    processing: Processing = None,
    assessment: Assessment = None,
    verbose: Verbose = 0,  # noqa: ARG001 - read where logging starts
) -> None:
    """Write a commented crmbridge.toml, and say how to get a credential. It asks for what is not given."""
    if config.exists():
        raise FixConfig(f"{config} exists already: edit it, or name another with --config")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", connection):
        raise typer.BadParameter("name the connection with letters, digits, - and _ only", param_hint="--connection")
    from crmbridge.cli.sample import sample, secrets

    screen = Screen.make()
    asking = interactive()
    spec = _connector(connector, asking=asking)
    variable = token_env or (_ask("Environment variable of the token", _variable(spec)) if asking else _variable(spec))
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", variable):
        raise typer.BadParameter(
            "name an environment variable; never put the token itself here", param_hint="--token-env"
        )
    basis = _processing(screen, processing, asking=asking)
    if assessment is None:
        asked = asking and basis == PROCESSING[0]
        assessment = _ask("Your assessment, or where it is kept", "") if asked else ""
    tokens = dict.fromkeys(secrets(spec)[:1], f"env:{variable}")  # the first is the one that alone is enough
    text = sample(connection, spec, tokens, {"privacy": {"processing": basis, "assessment": assessment}})
    _write(config, text)
    _next(screen, config, spec, variable)


def interactive() -> bool:
    """True if there is somebody to ask."""
    return sys.stdin.isatty()


def _connector(name: str | None, *, asking: bool) -> ConnectorSpec:
    from crmbridge.plugins import Plugins

    specs = Plugins.load({}).connectors()
    default = "hubspot" if "hubspot" in specs else next(iter(sorted(specs)), "hubspot")
    wanted = name or (_ask("Connector", default) if asking and len(specs) > 1 else default)
    if wanted not in specs:
        known = ", ".join(sorted(specs)) or "none"
        raise typer.BadParameter(f"{wanted!r} is not installed: there are {known}", param_hint="--connector")
    return specs[wanted]


def _variable(spec: ConnectorSpec) -> str:
    return re.sub(r"[^A-Z0-9]", "_", spec.name.upper()) + "_TOKEN"


def _processing(screen: Screen, given: str | None, *, asking: bool) -> str:
    """The declared basis: asked for or given, never assumed."""
    if given is None and asking:
        screen.note(MEANING)
        given = _ask("Basis")
    if given not in PROCESSING:
        screen.note(MEANING)
        raise typer.BadParameter(
            f"declare --processing {PROCESSING[0]} or --processing {PROCESSING[1]}", param_hint="--processing"
        )
    return given


def _ask(question: str, default: str | None = None) -> str:
    return str(typer.prompt(question, default=default, err=True, show_default=bool(default)))


def _write(path: Path, text: str) -> None:
    """Create the file; one that appeared meanwhile is not overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise FixConfig(f"{path} exists already: edit it, or name another with --config") from None


def _next(screen: Screen, config: Path, spec: ConnectorSpec, variable: str) -> None:
    screen.say(f"Wrote {os.fspath(config)}.\n")
    screen.say(spec.setup.rstrip())
    place = "" if config == CONFIG else f" -c {os.fspath(config)}"
    screen.say("\nThen run")
    for command in (
        f"export {variable}=…",
        f"crmbridge doctor{place}",
        f"crmbridge sync{place}",
        f"crmbridge plan{place}",
    ):
        screen.say(f"  {command}")
