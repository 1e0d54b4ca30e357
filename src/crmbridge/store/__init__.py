"""What crmbridge remembers: the mirror, how far it is, what was judged, what was planned and written."""

from crmbridge.store.database import Store
from crmbridge.store.dossier import dossier
from crmbridge.store.due import Due, DueKind
from crmbridge.store.erasure import Erased, empty_texts, erase
from crmbridge.store.imported import ImportSource, import_sources, imported_ids
from crmbridge.store.journal import ALREADY_THERE, Intent, Journal, Row, Sent
from crmbridge.store.judgements import Failure, Judgements, Proposed, ProposedValue, Unit, Vacated
from crmbridge.store.leases import Lease
from crmbridge.store.leaving import leave
from crmbridge.store.linking import Edge
from crmbridge.store.manifest import Confirmed, Manifest, Owned, OwnedKind
from crmbridge.store.mentions import without
from crmbridge.store.mirror import Mirror
from crmbridge.store.plans import Plans, PlanState
from crmbridge.store.portfolios import Portfolios
from crmbridge.store.progress import AccountRow, Cursor, Progress, Run
from crmbridge.store.queue import Queue, UnitKind
from crmbridge.store.refused import Held, Reject, RejectKind, Rejects, Withheld, WithheldWhy, is_review, place_of
from crmbridge.store.rulings import Rulings
from crmbridge.store.tombstones import Buried, Tombstones
from crmbridge.store.verifying import Verified
from crmbridge.store.written import Written, written

__all__ = [
    "ALREADY_THERE",
    "AccountRow",
    "Buried",
    "Confirmed",
    "Cursor",
    "Due",
    "DueKind",
    "Edge",
    "Erased",
    "Failure",
    "Held",
    "ImportSource",
    "Intent",
    "Journal",
    "Judgements",
    "Lease",
    "Manifest",
    "Mirror",
    "Owned",
    "OwnedKind",
    "PlanState",
    "Plans",
    "Portfolios",
    "Progress",
    "Proposed",
    "ProposedValue",
    "Queue",
    "Reject",
    "RejectKind",
    "Rejects",
    "Row",
    "Rulings",
    "Run",
    "Sent",
    "Store",
    "Tombstones",
    "Unit",
    "UnitKind",
    "Vacated",
    "Verified",
    "Withheld",
    "WithheldWhy",
    "Written",
    "dossier",
    "empty_texts",
    "erase",
    "import_sources",
    "imported_ids",
    "is_review",
    "leave",
    "place_of",
    "without",
    "written",
]
