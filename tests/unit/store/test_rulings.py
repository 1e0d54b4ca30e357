"""What people said about roles is kept, replaced, taken back, follows merges and is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crmbridge.model import Ruling
from crmbridge.store import Progress, Rulings, Run, Store
from crmbridge.store.schema import dirty, merges

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def said(word: Any, member: str = "contact:1", role: Any = "decider", hour: int = 12) -> Ruling:
    return Ruling(member_id=member, role=role, word=word, confidence=0.5, author="Kim", at=NOON.replace(hour=hour))


@pytest.fixture
def run(store: Store) -> Any:
    with Progress(store, "main").run("test", "run-1") as run:
        yield run


def test_the_newest_word_on_a_role_stands(store: Store, run: Run) -> None:
    rulings = Rulings("main")
    with store.writing(run.lease) as tx:
        rulings.put(tx, "deal:9", said("confirmed"))
        rulings.put(tx, "deal:9", said("dismissed"))
        rulings.put(tx, "deal:9", said("locked", role="user"))
        assert [(item.role, item.word) for item in rulings.of(tx, ["deal:9"])["deal:9"]] == [
            ("decider", "dismissed"),
            ("user", "locked"),
        ]
        assert [(row.object, row.id) for row in tx.execute(dirty.select())] == [("deal", "9")]


def test_a_word_is_taken_back_once(store: Store, run: Run) -> None:
    rulings = Rulings("main")
    with store.writing(run.lease) as tx:
        rulings.put(tx, "deal:9", said("confirmed"))
        assert rulings.take_back(tx, "deal:9", "contact:1", "decider")
        assert not rulings.take_back(tx, "deal:9", "contact:1", "decider")
        assert rulings.of(tx, ["deal:9"]) == {}


def test_words_follow_a_merged_contact_and_the_newer_wins(store: Store, run: Run) -> None:
    # Kills: words that are lost in a merge.
    rulings = Rulings("main")
    with store.writing(run.lease) as tx:
        rulings.put(tx, "deal:9", said("dismissed", member="contact:2", hour=14))
        rulings.put(tx, "deal:9", said("confirmed", hour=13))
        tx.execute(merges.insert().values(connection="main", object="contact", id="2", survivor="1"))
        (only,) = rulings.of(tx, ["deal:9"])["deal:9"]
        assert (only.member_id, only.word) == ("contact:1", "dismissed")


def test_who_is_forgotten_is_forgotten_here(store: Store, run: Run) -> None:
    rulings = Rulings("main")
    with store.writing(run.lease) as tx:
        rulings.put(tx, "deal:9", said("confirmed"))
        rulings.put(tx, "deal:8", said("confirmed", member="contact:2"))
        rulings.forget(tx, ["contact:1", "deal:8"])
        assert rulings.of(tx, ["deal:8", "deal:9"]) == {}
