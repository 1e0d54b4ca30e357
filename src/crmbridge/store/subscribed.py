"""What people subscribed to or opted out of."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from crmbridge.model.subscriptions import Subscription
from crmbridge.store.database import among, upsert
from crmbridge.store.schema import subscriptions


class Subscriptions:
    """The subscriptions of one connection, by e-mail address."""

    def __init__(self, connection: str) -> None:
        self.connection = connection

    def of(self, tx: sa.Connection, addresses: Iterable[str]) -> dict[str, list[Subscription]]:
        """Read them, in the order of their ids."""
        found: dict[str, list[Subscription]] = {}
        where = (subscriptions.c.connection == self.connection, among(subscriptions.c.address, addresses))
        for row in tx.execute(sa.select(subscriptions.c.body).where(*where).order_by(subscriptions.c.id)):
            item = Subscription.model_validate_json(row.body)
            found.setdefault(item.address, []).append(item)
        return found

    def put(self, tx: sa.Connection, addresses: Iterable[str], new: Iterable[Subscription]) -> set[str]:
        """Make ``new`` all the subscriptions of these addresses; say which of them have other ones than before."""
        asked = list(addresses)
        before = self.of(tx, asked)
        after: dict[str, list[Subscription]] = {}
        for item in sorted(new, key=lambda item: (item.address, item.id)):
            after.setdefault(item.address, []).append(item)
        changed = {address for address in asked if before.get(address, []) != after.get(address, [])}
        of = (subscriptions.c.connection == self.connection, among(subscriptions.c.address, changed))
        tx.execute(subscriptions.delete().where(*of))
        rows = [
            {"connection": self.connection, "address": address, "id": item.id, "body": item.model_dump_json()}
            for address in sorted(changed)
            for item in after.get(address, [])
        ]
        upsert(tx, subscriptions, rows)
        return changed
