from __future__ import annotations

from crmbridge.testing import PluginContract


class TestJourneyContract(PluginContract):
    plugin = "journey"
