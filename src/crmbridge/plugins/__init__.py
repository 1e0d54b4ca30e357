"""The plugin host: finds plugins, refuses broken ones, and asks the others, each in its own cage.

It is the only caller of pluggy, which marks hooks but neither isolates, orders nor types their calls. What a plugin
returns is narrowed (``results``), what it raises is its own failure (``session``), and what it may not do is refused
when it is registered (``hooks``, ``registration``).
"""

from crmbridge.plugins.calls import HookCall, Observer, log_call
from crmbridge.plugins.failures import Answers, HookFailure, Quarantined, merged
from crmbridge.plugins.host import Plugins, PluginStatus
from crmbridge.plugins.limits import Limits, Separation
from crmbridge.plugins.session import Session
from crmbridge.plugins.sources import Switches, plain_name
from crmbridge.plugins.tables import Tables, read_tables

__all__ = [
    "Answers",
    "HookCall",
    "HookFailure",
    "Limits",
    "Observer",
    "PluginStatus",
    "Plugins",
    "Quarantined",
    "Separation",
    "Session",
    "Switches",
    "Tables",
    "log_call",
    "merged",
    "plain_name",
    "read_tables",
]
