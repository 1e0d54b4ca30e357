"""The mirror: the local copy of a connection's records, links and property definitions."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

import sqlalchemy as sa

from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.properties import PropertyDefinition
from crmbridge.model.records import Contact, Record, record_from_json
from crmbridge.store.addresses import Addresses
from crmbridge.store.changed import Changed
from crmbridge.store.database import Store, among, upsert
from crmbridge.store.due import Due
from crmbridge.store.linking import Links
from crmbridge.store.schema import confirmed, definitions, quarantine, records
from crmbridge.store.subscribed import Subscriptions

_NO_PROPERTIES: Final = sa.func.json("{}")

R = TypeVar("R", bound=Record)


_NO_NEWS: Final = {"updated_at", "url", "properties"}


class Stored(NamedTuple):
    """What storing records found.

    Attributes:
        changed: Records with other content than before.
        merged: Records that went into them, as was not known before.
    """

    changed: int
    merged: int


class Values(NamedTuple):
    """What a record holds.

    Attributes:
        properties: By the platform's names, see ``Record``.
        updated_at: When the record was last modified.
    """

    ref: Ref
    properties: Mapping[str, str | None]
    updated_at: datetime | None


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
        self.changed = Changed(connection)
        self.addresses = Addresses(connection)
        self.due = Due(store, connection)
        self.links = Links(connection, self.due)
        self.subscriptions = Subscriptions(connection)

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
                yield record_from_json(name, row.body)
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
        where = (*self._of(records, name), among(records.c.id, ids), records.c.archived.is_(False))
        found = (record_from_json(name, row.body) for row in tx.execute(sa.select(records.c.body).where(*where)))
        return {item.id: item for item in found if isinstance(item, kind)}

    def values(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str]) -> dict[str, Values]:
        """Read records as ``get`` does, but only their properties and when they were modified: a plan reads all."""
        where = (*self._of(records, name), among(records.c.id, ids), records.c.archived.is_(False))
        rows = tx.execute(sa.select(records.c.id, records.c.body).where(*where))
        return {record_id: _values(Ref(name, record_id), json.loads(body)) for record_id, body in rows}

    def filled(self, tx: sa.Connection, name: ObjectName, items: Iterable[str]) -> Counter[str]:
        """Count the records that have a value, for each of some properties; archived ones do not count."""
        wanted = list(items)
        filled = [
            sa.func.count(sa.func.nullif(sa.func.json_extract(records.c.body, f'$.properties."{item}"'), ""))
            for item in wanted
        ]
        where = (*self._of(records, name), records.c.archived.is_(False))
        counts = tx.execute(sa.select(*filled).where(*where)).one() if wanted else ()
        return Counter(dict(zip(wanted, counts, strict=True)))

    def objects(self, tx: sa.Connection) -> list[ObjectName]:
        """The objects of which it holds records, by name."""
        here = records.c.connection == self.connection
        return list(tx.scalars(sa.select(records.c.object).where(here).distinct().order_by(records.c.object)))

    def property_names(self, tx: sa.Connection, name: ObjectName) -> set[str]:
        """Names of all properties that any record of an object was read with, filled or not."""
        held = sa.func.json_each(records.c.body, "$.properties").table_valued("key")
        return set(
            tx.scalars(
                sa.select(held.c.key)
                .select_from(records.join(held, sa.true()))
                .where(*self._of(records, name))
                .distinct()
            )
        )

    def definitions(self, tx: sa.Connection, name: ObjectName) -> dict[str, PropertyDefinition]:
        """The platform's property definitions of an object, by name."""
        rows = tx.execute(sa.select(definitions.c.name, definitions.c.body).where(*self._of(definitions, name)))
        return {row.name: PropertyDefinition.model_validate_json(row.body) for row in rows}

    def count(self, name: ObjectName) -> int:
        """Number of records of an object that are not archived."""
        statement = sa.select(sa.func.count()).where(*self._of(records, name), records.c.archived.is_(False))
        with self.store.reading() as tx:
            return tx.scalar(statement) or 0

    def put(self, tx: sa.Connection, batch: Sequence[Record], property_set: int, listing: int) -> Stored:
        """Store records of one object; say how many have other content than before, and how many went into them.

        ``property_set`` numbers the properties they were read with, ``listing`` the listing under way, so that it
        can tell what it did not see.
        """
        if not batch:
            return Stored(0, 0)
        name = batch[0].object
        batch = list({record.id: record for record in batch}.values())
        hashes = {record.id: self._content_hash(record) for record in batch}
        known = self._hashes(tx, name, batch)
        changed = [record_id for record_id, value in hashes.items() if known.get(record_id) != value]
        upsert(tx, records, [self._row(record, hashes[record.id], property_set, listing) for record in batch])
        if name == "contact":
            people = {person.id: _addresses(person) for person in batch if isinstance(person, Contact)}
            self._addresses(tx, people, new=not known)
        self.changed.mark(tx, [Ref(name, record_id) for record_id in changed])
        tx.execute(quarantine.delete().where(*self._of(quarantine, name), among(quarantine.c.id, hashes)))
        merged = sum(self.merged(tx, name, record.id, record.merged_ids) for record in batch if record.merged_ids)
        return Stored(len(changed), merged)

    def extend(
        self, tx: sa.Connection, name: ObjectName, values: Mapping[str, Mapping[str, str | None]], property_set: int
    ) -> int:
        """Add properties to records that were read without them; say how many records had news.

        Args:
            tx: A writing transaction.
            name: The records' object.
            values: Record id → properties read.
            property_set: All the properties it has been read with now.
        """
        rows, changed = [], []
        for record in self.get(tx, Record, name, values).values():
            whole = record.model_copy(update={"properties": {**record.properties, **values[record.id]}})
            row = {
                "record_id": record.id,
                "new_body": whole.model_dump_json(exclude_defaults=True),
                "new_hash": self._content_hash(whole),
            }
            rows.append({**row, "new_set": property_set})
            if row["new_hash"] != self._content_hash(record):
                changed.append(record.ref)
        self._rewrite(tx, name, rows, property_set=sa.bindparam("new_set"))
        self.changed.mark(tx, changed)
        return len(changed)

    def property_sets(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str]) -> set[int]:
        """Numbers of the property sets that records were read with."""
        where = (*self._of(records, name), among(records.c.id, ids))
        return set(tx.scalars(sa.select(records.c.property_set).where(*where).distinct()))

    def archive(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str], *, sweep: int = 0) -> int:
        """Mark records as archived; their centers will be judged without them. Say how many were not before.

        ``sweep`` numbers the pass over the archived records that saw them, so that it can tell what it did not see.
        """
        gone = list(ids)
        where = (*self._of(records, name), among(records.c.id, gone))
        alive = list(tx.scalars(sa.select(records.c.id).where(*where, records.c.archived.is_(False))))
        tx.execute(records.update().where(*where).values(archived=True, listing=-sweep))
        self.changed.mark(tx, [Ref(name, record_id) for record_id in alive])
        if name == "contact":
            self._addresses(tx, dict.fromkeys(alive, ()))
        return len(alive)

    def no_longer_archived(self, tx: sa.Connection, name: ObjectName, sweep: int, after: str, limit: int) -> list[str]:
        """Ids above ``after`` of archived records that a finished sweep did not see."""
        statement = (
            sa.select(records.c.id)
            .where(
                *self._of(records, name),
                records.c.archived.is_(True),
                records.c.listing != -sweep,
                records.c.id > after,
            )
            .order_by(records.c.id)
            .limit(limit)
        )
        return list(tx.scalars(statement))

    def remove(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str]) -> None:
        """Take records out for good, with their links and addresses; their centers will be judged without them."""
        gone = list(ids)
        self.archive(tx, name, gone)
        self.links.remove(tx, name, gone)
        self.due.drop(tx, name, gone)
        for table in (records, quarantine):
            tx.execute(table.delete().where(*self._of(table, name), among(table.c.id, gone)))

    def seen(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str], listing: int) -> None:
        """Note that a listing saw records that were not taken in: they are not gone."""
        if found := list(ids):
            where = (*self._of(records, name), among(records.c.id, found))
            tx.execute(records.update().where(*where).values(listing=listing))

    def unseen(self, tx: sa.Connection, name: ObjectName, listing: int, after: str, limit: int) -> list[str]:
        """Ids above ``after`` that a finished listing did not see; ask only after it has finished."""
        statement = (
            sa.select(records.c.id)
            .where(
                *self._of(records, name),
                records.c.listing < listing,
                records.c.archived.is_(False),
                records.c.id > after,
            )
            .order_by(records.c.id)
            .limit(limit)
        )
        return list(tx.scalars(statement))

    def quarantine(self, tx: sa.Connection, ref: Ref, plugin: str, message: str) -> None:
        """Remember that a record could not be taken in; what is stored of it stays."""
        row = {"connection": self.connection, "object": ref.object, "id": ref.id, "plugin": plugin, "message": message}
        upsert(tx, quarantine, [row])

    def refused(self, tx: sa.Connection, name: ObjectName) -> list[str]:
        """Ids of the records of an object that a plugin failed on."""
        return list(tx.scalars(sa.select(quarantine.c.id).where(*self._of(quarantine, name))))

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

    def remove_definition(self, tx: sa.Connection, name: ObjectName, item: str) -> None:
        """Forget a property that is no more, and the values of ours that were confirmed of it."""
        tx.execute(definitions.delete().where(*self._of(definitions, name), definitions.c.name == item))
        tx.execute(confirmed.delete().where(*self._of(confirmed, name), confirmed.c.property == item))
        path = f'$.properties."{item}"'
        held = (*self._of(records, name), sa.func.json_extract(records.c.body, path).is_not(None))
        tx.execute(records.update().where(*held).values(body=sa.func.json_remove(records.c.body, path)))

    def set_properties(self, tx: sa.Connection, values: Mapping[Ref, Mapping[str, str | None]]) -> None:
        """Put confirmed values into stored records; that makes none of them dirty."""
        for name in sorted({ref.object for ref in values}):
            here = {ref.id: properties for ref, properties in values.items() if ref.object == name}
            native = {id_ for id_, items in here.items() if not all(item.startswith(self.prefix) for item in items)}
            self._set_own(tx, name, {id_: items for id_, items in here.items() if id_ not in native})
            rows = []
            for record in self.get(tx, Record, name, native).values():
                changed = record.model_copy(update={"properties": {**record.properties, **here[record.id]}})
                body, news = changed.model_dump_json(exclude_defaults=True), self._content_hash(changed)
                rows.append({"record_id": record.id, "new_body": body, "new_hash": news})
            self._rewrite(tx, name, rows)

    def _set_own(self, tx: sa.Connection, name: ObjectName, values: Mapping[str, Mapping[str, str | None]]) -> None:
        """Put values of our own properties into records as they stand: they are no part of what is hashed."""
        there = sa.func.json_type(records.c.body, "$.properties").is_not(None)
        body = sa.case((there, records.c.body), else_=sa.func.json_set(records.c.body, "$.properties", _NO_PROPERTIES))
        alike: dict[tuple[str, ...], list[dict[str, str | None]]] = {}
        for id_, items in values.items():
            names = tuple(sorted(items))
            row = {f"value{place}": items[item] for place, item in enumerate(names)}
            alike.setdefault(names, []).append({"record_id": id_, **row})
        for names, rows in alike.items():
            pairs: list[Any] = []
            for place, item in enumerate(names):
                pairs += [f'$.properties."{item}"', sa.bindparam(f"value{place}")]
            where = (*self._of(records, name), records.c.id == sa.bindparam("record_id"))
            tx.execute(records.update().where(*where).values(body=sa.func.json_set(body, *pairs)), rows)

    def rewrite(self, tx: sa.Connection, batch: Iterable[Record]) -> None:
        """Store records that were changed here, archived ones too, as read with the same properties as before."""
        for record in batch:
            body, news = record.model_dump_json(exclude_defaults=True), self._content_hash(record)
            self._rewrite(tx, record.object, [{"record_id": record.id, "new_body": body, "new_hash": news}])
            self.changed.mark(tx, [record.ref])

    def _of(self, table: sa.Table, name: ObjectName, column: str = "object") -> tuple[sa.ColumnElement[bool], ...]:
        return (table.c.connection == self.connection, table.c[column] == name)

    def merged(self, tx: sa.Connection, name: ObjectName, survivor: str, losers: Iterable[str]) -> int:
        """Note that records went into another one: they leave, and what led to them is read again. Say how many."""
        lost = self.links.merge(tx, name, survivor, [id_ for id_ in losers if id_ != survivor])
        self.remove(tx, name, lost)
        return len(lost)

    def _addresses(self, tx: sa.Connection, people: Mapping[str, Collection[str]], *, new: bool = False) -> None:
        """Index people's addresses; what an address that nobody has any more subscribed to goes with it."""
        if lost := self.addresses.put(tx, people, new=new):
            self.subscriptions.put(tx, lost - self.addresses.find(tx, lost).keys(), ())

    def living(self, tx: sa.Connection, name: ObjectName, ids: Iterable[str]) -> set[str]:
        """Those of the ids whose records are there and not archived."""
        where = (*self._of(records, name), among(records.c.id, ids), records.c.archived.is_(False))
        return set(tx.scalars(sa.select(records.c.id).where(*where)))

    def _hashes(self, tx: sa.Connection, name: ObjectName, batch: Sequence[Record]) -> dict[str, str]:
        """Hashes of what is stored; of one that went to the archive or came back from it there is none: it is news."""
        archived = {record.id: record.archived for record in batch}
        where = (*self._of(records, name), among(records.c.id, archived))
        statement = sa.select(records.c.id, records.c.content_hash, records.c.archived).where(*where)
        return {row[0]: row[1] for row in tx.execute(statement) if row[2] == archived[row[0]]}

    def _rewrite(self, tx: sa.Connection, name: ObjectName, rows: list[dict[str, Any]], **more: Any) -> None:
        if rows:
            statement = (
                records.update()
                .where(*self._of(records, name), records.c.id == sa.bindparam("record_id"))
                .values(body=sa.bindparam("new_body"), content_hash=sa.bindparam("new_hash"), **more)
            )
            tx.execute(statement, rows)

    def _content_hash(self, record: Record) -> str:
        """Hash what is news: not what crmbridge owns, nor when and where the record stands."""
        news = record.model_dump_json(exclude=_NO_NEWS, exclude_defaults=True)
        properties = [
            item
            for item in sorted(record.properties.items())
            if not item[0].startswith(self.prefix) and not item[0].endswith("lastmodifieddate")
        ]
        return hashlib.sha256(f"{news}{properties}".encode()).hexdigest()

    def _row(self, record: Record, content_hash: str, property_set: int, listing: int) -> dict[str, object]:
        return {
            "connection": self.connection,
            "object": record.object,
            "id": record.id,
            "body": record.model_dump_json(exclude_defaults=True),
            "property_set": property_set,
            "content_hash": content_hash,
            "listing": listing,
            "archived": record.archived,
        }


def _values(ref: Ref, facts: Mapping[str, Any]) -> Values:
    at = facts.get("updated_at")
    return Values(ref, facts.get("properties", {}), datetime.fromisoformat(at) if at else None)


def _addresses(person: Contact) -> Collection[str]:
    return () if person.archived else person.emails
