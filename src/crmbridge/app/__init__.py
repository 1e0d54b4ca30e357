"""Bridge, the object that scripts and commands use, and what it takes to open one."""

from crmbridge.app.bridge import Bridge, RunResult
from crmbridge.app.checking import Checked, check_config, config_schema
from crmbridge.app.opening import connector_of, load_plugins, open_connector, tables, token_store
from crmbridge.app.scope import sync_scope, use_of
from crmbridge.app.tracing import Trace

__all__ = [
    "Bridge",
    "Checked",
    "RunResult",
    "Trace",
    "check_config",
    "config_schema",
    "connector_of",
    "load_plugins",
    "open_connector",
    "sync_scope",
    "tables",
    "token_store",
    "use_of",
]
