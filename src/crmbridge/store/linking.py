"""The links of the mirror, and where records went that were merged away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import sqlalchemy as sa

from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.links import Link
from crmbridge.store.changed import Changed
from crmbridge.store.database import Store, among, upsert
from crmbridge.store.due import Due
from crmbridge.store.schema import links, merges


class Edge(NamedTuple):
    """A stored link without its platform's type: what assembling centers needs."""

    source: Ref
    target: Ref
    label: str | None
    primary: bool


IMPORTED: Final = "touchpoint"
"""The object whose links no platform knows."""

_Key = tuple[str, str, str]
"""Source id, target id, type."""

_ENDS = (
    links.c.source_object,
    links.c.source_id,
    links.c.target_object,
    links.c.target_id,
    links.c.label,
    links.c.is_primary,
)

_LINK_KEY = (links.c.source_object, links.c.source_id, links.c.target_object, links.c.target_id, links.c.type_id)

PAGE: Final = 1000
"""Links read at a time."""


class Links:
    """The links of one connection. What changes marks both ends, so that judging finds them."""

    def __init__(self, connection: str, due: Due) -> None:
        self.connection = connection
        self.changed = Changed(connection)
        self.due = due

    def all(self, store: Store) -> Iterator[Link]:
        """Stream every link, by its source, its target and its type, a page at a time."""
        key = sa.tuple_(*_LINK_KEY)
        last = ("",) * len(_LINK_KEY)
        while True:
            where = (links.c.connection == self.connection, key > last)
            with store.reading() as tx:
                page = tx.execute(sa.select(links).where(*where).order_by(*_LINK_KEY).limit(PAGE)).all()
            for row in page:
                ends = (Ref(row.source_object, row.source_id), Ref(row.target_object, row.target_id))
                yield Link(*ends, row.label, row.type_id, row.is_primary)
            if not page:
                return
            last = tuple(page[-1][1:6])

    def edges(
        self, tx: sa.Connection, name: ObjectName, ids: Iterable[str], others: Iterable[ObjectName] | None = None
    ) -> Iterator[Edge]:
        """All links that start or end at the given records, in any order; only those with ``others``, if given."""
        wanted = list(ids)
        for object_column, id_column in (
            (links.c.source_object, links.c.source_id),
            (links.c.target_object, links.c.target_id),
        ):
            here = (links.c.connection == self.connection, object_column == name, among(id_column, wanted))
            statement = sa.select(*_ENDS).where(*here)
            if others is not None:
                far = links.c.target_object if object_column is links.c.source_object else links.c.source_object
                statement = statement.where(far.in_(list(others)))
            if object_column is links.c.target_object:
                # Without statistics SQLite takes the primary key, and reads all links of the connection.
                statement = statement.with_hint(links, "INDEXED BY links_by_target", "sqlite")
            for source, source_id, target, target_id, label, primary in tx.execute(statement).all():
                yield Edge(Ref(source, source_id), Ref(target, target_id), label, primary)

    def having(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str], other: ObjectName) -> set[str]:
        """Those of the records that are linked to any ``other`` record."""
        here, wanted = links.c.connection == self.connection, list(ids)
        forth = (links.c.source_object == name, among(links.c.source_id, wanted), links.c.target_object == other)
        back = (links.c.target_object == name, among(links.c.target_id, wanted), links.c.source_object == other)
        found = set(tx.scalars(sa.select(links.c.source_id).where(here, *forth).distinct()))
        statement = sa.select(links.c.target_id).where(here, *back).distinct()
        return found | set(tx.scalars(statement.with_hint(links, "INDEXED BY links_by_target", "sqlite")))

    def put(
        self, tx: sa.Connection, name: ObjectName, ids: Sequence[str], target: ObjectName, new: Iterable[Link]
    ) -> None:
        """Make ``new`` the links from the given records to ``target``; ends that were merged away are followed."""
        wanted = {_key(link): link for link in self._followed(tx, target, list(new))}
        present = self._present(tx, name, ids, target)
        gone = present.keys() - wanted.keys()
        self._delete(tx, name, target, gone)
        fresh = [link for key, link in wanted.items() if present.get(key) != (link.label, link.primary)]
        upsert(tx, links, [self._row(link) for link in fresh])
        touched = [*gone, *map(_key, fresh)]
        self.changed.mark(tx, (Ref(name, source) for source, _, _ in touched))
        self.changed.mark(tx, (Ref(target, end) for _, end, _ in touched))

    def add(self, tx: sa.Connection, new: Iterable[Link]) -> None:
        """Add links that crmbridge made. Nothing is marked: judging leaves out what is in the manifest."""
        upsert(tx, links, [self._row(link) for link in new])

    def drop(self, tx: sa.Connection, gone: Iterable[Link]) -> None:
        """Take out links that crmbridge removed, by their labels; nothing is marked, as in ``add``."""
        for link in gone:
            ends = (links.c.source_object, links.c.source_id, links.c.target_object, links.c.target_id)
            names = (link.source.object, link.source.id, link.target.object, link.target.id)
            here = (column == name for column, name in zip(ends, names, strict=True))
            mine = (links.c.connection == self.connection, links.c.label == link.label)
            tx.execute(links.delete().where(*mine, *here))

    def merge(self, tx: sa.Connection, name: ObjectName, survivor: str, losers: Sequence[str]) -> list[str]:
        """Remember that records went into another one, and have all links read again that led to them.

        Returns:
            Those of which that was not known.
        """
        known = self.survivors(tx, name, losers)
        lost = [id_ for id_ in losers if known.get(id_) != survivor]
        if not lost:
            return []
        earlier = (merges.c.connection == self.connection, merges.c.object == name, among(merges.c.survivor, lost))
        tx.execute(merges.update().where(*earlier).values(survivor=survivor))
        rows = [{"connection": self.connection, "object": name, "id": id_, "survivor": survivor} for id_ in lost]
        upsert(tx, merges, rows)
        self._carry_imported(tx, Ref(name, survivor), lost)
        self.remove(tx, name, lost)
        return lost

    def _carry_imported(self, tx: sa.Connection, survivor: Ref, lost: Sequence[str]) -> None:
        """Let imported touchpoints follow: no platform knows them, so that their links are never read again."""
        theirs = (links.c.target_object == survivor.object, among(links.c.target_id, lost))
        here = sa.select(links).where(links.c.connection == self.connection, links.c.source_object == IMPORTED, *theirs)
        moved = [{**row, "target_id": survivor.id} for row in tx.execute(here).mappings()]
        upsert(tx, links, moved)
        self.changed.mark(tx, [survivor] if moved else [])

    def unmerge(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str]) -> None:
        """Forget that records were merged away: they live again."""
        where = (merges.c.connection == self.connection, merges.c.object == name, among(merges.c.id, ids))
        tx.execute(merges.delete().where(*where))

    def losers(self, tx: sa.Connection, name: ObjectName, survivors: Iterable[str]) -> list[str]:
        """Ids of the records that went into any of these."""
        where = (merges.c.connection == self.connection, merges.c.object == name, among(merges.c.survivor, survivors))
        return list(tx.scalars(sa.select(merges.c.id).where(*where)))

    def remove(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str]) -> None:
        """Take out every link of records that are gone; those that linked to them are read again."""
        lost = list(ids)
        to_them = (links.c.connection == self.connection, links.c.target_object == name, among(links.c.target_id, lost))
        for source, source_id in tx.execute(sa.select(links.c.source_object, links.c.source_id).where(*to_them)).all():
            if source != IMPORTED:
                self.due.add(tx, "links", source, [source_id])
            self.changed.mark(tx, [Ref(source, source_id)])
        tx.execute(links.delete().where(*to_them))
        mine = (links.c.connection == self.connection, links.c.source_object == name, among(links.c.source_id, lost))
        ends = tx.execute(sa.select(links.c.target_object, links.c.target_id).where(*mine)).all()
        self.changed.mark(tx, [Ref(target, target_id) for target, target_id in ends])
        tx.execute(links.delete().where(*mine))

    def survivors(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str]) -> Mapping[str, str]:
        """Where records went: id → id of the record that lives on, for those that were merged away."""
        where = (merges.c.connection == self.connection, merges.c.object == name, among(merges.c.id, ids))
        return {row.id: row.survivor for row in tx.execute(sa.select(merges.c.id, merges.c.survivor).where(*where))}

    def _followed(self, tx: sa.Connection, target: ObjectName, new: Sequence[Link]) -> Iterable[Link]:
        moved = self.survivors(tx, target, {link.target.id for link in new})
        if not moved:
            return new
        return [replace(link, target=Ref(target, moved.get(link.target.id, link.target.id))) for link in new]

    def _present(
        self, tx: sa.Connection, name: ObjectName, ids: Sequence[str], target: ObjectName
    ) -> dict[_Key, tuple[str | None, bool]]:
        rows = tx.execute(
            sa.select(links.c.source_id, links.c.target_id, links.c.type_id, links.c.label, links.c.is_primary).where(
                links.c.connection == self.connection,
                links.c.source_object == name,
                among(links.c.source_id, ids),
                links.c.target_object == target,
            )
        )
        return {(row[0], row[1], row[2]): (row[3], row[4]) for row in rows}

    def _delete(self, tx: sa.Connection, name: ObjectName, target: ObjectName, gone: Iterable[_Key]) -> None:
        for source_id, target_id, type_id in gone:
            tx.execute(
                links.delete().where(
                    links.c.connection == self.connection,
                    links.c.source_object == name,
                    links.c.source_id == source_id,
                    links.c.target_object == target,
                    links.c.target_id == target_id,
                    links.c.type_id == type_id,
                )
            )

    def _row(self, link: Link) -> dict[str, object]:
        return {
            "connection": self.connection,
            "source_object": link.source.object,
            "source_id": link.source.id,
            "target_object": link.target.object,
            "target_id": link.target.id,
            "type_id": _kind(link),
            "label": link.label,
            "is_primary": link.primary,
        }


def _key(link: Link) -> _Key:
    return link.source.id, link.target.id, _kind(link)


def _kind(link: Link) -> str:
    """Tell the links of one pair apart: by the platform's type, else by label."""
    return link.type_id or link.label or ""
