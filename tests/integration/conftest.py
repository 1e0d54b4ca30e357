"""A bridge on a sandbox portal in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from crmbridge import Bridge
from crmbridge.config import Config
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.http import HttpClient
from crmbridge.sandbox import Portal, SandboxTransport

Opened = Callable[..., Bridge]
CONFIG = (
    '[connections.main]\nconnector = "hubspot"\ntoken = "env:UNUSED"\n[privacy]\nprocessing = "legitimate-interest"\n'
)


@pytest.fixture
def portal() -> Portal:
    """An empty account without limits."""
    made = Portal()
    made.limits.off()
    return made


@pytest.fixture
def bridge_to(tmp_path: Path) -> Iterator[Opened]:
    """Open a bridge on a portal; the same store each time, whatever ``[sync]`` says."""
    opened: list[Bridge] = []

    def open_bridge(portal: Portal, sync: str = "", *, plugins: str = "") -> Bridge:
        path = tmp_path / "crmbridge.toml"
        path.write_text(f"{CONFIG}[sync]\n{sync}\n{plugins}", encoding="utf-8")
        settings = HubSpotSettings(token=SecretStr(portal.token), index_lag_seconds=0)
        http = HttpClient(settings.base_url, SecretStr(portal.token), transport=SandboxTransport(portal))
        opened.append(Bridge(Config.load(path), connector=HubSpotConnector(settings, http)))
        return opened[-1]

    yield open_bridge
    for bridge in opened:
        bridge.close()
