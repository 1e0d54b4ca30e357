"""Lists ("segments") of a portal and who is in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from crmbridge.sandbox.envelope import Json

PROCESSING: Final = ("MANUAL", "SNAPSHOT", "DYNAMIC")


@dataclass
class MemberList:
    """One list.

    Attributes:
        id: Decimal digits.
        name: Unique in the portal.
        kind: Name of the object type of its members.
        processing: ``MANUAL``, ``SNAPSHOT`` or ``DYNAMIC``; the members of a dynamic one are not written over the API.
        created: Creation time, epoch milliseconds.
        updated: Time of the last change of name or filters, epoch milliseconds.
        filters: The ``filterBranch``, kept as it came; the sandbox evaluates none.
        members: Record id to the time at which it joined, epoch milliseconds.
        archived: Time of deletion, or None.
    """

    id: str
    name: str
    kind: str
    processing: str
    created: int
    updated: int
    filters: Json | None = None
    members: dict[str, int] = field(default_factory=dict)
    archived: int | None = None
    version: int = 1


@dataclass
class Lists:
    """Every list of a portal."""

    _known: dict[str, MemberList] = field(default_factory=dict)

    def create(self, name: str, kind: str, processing: str, now: int, filters: Json | None = None) -> MemberList:
        """Add a list; its name must be free."""
        number = str(len(self._known) + 1)
        made = MemberList(number, name, kind, processing, now, now, filters)
        self._known[number] = made
        return made

    def get(self, list_id: str) -> MemberList | None:
        """Return a list that is not deleted."""
        found = self._known.get(list_id)
        return found if found is not None and found.archived is None else None

    def deleted(self, list_id: str) -> MemberList | None:
        """Return a deleted list, which can be restored."""
        found = self._known.get(list_id)
        return found if found is not None and found.archived is not None else None

    def named(self, name: str) -> MemberList | None:
        """Return the list of this name; upper and lower case are one."""
        return next((one for one in self.all() if one.name.lower() == name.lower()), None)

    def all(self) -> list[MemberList]:
        """Return the lists that are not deleted, by ascending id."""
        return [one for one in self._known.values() if one.archived is None]

    def forget(self, kind: str, record_id: str) -> None:
        """Take a record that is gone for good out of every list."""
        for one in self._known.values():
            if one.kind == kind:
                one.members.pop(record_id, None)

    def replace(self, kind: str, old: Iterable[str], new: str) -> None:
        """Put the survivor of a merge in the place of the records that went into it."""
        gone = set(old)
        for one in self._known.values():
            if one.kind == kind and gone & one.members.keys():
                joined = min(one.members.pop(record) for record in gone & one.members.keys())
                one.members[new] = min(joined, one.members.get(new, joined))
