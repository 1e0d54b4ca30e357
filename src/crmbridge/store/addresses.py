"""Which contact has which e-mail address."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa

from crmbridge.model.base import Ref
from crmbridge.store.changed import Changed
from crmbridge.store.database import among, upsert
from crmbridge.store.schema import addresses


class Addresses:
    """The e-mail addresses of one connection's contacts."""

    def __init__(self, connection: str) -> None:
        self.connection = connection
        self.changed = Changed(connection)

    def find(self, tx: sa.Connection, wanted: Iterable[str]) -> dict[str, str]:
        """Find contact ids by e-mail address; the smallest id if several contacts share one."""
        rows = tx.execute(
            sa.select(addresses.c.address, sa.func.min(addresses.c.contact_id))
            .where(addresses.c.connection == self.connection, among(addresses.c.address, set(wanted)))
            .group_by(addresses.c.address)
        )
        return {row[0]: row[1] for row in rows}

    def put(self, tx: sa.Connection, wanted: Mapping[str, Collection[str]], *, new: bool = False) -> set[str]:
        """Give contacts these addresses; whoever shares one that came or went is to be judged again.

        Args:
            tx: A writing transaction.
            wanted: Contact id → its addresses.
            new: True if none of the contacts was known.

        Returns:
            The addresses that a contact has no more.
        """
        present = set() if new else self._present(tx, wanted)
        asked = {(contact_id, address) for contact_id, found in wanted.items() for address in found}
        gone, come = present - asked, asked - present
        for contact_id in {contact_id for contact_id, _ in gone}:
            lost = [address for one, address in gone if one == contact_id]
            tx.execute(
                addresses.delete().where(
                    addresses.c.connection == self.connection,
                    addresses.c.contact_id == contact_id,
                    among(addresses.c.address, lost),
                )
            )
        rows = [{"connection": self.connection, "address": one, "contact_id": id_} for id_, one in sorted(come)]
        upsert(tx, addresses, rows)
        self._mark_sharing(tx, {address for _, address in gone | come}, wanted)
        return {address for _, address in gone}

    def _present(self, tx: sa.Connection, contacts: Iterable[str]) -> set[tuple[str, str]]:
        of = (addresses.c.connection == self.connection, among(addresses.c.contact_id, contacts))
        return {(row.contact_id, row.address) for row in tx.execute(sa.select(addresses).where(*of))}

    def _mark_sharing(self, tx: sa.Connection, touched: Iterable[str], besides: Collection[str]) -> None:
        of = (addresses.c.connection == self.connection, among(addresses.c.address, touched))
        sharing = set(tx.scalars(sa.select(addresses.c.contact_id).where(*of)))
        self.changed.mark(tx, [Ref("contact", other) for other in sorted(sharing.difference(besides))])
