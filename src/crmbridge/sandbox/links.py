"""Associations between records: typed, labelled, and kept in both directions."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from crmbridge.sandbox.kinds import KINDS, Kind
from crmbridge.sandbox.link_types import DEFINED, Pair

Numbers = tuple[int, ...]


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
        database: The portal's.
        first_label: Type id of the first label that the portal defines: they differ per portal.
    """

    def __init__(self, database: sqlite3.Connection, first_label: int) -> None:
        self._database = database
        self.next_type = first_label
        self.types: dict[Pair, dict[int, LinkType]] = {pair: _own_types(pair) for pair in DEFINED}
        database.execute(
            "CREATE TABLE IF NOT EXISTS links (pair TEXT NOT NULL, from_id INTEGER NOT NULL, to_id INTEGER NOT NULL,"
            " types TEXT NOT NULL, PRIMARY KEY (pair, from_id, to_id)) WITHOUT ROWID"
        )

    # -- types

    def plain(self, pair: Pair) -> int:
        """Return the type id of the unlabelled link, which comes with every other."""
        return next(iter(self.types[pair]))

    def primary(self, pair: Pair) -> int | None:
        """Return the type id of the primary link, if this pair has one."""
        ids = DEFINED.get(pair, ())
        return ids[1] if len(ids) > 1 else None

    def find(self, pair: Pair, label: str) -> LinkType | None:
        """Return the type with this label in this direction."""
        return next((kind for kind in self.types[pair].values() if kind.label == label), None)

    def define(self, pair: Pair, label: str, name: str = "", inverse: str | None = None) -> tuple[LinkType, LinkType]:
        """Define a label; each direction gets a type id of its own."""
        name = name or re.sub(r"\W+", "_", label.lower()).strip("_")
        there, back = self._take_types()
        forth = LinkType(there, "USER_DEFINED", label, name, back)
        reverse = LinkType(back, "USER_DEFINED", inverse or label, name, there)
        self.types[pair][there] = forth
        self.types[pair[::-1]][back] = reverse
        return forth, reverse

    def introduce(self, one: Kind, other: Kind) -> None:
        """Let records of two object types be linked; the account's own types get ids of its own."""
        pair = one.name, other.name
        if pair in self.types:
            return
        there, back = self._take_types()
        for side, number, inverse in ((pair, there, back), (pair[::-1], back, there)):
            name = f"{(one if side is pair else other).singular}_to_{(other if side is pair else one).singular}"
            self.types[side] = {number: LinkType(number, "USER_DEFINED", None, name, inverse)}

    def rename(self, pair: Pair, type_id: int, label: str, inverse: str | None = None) -> None:
        """Give a label other words; its type ids stay."""
        there = self.types[pair][type_id]
        self.types[pair][type_id] = replace(there, label=label)
        if inverse:
            back = self.types[pair[::-1]]
            back[there.inverse] = replace(back[there.inverse], label=inverse)

    def undefine(self, pair: Pair, type_id: int) -> None:
        """Remove a label, also from the links that carry it; the plain links stay."""
        inverse = self.types[pair][type_id].inverse
        for side, number in ((pair, type_id), (pair[::-1], inverse)):
            sql = "SELECT from_id, to_id, types FROM links WHERE pair = ? AND ',' || types || ',' LIKE ?"
            for from_id, to_id, types in self._database.execute(sql, (_key(side), f"%,{number},%")).fetchall():
                self._put(side, from_id, to_id, (one for one in _numbers(types) if one != number))
            del self.types[side][number]

    def _take_types(self) -> tuple[int, int]:
        self.next_type += 2
        return self.next_type - 2, self.next_type - 1

    # -- links

    def of(self, pair: Pair, from_id: str) -> Mapping[str, Numbers]:
        """Return the linked ids of one record, by size, with the type ids of each link."""
        sql = "SELECT to_id, types FROM links WHERE pair = ? AND from_id = ?"
        return {str(to_id): _numbers(types) for to_id, types in self._database.execute(sql, (_key(pair), from_id))}

    def many(self, pair: Pair, ids: Iterable[str]) -> list[tuple[int, int, Numbers]]:
        """Return (from, to, type ids) of the links of many records, by from and to."""
        sql = (
            "SELECT from_id, to_id, types FROM links"
            " WHERE pair = ? AND from_id IN (SELECT value FROM json_each(?)) ORDER BY from_id, to_id"
        )
        rows = self._database.execute(sql, (_key(pair), json.dumps([int(one) for one in ids if one.isdigit()])))
        return [(from_id, to_id, _numbers(types)) for from_id, to_id, types in rows]

    def linked_to(self, pair: Pair, ids: Iterable[str]) -> tuple[str, list[object]]:
        """Return the condition that a record ``i`` is linked, as the first of a pair, with one of these records."""
        wanted = json.dumps([int(one) for one in ids if one.isdigit()])
        sql = "SELECT to_id FROM links WHERE pair = ? AND from_id IN (SELECT value FROM json_each(?))"
        return f"i.id IN ({sql})", [_key(pair[::-1]), wanted]

    def add(self, pair: Pair, from_id: str, to_id: str, type_ids: Iterable[int] = ()) -> None:
        """Link two records; the unlabelled type is always among the types, a new primary moves it."""
        wanted = {self.plain(pair), *type_ids}
        primary = self.primary(pair)
        if primary is not None and primary in wanted:
            for side, one, other in self._primary_side(pair, from_id, to_id):
                self._clear_primary(side, one, other)
        wanted |= set(self._types(pair, from_id, to_id))
        self._put(pair, from_id, to_id, wanted)
        self._put(pair[::-1], to_id, from_id, {self.types[pair][number].inverse for number in wanted})

    def load(self, pair: Pair, rows: Iterable[tuple[str | int, str | int, Iterable[int]]]) -> None:
        """Link many records of two types of which none are linked yet; each has one primary at most."""
        run, plain, types, back = self._database.execute, self.plain(pair), self.types[pair], pair[::-1]
        one_way = ((_key(pair), from_id, to_id, _text({plain, *numbers})) for from_id, to_id, numbers in rows)
        self._database.executemany("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?)", one_way)
        known = run("SELECT DISTINCT types FROM links WHERE pair = ?", (_key(pair),)).fetchall()
        for (text,) in known:  # the way back is written in its own order, which is many times quicker
            sql = (
                "INSERT OR REPLACE INTO links SELECT ?, to_id, from_id, ? FROM links"
                " WHERE pair = ? AND types = ? ORDER BY to_id, from_id"
            )
            inverse = _text(types[number].inverse for number in _numbers(text))
            run(sql, (_key(back), inverse, _key(pair), text))

    def strip(self, pair: Pair, from_id: str, to_id: str, type_ids: Iterable[int]) -> None:
        """Take types from one link; without its plain type it is gone."""
        gone, known = set(type_ids), self._types(pair, from_id, to_id)
        if self.plain(pair) in gone or not known:
            self.drop(pair, from_id, to_id)
            return
        left = set(known) - gone
        self._put(pair, from_id, to_id, left)
        self._put(pair[::-1], to_id, from_id, {self.types[pair][number].inverse for number in left})

    def drop(self, pair: Pair, from_id: str, to_id: str) -> None:
        """Remove every link between two records."""
        sql = "DELETE FROM links WHERE pair = ? AND from_id = ? AND to_id = ?"
        self._database.execute(sql, (_key(pair), from_id, to_id))
        self._database.execute(sql, (_key(pair[::-1]), to_id, from_id))

    def primary_of(self, pair: Pair, from_id: str) -> str | None:
        """Return the id of the record that is linked as primary."""
        primary = self.primary(pair)
        return next((to_id for to_id, types in self.of(pair, from_id).items() if primary in types), None)

    def counts(self) -> dict[Pair, int]:
        """Return the number of links by the two object types, each direction by itself."""
        rows = self._database.execute("SELECT pair, count(*) FROM links GROUP BY pair")
        return {(pair.partition(">")[0], pair.partition(">")[2]): number for pair, number in rows}

    def _types(self, pair: Pair, from_id: str, to_id: str) -> Numbers:
        sql = "SELECT types FROM links WHERE pair = ? AND from_id = ? AND to_id = ?"
        row = self._database.execute(sql, (_key(pair), from_id, to_id)).fetchone()
        return _numbers(row[0]) if row else ()

    def _put(self, pair: Pair, from_id: str, to_id: str, types: Iterable[int]) -> None:
        row = (_key(pair), from_id, to_id, _text(types))
        self._database.execute("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?)", row)

    def _primary_side(self, pair: Pair, from_id: str, to_id: str) -> Iterator[tuple[Pair, str, str]]:
        """Yield the direction in which there is one primary: the one towards the company."""
        if pair[1] == "companies":
            yield pair, from_id, to_id
        else:
            yield pair[::-1], to_id, from_id

    def _clear_primary(self, pair: Pair, from_id: str, keep: str) -> None:
        primary, other = self.primary(pair), self.primary(pair[::-1])
        for to_id, types in self.of(pair, from_id).items():
            if to_id != keep and primary in types:
                self._put(pair, from_id, to_id, (number for number in types if number != primary))
                back = self._types(pair[::-1], to_id, from_id)
                self._put(pair[::-1], to_id, from_id, (number for number in back if number != other))


def _key(pair: Pair) -> str:
    return f"{pair[0]}>{pair[1]}"


def _text(types: Iterable[int]) -> str:
    return ",".join(map(str, sorted(types)))


@lru_cache(maxsize=1024)
def _numbers(text: str) -> Numbers:
    return tuple(int(number) for number in text.split(","))


def _own_types(pair: Pair) -> dict[int, LinkType]:
    name = f"{KINDS[pair[0]].singular}_to_{KINDS[pair[1]].singular}"
    ids, back = DEFINED[pair], DEFINED[pair[::-1]]
    if len(ids) == 1:
        return {ids[0]: LinkType(ids[0], "HUBSPOT_DEFINED", None, name, back[0])}
    return {
        ids[0]: LinkType(ids[0], "HUBSPOT_DEFINED", None, f"{name}_unlabeled", back[0]),
        ids[1]: LinkType(ids[1], "HUBSPOT_DEFINED", "Primary", name, back[1]),
    }
