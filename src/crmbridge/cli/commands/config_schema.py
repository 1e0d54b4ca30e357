"""``crmbridge config schema``: the JSON Schema of the configuration, for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.opening import check_output
from crmbridge.cli.options import CONFIG, ConfigPath, NoPlugins, Verbose
from crmbridge.cli.screen import Screen, emit

Target = Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Write it there instead of to stdout.")]


def write_schema(
    *,
    config: ConfigPath = CONFIG,
    to: Target = None,
    no_plugins: NoPlugins = False,
    verbose: Verbose = 0,  # noqa: ARG001 - read where logging starts
) -> None:
    """Print the JSON Schema of crmbridge.toml, with the tables of connectors and plugins; the file may be missing."""
    from crmbridge.app import config_schema

    schema = config_schema(config, no_plugins=no_plugins)
    if to is None:
        emit(schema)
        return
    check_output(to)
    to.write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
    Screen.make().say(f"Wrote {to}. To have an editor use it, begin {config} with:\n#:schema ./{to.name}")
