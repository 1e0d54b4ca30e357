"""Sends one batch of updates, and halves it until each refused record is found."""

from __future__ import annotations

from collections.abc import Sequence

from crmbridge.connector import Connector, Outcome, Update
from crmbridge.errors import FixRequest
from crmbridge.model.base import ObjectName


def send(connector: Connector, name: ObjectName, updates: Sequence[Update]) -> dict[str, Outcome]:
    """Write values; by record, what became of them.

    With b bad among n records it takes at most 2·b·⌈log2 n⌉ + 1 calls.

    Raises:
        RetryLater: Some of it may have been written: read back.
    """
    if not updates:
        return {}
    try:
        return {outcome.id: outcome for outcome in connector.update(name, updates)}
    except FixRequest as error:
        if len(updates) == 1:
            return {updates[0].id: Outcome(id=updates[0].id, ok=False, code=error.category or "REFUSED")}
        middle = len(updates) // 2
        return send(connector, name, updates[:middle]) | send(connector, name, updates[middle:])
