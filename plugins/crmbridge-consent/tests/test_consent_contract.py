from __future__ import annotations

from crmbridge.testing import PluginContract


class TestConsentContract(PluginContract):
    plugin = "consent"
