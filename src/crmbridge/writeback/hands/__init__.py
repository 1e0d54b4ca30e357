"""One hand per kind of row: each journals its intents, sends them, and journals what came of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from crmbridge.model.changes import ChangeKind
from crmbridge.writeback.desk import Desk, Hand
from crmbridge.writeback.hands.activities import ActivityHand
from crmbridge.writeback.hands.definitions import DefinitionHand
from crmbridge.writeback.hands.labels import LabelHand
from crmbridge.writeback.hands.memberships import MembershipHand
from crmbridge.writeback.hands.values import ValueHand

HANDS: Final[Mapping[ChangeKind, Callable[[Desk], Hand]]] = {
    "group": DefinitionHand,
    "definition": DefinitionHand,
    "segment": DefinitionHand,
    "property": ValueHand,
    "label": LabelHand,
    "activity": ActivityHand,
    "membership": MembershipHand,
}
"""Who carries out which kind of row."""
