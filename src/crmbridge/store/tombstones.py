"""Tombstones: keyed digests of the people who were forgotten, so that no sync brings them back."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from crmbridge.errors import FixRequest
from crmbridge.model.base import Ref
from crmbridge.model.records import Contact
from crmbridge.store.database import among, upsert
from crmbridge.store.mentions import addresses_in
from crmbridge.store.schema import keys, records, tombstones

PURPOSE: Final = "tombstone"
"""Of the key, in the table of keys."""

MOST_KNOWN: Final = 100_000
"""Answers kept in memory; each costs a digest."""

FORMAT: Final = 1
"""Version of the file that carries tombstones to another store."""


@dataclass(frozen=True)
class Buried:
    """The tombstones of a connection, in memory. False if there are none."""

    key: bytes = b""
    digests: frozenset[str] = frozenset()
    _known: dict[str, bool] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        return bool(self.digests)

    def has(self, what: str) -> bool:
        """True if this has a tombstone: an address in lower case, or ``contact:ID``."""
        if what not in self._known:
            if len(self._known) > MOST_KNOWN:
                self._known.clear()
            self._known[what] = bool(self.digests) and digest(self.key, what) in self.digests
        return self._known[what]

    def holds(self, person: Contact) -> bool:
        """True if this person was forgotten: by its id, an id that went into it, or an address."""
        ids = (person.id, *person.merged_ids)
        mails = (person.email or "", *person.emails)
        return any(map(self.has, (*(f"contact:{id_}" for id_ in ids), *(mail.lower() for mail in mails if mail))))

    def found(self, _field: str, text: str) -> bool:
        """True if the text holds an address of somebody who was forgotten."""
        return any(map(self.has, addresses_in(text)))


class Tombstones:
    """Reads and writes the tombstones of one connection."""

    def __init__(self, connection: str) -> None:
        self.connection = connection

    def read(self, tx: sa.Connection) -> Buried:
        """All of them."""
        digests = frozenset(tx.scalars(sa.select(tombstones.c.digest).where(self._here(tombstones))))
        return Buried(self._key(tx) or b"", digests) if digests else Buried()

    def bury(self, tx: sa.Connection, refs: Iterable[Ref], addresses: Iterable[str]) -> None:
        """Put up tombstones of records and of addresses in lower case."""
        key = self._key(tx) or self._keep(tx, secrets.token_bytes(32))
        self._put(tx, [digest(key, what) for what in (*map(str, refs), *addresses)])

    def returned(self, tx: sa.Connection) -> list[str]:
        """Ids of the contacts of the mirror who have a tombstone, as in a backup that was restored."""
        there = self.read(tx)
        where = (self._here(records), records.c.object == "contact")
        people = tx.execute(sa.select(records.c.id, records.c.body).where(*where).execution_options(yield_per=500))
        return [id_ for id_, body in people if there and there.holds(Contact.model_validate_json(body))]

    def lift(self, tx: sa.Connection, whats: Iterable[str]) -> int:
        """Take tombstones away again, of what ``Buried.has`` takes; say how many there were."""
        key = self._key(tx)
        if key is None:
            return 0
        gone = among(tombstones.c.digest, [digest(key, what) for what in whats])
        return tx.execute(tombstones.delete().where(self._here(tombstones), gone)).rowcount

    def to_text(self, tx: sa.Connection) -> str:
        """All of them as JSON, with their key: to be kept beside the backups of the store."""
        there = self.read(tx)
        facts = {"crmbridge_tombstones": FORMAT, "connection": self.connection, "key": there.key.hex()}
        return json.dumps({**facts, "digests": sorted(there.digests)}, indent=1) + "\n"

    def take_over(self, tx: sa.Connection, text: bytes) -> int:
        """Add those of another copy of this store; say how many were new.

        Raises:
            FixRequest: It is no such file, is of another connection, or does not belong to the tombstones there are.
        """
        key, digests = _parsed(text, self.connection)
        there = self.read(tx)
        if there and there.key != key:
            raise FixRequest(
                "these tombstones are of another store, and this one has its own: take them over into a restored "
                "backup before anybody is forgotten there"
            )
        if digests and not there:
            self._keep(tx, key)
        new = digests - there.digests
        self._put(tx, new)
        return len(new)

    def _put(self, tx: sa.Connection, digests: Collection[str]) -> None:
        now = datetime.now(UTC).isoformat()
        upsert(tx, tombstones, [{"connection": self.connection, "digest": one, "at": now} for one in sorted(digests)])

    def _key(self, tx: sa.Connection) -> bytes | None:
        found = tx.scalar(sa.select(keys.c.key).where(self._here(keys), keys.c.purpose == PURPOSE))
        return bytes.fromhex(found) if found else None

    def _keep(self, tx: sa.Connection, key: bytes) -> bytes:
        upsert(tx, keys, [{"connection": self.connection, "purpose": PURPOSE, "key": key.hex()}])
        return key

    def _here(self, table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.connection == self.connection


def digest(key: bytes, what: str) -> str:
    """HMAC-SHA-256 in hex: without the key nobody can try out ids and addresses."""
    return hmac.digest(key, what.casefold().encode("utf-8", "surrogatepass"), hashlib.sha256).hex()


def _parsed(text: bytes, connection: str) -> tuple[bytes, frozenset[str]]:
    try:
        data: Any = json.loads(text)
        found = (data["crmbridge_tombstones"], data["connection"], bytes.fromhex(data["key"]), data["digests"])
        version, name, key, digests = found
    except (ValueError, KeyError, TypeError, RecursionError):
        version, name, key, digests = 0, "", b"", []
    if version != FORMAT or not all(isinstance(one, str) for one in digests):
        raise FixRequest("this is no file of tombstones: name one that `crmbridge forget --export` wrote")
    if name != connection:
        raise FixRequest(f"these tombstones are of connection {name!r}, not of {connection!r}: name that connection")
    return key, frozenset(digests)
