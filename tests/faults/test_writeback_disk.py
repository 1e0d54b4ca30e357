"""The disk is full, the log is gone, a backup is taken, an upgrade dies: the journal stays whole or says so."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from crmbridge.sandbox.envelope import Request
from crmbridge.store import migrations
from crmbridge.store.database import APPLICATION_ID

from .sanity import CHANGES, CONTACTS, FAILED, LEVEL, SCORE, UPDATE, Driver, Site, assert_sane


def assert_written(site: Site) -> None:
    assert (site.values(SCORE), site.values(LEVEL)) == (site.wanted(SCORE), site.wanted(LEVEL))
    assert set(site.ledger.applied.values()) == {1}


def remove_log(site: Site) -> None:
    for name in ("store.db-wal", "store.db-shm"):
        site.store.with_name(name).unlink(missing_ok=True)


# T5, T27


@pytest.mark.parametrize("limit", [{"pages": 0}, {"pages": 40}, {"bytes": 300_000}])
def test_t27_on_a_full_disk_nothing_is_sent_that_the_journal_does_not_hold(
    site: Site, driver: Driver, limit: dict[str, int]
) -> None:
    """Kills: sending first and journalling after; losing rows whose outcome could not be stored."""
    ended, output = driver.run(site, **limit)
    assert ended == f"exit {FAILED}"
    assert "free disk space" in output
    assert site.ledger.faults == []
    if next(iter(limit.values())) == 0:
        assert site.ledger.calls == []
    assert site.apply().code == CHANGES
    assert site.states() == {"confirmed": 2 * CONTACTS}
    assert_written(site)
    assert_sane(site)


# T6


@pytest.mark.parametrize("how", ["gone", "cut", "garbled"])
def test_t6_an_apply_whose_log_was_lost_is_done_anew_and_sends_nothing_twice(
    site: Site, driver: Driver, how: str
) -> None:
    """Kills: believing the journal where the platform knows better."""
    assert driver.run(site, point="after confirming", number=2)[0] == "signal 9"
    log = site.store.with_name("store.db-wal")
    content = log.read_bytes()
    assert content
    site.store.with_name("store.db-shm").unlink()
    match how:
        case "gone":
            log.unlink()
        case "cut":
            log.write_bytes(content[: len(content) // 2])
        case _:
            middle = len(content) // 2
            log.write_bytes(content[:middle] + b"garbage" + content[middle + 7 :])
    assert site.apply().error == ""
    assert site.states() == {"confirmed": 2 * CONTACTS}
    assert_written(site)
    with site.bridge() as bridge:
        assert bridge.journal.verify().entries > 0
    assert_sane(site)


def test_t6_a_store_that_was_cut_off_is_refused(site: Site) -> None:
    """Kills: taking a damaged store for an empty one."""
    site.store.write_bytes(site.store.read_bytes()[:50_000])
    said = site.run(*site.words)
    assert (said.code, said.error) == (FAILED, "ReplaceStore")
    assert site.ledger.calls == []


# T48


def test_t48_a_backup_that_is_taken_while_an_apply_runs_opens_verifies_and_goes_on(site: Site, driver: Driver) -> None:
    """Kills: a journal whose intent and outcome need two files."""
    backup = site.folder.parent / "backup.db"

    def copy(request: Request) -> None:
        if request.path.endswith(UPDATE) and not backup.exists():
            with closing(sqlite3.connect(site.store)) as source, closing(sqlite3.connect(backup)) as target:
                source.backup(target)

    site.ledger.before = copy
    assert driver.run(site)[0] == f"exit {CHANGES}"
    remove_log(site)
    backup.replace(site.store)
    assert site.states()["sending"] > 0
    with site.bridge() as bridge:
        assert bridge.journal.verify().faults == ()
    assert site.apply().code == CHANGES
    assert site.states() == {"confirmed": 2 * CONTACTS}
    assert_written(site)
    assert_sane(site)


def test_t48_an_upgrade_that_dies_at_any_statement_leaves_the_old_store_or_the_new_one(
    site: Site, driver: Driver
) -> None:
    """Kills: an upgrade in several transactions; a journal that is not sealed when it is carried over."""
    assert driver.run(site, point="after the request is sent")[0] == "signal 9"
    before = site.states()
    assert before["sending"] > 0
    make_old(site)
    rows = entries(site)
    number, seen = 1, Counter[str]()
    while driver.run(site, store=str(site.store), statement=True, number=number)[0] == "signal 9":
        with closing(sqlite3.connect(site.store)) as file:
            revision = file.execute("SELECT version_num FROM alembic_version").fetchone()[0]
            tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        seen[revision] += 1
        assert ("journal_values" in tables) is (revision != "0002")
        assert "former" not in tables
        assert entries(site) == rows
        number += 4 if number < 50 else 300  # most statements carry one entry over, like the one before
    assert seen["0002"] > 10
    with site.bridge() as bridge:
        verified = bridge.journal.verify()
        assert (verified.faults, verified.entries) == ((), rows)
    assert site.states() == before
    assert site.apply().error == ""
    assert site.states() == {"confirmed": 2 * CONTACTS}
    assert_written(site)
    assert_sane(site)


def entries(site: Site) -> int:
    with closing(sqlite3.connect(site.store)) as file:
        return int(file.execute("SELECT count(*) FROM journal").fetchone()[0])


def make_old(site: Site) -> None:
    """Put a store of the schema before in the place of this one, with all that it could hold of the last plan."""
    new, old = site.store, site.store.with_name("old.db")
    with closing(sqlite3.connect(old)) as file:
        file.execute(f"PRAGMA application_id={APPLICATION_ID}")
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(old)))
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    engine.dispose()
    with closing(sqlite3.connect(old, isolation_level=None)) as file:
        file.execute("ATTACH ? AS new", (str(new),))
        for (name,) in file.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            if name in ("alembic_version", "journal"):
                continue
            ours = [row[1] for row in file.execute(f"PRAGMA main.table_info({name})")]
            theirs = {row[1] for row in file.execute(f"PRAGMA new.table_info({name})")}
            shared = ", ".join(f'"{column}"' for column in ours if column in theirs)
            file.execute(f"INSERT INTO main.{name} ({shared}) SELECT {shared} FROM new.{name}")
        file.execute(
            "INSERT INTO main.journal "
            'SELECT j.number, j.connection, run_id, epoch, plan_id, "row", state, v.before, v.after, reason, at '
            "FROM new.journal j LEFT JOIN new.journal_values v ON v.connection = j.connection AND v.number = j.number "
            "WHERE plan_id = (SELECT id FROM new.plans WHERE hash = ?)",
            (site.plan,),
        )
        file.execute("DETACH new")
        file.execute("DELETE FROM plans WHERE hash <> ?", (site.plan,))
        file.execute("DELETE FROM plan_rows WHERE plan_id NOT IN (SELECT id FROM plans)")
    remove_log(site)
    old.replace(new)
    new.chmod(0o600)
