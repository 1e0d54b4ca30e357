"""The journal is sealed, its values stand beside it; rejects, what is withheld, tombstones, the actor of a run."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa
from alembic import op

from crmbridge.store import chain

revision = "0003"
down_revision = "0002"

_FACTS = ("run_id", "plan_id", "state", "reason", "at")


def upgrade() -> None:
    """Create the new tables, and carry the journal and the manifest over."""
    op.create_index("plan_rows_by_record", "plan_rows", ["object", "id"], unique=False)
    op.add_column("confirmed", sa.Column("sent", sa.String(), nullable=True))
    op.execute("UPDATE confirmed SET sent = value")
    op.add_column("runs", sa.Column("actor", sa.String(), nullable=False, server_default=""))
    _rejects()
    _table("tombstones", ["connection", "digest"], ["at"], sqlite_with_rowid=False)
    _table("keys", ["connection", "purpose"], ["key"])
    op.rename_table("ownership", "former")
    _table("ownership", ["connection", "kind", "object", "id", "name"], ["plan_id"])
    op.execute(
        "INSERT INTO ownership (connection, kind, object, id, name, plan_id) "
        "SELECT connection, kind, object, '', name, plan_id FROM former"
    )
    op.drop_table("former")
    op.drop_index("journal_by_row", "journal")
    op.rename_table("journal", "former")
    _journal()
    _carry_over()
    op.drop_table("former")


def _text(name: str, *, empty: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=empty)


def _table(name: str, keys: list[str], others: list[str], **more: Any) -> None:
    op.create_table(name, *(_text(item) for item in [*keys, *others]), sa.PrimaryKeyConstraint(*keys), **more)


def _numbered() -> tuple[sa.Column[str], sa.Column[int]]:
    return _text("connection"), sa.Column("number", sa.Integer(), nullable=False, autoincrement=False)


def _rejects() -> None:
    place = ("connection", "object", "id", "property")
    op.create_table(
        "rejects",
        *(_text(name) for name in (*place, "kind", "reason")),
        _text("value", empty=True),
        *(_text(name) for name in ("plan_id", "first_at", "last_at")),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*place),
    )
    op.create_table(
        "withheld",
        *(_text(name) for name in place),
        _text("value", empty=True),
        sa.Column("any_value", sa.Boolean(), nullable=False),
        *(_text(name) for name in ("why", "plan_id", "at")),
        sa.PrimaryKeyConstraint(*place),
    )


def _journal() -> None:
    op.create_table(
        "journal",
        *_numbered(),
        _text("run_id"),
        sa.Column("epoch", sa.Integer(), nullable=False),
        _text("actor"),
        _text("plan_id"),
        sa.Column("row", sa.Integer(), nullable=False),
        *(_text(name) for name in ("state", "reason", "at", "digest", "hash")),
        sa.PrimaryKeyConstraint("connection", "number"),
        sqlite_with_rowid=False,
    )
    op.create_index("journal_by_row", "journal", ["plan_id", "row", "number"], unique=False)
    op.create_index("journal_by_run", "journal", ["run_id", "state"], unique=False)
    op.create_table(
        "journal_values",
        *_numbered(),
        _text("key"),
        *(_text(name, empty=True) for name in ("before", "after", "made")),
        sa.PrimaryKeyConstraint("connection", "number"),
        sqlite_with_rowid=False,
    )


def _carry_over() -> None:
    """Seal the entries there are, in the order in which they came."""
    bind = op.get_bind()
    last: dict[str, str] = {}
    count: Counter[str] = Counter()
    former = bind.execute(
        sa.text(
            "SELECT f.*, p.body AS body FROM former f LEFT JOIN plan_rows p ON p.plan_id = f.plan_id AND p.row = f.row "
            "ORDER BY f.seq"
        )
    )
    for old in former.mappings().all():
        connection = old["connection"]
        count[connection] += 1
        facts = {name: old[name] for name in _FACTS}
        entry: dict[str, Any] = {**facts, "row": old["row"], "epoch": old["epoch"], "actor": "", "digest": ""}
        entry["number"] = count[connection]
        if old["state"] == "sending":
            key = chain.new_key()
            entry["digest"] = chain.digest(key, old["body"] or "", old["before"], old["after"], None)
            place = {"connection": connection, "number": entry["number"]}
            bind.execute(
                sa.text(
                    "INSERT INTO journal_values (connection, number, key, before, after) "
                    "VALUES (:connection, :number, :key, :before, :after)"
                ),
                {**place, "key": key, "before": old["before"], "after": old["after"]},
            )
        entry["hash"] = last[connection] = chain.seal(last.get(connection, chain.START), entry)
        names = ", ".join(entry)
        bind.execute(
            sa.text(
                f"INSERT INTO journal (connection, {names}) "  # noqa: S608 - names of our own
                f"VALUES (:connection, {', '.join(f':{name}' for name in entry)})"
            ),
            {"connection": connection, **entry},
        )
