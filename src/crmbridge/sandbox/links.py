"""Associations between records: typed, labelled, and kept in both directions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from crmbridge.sandbox.kinds import ENGAGEMENTS, KINDS

Pair = tuple[str, str]
_NONE: Mapping[str, tuple[int, ...]] = {}

# Type ids of the platform's own associations, by (from, to): unlabelled first, then primary.
# https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide
_DEFINED: dict[Pair, tuple[int, ...]] = {
    ("contacts", "companies"): (279, 1),
    ("companies", "contacts"): (280, 2),
    ("deals", "companies"): (341, 5),
    ("companies", "deals"): (342, 6),
    ("contacts", "deals"): (4,),
    ("deals", "contacts"): (3,),
}
_ACTIVITY = {  # from the activity to contacts, companies, deals; the way back is one less
    "calls": (194, 182, 206),
    "emails": (198, 186, 210),
    "meetings": (200, 188, 212),
    "notes": (202, 190, 214),
    "tasks": (204, 192, 216),
}
for _name in ENGAGEMENTS:
    for _other, _type_id in zip(("contacts", "companies", "deals"), _ACTIVITY[_name], strict=True):
        _DEFINED[_name, _other] = (_type_id,)
        _DEFINED[_other, _name] = (_type_id - 1,)


@dataclass(frozen=True, slots=True)
class LinkType:
    """One direction of an association type; ``inverse`` is the type id of the other direction."""

    id: int
    category: str
    label: str | None
    name: str
    inverse: int


class Links:
    """Every association of a portal, and the types it knows.

    Args:
        first_label: Type id of the first label that the portal defines: they differ per portal.
    """

    def __init__(self, first_label: int) -> None:
        self._next = first_label
        self.types: dict[Pair, dict[int, LinkType]] = {pair: _own_types(pair) for pair in _DEFINED}
        self._rows: dict[Pair, dict[str, dict[str, tuple[int, ...]]]] = {pair: {} for pair in _DEFINED}

    def plain(self, pair: Pair) -> int:
        """Return the type id of the unlabelled link, which comes with every other."""
        return _DEFINED[pair][0]

    def primary(self, pair: Pair) -> int | None:
        """Return the type id of the primary link, if this pair has one."""
        ids = _DEFINED[pair]
        return ids[1] if len(ids) > 1 else None

    def find(self, pair: Pair, label: str) -> LinkType | None:
        """Return the type with this label in this direction."""
        return next((kind for kind in self.types[pair].values() if kind.label == label), None)

    def define(self, pair: Pair, label: str, name: str = "", inverse: str | None = None) -> tuple[LinkType, LinkType]:
        """Define a label; each direction gets a type id of its own."""
        name = name or re.sub(r"\W+", "_", label.lower()).strip("_")
        there, back = self._next, self._next + 1
        self._next += 2
        forth = LinkType(there, "USER_DEFINED", label, name, back)
        reverse = LinkType(back, "USER_DEFINED", inverse or label, name, there)
        self.types[pair][there] = forth
        self.types[pair[::-1]][back] = reverse
        return forth, reverse

    def of(self, pair: Pair, from_id: str) -> Mapping[str, tuple[int, ...]]:
        """Return the linked ids of one record with the type ids of each link."""
        return self._rows[pair].get(from_id, _NONE)

    def add(self, pair: Pair, from_id: str, to_id: str, type_ids: Iterable[int] = ()) -> None:
        """Link two records; the unlabelled type is always among the types, a new primary moves it."""
        wanted = {self.plain(pair), *type_ids}
        primary = self.primary(pair)
        if primary is not None and primary in wanted:
            for side, one, other in self._primary_side(pair, from_id, to_id):
                self._clear_primary(side, one, other)
        self._merge(pair, from_id, to_id, wanted)
        self._merge(pair[::-1], to_id, from_id, {self.types[pair][number].inverse for number in wanted})

    def drop(self, pair: Pair, from_id: str, to_id: str) -> None:
        """Remove every link between two records."""
        self._rows[pair].get(from_id, {}).pop(to_id, None)
        self._rows[pair[::-1]].get(to_id, {}).pop(from_id, None)

    def primary_of(self, pair: Pair, from_id: str) -> str | None:
        """Return the id of the record that is linked as primary."""
        primary = self.primary(pair)
        return next((to_id for to_id, types in self.of(pair, from_id).items() if primary in types), None)

    def _merge(self, pair: Pair, from_id: str, to_id: str, wanted: set[int]) -> None:
        row = self._rows[pair].setdefault(from_id, {})
        known = row.get(to_id, ())
        row[to_id] = tuple(sorted(wanted.union(known))) if known or len(wanted) > 1 else (*wanted,)

    def _primary_side(self, pair: Pair, from_id: str, to_id: str) -> Iterator[tuple[Pair, str, str]]:
        """Yield the direction in which there is one primary: the one towards the company."""
        if pair[1] == "companies":
            yield pair, from_id, to_id
        else:
            yield pair[::-1], to_id, from_id

    def _clear_primary(self, pair: Pair, from_id: str, keep: str) -> None:
        primary = self.primary(pair)
        for to_id, types in list(self.of(pair, from_id).items()):
            if to_id != keep and primary in types:
                self._rows[pair][from_id][to_id] = tuple(number for number in types if number != primary)
                back = self._rows[pair[::-1]][to_id]
                other = self.primary(pair[::-1])
                back[from_id] = tuple(number for number in back[from_id] if number != other)


def _own_types(pair: Pair) -> dict[int, LinkType]:
    name = f"{KINDS[pair[0]].singular}_to_{KINDS[pair[1]].singular}"
    ids, back = _DEFINED[pair], _DEFINED[pair[::-1]]
    if len(ids) == 1:
        return {ids[0]: LinkType(ids[0], "HUBSPOT_DEFINED", None, name, back[0])}
    return {
        ids[0]: LinkType(ids[0], "HUBSPOT_DEFINED", None, f"{name}_unlabeled", back[0]),
        ids[1]: LinkType(ids[1], "HUBSPOT_DEFINED", "Primary", name, back[1]),
    }
