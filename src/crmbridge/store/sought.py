"""Whom erasure looks for: the ids, addresses, full names and telephone numbers of people, as the mirror knows them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from typing import Any, Final

import sqlalchemy as sa

from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.records import Contact
from crmbridge.store.database import among
from crmbridge.store.mentions import addresses_in, texts_in
from crmbridge.store.schema import addresses, merges, records

SHORTEST_NUMBER: Final = 6
"""Digits that make a telephone number worth looking for."""

_BETWEEN: Final = r"(?:[\s,]|<[^<>]{0,200}>){1,20}"
"""What stands between first and last name: spaces, a comma, marks of HTML."""


@dataclass(frozen=True)
class Sought:
    """Records that are to be erased, and what people among them are known by.

    Attributes:
        addresses: In lower case; those that somebody else has, too, are not among them.
        names: First and last names, in lower case.
        numbers: Telephone numbers.
        shared: How many addresses are somebody else's, too.
    """

    object: ObjectName
    ids: tuple[str, ...]
    addresses: frozenset[str] = frozenset()
    names: frozenset[tuple[str, str]] = frozenset()
    numbers: frozenset[str] = frozenset()
    shared: int = 0

    @property
    def refs(self) -> list[Ref]:
        """The records."""
        return [Ref(self.object, id_) for id_ in self.ids]

    @cached_property
    def domains(self) -> tuple[str, ...]:
        """Where their addresses are; to look for these is quick."""
        return tuple({address.rpartition("@")[2] for address in self.addresses})

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        """Of numbers, and of names in either order, as whole words."""
        orders = [pair for first, last in self.names for pair in ((first, last), (last, first))]
        found = [re.escape(one) + _BETWEEN + re.escape(other) for one, other in orders]
        return tuple(re.compile(rf"(?<!\w){one}(?!\w)") for one in sorted([*found, *map(re.escape, self.numbers)]))

    def may_be_in(self, text: str) -> bool:
        """False if a text, or JSON without escapes, holds none of their addresses, names and numbers for certain."""
        plain = _plain(text)
        return (
            any(domain in plain for domain in self.domains)
            or any(first in plain and last in plain for first, last in self.names)
            or any(number in plain for number in self.numbers)
        )

    def addressed(self, text: str) -> bool:
        """True if a text holds one of their addresses."""
        return bool(self.addresses) and any(one in self.addresses for one in addresses_in(text))

    def named(self, text: str) -> bool:
        """True if a text, or HTML, holds one of their addresses, full names or numbers."""
        if not self.may_be_in(text):
            return False
        plain = _plain(text)
        return self.addressed(text) or any(pattern.search(plain) for pattern in self._patterns)

    def named_in(self, body: str) -> bool:
        """The same of any text in a JSON document, whose letters may be escaped."""
        return ("\\u" in body or self.may_be_in(body)) and any(map(self.named, texts_in(json.loads(body))))


def sought(tx: sa.Connection, connection: str, name: ObjectName, ids: Iterable[str]) -> Sought:
    """Look up who is to be erased: the records, what went into them, and what was archived under their addresses."""
    gone = list(dict.fromkeys(ids))
    here = (merges.c.connection == connection, merges.c.object == name, among(merges.c.survivor, gone))
    gone += [id_ for id_ in tx.scalars(sa.select(merges.c.id).where(*here)) if id_ not in gone]
    if name != "contact":
        return Sought(name, tuple(gone))
    people = _contacts(tx, connection, records.c.id, gone)
    mails = {mail.lower() for person in people for mail in (person.email or "", *person.emails) if mail}
    if mails:
        archived = sa.and_(records.c.connection == connection, records.c.object == name, records.c.archived.is_(True))
        twins = [one for one in _read(tx, archived) if one.id not in gone and not mails.isdisjoint(one.emails)]
        gone += [twin.id for twin in twins]
        people += twins
    shared = _shared(tx, connection, mails, gone)
    return Sought(
        name,
        tuple(gone),
        frozenset(mails - shared),
        frozenset(_names(people)),
        frozenset(_numbers(people)),
        len(shared),
    )


def _contacts(tx: sa.Connection, connection: str, column: sa.ColumnElement[str], ids: Iterable[str]) -> list[Contact]:
    where = (records.c.connection == connection, records.c.object == "contact", among(column, ids))
    return list(_read(tx, sa.and_(*where)))


def _read(tx: sa.Connection, where: sa.ColumnElement[bool]) -> Iterator[Contact]:
    for body in tx.scalars(sa.select(records.c.body).where(where)):
        yield Contact.model_validate_json(body)


def _shared(tx: sa.Connection, connection: str, mails: Collection[str], gone: Collection[str]) -> set[str]:
    """Those of the addresses that another person or a user of the CRM has, too."""
    here = (addresses.c.connection == connection, among(addresses.c.address, mails))
    rows = tx.execute(sa.select(addresses.c.address, addresses.c.contact_id).where(*here))
    others = {row.address for row in rows if row.contact_id not in gone}
    email: Any = sa.func.lower(sa.func.json_extract(records.c.body, "$.email"))
    users = (records.c.connection == connection, records.c.object == "owner", among(email, mails))
    return others | set(tx.scalars(sa.select(email).where(*users)))


def _names(people: Iterable[Contact]) -> Iterator[tuple[str, str]]:
    for person in people:
        first, last = _plain(person.first_name or "").strip(), _plain(person.last_name or "").strip()
        if first and last:
            yield first, last


def _numbers(people: Iterable[Contact]) -> Iterator[str]:
    for person in people:
        phone = _plain(person.phone or "").strip()
        if sum(char.isdigit() for char in phone) >= SHORTEST_NUMBER:
            yield phone


def _plain(text: str) -> str:
    """As it is compared: in lower case, letters neither taken apart nor written as entities of HTML."""
    return unicodedata.normalize("NFC", unescape(text) if "&" in text else text).lower()
