"""What the store forgets once crmbridge has left an account: a later install is a first one."""

from __future__ import annotations

import sqlalchemy as sa

from crmbridge.store.schema import confirmed, ownership, rejects, released, withheld


def leave(tx: sa.Connection, connection: str, plan_id: str) -> None:
    """Forget values, approvals and refusals, but those of what the plan of an uninstall could not remove.

    The journal stays, and so does what people have decided.
    """
    refused = sa.select(rejects.c.object, rejects.c.id, rejects.c.property)
    refused = refused.where(rejects.c.connection == connection, rejects.c.plan_id == plan_id)
    owned = sa.select(ownership.c.object, ownership.c.name)
    owned = owned.where(ownership.c.connection == connection, ownership.c.kind == "property")
    for table in (confirmed, withheld, released, rejects):
        gone = [table.c.connection == connection, sa.tuple_(table.c.object, table.c.property).not_in(owned)]
        if "id" in table.c:
            gone.append(sa.tuple_(table.c.object, table.c.id, table.c.property).not_in(refused))
        tx.execute(table.delete().where(*gone))
