"""Looking at a whole configuration, offline: all that is wrong in it at once, and nothing is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmbridge.app.opening import connector_of, load_plugins, tables
from crmbridge.config import Config, Pipeline, connection_faults, read_sound_part, read_toml, schema, validated
from crmbridge.connector import ConnectorSpec
from crmbridge.errors import Fault, FixConfig
from crmbridge.plugins import Plugins, plain_name
from crmbridge.writeback import select


@dataclass(frozen=True)
class Checked:
    """What a look at a configuration found.

    Attributes:
        faults: What must be mended.
        warnings: What is probably not meant so, or could not be looked at.
    """

    faults: tuple[Fault, ...]
    warnings: tuple[str, ...] = ()


def check_config(path: Path, *, no_plugins: bool = False, secrets: bool = False) -> Checked:
    """Find all that is wrong in a configuration: its own tables, those of plugins, those of connections.

    Args:
        path: Of the configuration.
        no_plugins: True to load what crmbridge itself ships only.
        secrets: True to see whether each secret is where the configuration says.
    """
    try:
        document = read_toml(path)
    except FixConfig as error:
        return Checked((Fault("", "", str(error)),))
    config, faults = read_sound_part(document, path)
    if any(fault.section.partition(".")[0] == "pipeline" for fault in faults):  # it says what may be imported
        return Checked(faults, ("[plugins] and [connections] were not looked at: [pipeline] comes first",))
    connectors = tables(path, config.pipeline, no_plugins=no_plugins).connectors
    for name in config.connections:
        if name in document.get("connections", ()):  # what stands in for a missing one is not
            faults += _connection_faults(config, name, connectors, secrets=secrets)
    try:
        return Checked(faults, _warnings(config, load_plugins(config, no_plugins=no_plugins)))
    except FixConfig as error:
        return Checked(faults + error.faults)


def config_schema(path: Path, *, no_plugins: bool = False) -> dict[str, Any]:
    """Write the JSON Schema of a configuration with all plugins that run beside it; the file need not be valid.

    Args:
        path: Of the configuration; where there is none, all plugins that are installed are asked.
        no_plugins: True to ask what crmbridge itself ships only.

    Raises:
        FixConfig: The file is no TOML, or its table ``[pipeline]`` does not say which plugins run.
    """
    document = read_toml(path) if path.exists() else {}
    pipeline = validated(Pipeline, document.get("pipeline", {}), path, "pipeline")
    found = tables(path, pipeline, no_plugins=no_plugins)
    return schema(found.plugins, found.connectors)


def _connection_faults(
    config: Config, name: str, connectors: Mapping[str, ConnectorSpec], *, secrets: bool
) -> tuple[Fault, ...]:
    connection = config.connection(name)
    try:
        spec = connector_of(connection, connectors)
    except FixConfig as error:
        return error.faults
    return tuple(connection_faults(connection, spec, config.path, secrets=secrets))


def _warnings(config: Config, loaded: Plugins) -> tuple[str, ...]:
    refused = [
        f"plugin {item.name} does not run, so its table was not looked at: {item.problem}; {item.remedy}"
        for item in loaded.statuses
        if not item.ok
    ]
    known = {plain_name(item.distribution) for item in loaded.statuses}
    absent = [
        f"[pipeline] allow: {name} brings no plugin that is installed"
        for name in config.pipeline.allow or ()
        if plain_name(name) not in known
    ]
    _, findings = select(loaded.properties(), config.writeback, loaded.versions())
    return (*refused, *absent, *(item.message for item in findings))
