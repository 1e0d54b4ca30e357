"""What may stand in the tables of plugins and connections: asked of the plugins before any table is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.metadata import EntryPoint
from pathlib import Path

from crmbridge.connector import ConnectorSpec
from crmbridge.context import PluginSettings
from crmbridge.errors import FixPlugin
from crmbridge.hookspecs import PROJECT
from crmbridge.plugins.budget import WATCH
from crmbridge.plugins.limits import USUAL, Limits
from crmbridge.plugins.registration import tables_of
from crmbridge.plugins.sources import EVERYTHING, Switches, find


@dataclass(frozen=True)
class Tables:
    """Models of tables.

    Attributes:
        plugins: Of ``[plugins.NAME]``, by name; None where the plugin does not run, so that nobody knows its keys.
        connectors: Of ``[connections.NAME]``, by connector.
    """

    plugins: Mapping[str, type[PluginSettings] | None]
    connectors: Mapping[str, ConnectorSpec]


def read_tables(
    *,
    switches: Switches = EVERYTHING,
    builtins: Mapping[str, object] | None = None,
    bridgefile: Path | None = None,
    entry_points: Iterable[EntryPoint] | None = None,
    limits: Limits = USUAL,
) -> Tables:
    """Import the plugins that are switched on and ask for the models of their tables; takes what ``Plugins.load`` does.

    Of plugins that share a name the first one is asked. One that runs in a process of its own is not imported.
    """
    installed = metadata.entry_points(group=PROJECT) if entry_points is None else entry_points
    plugins: dict[str, type[PluginSettings] | None] = {}
    connectors: dict[str, ConnectorSpec] = {}
    for source in sorted(find(builtins or {}, installed, bridgefile), key=switches.rank):
        if plugins.setdefault(source.name, None) is not None or not switches.wants(source):
            continue
        if source.name in limits.separate:
            continue
        try:
            with WATCH.on():
                plugins[source.name], specs = tables_of(source, limits.seconds_of(source.name))
        except FixPlugin:  # `crmbridge plugins` says why
            continue
        for spec in specs:
            connectors.setdefault(spec.name, spec)
    return Tables(plugins, connectors)
