from __future__ import annotations

import random
from pathlib import Path

import pytest
import sqlalchemy as sa

from crmbridge.model import Contact
from crmbridge.store import Mirror, Store, erasure
from crmbridge.store.schema import decisions, metadata

KNOWN_TO_HOLD_NOBODY = {
    "connections", "property_sets", "definitions", "cursors", "leases", "runs", "released", "keys", "tombstones",
    "portfolio",
}  # fmt: skip
"""Accounts, definitions, how far a sync is, who may write, figures, approvals, digests."""

ERASED_ELSEWHERE = {
    "records", "quarantine", "addresses", "links", "subscriptions", "merges", "received", "queue",
    "units", "members", "failures", "plans", "plan_rows", "journal", "journal_values", "rulings",
}  # fmt: skip


def test_every_table_is_known_to_erasure() -> None:
    # Kills: a new table that nobody thought of.
    by_record = {table.name for table in erasure._OF_RECORD}
    assert {table.name for table in metadata.sorted_tables} == by_record | KNOWN_TO_HOLD_NOBODY | ERASED_ELSEWHERE


def test_a_store_overwrites_what_it_deletes(store: Store) -> None:
    # Kills: no secure_delete.
    with store.reading() as tx:
        assert tx.exec_driver_sql("PRAGMA secure_delete").scalar_one() == 1


def test_wiping_leaves_no_byte_of_what_was_deleted(store: Store) -> None:
    # Kills: a truncating checkpoint without writing the file anew: pages that SQLite rebuilt keep copies of rows.
    dice, mirror = random.Random(1), Mirror(store, "main", "crmb_")
    ids = [str(number) for number in range(3_000)]
    dice.shuffle(ids)
    for start in range(0, len(ids), 200):
        with store.locking() as tx:
            mirror.put(tx, [_person(dice, id_) for id_ in ids[start : start + 200]], 1, 1)
    for _ in range(15):
        with store.locking() as tx:
            mirror.put(tx, [_person(dice, id_) for id_ in dice.sample(ids, 200)], 1, 1)
    gone = dice.sample(ids, 500)
    with store.locking() as tx:
        store.mark_erased(tx)
        mirror.remove(tx, "contact", gone)
    assert store.wipe()
    found = b"".join(path.read_bytes() for path in _files(store))
    assert [id_ for id_ in gone if f"canary-{id_}@".encode() in found] == []


def test_only_what_was_erased_is_wiped(store: Store) -> None:
    # Kills: a file written anew at the end of every sync.
    with store.locking() as tx:
        tx.execute(decisions.delete())
    before = _changes(store)
    assert store.wipe()
    assert _changes(store) == before
    with store.locking() as tx:
        store.mark_erased(tx)
    assert store.wipe()
    assert _changes(store) != before


def test_a_transaction_that_fails_leaves_no_mark(store: Store) -> None:
    with pytest.raises(sa.exc.OperationalError), store.locking() as tx:
        store.mark_erased(tx)
        tx.exec_driver_sql("SELECT 1 FROM nowhere")
    with store.reading() as tx:
        assert tx.exec_driver_sql("PRAGMA user_version").scalar_one() == 0


def _person(dice: random.Random, id_: str) -> Contact:
    length = dice.randrange(9_000 if dice.random() < 0.05 else 900)
    mail = f"canary-{id_}@x.example"
    return Contact(id=id_, email=mail, emails=(mail,), properties={"text": "y" * length})


def _files(store: Store) -> list[Path]:
    return list(store.path.parent.glob("store.db*"))


def _changes(store: Store) -> bytes:
    return store.path.read_bytes()[24:28]  # https://www.sqlite.org/fileformat.html#file_change_counter
