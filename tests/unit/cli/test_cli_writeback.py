"""Reviewing, applying and looking back, as somebody at a terminal does it."""

from __future__ import annotations

import json
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from crmbridge.connector import Outcome, Update
from crmbridge.errors import RetryLater
from crmbridge.model import Contact, Deal, Ref
from crmbridge.store import Store
from crmbridge.store.schema import journal, journal_values
from crmbridge.testing import MemoryConnector

from .conftest import Run

DEAL = Ref("deal", "7")


def document(run: Run, *words: str) -> Any:
    result = run(*words)
    assert result.exit_code in range(15), result.output
    return json.loads(result.stdout)


@pytest.fixture
def parked(project: Path, run: Run) -> str:
    """Hash of a plan that waits for approval."""
    run("sync")
    return str(document(run, "plan", "--json")["hash"])


@pytest.fixture
def applied(parked: str, run: Run) -> str:
    """Hash of a plan that was applied."""
    assert run("apply", "--approve", parked).exit_code == 0
    return parked


def written(crm: MemoryConnector) -> set[str]:
    return {name for name, value in crm.records[DEAL].properties.items() if name.startswith("crmb_") and value}


def store_of(project: Path) -> Store:
    return Store.open(project / ".crmbridge" / "store.db")


# Reviewing


@pytest.mark.parametrize(("name", "first"), [("p.html", "<!DOCTYPE html>"), ("p.md", "# Plan"), ("p.txt", "Plan ")])
def test_a_plan_is_rendered_into_a_private_file(project: Path, run: Run, name: str, first: str) -> None:
    run("sync")
    result = run("plan", "--render", name)
    assert f"{name} was written; it holds personal data" in result.stdout
    assert (project / name).read_text().startswith(first)
    assert stat.S_IMODE((project / name).stat().st_mode) == 0o600


def test_a_page_of_an_unknown_kind_is_refused_before_anything_is_planned(project: Path, run: Run) -> None:
    run("sync")
    result = run("plan", "--render", "p.pdf")
    assert result.exit_code == 2
    assert ".html, .md, .txt or .json" in result.stderr
    assert document(run, "status", "--json")["plan"] is None


def test_the_plan_that_waits_is_shown_without_making_another(parked: str, run: Run) -> None:
    shown = document(run, "plan", "--waiting", "--json", "--as-of", "2030-01-01")
    assert shown["hash"] == parked
    assert [row["kind"] for row in document(run, "status", "--json")["runs"]] == ["plan", "sync"]


def test_nothing_waiting_is_said(applied: str, run: Run) -> None:
    result = run("plan", "--waiting")
    assert result.exit_code == 1
    assert "no plan waits" in result.stderr


def test_a_plan_file_is_shown_and_says_how_to_apply_it(project: Path, run: Run) -> None:
    run("sync")
    made = document(run, "plan", "-o", "p.plan", "--json")
    shown = run("plan", "--from", "p.plan")
    assert f"crmbridge apply p.plan --approve {made['hash']}" in shown.stdout
    assert document(run, "plan", "--from", "p.plan", "--json") == made
    (project / "p.plan").write_bytes((project / "p.plan").read_bytes().replace(b"deal", b"dead", 1))
    assert "was altered" in run("plan", "--from", "p.plan").stderr


def test_the_same_plan_is_the_same_document(parked: str, run: Run) -> None:
    """Kills: printing an id or a time that differs from plan to plan."""
    assert run("plan", "--json").stdout == run("plan", "--json").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("--waiting", "--from", "p.plan"),
        ("--waiting", "--only", "deal:7"),
        ("--from", "p.plan", "--limit", "1"),
        ("--all", "--render", "p.html"),
        ("--all", "--from", "p.plan"),
    ],
)
def test_options_that_contradict_each_other_are_a_usage_error(project: Path, run: Run, words: Sequence[str]) -> None:
    assert run("plan", *words).exit_code == 2


# Applying


def test_only_the_hash_of_the_plan_lets_it_pass(parked: str, crm: MemoryConnector, run: Run) -> None:
    """Kills: taking any approval for this plan's."""
    other = "0" * 64
    for words in (("apply", "--approve", other), ("run", "--approve", other), ("apply", "--approve", parked[:11])):
        result = run(*words, "--exit-code")
        assert result.exit_code == 12
        assert written(crm) == set()
    assert run("run", "--approve", parked, "--exit-code").exit_code == 10
    assert written(crm)


