"""The journal is sealed: whatever is done to it by hand shows, and what is erased on purpose does not break it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from crmbridge.model import Change, PlanHeader, PropertyChange, Ref, RowOutcome, RowState
from crmbridge.store import Journal, Progress, Row, Run, Store
from crmbridge.store.schema import journal as entries
from crmbridge.store.schema import journal_values, plan_rows

ROWS = 4
PLAN = "p1"


def change(number: int) -> Change:
    return PropertyChange(
        subject=Ref("contact", str(number)), property="crmb_note", before=None, after=f"value {number}", policy="own"
    )


def planned(store: Store, run: Run, plan_id: str = PLAN, digest: str = "ab" * 32) -> list[Row]:
    """Store a plan, and give its rows."""
    header = PlanHeader.model_validate(
        {"id": plan_id, "connection": "main", "account_id": "1", "as_of": "2026-03-01", "serial": 0, "plugins": {}}
    ).model_copy(update={"hash": digest})
    changes = [change(number) for number in range(ROWS)]
    with store.writing(run.lease) as tx:
        Journal(store, "main").plans.save(tx, header, changes)
    return [Row(number, item, "planned", body=item.model_dump_json()) for number, item in enumerate(changes)]


def write(store: Store, run: Run, rows: list[Row], plan_id: str = PLAN) -> None:
    """Journal an apply in which everything goes well."""
    states: tuple[RowState, ...] = ("sending", "confirmed")
    for state in states:
        with store.writing(run.lease) as tx:
            outcome = RowOutcome(state=state)
            Journal(store, "main").record(tx, run, plan_id, [(row, outcome) for row in rows])


@pytest.fixture
def book(store: Store, run: Run) -> Journal:
    write(store, run, planned(store, run))
    return Journal(store, "main")


def tamper(book: Journal, statement: Any) -> None:
    """Change the store behind the journal's back."""
    with book.store.locking() as tx:
        assert tx.execute(statement).rowcount


def test_a_journal_that_nobody_touched_is_whole(book: Journal) -> None:
    found = book.verify()
    assert (found.entries, found.erased, found.faults) == (2 * ROWS, 0, ())
    assert book.head() == (2 * ROWS, found.head)
    assert book.verify(found.head).faults == ()
    assert book.verify(found.head[:12].upper()).faults == ()


def test_an_empty_journal_is_whole_but_had_no_head(store: Store) -> None:
    book = Journal(store, "main")
    assert book.verify().faults == ()
    assert book.head() == (0, "")
    assert "no entry has the hash abc" in book.verify("abc").faults[0]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("state", "rejected"),
        ("reason", "x"),
        ("actor", "somebody"),
        ("run_id", "other"),
        ("at", "2020-01-01T00:00:00+00:00"),
        ("epoch", 99),
        ("row", 3),
        ("digest", ""),
        ("digest", "0" * 64),
        ("hash", "0" * 64),
    ],
)
def test_an_altered_entry_is_found(book: Journal, column: str, value: object) -> None:
    """T28. Kills: sealing some of the fields only."""
    tamper(book, entries.update().where(entries.c.number == 2).values({column: value}))
    faults = book.verify().faults
    assert "entry 2 was altered, or the one before it" in faults


@pytest.mark.parametrize(
    ("gone", "told"), [([3], "entries 3 to 3"), ([1], "entries 1 to 1"), ([4, 5], "entries 4 to 5")]
)
def test_a_removed_entry_is_found(book: Journal, gone: list[int], told: str) -> None:
    tamper(book, entries.delete().where(entries.c.number.in_(gone)))
    assert book.verify().faults[0] == f"{told} are missing"


def test_a_removed_entry_is_found_though_the_rest_is_numbered_anew(book: Journal) -> None:
    """Kills: looking for gaps in the numbers instead of at the chain."""
    tamper(book, entries.delete().where(entries.c.number == 3))
    for number in range(4, 2 * ROWS + 1):
        tamper(book, entries.update().where(entries.c.number == number).values(number=number - 1))
    assert any("was altered" in fault for fault in book.verify().faults)


def test_a_cut_off_end_is_found_by_a_head_that_was_kept(book: Journal) -> None:
    """Kills: verifying the chain without the head; nothing inside the store can prove its own end."""
    kept = book.verify().head
    tamper(book, entries.delete().where(entries.c.number > ROWS))
    assert book.verify().faults == ()
    assert kept in book.verify(kept).faults[0]
    assert "cut off" in book.verify(kept).faults[0]


