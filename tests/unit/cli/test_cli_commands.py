from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crmbridge.errors import RetryLater
from crmbridge.model import Company, Contact, Deal, Ref
from crmbridge.testing import MemoryConnector

from .conftest import CONFIG, Run

CONSENT = """
from crmbridge.model import ConsentDecision

@hookimpl
def decide_consent(ctx, question):
    asked = {"purpose": question.purpose, "channel": question.channel}
    if question.purpose == "processing":
        return ConsentDecision(**asked, decision="allow", reason="FINE")
    return ConsentDecision(**asked, decision="deny", reason="OBJECTED")
"""
TOLD = (
    "consent: email marketing deny (OBJECTED), phone sales deny (OBJECTED), post marketing deny (OBJECTED), "
    "email newsletter deny (OBJECTED), email market_research deny (OBJECTED)"
)


def document(run: Run, *words: str) -> Any:
    """Stdout must hold one JSON document and nothing else."""
    result = run(*words)
    assert result.exit_code in range(15), result.output
    return json.loads(result.stdout)


@pytest.fixture
def two(project: Path) -> Path:
    """A second connection that fails: its connector is not installed."""
    more = '[connections.aaa]\nconnector = "nosuch"\n'
    (project / "crmbridge.toml").write_text(CONFIG + more)
    return project


def test_every_command_for_machines_prints_one_document(project: Path, run: Run) -> None:
    assert document(run, "sync", "--json")["read"] == {"company": 1, "contact": 2, "deal": 1}
    made = document(run, "plan", "--json")
    assert made["connection"] == "main"
    assert made["rows"] > 0
    assert document(run, "apply", "--json")["status"] == "parked"
    assert document(run, "apply", "--json", "--approve", made["hash"])["confirmed"] > 0
    (row,) = document(run, "centers", "list", "--json")
    assert (row["id"], row["company"], row["members"]) == ("deal:7", "Muster AG", 2)
    assert document(run, "centers", "show", "deal:7", "--json")["members"][0]["id"] == "contact:10"
    assert document(run, "report", "--json", "--redact")["redacted"] is True
    assert document(run, "status", "--json")["account"] == "memory"
    assert {item["name"] for item in document(run, "plugins", "--json")["plugins"]} >= {"bridgefile", "core"}
    assert document(run, "doctor", "--json")["ok"] is True


def test_run_prints_one_line_and_repeats_nothing(project: Path, run: Run) -> None:
    result = run("run", "--exit-code")
    assert result.exit_code == 12
    assert "--approve" in result.stderr
    (line,) = result.stdout.splitlines()
    parked = json.loads(line)
    assert (parked["status"], parked["sync"]["read"]["contact"]) == ("parked", 2)
    written = run("run", "--exit-code", "--approve", parked["plan"]["hash"])
    assert written.exit_code == 10
    assert json.loads(written.stdout)["applied"]["confirmed"] > 0
    again = run("run", "--exit-code")
    assert again.exit_code == 0
    assert json.loads(again.stdout)["plan"]["rows"] == 0


def test_a_parked_apply_ends_well_but_says_that_nothing_was_written(project: Path, run: Run) -> None:
    run("sync")
    made = document(run, "plan", "--json")
    result = run("apply")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "nothing was written" in result.stderr
    assert f"crmbridge apply --approve {made['hash']}" in result.stderr
    assert run("apply", "--exit-code").exit_code == 12


def test_the_command_to_approve_leads_to_the_same_file_and_connection(two: Path, run: Run) -> None:
    run("sync", "--connection", "main")
    (two / "crmbridge.toml").rename(two / "our crm.toml")
    result = run("plan", "-c", "our crm.toml", "--connection", "main", "-o", "p.plan")
    made = document(run, "status", "-c", "our crm.toml", "--connection", "main", "--json")["plan"]
    command = f"crmbridge apply p.plan --approve {made['hash']} -c 'our crm.toml' --connection main"
    assert command in result.stdout


