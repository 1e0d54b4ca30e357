"""What is to be read by id, merges, subscriptions, notifications; narrow tables lose their hidden row number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the new tables, and make the narrow ones anew with their rows."""
    _create("merges", "connection", "object", "id", sa.Column("survivor", sa.String(), nullable=False))
    op.create_index("merges_by_survivor", "merges", ["connection", "object", "survivor"], unique=False)
    _create("due", "connection", "kind", "object", "id", sa.Column("asked", sa.Integer(), nullable=False))
    op.create_table(
        "subscriptions",
        *_keys("connection", "address", "id"),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "address", "id"),
    )
    op.create_table(
        "received",
        *_keys("connection", "key"),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "key"),
    )
    op.create_index("received_by_time", "received", ["connection", "at"], unique=False)
    _anew("addresses", "connection", "address", "contact_id")
    op.create_index("addresses_by_contact", "addresses", ["connection", "contact_id"], unique=False)
    _anew("dirty", "connection", "object", "id")
    op.drop_index("links_by_target", "links")
    _anew(
        "links",
        *("connection", "source_object", "source_id", "target_object", "target_id", "type_id"),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
    )
    columns = ["connection", "target_object", "target_id", "source_object"]
    op.create_index("links_by_target", "links", columns, unique=False)
    op.execute(  # links that an unfinished first sync had yet to read
        "INSERT INTO due (connection, kind, object, id, asked) SELECT r.connection, 'links', r.object, r.id, 0 "
        "FROM records r JOIN connections c ON c.name = r.connection WHERE NOT c.complete AND NOT r.archived"
    )


def _keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _create(name: str, *columns: str | sa.Column[object]) -> list[str]:
    """Create a table whose named columns are its key; return all column names."""
    keys = [column for column in columns if isinstance(column, str)]
    others = [column for column in columns if not isinstance(column, str)]
    op.create_table(name, *_keys(*keys), *others, sa.PrimaryKeyConstraint(*keys), sqlite_with_rowid=False)
    return [*keys, *(column.name for column in others)]


def _anew(name: str, *columns: str | sa.Column[object]) -> None:
    op.rename_table(name, "former")
    names = ", ".join(_create(name, *columns))
    op.execute(f"INSERT INTO {name} ({names}) SELECT {names} FROM former")  # noqa: S608 - names of our own
    op.drop_table("former")
