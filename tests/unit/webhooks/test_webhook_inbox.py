from __future__ import annotations

from datetime import timedelta

import pytest

from crmbridge.connector import Hint
from crmbridge.store import Store
from crmbridge.store.due import Due
from crmbridge.webhooks import Inbox

from .conftest import NOW, hint


@pytest.mark.parametrize(
    ("kind", "due"), [("changed", "record"), ("gone", "record"), ("deleted", "record"), ("links", "links")]
)
def test_a_hint_marks_what_is_read_again(store: Store, kind: str, due: str) -> None:
    assert Inbox(store, "main").accept([hint(kind=kind)], NOW) == 1
    assert Due(store, "main").waiting() == {(due, "contact"): 1}


def test_all_hints_of_one_event_are_kept(store: Store) -> None:
    # Kills: asking for each hint whether its event was seen, which drops the second.
    assert Inbox(store, "main").accept([hint("1"), hint("2", "gone"), hint("1", "links")], NOW) == 3
    assert list(Due(store, "main").take("record", "contact", 10)) == ["1", "2"]


def test_an_event_counts_once_for_a_day_and_longer(store: Store) -> None:
    inbox, due = Inbox(store, "main"), Due(store, "main")
    inbox.accept([hint()], NOW)
    with store.locking() as tx:
        due.done(tx, "record", "contact", due.take("record", "contact", 10))
    for later in (timedelta(0), timedelta(hours=24)):
        assert inbox.accept([hint()], NOW + later) == 0
    assert due.waiting() == {}


def test_another_accounts_hints_are_dropped(store: Store) -> None:
    assert Inbox(store, "main").accept([hint(account="100"), hint(account="None")], NOW) == 0
    assert Due(store, "main").waiting() == {}


def test_objects_that_are_not_synced_leave_nothing_behind(store: Store) -> None:
    ticket = Hint("99", "ticket", "7", "changed", "k")
    assert Inbox(store, "main").accept([ticket, hint()], NOW) == 1
    assert Due(store, "main").waiting() == {("record", "contact"): 1}


def test_before_the_first_sync_nothing_is_kept(store: Store) -> None:
    assert Inbox(store, "new").accept([hint()], NOW) == 0
    assert Due(store, "new").waiting() == {}


def test_a_delivery_is_kept_whole_or_not_at_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    # Kills: remembering the event in a transaction of its own: its repetition would be dropped.
    inbox = Inbox(store, "main")
    with monkeypatch.context() as patch:
        patch.setattr(Due, "add", lambda *_: (_ for _ in ()).throw(OSError("disk")))
        with pytest.raises(OSError, match="disk"):
            inbox.accept([hint()], NOW)
    assert inbox.accept([hint()], NOW) == 1
