"""Bringing a store file to this version, forwards only, in one transaction.

A new file gets the schema of this version at once. Alembic is loaded for older files only.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from crmbridge.errors import ReplaceStore
from crmbridge.store.schema import metadata

HEAD: Final = "0004"
"""The newest revision under ``versions/``."""


def upgrade(engine: sa.Engine, path: Path) -> None:
    """Make the schema, or apply the missing revisions.

    Raises:
        ReplaceStore: The file's revision is not known here: a newer crmbridge wrote it.
    """
    with engine.connect() as connection:
        revision = _revision(connection)
    if revision == HEAD:
        return
    make = _create if revision is None else _revisions(revision, path)
    with engine.connect().execution_options(crmbridge_write=True) as connection, connection.begin():
        if _revision(connection) == revision:  # no other process was first
            make(connection)


def _create(connection: sa.Connection) -> None:
    """Make what all revisions make, and say so in Alembic's table."""
    metadata.create_all(connection, checkfirst=False)
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (HEAD,))


def _revisions(revision: str, path: Path) -> Callable[[sa.Connection], None]:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    if revision not in {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}:
        raise ReplaceStore(
            f"{path} was written by a newer crmbridge (its schema is {revision}, this one knows {HEAD}): "
            "upgrade crmbridge, or name another file in [store] path"
        )

    def apply(connection: sa.Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    return apply


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return revision