def test_a_changed_plan_needs_an_approval_of_its_own(parked: str, crm: MemoryConnector, run: Run) -> None:
    crm.connect(DEAL, crm.add(Contact(id="30", first_name="New")))
    run("sync", "--full")
    result = run("run", "--approve", parked, "--exit-code")
    assert result.exit_code == 12
    assert written(crm) == set()


def test_what_is_applied_is_named(parked: str, run: Run) -> None:
    result = run("apply", "--approve", parked)
    assert f"Plan {parked[:12]}, judged:" in result.stderr
    assert "0 invalid, 0 rejected" in result.stdout


def test_a_finished_plan_is_left_alone(project: Path, crm: MemoryConnector, run: Run) -> None:
    run("sync")
    made = document(run, "plan", "-o", "p.plan", "--json")
    run("apply", "p.plan", "--approve", made["hash"])
    calls = crm.calls
    result = run("apply", "p.plan", "--exit-code")
    assert result.exit_code == 0
    assert "is finished: nothing is left to write" in result.stdout
    assert crm.calls == calls


def test_an_empty_plan_needs_neither_calls_nor_a_connector(
    applied: str, project: Path, crm: MemoryConnector, run: Run
) -> None:
    """Kills: opening the connector before it is known that there is something to send."""
    assert document(run, "plan", "--json")["rows"] == 0
    config = project / "crmbridge.toml"
    config.write_text(config.read_text().replace('"memory"', '"nosuch"'))
    result = document(run, "apply", "--json", "--exit-code")
    assert (result["status"], result["calls"]) == ("done", 0)


