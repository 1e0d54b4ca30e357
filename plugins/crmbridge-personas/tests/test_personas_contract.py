from __future__ import annotations

from crmbridge.testing import PluginContract


class TestPersonasContract(PluginContract):
    plugin = "personas"
