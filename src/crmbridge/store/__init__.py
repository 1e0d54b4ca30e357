"""What crmbridge remembers: the mirror, how far it is, what was judged, what was planned and written."""

from crmbridge.store.database import Store
from crmbridge.store.due import Due, DueKind
from crmbridge.store.erasure import erase
from crmbridge.store.journal import Journal, Row
from crmbridge.store.judgements import Failure, Judgements, Proposed, ProposedValue, Unit
from crmbridge.store.leases import Lease
from crmbridge.store.linking import Edge
from crmbridge.store.mirror import Mirror
from crmbridge.store.progress import AccountRow, Cursor, Progress, Run
from crmbridge.store.queue import Queue, UnitKind

__all__ = [
    "AccountRow",
    "Cursor",
    "Due",
    "DueKind",
    "Edge",
    "Failure",
    "Journal",
    "Judgements",
    "Lease",
    "Mirror",
    "Progress",
    "Proposed",
    "ProposedValue",
    "Queue",
    "Row",
    "Run",
    "Store",
    "Unit",
    "UnitKind",
    "erase",
]