def test_an_interrupted_plan_is_resumed_without_a_second_approval(
    parked: str, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> Any:
        raise RetryLater("busy")

    with monkeypatch.context() as patch:
        patch.setattr(crm, "update", busy)
        assert run("apply", "--approve", parked).exit_code == 1
    assert document(run, "apply", "--resume", "--json")["hash"] == parked
    assert written(crm)
    again = run("apply", "--resume", "--exit-code")
    assert again.exit_code == 0
    assert "nothing to resume" in again.stdout


def test_resuming_begins_nothing(parked: str, crm: MemoryConnector, run: Run) -> None:
    """Kills: taking the newest plan where none was interrupted, by which a parked plan would be written."""
    assert "nothing to resume" in run("apply", "--resume").stdout
    assert written(crm) == set()
    assert run("apply", "--resume", "--approve", parked).exit_code == 2


def test_a_canary_that_does_not_read_back_stops_the_rest(
    project: Path, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deaf(name: str, updates: Sequence[Update]) -> list[Outcome]:
        return [Outcome(id=item.id, ok=True) for item in updates]

    for number in range(20, 25):
        crm.add(Deal(id=str(number), name="Another"))
    run("sync")
    approve = document(run, "plan", "--json")["hash"]
    with monkeypatch.context() as patch:
        patch.setattr(crm, "update", deaf)
        result = run("apply", "--approve", approve, "--canary", "1", "--exit-code", "--json")
    stopped = json.loads(result.stdout)
    assert (result.exit_code, stopped["status"]) == (13, "stopped")
    assert "the rest of the plan waits" in result.stderr
    assert document(run, "status", "--json")["plan"]["outcomes"]["planned"] > 0
    assert "was interrupted" in run("status").stdout
    assert document(run, "apply", "--resume", "--canary", "0", "--json")["confirmed"] > 0


def test_a_canary_is_taken_from_the_config(
    project: Path, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (project / "crmbridge.toml").open("a") as file:
        file.write("[writeback]\ncanary = 1\nguard = { first_apply = false, rows = 100000 }\n")
    for number in range(20, 25):
        crm.add(Deal(id=str(number), name="Another"))
    monkeypatch.setattr(crm, "update", lambda name, updates: [Outcome(id=item.id, ok=True) for item in updates])
    result = run("run", "--exit-code")
    assert (result.exit_code, json.loads(result.stdout)["status"]) == (13, "stopped")


def test_a_part_of_a_plan_is_applied_and_the_rest_waits(parked: str, crm: MemoryConnector, run: Run) -> None:
    result = run("apply", "--approve", parked, "--only", "deal.members_known")
    assert result.exit_code == 0
    assert written(crm) == {"crmb_members_known", "crmb_computed_at"}  # a stamp travels with it
    assert "apply --resume" in result.stderr
    assert document(run, "apply", "--resume", "--json")["confirmed"] > 0
    assert written(crm) > {"crmb_members_known", "crmb_computed_at"}


def test_what_the_plan_does_not_have_cannot_be_named(parked: str, crm: MemoryConnector, run: Run) -> None:
    result = run("apply", "--approve", parked, "--only", "deal.nosuch")
    assert result.exit_code == 2
    assert "deal.crmb_members_known" in result.stderr
    assert written(crm) == set()


# Looking back


def test_a_journal_is_verified_and_its_head_can_be_kept(applied: str, run: Run) -> None:
    found = document(run, "journal", "verify", "--json")
    assert (found["ok"], found["faults"]) == (True, [])
    assert found["entries"] > 0
    assert run("journal", "verify", "--head", found["head"]).exit_code == 0
    assert document(run, "status", "--json")["journal"] == {"entries": found["entries"], "head": found["head"]}


def test_each_fault_of_a_journal_is_a_line_and_the_exit_code_says_so(applied: str, project: Path, run: Run) -> None:
    head = document(run, "journal", "verify", "--json")["head"]
    store = store_of(project)
    with store.locking() as tx:
        tx.execute(journal.update().where(journal.c.number == 2).values(reason="x"))
        tx.execute(journal_values.update().where(journal_values.c.number == 1).values(after="x"))
        tx.execute(journal.delete().where(journal.c.number > 30))
    store.close()
    result = run("journal", "verify", "--head", head)
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert any("cut off" in line for line in lines)
    assert "the values of entry 1, or its row of the plan, were altered" in lines
    assert "entry 2 was altered, or the one before it" in lines


def test_a_journal_is_exported_with_or_without_values(applied: str, project: Path, run: Run) -> None:
    assert "personal data" in run("journal", "export", "-o", "j.jsonl").stdout
    assert stat.S_IMODE((project / "j.jsonl").stat().st_mode) == 0o600
    entries = [json.loads(line) for line in (project / "j.jsonl").read_text().splitlines()]
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
    values = [entry for entry in entries if entry["kind"] == "property" and entry["state"] == "sending"]
    sent = next(entry for entry in values if entry["property"] == "crmb_members_known")
    assert (sent["object"], sent["id"], sent["values"]["before"], sent["values"]["after"]) == ("deal", "7", None, "2")
    bare = [json.loads(line) for line in run("journal", "export", "--no-values").stdout.splitlines()]
    assert len(bare) == len(entries)
    assert not {"values", "before", "after", "body", "key"} & set().union(*bare)
    assert run("journal", "export", "--json").exit_code == 2


def test_a_journal_is_listed_without_values(applied: str, run: Run) -> None:
    run_id = document(run, "status", "--json")["writes"][0]["run"]
    listed = document(run, "journal", "show", "--run", run_id, "--limit", "3", "--json")["entries"]
    assert [item["state"] for item in listed] == ["confirmed"] * 3
    assert not {"before", "after", "body", "key"} & listed[0].keys()
    table = run("journal", "show", "--plan", applied[:12], "--limit", "0").stdout
    assert "deal:7" in table
    assert "crmb_members_known" in table
    assert document(run, "journal", "show", "--run", "nosuch", "--json")["entries"] == []


def test_status_names_the_runs_that_wrote(applied: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    status = document(run, "status", "--json")
    (write,) = status["writes"]
    assert (write["plan"], write["origin"], write["status"]) == (applied, "judged", "done")
    assert write["outcomes"]["confirmed"] > 0
    assert write["actor"]
    assert (status["rejects"], status["withheld"]) == (0, 0)
    assert write["run"] in run("status").stdout


def test_who_applied_is_in_the_journal(parked: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMBRIDGE_ACTOR", "nightly job")
    run("apply", "--approve", parked)
    assert {item["actor"] for item in document(run, "journal", "show", "--json")["entries"]} == {"nightly job"}
