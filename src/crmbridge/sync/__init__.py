"""The engine that fills the mirror."""

from crmbridge.sync.desk import Desk
from crmbridge.sync.engine import SyncEngine
from crmbridge.sync.result import SyncResult, SyncStep
from crmbridge.sync.scope import Selection, SyncScope

__all__ = ["Desk", "Selection", "SyncEngine", "SyncResult", "SyncScope", "SyncStep"]
