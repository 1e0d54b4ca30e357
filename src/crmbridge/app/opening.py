"""Opening what a configuration names: its plugins, the connector of a connection, where tokens are kept."""

from __future__ import annotations

import os
from typing import Any

from crmbridge.centers import core
from crmbridge.config import Config, connection_settings
from crmbridge.connector import Connector, ConnectorSpec
from crmbridge.errors import FixConfig
from crmbridge.plugins import Observer, Plugins, Switches


def open_connector(config: Config, connection: str, spec: ConnectorSpec) -> Connector:
    """Make a connection's connector; its tokens, if it signs in by OAuth, stand beside the store.

    Raises:
        FixConfig: The settings do not validate.
        FixCredential: The credential is missing or malformed.
    """
    return spec.opened(connection_settings(config, connection, spec), token_store(config, connection))


def token_store(config: Config, connection: str) -> Any:
    """Where the tokens of a connection are kept: a ``crmbridge.http.TokenStore``."""
    from crmbridge.http.tokens import TokenFile  # HTTP is loaded when it is used

    return TokenFile(config.token_path(connection))


def load_plugins(config: Config, *, no_plugins: bool = False, observe: Observer | None = None) -> Plugins:
    """Load the plugins that config and the environment variable ``CRMBRIDGE_PLUGINS`` (``a,b``: just these) ask for."""
    named = os.environ.get("CRMBRIDGE_PLUGINS")
    only = tuple(item.strip() for item in named.split(",") if item.strip()) if named is not None else None
    pipeline = config.pipeline
    switches = Switches(
        order=pipeline.order,
        only=only,
        disabled=pipeline.disabled,
        allow=pipeline.allow,
        no_plugins=no_plugins,
    )
    try:
        return Plugins.load(
            config.plugins,
            switches=switches,
            builtins={"core": core},
            bridgefile=config.path.parent / "bridgefile.py",
            prefix=config.writeback.prefix,
            observe=observe,
        )
    except FixConfig as error:
        faults = str(error).splitlines()
    raise FixConfig("\n  ".join([f"{config.path} needs mending:", *faults]))
