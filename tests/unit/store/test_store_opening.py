"""A store file is ours, of our version, and its owner's alone."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from crmbridge.errors import FixConfig, ReplaceStore, RetryLater, WaitForRun
from crmbridge.store import Store, migrations
from crmbridge.store.database import APPLICATION_ID
from crmbridge.store.schema import metadata

CONFIG = Config()
CONFIG.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
SCRIPTS = ScriptDirectory.from_config(CONFIG)


@contextmanager
def _of_revision(path: Path, revision: str) -> Iterator[sa.Connection]:
    """Make a store as the version of that revision left it."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
        CONFIG.attributes["connection"] = connection
        command.upgrade(CONFIG, revision)
        yield connection
    engine.dispose()


def test_new_store_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "private" / "store.db"
    Store.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_wal_files_are_as_private_as_the_store(store: Store) -> None:
    with store.locking() as tx:
        tx.exec_driver_sql("SELECT 1")
    assert {stat.S_IMODE(item.stat().st_mode) for item in store.path.parent.iterdir()} == {0o600}


def test_a_new_store_is_what_all_revisions_make(store: Store, tmp_path: Path) -> None:
    # Kills: another revision noted in a new store; a table of it without its index, or with row numbers of its own.
    with _of_revision(tmp_path / "old.db", "0001"):
        pass
    with Store.open(tmp_path / "old.db").reading() as old, store.reading() as new:
        assert _shape(new) == _shape(old)
        revision = "SELECT version_num FROM alembic_version"
        assert new.exec_driver_sql(revision).all() == old.exec_driver_sql(revision).all()


def _shape(tx: sa.Connection) -> dict[str, object]:
    """Tables with their columns and indices, but for the order of columns, and defaults that old rows needed."""
    tables = {row.name: row for row in tx.exec_driver_sql("PRAGMA table_list").all()}
    return {
        name: (
            (table.type, table.wr, table.strict),
            sorted((c.name, c.type, c.notnull, c.pk) for c in tx.exec_driver_sql(f"PRAGMA table_info({name})").all()),
            sorted(
                (i.name, i.unique, [c.name for c in tx.exec_driver_sql(f"PRAGMA index_info({i.name})").all()])
                for i in tx.exec_driver_sql(f"PRAGMA index_list({name})").all()
            ),
        )
        for name, table in tables.items()
    }


def test_a_new_store_goes_through_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kills: every start of a fresh project, and every test, paying for the history of the schema.
    monkeypatch.delattr(command, "upgrade")
    Store.open(tmp_path / "new.db").close()


def test_values_of_an_older_store_were_sent_as_they_stand(tmp_path: Path) -> None:
    """Kills: leaving empty what was sent; each value would then be one that the platform made of nothing."""
    path = tmp_path / "old.db"
    with _of_revision(path, "0002") as connection:
        connection.exec_driver_sql(
            "INSERT INTO confirmed VALUES ('main', 'contact', '1', 'crmb_roles', 'user', 'plan')"
        )
    with Store.open(path).reading() as tx:
        assert tx.exec_driver_sql("SELECT value, sent FROM confirmed").all() == [("user", "user")]


@pytest.mark.parametrize("revision", [script.revision for script in SCRIPTS.walk_revisions()])
def test_a_store_of_any_revision_is_brought_up(tmp_path: Path, revision: str) -> None:
    """Kills: a new revision, and ``HEAD`` left at the one before: its stores would be taken for new."""
    path = tmp_path / "old.db"
    with _of_revision(path, revision):
        pass
    with Store.open(path).reading() as tx:
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []


def test_head_is_the_newest_revision() -> None:
    """Kills: the same; every opening of a store would look for revisions to apply."""
    assert SCRIPTS.get_current_head() == migrations.HEAD


def test_a_store_opens_again_as_it_was(store: Store) -> None:
    store.close()
    Store.open(store.path).close()


def test_a_foreign_database_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as theirs:
        theirs.execute("CREATE TABLE precious (x)")
    theirs.close()
    before = path.read_bytes()
    with pytest.raises(ReplaceStore, match=r"not a crmbridge store: .*name another file in \[store\] path"):
        Store.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough to be looked at" * 40, b"SQLite format 3\0" + b"x" * 2000]
)
def test_a_file_that_is_no_database_is_refused_and_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.db"
    path.write_bytes(content)
    with pytest.raises(ReplaceStore, match="move it away"):
        Store.open(path)
    assert path.read_bytes() == content


def test_a_store_of_a_newer_version_is_refused(store: Store) -> None:
    with store.locking() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(ReplaceStore, match="newer crmbridge .*9999.*upgrade crmbridge"):
        Store.open(store.path)


def test_a_path_with_odd_characters_is_the_path_that_is_used(tmp_path: Path) -> None:
    path = tmp_path / "what?x=1&mode=memory" / "st%6fre#1.db"
    with Store.open(path).locking() as tx:
        tx.exec_driver_sql("SELECT 1")
    assert path.stat().st_size > 0
    assert [item.name for item in tmp_path.iterdir()] == ["what?x=1&mode=memory"]


def _failing(name: str) -> sa.exc.DatabaseError:
    cause = sqlite3.OperationalError("somebody@example.org")
    cause.sqlite_errorname = name
    return sa.exc.OperationalError("SELECT", {}, cause)


@pytest.mark.parametrize(
    ("name", "kind", "remedy"),
    [
        ("SQLITE_BUSY", WaitForRun, "when that has ended"),
        ("SQLITE_FULL", RetryLater, "free disk space"),
        ("SQLITE_IOERR_WRITE", RetryLater, "free disk space"),
        ("SQLITE_READONLY", FixConfig, "writable"),
        ("SQLITE_CANTOPEN", FixConfig, "writable"),
        ("SQLITE_CORRUPT", ReplaceStore, "move it away"),
    ],
)
def test_what_sqlite_cannot_do_is_told_with_its_remedy(
    store: Store, name: str, kind: type[Exception], remedy: str
) -> None:
    with pytest.raises(kind, match=remedy) as caught, store.reading():
        raise _failing(name)
    assert "somebody" not in str(caught.value)


def test_a_fault_of_ours_stays_what_it_is(store: Store) -> None:
    with pytest.raises(sa.exc.OperationalError), store.locking() as tx:
        tx.exec_driver_sql("SELECT nothing FROM nowhere")
