"""Bridge, the object that scripts and commands use, and what it takes to open one."""

from crmbridge.app.bridge import Bridge, RunResult
from crmbridge.app.opening import load_plugins, open_connector, token_store
from crmbridge.app.scope import sync_scope, use_of

__all__ = ["Bridge", "RunResult", "load_plugins", "open_connector", "sync_scope", "token_store", "use_of"]
