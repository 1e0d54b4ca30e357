"""The engine that fills the mirror."""

from crmbridge.sync.engine import SyncEngine, SyncResult, SyncScope, SyncStep

__all__ = ["SyncEngine", "SyncResult", "SyncScope", "SyncStep"]
