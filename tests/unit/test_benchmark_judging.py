"""The judging benchmark knows which centers must be judged, and sees every byte that differs."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from benchmarks import judging_store as rows
from benchmarks.judging import TABLES, Judged, differing, judged
from benchmarks.judging_job import step

LAYOUT = rows.Layout(people=45, firms=12, each=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("judging")


@pytest.fixture(scope="module")
def run(folder: Path) -> Judged:
    """All steps on a small store."""
    return judged(folder, LAYOUT, 10, step)


def test_everybody_is_in_one_company() -> None:
    staff = [person for firm in range(LAYOUT.firms) for person in LAYOUT.staff(firm)]
    assert staff == [*range(45)]
    assert all(person in LAYOUT.staff(LAYOUT.firm_of(person)) for person in staff)
    assert len({len(LAYOUT.staff(firm)) for firm in range(LAYOUT.firms)}) > 2  # mutant: all centers have one size


def test_one_engagement_in_ten_is_a_note_with_a_text() -> None:
    layout = rows.Layout(people=500, firms=60)
    kinds = [layout.kind(number) for number in range(5_000)]
    assert kinds.count("note") == 500
    notes = [rows.engagement_row(number, layout) for number, kind in enumerate(kinds) if kind == "note"]
    assert len({row["body"] for row in notes}) == len(notes)
    assert all("hs_note_body" in row["body"] for row in notes)


def test_each_step_judges_the_centers_that_it_must(run: Judged) -> None:
    assert run.steps[0].job["judged"] >= LAYOUT.firms + 45
    assert run.changed is not None
    assert run.changed.expected > 0
    assert (run.changed.missed, run.changed.surplus) == (0, 0)
    assert run.due is not None
    assert (run.due.missed, run.due.surplus) == (0, 0)


def test_judging_in_steps_gives_what_judging_everything_gives(run: Judged) -> None:
    assert run.differing == dict.fromkeys(TABLES, 0)


def test_a_single_byte_that_differs_is_seen(run: Judged, folder: Path, tmp_path: Path) -> None:
    assert run.steps
    other = tmp_path / "other.db"
    shutil.copy(folder / "store.db", other)
    with closing(sqlite3.connect(other)) as db:
        db.execute("UPDATE units SET input_hash = input_hash || '0' WHERE id = (SELECT min(id) FROM units)")
        db.commit()
    # Mutant: one direction only would find 1.
    assert differing(folder / "store.db", other) == {"units": 2, "members": 0, "proposals": 0, "failures": 0}
