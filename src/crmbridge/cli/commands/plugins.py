"""``crmbridge plugins``: which plugins there are, and what became of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from crmbridge.cli.exitcodes import ExitCode, worst
from crmbridge.cli.opening import find_plugins
from crmbridge.cli.options import CONFIG, AsJson, ConfigPath, DetailedCodes, NoPlugins, Verbose
from crmbridge.cli.screen import Screen, emit

if TYPE_CHECKING:
    from crmbridge.plugins import Plugins, PluginStatus


def list_plugins(
    *,
    config: ConfigPath = CONFIG,
    as_json: AsJson = False,
    exit_code: DetailedCodes = False,
    no_plugins: NoPlugins = False,
    verbose: Verbose = 0,  # noqa: ARG001 - read where logging starts
) -> None:
    """List plugins and what they bring. Without a configuration it lists what is installed."""
    screen = Screen.make(as_json=as_json)
    loaded = find_plugins(config, no_plugins=no_plugins)
    if as_json:
        emit(
            {
                "plugins": [asdict(status) for status in loaded.statuses],
                "properties": [spec.model_dump(mode="json") for spec in loaded.properties()],
                "commands": [spec.name for spec in loaded.commands()],
            }
        )
    else:
        _show(screen, loaded)
    refused = [ExitCode.PLUGIN_FAILED for status in loaded.statuses if not status.ok]
    raise typer.Exit(worst(refused, detailed=exit_code))


def _show(screen: Screen, loaded: Plugins) -> None:
    written: dict[str, list[str]] = defaultdict(list)
    for spec in loaded.properties():
        written[spec.by].append(f"{spec.object}.{spec.name}")
    screen.table(
        ("order", "plugin", "version", "from", "state"),
        [(item.order, item.name, item.version, item.distribution, _state(item)) for item in loaded.statuses],
    )
    screen.say()
    for item in loaded.statuses:
        if item.hooks:
            screen.say(f"{item.name} has {', '.join(item.hooks)}")
    for item in loaded.statuses:
        if not item.ok:
            screen.say(f"\n{item.name} does not run: {item.problem}\n  {item.remedy}", "red")
    for name, names in written.items():
        screen.say(f"\n{name} writes {', '.join(names)}")
    if commands := ", ".join(spec.name for spec in loaded.commands()):
        screen.say(f"\nCommands of plugins: {commands}")


def _state(item: PluginStatus) -> str:
    if not item.ok:
        return "refused"
    return "runs" if item.enabled else "switched off"