def test_a_kept_head_holds_while_the_journal_grows(book: Journal, run: Run) -> None:
    kept = book.verify().head
    write(book.store, run, planned(book.store, run, "p2"), "p2")
    assert book.verify(kept).faults == ()
    assert book.verify().head != kept


@pytest.mark.parametrize(
    ("column", "value"),
    [("before", "x"), ("after", "x"), ("after", None), ("made", "9"), ("key", "0" * 32), ("key", "zz")],
)
def test_an_altered_value_is_found(book: Journal, column: str, value: object) -> None:
    tamper(book, journal_values.update().where(journal_values.c.number == 2).values({column: value}))
    assert book.verify().faults == ("the values of entry 2, or its row of the plan, were altered",)


def test_an_altered_row_of_the_plan_is_found(book: Journal) -> None:
    """T28. Kills: a digest over the values alone, by which another record could be put under them."""
    body = change(7).model_dump_json()
    tamper(book, plan_rows.update().where(plan_rows.c.row == 1).values(body=body))
    assert book.verify().faults == ("the values of entry 2, or its row of the plan, were altered",)


def test_values_removed_by_hand_are_told_from_values_erased_on_purpose(book: Journal, run: Run) -> None:
    tamper(book, journal_values.delete().where(journal_values.c.number == 2))
    assert book.verify().faults == (f"the values of row 1 of plan {PLAN} are gone, and nobody erased them",)
    with book.store.writing(run.lease) as tx:
        book.erase(tx, run, PLAN, [1])
    found = book.verify()
    assert (found.entries, found.erased, found.faults) == (2 * ROWS + 1, 1, ())


def test_what_is_erased_is_gone_and_the_chain_holds(book: Journal, run: Run) -> None:
    kept = book.verify().head
    with book.store.writing(run.lease) as tx:
        book.erase(tx, run, PLAN, [0, 2])
    found = book.verify(kept)
    assert (found.erased, found.faults) == (2, ())
    with book.store.reading() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(journal_values)) == ROWS - 2


def test_a_flood_of_faults_is_cut_and_a_lost_head_still_told(book: Journal, run: Run) -> None:
    for number in range(20):
        write(book.store, run, planned(book.store, run, f"q{number}"), f"q{number}")
    tamper(book, entries.update().values(reason="x"))
    faults = book.verify("f" * 64).faults
    assert len(faults) == 21
    assert "no entry has the hash" in faults[0]


Wanted = Callable[[Journal], list[int]]


@pytest.mark.parametrize(
    ("numbers", "wanted"),
    [
        (range(1, 17), lambda book: [item["number"] for item in book.entries()]),
        (range(9, 17), lambda book: [item["number"] for item in book.entries("p2")]),
        (range(9, 17), lambda book: [item["number"] for item in book.entries(run_id="run-2")]),
        (range(1, 9), lambda book: [item["number"] for item in book.entries(plan_hash="ABAB")]),
        ((), lambda book: [item["number"] for item in book.entries(plan_hash="%")]),
        ((15, 16), lambda book: [item["number"] for item in book.entries(newest=2)]),
        ((7, 8), lambda book: [item["number"] for item in book.entries(run_id="run-1", newest=2)]),
        (range(1, 17), lambda book: [item["number"] for item in book.entries(newest=99)]),
    ],
)
def test_entries_are_chosen_by_plan_run_and_age(store: Store, numbers: Any, wanted: Wanted) -> None:
    for number, digest in (("1", "ab" * 32), ("2", "cd" * 32)):
        with Progress(store, "main").run("apply", f"run-{number}") as run:
            write(store, run, planned(store, run, f"p{number}", digest), f"p{number}")
    assert wanted(Journal(store, "main")) == list(numbers)


def test_runs_that_sent_something_are_told_newest_first(store: Store) -> None:
    progress = Progress(store, "main")
    with progress.run("sync", "run-0"):
        pass
    for number in ("1", "2"):
        with progress.run("apply", f"run-{number}", actor="ann") as run:
            write(store, run, planned(store, run, f"p{number}"), f"p{number}")
            run.summary["apply-finished"] = {"confirmed": ROWS}
    found = Journal(store, "main").writers(5)
    assert [(row["id"], row["actor"], row["hash"], row["origin"]) for row in found] == [
        ("run-2", "ann", "ab" * 32, "judged"),
        ("run-1", "ann", "ab" * 32, "judged"),
    ]
    assert found[0]["summary"]["apply-finished"] == {"confirmed": ROWS}
    assert [row["id"] for row in Journal(store, "main").writers(1)] == ["run-2"]
    assert Journal(store, "other").writers(5) == []
