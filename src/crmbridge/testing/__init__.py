"""The test kit for authors of plugins and connectors; its fixtures come by themselves, as a pytest plugin.

Names are loaded on first use: every run of pytest imports this package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmbridge.quality.samples import run_context, sample, sample_center, sample_person
    from crmbridge.testing.contract import ConnectorContract
    from crmbridge.testing.contract_plugin import PluginContract, assert_deterministic
    from crmbridge.testing.memory import MemoryConnector
    from crmbridge.testing.portal import SamplePortal
    from crmbridge.testing.project import BridgeProject, Result
    from crmbridge.testing.world import World

__all__ = [
    "BridgeProject",
    "ConnectorContract",
    "MemoryConnector",
    "PluginContract",
    "Result",
    "SamplePortal",
    "World",
    "assert_deterministic",
    "run_context",
    "sample",
    "sample_center",
    "sample_person",
]

_HOMES = {
    "BridgeProject": "crmbridge.testing.project",
    "ConnectorContract": "crmbridge.testing.contract",
    "MemoryConnector": "crmbridge.testing.memory",
    "PluginContract": "crmbridge.testing.contract_plugin",
    "Result": "crmbridge.testing.project",
    "SamplePortal": "crmbridge.testing.portal",
    "World": "crmbridge.testing.world",
    "assert_deterministic": "crmbridge.testing.contract_plugin",
    "run_context": "crmbridge.quality.samples",
    "sample": "crmbridge.quality.samples",
    "sample_center": "crmbridge.quality.samples",
    "sample_person": "crmbridge.quality.samples",
}


def __getattr__(name: str) -> Any:
    """Load a name of the test kit."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
