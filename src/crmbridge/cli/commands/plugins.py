"""``crmbridge plugins``: which plugins there are, and what became of them."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmbridge.cli.exitcodes import ExitCode, worst
from crmbridge.cli.opening import find_plugins
from crmbridge.cli.options import CONFIG, AsJson, ConfigPath, DetailedCodes, NoPlugins, Verbose
from crmbridge.cli.screen import Screen, emit

if TYPE_CHECKING:
    from crmbridge.plugins import Plugins, PluginStatus

ByHook = Annotated[bool, typer.Option("--hooks", help="Show for each hook who is asked, and in which order.")]


def list_plugins(
    *,
    config: ConfigPath = CONFIG,
    hooks: ByHook = False,
    as_json: AsJson = False,
    exit_code: DetailedCodes = False,
    no_plugins: NoPlugins = False,
    verbose: Verbose = 0,  # noqa: ARG001 - read where logging starts
) -> None:
    """List plugins and what they bring. Without a configuration it lists what is installed."""
    screen = Screen.make(as_json=as_json)
    loaded = find_plugins(config, no_plugins=no_plugins)
    tiers = _tiers(loaded.statuses)
    if as_json:
        emit(_document(loaded, tiers))
    elif hooks:
        screen.table(("hook", "asked"), [(hook, " → ".join(names)) for hook, names in _asked(loaded).items()])
    else:
        _show(screen, loaded, tiers)
    refused = [ExitCode.PLUGIN_FAILED for status in loaded.statuses if not status.ok]
    raise typer.Exit(worst(refused, detailed=exit_code))


def _tiers(statuses: tuple[PluginStatus, ...]) -> dict[str, str]:
    """What each plugin's distribution claims of its quality, by the plugin's name; none where it claims nothing."""
    from crmbridge.quality import tier_of

    found = {item.name: tier_of(item.distribution) for item in statuses}
    return {name: tier for name, tier in found.items() if tier}


def _asked(loaded: Plugins) -> dict[str, list[str]]:
    """Hooks in the order of the specifications, and the plugins that have them in theirs."""
    from crmbridge import hookspecs

    running = sorted((item for item in loaded.statuses if item.order), key=lambda item: item.order or 0)
    found = {hook: [item.name for item in running if hook in item.hooks] for hook in vars(hookspecs)}
    return {hook: names for hook, names in found.items() if names}


def _document(loaded: Plugins, tiers: dict[str, str]) -> dict[str, Any]:
    return {
        "plugins": [{**asdict(item), "tier": tiers.get(item.name)} for item in loaded.statuses],
        "hooks": _asked(loaded),
        "properties": [spec.model_dump(mode="json") for spec in loaded.properties()],
        "commands": [spec.name for spec in loaded.commands()],
    }


def _show(screen: Screen, loaded: Plugins, tiers: dict[str, str]) -> None:
    written: dict[str, list[str]] = defaultdict(list)
    for spec in loaded.properties():
        written[spec.by].append(f"{spec.object}.{spec.name}")
    commands = {item.name for item in loaded.commands()}
    screen.table(
        ("plugin", "order", "version", "from", "tier", "state"),
        [
            (item.name, item.order, item.version, item.distribution, tiers.get(item.name), _state(item))
            for item in loaded.statuses
        ],
    )
    for item in loaded.statuses:
        told = (("hooks", item.hooks), ("settings", item.settings), ("writes", written[item.name]))
        if any(names for _, names in told):
            screen.say(f"\n{item.name}", "bold")
        for what, names in told:
            if names:
                screen.say(_wrapped(f"  {what} ", names, screen.out.width))
    for item in loaded.statuses:
        if not item.ok:
            screen.say(f"\n{item.name} does not run: {item.problem}\n  {item.remedy}", "red")
    if commands:
        screen.say(f"\nCommands of plugins: {', '.join(sorted(commands))}")


def _wrapped(head: str, names: Sequence[str], width: int) -> str:
    return textwrap.fill(
        ", ".join(names),
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _state(item: PluginStatus) -> str:
    if not item.ok:
        return "refused"
    if not item.enabled:
        return "switched off"
    return "runs apart" if item.separate else "runs"
