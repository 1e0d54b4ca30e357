"""Opening what a configuration names: its plugins, the connector of a connection, where tokens are kept."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crmbridge.centers import core
from crmbridge.config import Config, Connection, Pipeline, connection_settings, needs_mending
from crmbridge.connector import Connector, ConnectorSpec
from crmbridge.errors import Fault, FixConfig
from crmbridge.plugins import Limits, Observer, Plugins, Separation, Switches, Tables, read_tables

BRIDGEFILE = "bridgefile.py"
"""A plugin without packaging, beside the configuration."""


def open_connector(config: Config, connection: str, spec: ConnectorSpec) -> Connector:
    """Make a connection's connector; its tokens, if it signs in by OAuth, stand beside the store.

    Raises:
        FixConfig: The settings do not validate.
        FixCredential: The credential is missing or malformed.
    """
    return spec.opened(connection_settings(config, connection, spec), token_store(config, connection))


def connector_of(connection: Connection, known: Mapping[str, ConnectorSpec]) -> ConnectorSpec:
    """Find the connector of a connection among those that plugins bring.

    Raises:
        FixConfig: None of them has that name.
    """
    spec = known.get(connection.connector)
    if spec is None:
        near = difflib.get_close_matches(connection.connector, known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        there = f"{hint}there are {', '.join(sorted(known)) or 'none'}"
        message = f"connector {connection.connector!r} is not installed; {there}"
        fault = Fault(f"connections.{connection.name}", "", message)
        raise FixConfig(str(fault), [fault])
    return spec


def token_store(config: Config, connection: str) -> Any:
    """Where the tokens of a connection are kept: a ``crmbridge.http.TokenStore``."""
    from crmbridge.http.tokens import TokenFile  # HTTP is loaded when it is used

    return TokenFile(config.token_path(connection))


def load_plugins(config: Config, *, no_plugins: bool = False, observe: Observer | None = None) -> Plugins:
    """Load the plugins that config and the environment variable ``CRMBRIDGE_PLUGINS`` (``a,b``: just these) ask for."""
    try:
        return Plugins.load(
            config.plugins,
            switches=switches_of(config.pipeline, no_plugins=no_plugins),
            builtins={"core": core},
            bridgefile=config.path.with_name(BRIDGEFILE),
            prefix=config.writeback.prefix,
            observe=observe,
            limits=limits_of(config.pipeline),
        )
    except FixConfig as error:
        faults = error.faults
    raise needs_mending(config.path, faults)


def tables(path: Path, pipeline: Pipeline, *, no_plugins: bool = False) -> Tables:
    """Ask the plugins that ``load_plugins`` would load what may stand in the tables of a configuration.

    Args:
        path: The configuration; it need not be there.
        pipeline: Which plugins run.
        no_plugins: True for what crmbridge itself ships, and nothing else.
    """
    switches = switches_of(pipeline, no_plugins=no_plugins)
    return read_tables(
        switches=switches,
        builtins={"core": core},
        bridgefile=path.with_name(BRIDGEFILE),
        limits=limits_of(pipeline),
    )


def limits_of(pipeline: Pipeline) -> Limits:
    """Say what plugins may take: by the table ``[pipeline]``."""
    seconds = {name: item.seconds for name, item in pipeline.limits.items()}
    seconds |= {name: item.seconds for name, item in pipeline.separate.items() if item.seconds is not None}
    separate = {name: Separation(memory_mb=item.memory_mb) for name, item in pipeline.separate.items()}
    return Limits(seconds=pipeline.seconds, by_plugin=seconds, separate=separate)


def switches_of(pipeline: Pipeline, *, no_plugins: bool = False) -> Switches:
    """Say which plugins run: by the table ``[pipeline]`` and the environment variable ``CRMBRIDGE_PLUGINS``."""
    named = os.environ.get("CRMBRIDGE_PLUGINS")
    only = tuple(item.strip() for item in named.split(",") if item.strip()) if named is not None else None
    return Switches(
        order=pipeline.order,
        only=only,
        disabled=pipeline.disabled,
        allow=pipeline.allow,
        no_plugins=no_plugins,
    )
