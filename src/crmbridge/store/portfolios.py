"""Figures over all cases: what they are made of in the mirror, and where they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from crmbridge.model.base import TOUCHES, ObjectName
from crmbridge.model.portfolio import Portfolio
from crmbridge.store.database import upsert
from crmbridge.store.schema import links, portfolio, records


class Portfolios:
    """The figures of one connection."""

    def __init__(self, connection: str) -> None:
        self.connection = connection

    def get(self, tx: sa.Connection) -> Portfolio:
        """The figures that were taken last; empty ones before."""
        body = tx.scalar(sa.select(portfolio.c.body).where(portfolio.c.connection == self.connection))
        return Portfolio.model_validate_json(body) if body else Portfolio()

    def put(self, tx: sa.Connection, figures: Portfolio) -> None:
        """Replace them."""
        upsert(tx, portfolio, [{"connection": self.connection, "body": figures.model_dump_json()}])

    def answers(self, tx: sa.Connection) -> Iterator[tuple[str, datetime]]:
        """Stream company and time of each touch linked to a company in which the other side acted, in their order."""
        same = sa.and_(
            records.c.connection == links.c.connection,
            records.c.object == links.c.source_object,
            records.c.id == links.c.source_id,
        )
        at = sa.func.json_extract(records.c.body, "$.at")
        direction = sa.func.json_extract(records.c.body, "$.direction")
        statement = (
            sa.select(links.c.target_id, at)
            .join(records, same)
            .where(
                links.c.connection == self.connection,
                links.c.target_object == "company",
                links.c.source_object.in_(TOUCHES),
                records.c.archived.is_(False),
                direction.in_(["in", "both"]),
                sa.func.json_extract(records.c.body, "$.failed").is_(None),
            )
            .order_by(links.c.target_id, at)
            .execution_options(yield_per=1000)
        )
        for company, moment in tx.execute(statement):
            yield company, datetime.fromisoformat(moment)

    def industries(self, tx: sa.Connection) -> dict[str, str]:
        """Company → its industry, of those that have one."""
        industry = sa.func.json_extract(records.c.body, "$.industry")
        where = (records.c.connection == self.connection, records.c.object == "company", industry.is_not(None))
        return {row[0]: row[1] for row in tx.execute(sa.select(records.c.id, industry).where(*where))}

    def repeated(self, tx: sa.Connection, name: ObjectName, item: str, times: int) -> list[str]:
        """Texts of a property that so many records or more of an object have alike."""
        text = sa.func.json_extract(records.c.body, f'$.properties."{item}"')
        where = (records.c.connection == self.connection, records.c.object == name, records.c.archived.is_(False))
        statement = sa.select(text).where(*where, text.is_not(None)).group_by(text).having(sa.func.count() >= times)
        return list(tx.scalars(statement))
