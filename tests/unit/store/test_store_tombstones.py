from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from crmbridge.errors import FixRequest
from crmbridge.model import Contact, Ref
from crmbridge.store import Store, Tombstones
from crmbridge.store.schema import keys
from crmbridge.store.schema import tombstones as table

ANNA = Contact(id="1", email="anna@x.example", emails=("anna@x.example",))


@pytest.fixture
def buried(store: Store) -> Store:
    with store.locking() as tx:
        Tombstones("main").bury(tx, [Ref("contact", "1")], ["anna@x.example"])
    return store


def test_a_person_is_known_by_id_by_address_and_by_what_went_into_it(buried: Store) -> None:
    # Kills: no tombstone on the address.
    with buried.reading() as tx:
        there = Tombstones("main").read(tx)
        other = Tombstones("other").read(tx)
    assert there.holds(ANNA)
    assert there.holds(Contact(id="1"))
    assert there.holds(Contact(id="9", email="Anna@X.example"))
    assert there.holds(Contact(id="9", merged_ids=("1",)))
    assert not there.holds(Contact(id="9", email="bert@x.example"))
    assert there.found("", "write to Anna@x.example!")
    assert not other
    assert not other.holds(ANNA)


def test_digests_tell_nothing_without_the_key_and_each_store_has_its_own(buried: Store, tmp_path: Path) -> None:
    second = Store.open(tmp_path / "second.db")
    with second.locking() as tx:
        Tombstones("main").bury(tx, [Ref("contact", "1")], ["anna@x.example"])
    found = []
    for store in (buried, second):
        with store.reading() as tx:
            found.append(set(tx.scalars(sa.select(table.c.digest))))
            assert len(tx.scalars(sa.select(keys.c.key)).one()) == 64
    second.close()
    assert len(found[0]) == len(found[1]) == 2
    assert found[0].isdisjoint(found[1])


def test_lifting_takes_away_what_it_names_and_counts_it(buried: Store) -> None:
    with buried.locking() as tx:
        assert Tombstones("main").lift(tx, ["contact:1", "contact:2"]) == 1
        assert Tombstones("main").read(tx).holds(ANNA), "the address still has one"
        assert Tombstones("main").lift(tx, ["anna@x.example"]) == 1
        assert not Tombstones("main").read(tx)


def test_tombstones_go_over_to_a_store_without_any_and_not_to_a_strangers(buried: Store, tmp_path: Path) -> None:
    second = Store.open(tmp_path / "second.db")
    with buried.reading() as tx:
        text = Tombstones("main").to_text(tx).encode()
    with second.locking() as tx:
        assert Tombstones("main").take_over(tx, text) == 2
        assert Tombstones("main").take_over(tx, text) == 0
        assert Tombstones("main").read(tx).holds(ANNA)
        Tombstones("other").bury(tx, [Ref("contact", "5")], [])
        with pytest.raises(FixRequest, match="main"):
            Tombstones("other").take_over(tx, text)
        with pytest.raises(FixRequest, match="another store"):
            Tombstones("other").take_over(tx, text.replace(b'"main"', b'"other"'))
    second.close()


@pytest.mark.parametrize("text", [b"", b"[]", b"\xff", b'{"crmbridge_tombstones": 2}', b'{"crmbridge_tombstones": 1}'])
def test_a_file_of_something_else_is_refused(store: Store, text: bytes) -> None:
    with store.locking() as tx, pytest.raises(FixRequest, match="no file of tombstones"):
        Tombstones("main").take_over(tx, text)