def test_conflicts_have_their_code(project: Path, crm: MemoryConnector, run: Run) -> None:
    run("sync")
    run("apply", "--approve", document(run, "plan", "--json")["hash"])
    crm.connect(
        Ref(object="deal", id="7"), crm.add(crm.records[Ref(object="contact", id="10")].model_copy(update={"id": "30"}))
    )
    run("sync", "--full")
    made = document(run, "plan", "--json")
    assert made["rows"] > 0
    crm.edit(Ref(object="deal", id="7"), {"crmb_members_known": "99"})
    result = run("apply", "--exit-code", "--approve", made["hash"])
    assert result.exit_code == 11
    assert "1 conflicts" in result.stdout


def test_all_connections_are_tried_though_one_fails(two: Path, run: Run) -> None:
    result = run("sync", "--all", "--json")
    assert result.exit_code == 2
    failed, done = json.loads(result.stdout)["connections"]
    assert (failed["connection"], failed["error"]["type"]) == ("aaa", "FixConfig")
    assert (done["connection"], done["read"]["contact"]) == ("main", 2)
    lines = [json.loads(line) for line in run("run", "--all").stdout.splitlines()]
    assert [line["connection"] for line in lines] == ["aaa", "main"]


def test_one_and_all_at_once_is_a_usage_error(two: Path, run: Run) -> None:
    assert run("status", "--all", "--connection", "main").exit_code == 2
    assert run("plan", "--all", "-o", "p.plan").exit_code == 2
    assert run("status").exit_code == 2  # there are two, and none is named


def test_centers_are_chosen_by_state_and_missing_role(project: Path, crm: MemoryConnector, run: Run) -> None:
    crm.add(Deal(id="8", name="Ofen", is_closed=True))
    run("sync")

    def ids(*words: str) -> list[str]:
        return [row["id"] for row in document(run, "centers", "list", "--json", *words)]

    assert ids() == ["deal:7", "deal:8"]
    assert ids("--open") == ["deal:7"]
    assert ids("--limit", "1") == ["deal:7"]
    assert ids("--missing", "decider") == ["deal:7", "deal:8"]
    assert run("centers", "list", "--missing", "king").exit_code == 2
    assert "--limit 0" in run("centers", "list", "--limit", "1").stderr
    assert run("centers", "show", "deal:9").exit_code == 2


def test_a_person_has_one_line_of_consent(project: Path, run: Run) -> None:
    with (project / "bridgefile.py").open("a") as file:
        file.write(CONSENT)
    run("sync")
    lines = run("centers", "show", "deal:7").stdout.splitlines()
    told = [line.strip() for line in lines if "consent" in line]
    assert len(told) == 2  # of two members
    assert set(told) == {TOLD}


def test_status_tells_what_waits(project: Path, crm: MemoryConnector, run: Run) -> None:
    assert "never synced" in run("status").stdout
    run("sync")
    assert "4 changed records" in run("status").stdout
    made = document(run, "plan", "--json")
    text = run("status").stdout
    assert "Waiting to be judged: nothing" in text
    assert f"--approve {made['hash']}" in text
    run("apply", "--approve", made["hash"])
    status = document(run, "status", "--json")
    assert status["plan"] is None
    assert [row["kind"] for row in status["runs"]][:2] == ["apply", "plan"]
    contacts = next(item for item in status["streams"] if item["stream"] == "contact")
    assert contacts["synced_until"]


