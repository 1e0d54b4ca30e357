"""The test kit for authors of plugins and connectors. Its names are loaded on first use: the contract needs pytest."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmbridge.testing.contract import ConnectorContract
    from crmbridge.testing.memory import MemoryConnector
    from crmbridge.testing.world import World

__all__ = ["ConnectorContract", "MemoryConnector", "World"]

_HOMES = {"ConnectorContract": "contract", "MemoryConnector": "memory", "World": "world"}


def __getattr__(name: str) -> Any:
    """Load a name of the test kit."""
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
