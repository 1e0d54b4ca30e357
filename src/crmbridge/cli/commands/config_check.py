"""``crmbridge config check``: all that is wrong in the configuration, offline."""

from __future__ import annotations

from typing import Annotated

import typer

from crmbridge.cli.exitcodes import ExitCode
from crmbridge.cli.options import CONFIG, AsJson, ConfigPath, NoPlugins, Verbose
from crmbridge.cli.screen import Screen, emit

Secrets = Annotated[
    bool, typer.Option("--secrets", help="See whether each secret is where the file says, too. None is shown.")
]


def check_configuration(
    *,
    config: ConfigPath = CONFIG,
    secrets: Secrets = False,
    as_json: AsJson = False,
    no_plugins: NoPlugins = False,
    verbose: Verbose = 0,  # noqa: ARG001 - read where logging starts
) -> None:
    """Say all that is wrong in crmbridge.toml, by section and field. Nothing is opened, and nothing is called."""
    from crmbridge.app import check_config

    screen = Screen.make(as_json=as_json)
    found = check_config(config, no_plugins=no_plugins, secrets=secrets)
    for warning in found.warnings:
        screen.note(f"crmbridge: {warning}", "yellow")
    for fault in found.faults:
        screen.say(str(fault), "red")
    if as_json:
        emit(
            {"ok": not found.faults, "faults": [fault._asdict() for fault in found.faults], "warnings": found.warnings}
        )
    elif not found.faults:
        screen.say(f"{config} is valid")
    raise typer.Exit(ExitCode.USAGE if found.faults else ExitCode.DONE)