def test_status_says_how_an_interrupted_plan_goes_on(
    project: Path, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> Any:
        raise RetryLater("busy")

    run("sync")
    approve = f"--approve {document(run, 'plan', '--json')['hash']}"
    with monkeypatch.context() as patch:
        patch.setattr(crm, "update", busy)
        assert run("apply", *approve.split()).exit_code == 1
    assert f"was interrupted: go on with `crmbridge apply {approve}`" in run("status").stdout
    assert "rows confirmed" in run("apply", *approve.split()).stdout


def test_status_forgets_a_plan_that_a_newer_one_overtook(project: Path, run: Run) -> None:
    run("sync")
    run("plan", "--as-of", "2027-01-01")
    run("apply", "--approve", document(run, "plan", "--json")["hash"])
    assert document(run, "status", "--json")["plan"] is None


def test_status_counts_failures_and_quarantine(project: Path, crm: MemoryConnector, run: Run) -> None:
    text = (project / "bridgefile.py").read_text()
    text += """
@hookimpl
def transform_record(ctx, record):
    if record.object == "company":
        raise ValueError("broken")
    return record

@hookimpl
def derive_center(ctx, center):
    raise ValueError("broken")
"""
    (project / "bridgefile.py").write_text(text)
    crm.add(Company(id="2", name="Zweite"))
    assert run("sync").exit_code == 0
    assert run("sync", "--exit-code", "--full").exit_code == 14
    assert run("centers", "list", "--exit-code").exit_code == 14
    status = document(run, "status", "--json")
    assert [(item["object"], item["plugin"], item["records"]) for item in status["quarantined"]] == [
        ("company", "bridgefile", 2)
    ]
    assert [(item["plugin"], item["hook"]) for item in status["failures"]] == [("bridgefile", "derive_center")]
    assert run("status", "--exit-code").exit_code == 14  # the failure stands until the plugin is mended
    assert "Quarantined by bridgefile: 2 company records" in run("status").stdout


def test_a_run_says_which_plugin_failed_in_which_hook_on_which_records(
    project: Path, crm: MemoryConnector, run: Run, tmp_path: Path
) -> None:
    file = project / "bridgefile.py"
    file.write_text(
        file.read_text()
        + """
@hookimpl
def derive_contact(person):
    raise ValueError(person.contact.email)
"""
    )
    result = run("run", "--exit-code")
    assert result.exit_code == 14
    told = json.loads(result.stdout)
    (failure,) = told["failures"]
    assert (failure["plugin"], failure["hook"], failure["units"]) == ("bridgefile", "derive_contact", 2)
    assert failure["first"] == ["contact:10", "contact:11"]
    assert failure["message"].startswith("ValueError at bridgefile.py:")
    assert told["plugin_failures"] == 2
    (standing,) = document(run, "status", "--json")["failures"]
    assert standing == failure
    assert "failed in derive_contact on 2 units (contact:10, contact:11): ValueError at" in run("status").stdout
    for words, shown in ((), True), (("--redact",), False):
        run("report", "-o", str(tmp_path / "report.html"), *words)
        page = (tmp_path / "report.html").read_text(encoding="utf-8")
        assert "Plugins that failed" in page
        assert "ValueError at bridgefile.py:" in page
        assert ("contact:10, contact:11" in page) is shown


def test_a_run_that_fails_on_the_platform_goes_on_next_time(
    project: Path, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> Any:
        raise RetryLater("busy")

    with monkeypatch.context() as patch:
        patch.setattr(crm, "read_links", busy)
        assert run("sync").exit_code == 1
    assert document(run, "status", "--json")["runs"][0]["status"] == "failed"
    assert run("sync").exit_code == 0


def test_rows_that_were_refused_are_named_without_their_values(project: Path, crm: MemoryConnector, run: Run) -> None:
    run("sync")
    plan_hash = document(run, "plan", "--json")["hash"]
    assert run("apply", "--approve", plan_hash).exit_code == 0
    newcomer = crm.add(Contact(id="12", first_name="New"))
    crm.connect(Ref("deal", "7"), newcomer)
    run("sync", "--full")
    run("plan")
    crm.edit(Ref("deal", "7"), {"crmb_members_known": "4711"}, user="9")
    result = run("apply", "--exit-code")
    assert result.exit_code == 11
    assert "conflict: deal:7 crmb_members_known: edited-by-person" in result.stderr
    assert "4711" not in result.output
