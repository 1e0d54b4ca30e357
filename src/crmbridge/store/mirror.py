"""The mirror: the local copy of a connection's records, links and property definitions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa

from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.links import Link
from crmbridge.model.properties import PropertyDefinition
from crmbridge.model.records import RECORD, Contact, Record
from crmbridge.store.database import Store, chunks, upsert
from crmbridge.store.schema import addresses, definitions, dirty, links, quarantine, records

R = TypeVar("R", bound=Record)


class Edge(NamedTuple):
    """A stored link without its platform's type: what assembling centers needs."""

    source: Ref
    target: Ref
    label: str | None
    primary: bool


class Mirror:
    """Reads and writes the mirror of one connection.

    Writing methods take the transaction of ``Store.writing``; what they change is marked dirty, so that judging
    finds it.

    Attributes:
        prefix: Properties whose names start with it are crmbridge's own; they make nothing dirty.
    """

    def __init__(self, store: Store, connection: str, prefix: str) -> None:
        self.store = store
        self.connection = connection
        self.prefix = prefix

    def records(self, name: ObjectName) -> Iterator[Record]:
        """Stream all records of an object that are not archived, by id, a page at a time."""
        last = ""
        while True:
            statement = (
                sa.select(records.c.id, records.c.body)
                .where(*self._of(records, name), records.c.id > last, records.c.archived.is_(False))
                .order_by(records.c.id)
                .limit(500)
            )
            with self.store.reading() as tx:
                page = tx.execute(statement).all()
            for row in page:
                yield RECORD.validate_json(row.body)
            if not page:
                return
            last = page[-1].id

    def ids(self, name: ObjectName, after: str = "", limit: int = 1000) -> list[str]:
        """Ids greater than ``after`` of records that are not archived, in text order."""
        statement = (
            sa.select(records.c.id)
            .where(*self._of(records, name), records.c.id > after, records.c.archived.is_(False))
            .order_by(records.c.id)
            .limit(limit)
        )
        with self.store.reading() as tx:
            return list(tx.scalars(statement))

    def get(self, tx: sa.Connection, kind: type[R], name: ObjectName, ids: Iterable[str]) -> dict[str, R]:
        """Read records by id; those that are missing or archived are left out."""
        found: dict[str, R] = {}
        for part in chunks(sorted(set(ids))):
            rows = tx.execute(
                sa.select(records.c.id, records.c.body).where(
                    *self._of(records, name), records.c.id.in_(part), records.c.archived.is_(False)
                )
            )
            found.update({item.id: item for row in rows if isinstance(item := RECORD.validate_json(row.body), kind)})
        return found

    def contacts_by_address(self, tx: sa.Connection, wanted: Iterable[str]) -> dict[str, str]:
        """Find contact ids by e-mail address; the smallest id if several contacts share one."""
        found: dict[str, str] = {}
        for part in chunks(sorted(set(wanted))):
            rows = tx.execute(
                sa.select(addresses.c.address, sa.func.min(addresses.c.contact_id))
                .where(addresses.c.connection == self.connection, addresses.c.address.in_(part))
                .group_by(addresses.c.address)
            )
            found.update((row[0], row[1]) for row in rows)
        return found

    def edges(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str]) -> Iterator[Edge]:
        """All links that start or end at the given records, in any order."""
        for part in chunks(sorted(set(ids))):
            for object_column, id_column in (
                (links.c.source_object, links.c.source_id),
                (links.c.target_object, links.c.target_id),
            ):
                statement = sa.select(
                    links.c.source_object,
                    links.c.source_id,
                    links.c.target_object,
                    links.c.target_id,
                    links.c.label,
                    links.c.is_primary,
                ).where(links.c.connection == self.connection, object_column == name, id_column.in_(part))
                for source, source_id, target, target_id, label, primary in tx.execute(statement).all():
                    yield Edge(Ref(source, source_id), Ref(target, target_id), label, primary)

    def definitions(self, tx: sa.Connection, name: ObjectName) -> dict[str, PropertyDefinition]:
        """The platform's property definitions of an object, by name."""
        rows = tx.execute(sa.select(definitions.c.name, definitions.c.body).where(*self._of(definitions, name)))
        return {row.name: PropertyDefinition.model_validate_json(row.body) for row in rows}

    def count(self, name: ObjectName) -> int:
        """Number of records of an object that are not archived."""
        statement = sa.select(sa.func.count()).where(*self._of(records, name), records.c.archived.is_(False))
        with self.store.reading() as tx:
            return tx.scalar(statement) or 0

    def put(self, tx: sa.Connection, batch: Sequence[Record], property_set: int, listing: int) -> int:
        """Store records of one object; say how many have other content than before.

        ``property_set`` numbers the properties they were read with, ``listing`` the listing under way, so that it
        can tell what it did not see.
        """
        if not batch:
            return 0
        name = batch[0].object
        batch = list({record.id: record for record in batch}.values())
        hashes = {record.id: self._content_hash(record) for record in batch}
        known = dict(
            tx.execute(
                sa.select(records.c.id, records.c.content_hash).where(
                    *self._of(records, name), records.c.id.in_(list(hashes))
                )
            ).all()
        )
        changed = [record_id for record_id, value in hashes.items() if known.get(record_id) != value]
        upsert(tx, records, [self._row(record, hashes[record.id], property_set, listing) for record in batch])
        self._index_addresses(tx, batch)
        self.mark_dirty(tx, [Ref(name, record_id) for record_id in changed])
        tx.execute(quarantine.delete().where(*self._of(quarantine, name), quarantine.c.id.in_(list(hashes))))
        return len(changed)

    def put_links(
        self, tx: sa.Connection, name: ObjectName, ids: Sequence[str], target: ObjectName, new: Iterable[Link]
    ) -> None:
        """Make ``new`` the links from the given records to ``target``; both ends of a changed link become dirty."""
        wanted = {_link_key(link): link for link in new}
        present: set[tuple[str, str, str]] = set()
        for part in chunks(list(ids)):
            rows = tx.execute(
                sa.select(links.c.source_id, links.c.target_id, links.c.type_id).where(
                    *self._of(links, name, "source_object"),
                    links.c.source_id.in_(part),
                    links.c.target_object == target,
                )
            )
            present |= {(row[0], row[1], row[2]) for row in rows}
        for source_id, target_id, type_id in present - wanted.keys():
            tx.execute(
                links.delete().where(
                    *self._of(links, name, "source_object"),
                    links.c.source_id == source_id,
                    links.c.target_object == target,
                    links.c.target_id == target_id,
                    links.c.type_id == type_id,
                )
            )
        upsert(tx, links, [self._link_row(link) for link in wanted.values()])
        touched = present ^ wanted.keys()
        self.mark_dirty(tx, [Ref(name, source) for source, _, _ in touched])
        self.mark_dirty(tx, [Ref(target, end) for _, end, _ in touched])

    def archive(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str]) -> None:
        """Mark records as archived; their centers will be judged without them."""
        for part in chunks(sorted(set(ids))):
            tx.execute(records.update().where(*self._of(records, name), records.c.id.in_(part)).values(archived=True))
            self.mark_dirty(tx, [Ref(name, record_id) for record_id in part])
            if name == "contact":
                self._set_addresses(tx, {contact_id: set() for contact_id in part})

    def seen(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str], listing: int) -> None:
        """Note that a listing saw records that were not taken in: they are not gone."""
        for part in chunks(sorted(set(ids))):
            tx.execute(records.update().where(*self._of(records, name), records.c.id.in_(part)).values(listing=listing))

    def unseen(self, tx: sa.Connection, name: ObjectName, listing: int) -> list[str]:
        """Ids that a finished listing did not see; ask only after it has finished."""
        return list(
            tx.scalars(
                sa.select(records.c.id).where(
                    *self._of(records, name), records.c.listing < listing, records.c.archived.is_(False)
                )
            )
        )

    def quarantine(self, tx: sa.Connection, ref: Ref, plugin: str, message: str) -> None:
        """Remember that a record could not be taken in; what is stored of it stays."""
        row = {"connection": self.connection, "object": ref.object, "id": ref.id, "plugin": plugin, "message": message}
        upsert(tx, quarantine, [row])

    def quarantined(self) -> list[dict[str, Any]]:
        """Records that a plugin failed on, counted by object, plugin and message."""
        by = (quarantine.c.object, quarantine.c.plugin, quarantine.c.message)
        statement = sa.select(*by, sa.func.count().label("records")).where(quarantine.c.connection == self.connection)
        with self.store.reading() as tx:
            return [dict(row) for row in tx.execute(statement.group_by(*by).order_by(*by)).mappings()]

    def put_definitions(self, tx: sa.Connection, name: ObjectName, batch: Iterable[PropertyDefinition]) -> None:
        """Replace the property definitions of an object."""
        tx.execute(definitions.delete().where(*self._of(definitions, name)))
        self.add_definitions(tx, batch)

    def add_definitions(self, tx: sa.Connection, batch: Iterable[PropertyDefinition]) -> None:
        """Store single property definitions."""
        rows = [
            {"connection": self.connection, "object": item.object, "name": item.name, "body": item.model_dump_json()}
            for item in batch
        ]
        upsert(tx, definitions, rows)

    def set_properties(self, tx: sa.Connection, values: Mapping[Ref, Mapping[str, str | None]]) -> None:
        """Put confirmed values into stored records; that makes none of them dirty."""
        for name in sorted({ref.object for ref in values}):
            ids = [ref.id for ref in values if ref.object == name]
            rows = []
            for record in self.get(tx, Record, name, ids).values():
                properties = {**record.properties, **values[record.ref]}
                changed = record.model_copy(update={"properties": properties})
                rows.append(
                    {
                        "record_id": record.id,
                        "new_body": changed.model_dump_json(),
                        "new_hash": self._content_hash(changed),
                    }
                )
            if rows:
                statement = (
                    records.update()
                    .where(*self._of(records, name), records.c.id == sa.bindparam("record_id"))
                    .values(body=sa.bindparam("new_body"), content_hash=sa.bindparam("new_hash"))
                )
                tx.execute(statement, rows)

    def mark_dirty(self, tx: sa.Connection, refs: Iterable[Ref]) -> None:
        """Remember that something about these records changed since they were judged."""
        rows = [{"connection": self.connection, "object": ref.object, "id": ref.id} for ref in dict.fromkeys(refs)]
        upsert(tx, dirty, rows)

    def _of(self, table: sa.Table, name: ObjectName, column: str = "object") -> tuple[sa.ColumnElement[bool], ...]:
        return (table.c.connection == self.connection, table.c[column] == name)

    def _content_hash(self, record: Record) -> str:
        """Hash what is news: not what crmbridge owns, nor when and where the record stands."""
        properties = {
            name: value
            for name, value in record.properties.items()
            if not name.startswith(self.prefix) and not name.endswith("lastmodifieddate")
        }
        content = record.model_copy(update={"updated_at": None, "url": None, "properties": properties})
        return hashlib.sha256(content.model_dump_json().encode()).hexdigest()

    def _row(self, record: Record, content_hash: str, property_set: int, listing: int) -> dict[str, object]:
        return {
            "connection": self.connection,
            "object": record.object,
            "id": record.id,
            "body": record.model_dump_json(),
            "property_set": property_set,
            "content_hash": content_hash,
            "listing": listing,
            "archived": record.archived,
        }

    def _index_addresses(self, tx: sa.Connection, batch: Sequence[Record]) -> None:
        people = [record for record in batch if isinstance(record, Contact)]
        if people:
            wanted = {person.id: set() if person.archived else set(person.emails) for person in people}
            self._set_addresses(tx, wanted)

    def _set_addresses(self, tx: sa.Connection, wanted: Mapping[str, set[str]]) -> None:
        """Give contacts these addresses; whoever shares one that came or went is to be judged again."""
        of = (addresses.c.connection == self.connection, addresses.c.contact_id.in_(list(wanted)))
        known = {(row.contact_id, row.address) for row in tx.execute(sa.select(addresses).where(*of))}
        new = {(contact_id, address) for contact_id, found in wanted.items() for address in found}
        changed = sorted({address for _, address in known ^ new})
        if not changed:
            return
        tx.execute(addresses.delete().where(*of))
        rows = [
            {"connection": self.connection, "address": address, "contact_id": contact_id}
            for contact_id, address in sorted(new)
        ]
        upsert(tx, addresses, rows)
        for part in chunks(changed):
            sharing = sa.select(addresses.c.contact_id).where(
                addresses.c.connection == self.connection,
                addresses.c.address.in_(part),
                addresses.c.contact_id.not_in(list(wanted)),
            )
            self.mark_dirty(tx, [Ref("contact", other) for other in tx.scalars(sharing)])

    def _link_row(self, link: Link) -> dict[str, object]:
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


def _link_key(link: Link) -> tuple[str, str, str]:
    return link.source.id, link.target.id, _kind(link)


def _kind(link: Link) -> str:
    """Tell the links of one pair apart: by the platform's type, else by label."""
    return link.type_id or link.label or ""
