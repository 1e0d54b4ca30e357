"""People's words about roles, and the figures over all cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create both tables."""
    key = ["connection", "center_id", "member_id", "role"]
    op.create_table(
        "rulings",
        *(sa.Column(name, sa.String(), nullable=False) for name in (*key, "word")),
        sa.Column("confidence", sa.Float(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("author", "at")),
        sa.PrimaryKeyConstraint(*key),
    )
    op.create_index("rulings_by_member", "rulings", ["connection", "member_id"], unique=False)
    op.create_table(
        "portfolio",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection"),
    )
