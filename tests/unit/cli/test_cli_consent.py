"""``crmbridge consent``: figures on the screen, answers in a file that only its owner may read."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from crmbridge.app.contactable import Answered, write_csv
from crmbridge.model import Contact
from crmbridge.testing import MemoryConnector

from .conftest import Run

CONSENT = """
from crmbridge.model import ConsentDecision, Evidence

@hookimpl
def decide_consent(ctx, question):
    asked = {"purpose": question.purpose, "channel": question.channel, "controller": question.controller}
    if question.purpose == "processing":
        return ConsentDecision(**asked, decision="allow", reason="FINE")
    ref = question.person.contact.ref
    heard = Evidence(source="statement", weight=1, against=True, text="no more calls", ref=ref, on=ctx.today)
    if question.channel == "phone" and ref.id == "10":
        return ConsentDecision(**asked, decision="review", reason="OPT_OUT_IN_TEXT", evidence=(heard,))
    return ConsentDecision(**asked, decision="deny", reason="OBJECTED")
"""


@pytest.fixture
def synced(project: Path, run: Run, crm: MemoryConnector) -> Path:
    """A synced project whose plugin answers; one contact, whose name is a formula, is in no buying center."""
    crm.add(Contact(id="99", first_name="=1+1", last_name="Lonely"))
    bridgefile = project / "bridgefile.py"
    bridgefile.write_text(bridgefile.read_text() + CONSENT)
    assert run("sync").exit_code == 0
    return project


def test_the_figures_count_answers_by_reason_and_nobody_is_left_out(synced: Path, run: Run) -> None:
    result = run("consent", "--json", "--channel", "phone")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["contacts"], found["opted_out_in_text"]) == (3, 1)
    assert [(row["decision"], row["reason"], row["people"]) for row in found["counts"]] == [
        ("deny", "OBJECTED", 2),
        ("review", "OPT_OUT_IN_TEXT", 1),
    ]


def test_the_screen_shows_figures_and_what_a_person_must_read_but_no_names(synced: Path, run: Run) -> None:
    result = run("consent")
    assert result.exit_code == 0, result.output
    assert "OPT_OUT_IN_TEXT" in result.stdout
    assert "3 contacts." in result.stdout
    assert "may have opted out" in result.stderr
    assert "Lonely" not in result.output


# Kills: a spreadsheet computing what the CRM holds; others reading the file.
def test_the_file_holds_the_answers_asked_for_and_is_private(synced: Path, run: Run) -> None:
    path = synced / "answers.csv"
    path.write_text("old")
    path.chmod(0o644)
    result = run("consent", "--decision", "deny", "--purpose", "newsletter", "-o", str(path))
    assert result.exit_code == 0, result.output
    assert path.stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert [row["contact"] for row in rows] == ["10", "11", "99"]
    assert {(row["purpose"], row["decision"], row["reason"]) for row in rows} == {("newsletter", "deny", "OBJECTED")}
    assert rows[2]["name"] == "'=1+1 Lonely"
    assert "personal data" in result.stderr


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_begins_like_a_formula(tmp_path: Path, start: str) -> None:
    row = Answered("1", f"{start}x", "sales", "phone", "", "deny", "R", "", date(2026, 1, 1), start)
    assert write_csv(tmp_path / "a.csv", [row]) == 1
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        _, cells = csv.reader(file)
    assert (cells[1], cells[8], cells[9]) == (f"'{start}x", "2026-01-01", f"'{start}")


@pytest.mark.parametrize("hidden", [" =1", "\u3000＝1", "fine; =1"])  # noqa: RUF001 - wide forms are computed as well
def test_no_blank_wide_sign_or_semicolon_helps_a_formula_through(tmp_path: Path, hidden: str) -> None:
    # Kills: a guard of its own that looks at the first character only.
    row = Answered("1", "A", "sales", "phone", "", "deny", "R", "", None, hidden)
    write_csv(tmp_path / "a.csv", [row])
    assert hidden.replace("fine;", "fine;'") in (tmp_path / "a.csv").read_text("utf-8")
    assert "'" in (tmp_path / "a.csv").read_text("utf-8")


def test_a_report_that_breaks_off_leaves_the_last_one(tmp_path: Path) -> None:
    # Kills: a file that is taken away before the new one is complete.
    def rows() -> Iterator[Answered]:
        yield Answered("1", "A", "sales", "phone", "", "deny", "R", "", None, "")
        raise RuntimeError

    path = tmp_path / "a.csv"
    path.write_text("the last one")
    with pytest.raises(RuntimeError):
        write_csv(path, rows())
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("a.csv", "the last one")]


def test_what_cannot_be_written_to_is_refused_before_any_work(synced: Path, run: Run) -> None:
    result = run("consent", "-o", str(synced / "no" / "a.csv"))
    assert result.exit_code == 2
    assert "folder" in result.stderr
