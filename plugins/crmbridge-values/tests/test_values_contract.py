from __future__ import annotations

from crmbridge.testing import PluginContract


class TestValuesContract(PluginContract):
    plugin = "values"
