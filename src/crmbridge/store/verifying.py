"""Verifies the journal: every entry as it was written, none missing, no values changed or lost. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from crmbridge.store import chain

ERASED: Final = "erased"
"""State of an entry that says: the values of this row were taken away on purpose."""

MOST_FAULTS: Final = 20


@dataclass(frozen=True)
class Verified:
    """What came of verifying the journal.

    Attributes:
        entries: How many there are.
        erased: How many of them have lost their values on purpose.
        head: The hash of the last one: kept elsewhere, it proves later that nothing was cut off or written anew.
        faults: What does not fit, in the order of the entries; at most ``MOST_FAULTS``, and one about a kept head.
    """

    entries: int
    erased: int
    head: str
    faults: tuple[str, ...]


@dataclass
class Check:
    """Verifies entries as they come, in their order.

    Attributes:
        kept: A hash that must be found, or how it begins; empty for none.
        lost: Rows whose values are gone, with how many of their entries; whoever erased them says so later.
    """

    kept: str = chain.START
    head: str = chain.START
    number: int = 0
    erased: int = 0
    lost: dict[tuple[str, int], int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._awaited = bool(self.kept)

    def take(self, entry: Mapping[str, Any]) -> None:
        """Look at the next entry, with its values (``key``, ``before``, ``after``, ``made``) and its ``body``."""
        number = entry["number"]
        if number != self.number + 1:
            self._fault(f"entries {self.number + 1} to {number - 1} are missing")
        if entry["hash"] != chain.seal(self.head, entry):
            self._fault(f"entry {number} was altered, or the one before it")
        if entry["state"] == ERASED:
            self.erased += self.lost.pop((entry["plan_id"], entry["row"]), 0)
        elif entry["digest"]:
            self._values(entry)
        self.head, self.number = entry["hash"], number
        self._awaited = self._awaited and not self.head.startswith(self.kept)

    def complete(self) -> Verified:
        """What was found, and what only the end tells."""
        for plan_id, row in self.lost:
            self._fault(f"the values of row {row} of plan {plan_id} are gone, and nobody erased them")
        if self._awaited:
            cut = f"no entry has the hash {self.kept}: entries were cut off or written anew since it was noted"
            self.faults.insert(0, cut)
        return Verified(self.number, self.erased, self.head, tuple(self.faults))

    def _values(self, entry: Mapping[str, Any]) -> None:
        if entry["key"] is None:
            place = (entry["plan_id"], entry["row"])
            self.lost[place] = self.lost.get(place, 0) + 1
        elif not _intact(entry):
            self._fault(f"the values of entry {entry['number']}, or its row of the plan, were altered")

    def _fault(self, text: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(text)


def _intact(entry: Mapping[str, Any]) -> bool:
    try:
        found = chain.digest(entry["key"], entry["body"] or "", entry["before"], entry["after"], entry["made"])
    except ValueError:  # the key itself was altered
        return False
    return bool(found == entry["digest"])
