"""Bringing a store file to this version, forwards only, each step in one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from crmbridge.errors import ReplaceStore

HEAD: Final = "0004"
"""The newest revision under ``versions/``."""


def upgrade(engine: sa.Engine, path: Path) -> None:
    """Apply the missing revisions.

    Raises:
        ReplaceStore: The file's revision is not known here: a newer crmbridge wrote it.
    """
    with engine.connect() as connection:
        revision = _revision(connection)
    if revision == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise ReplaceStore(
            f"{path} was written by a newer crmbridge (its schema is {revision}, this one knows {HEAD}): "
            "upgrade crmbridge, or name another file in [store] path"
        )
    with engine.connect().execution_options(crmbridge_write=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return revision
