from __future__ import annotations

from crmbridge.testing import PluginContract


class TestRolesContract(PluginContract):
    plugin = "roles"
