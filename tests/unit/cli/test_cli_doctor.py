from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crmbridge.connector import Check, Use
from crmbridge.testing import MemoryConnector

from .conftest import CONFIG, Run

TOKEN = "pat-eu1-0123-4567"
HUBSPOT = CONFIG.replace('"memory"', '"hubspot"\ntoken = "env:HUBSPOT_TOKEN"\nbase_url = "http://127.0.0.1:9"')


def faults(run: Run, code: int = 1) -> dict[str, Any]:
    """What is not in order, by name."""
    result = run("doctor", "--json")
    assert result.exit_code == code, result.output
    return {check["name"]: check for check in json.loads(result.stdout)["checks"] if not check["ok"]}


def test_a_healthy_project_is_ok(project: Path, run: Run) -> None:
    assert faults(run, 0) == {}
    run("sync")
    result = run("doctor")
    assert result.exit_code == 0
    assert "not ok" not in result.stdout
    assert "store.db opens" in result.stdout


def test_looking_makes_no_store(project: Path, run: Run) -> None:
    run("doctor")
    assert not (project / ".crmbridge").exists()


def test_no_configuration(folder: Path, run: Run) -> None:
    found = faults(run, 2)
    assert "crmbridge init" in found["configuration"]["message"]


def test_a_wrong_setting(project: Path, run: Run) -> None:
    (project / "crmbridge.toml").write_text(CONFIG + "[sync]\nsince_month = 3\n")
    found = faults(run, 2)
    assert "since_months" in found["configuration"]["message"]
    assert found["configuration"]["remedy"]


def test_a_missing_token(project: Path, run: Run) -> None:
    (project / "crmbridge.toml").write_text(HUBSPOT)
    (fault,) = faults(run).values()
    assert fault["name"] == "main settings"
    assert "HUBSPOT_TOKEN" in fault["message"]
    assert fault["remedy"]


def test_a_token_is_never_shown(project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSPOT_TOKEN", TOKEN + " with a blank")
    (project / "crmbridge.toml").write_text(HUBSPOT)
    result = run("doctor", "-vv")
    assert result.exit_code == 1
    assert TOKEN not in result.output


def test_a_store_that_is_not_ours(project: Path, run: Run) -> None:
    (project / ".crmbridge").mkdir()
    (project / ".crmbridge" / "store.db").write_bytes(b"something else" * 100)
    (project / ".crmbridge" / "store.db").chmod(0o600)
    assert faults(run)["store"]["remedy"]


def test_a_store_that_others_can_read(project: Path, run: Run) -> None:
    run("sync")
    (project / ".crmbridge" / "store.db").chmod(0o644)
    assert faults(run)["store"]["remedy"].startswith("chmod 600")


def test_a_store_with_garbage_inside(project: Path, run: Run) -> None:
    run("sync")
    path = project / ".crmbridge" / "store.db"
    with closing(sqlite3.connect(path)) as store:
        ((size,),) = store.execute("PRAGMA page_size")
        ((page,),) = store.execute("SELECT rootpage FROM sqlite_master WHERE name = 'links'")
    with path.open("r+b") as file:  # the store still opens: only who reads that page finds out
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    fault = faults(run)["store"]
    assert "store.db is damaged" in fault["message"]
    assert fault["remedy"].startswith("move the file away")


def test_a_wrong_configuration_decides_the_code_as_it_does_elsewhere(project: Path, run: Run) -> None:
    run("sync")
    (project / ".crmbridge" / "store.db").chmod(0o644)
    assert set(faults(run, 1)) == {"store"}
    (project / "crmbridge.toml").write_text(CONFIG + "[plugins.nosuch]\nx = 1\n")
    assert set(faults(run, 2)) == {"store", "plugins"}
    (project / "crmbridge.toml").write_text(CONFIG.partition("[privacy]")[0])
    assert set(faults(run, 2)) == {"configuration"}
    assert run("sync").exit_code == 2


def test_a_refused_plugin(project: Path, run: Run) -> None:
    with (project / "bridgefile.py").open("a") as file:
        file.write("\n@hookimpl\ndef derive_centre(ctx, center):\n    return []\n")
    found = faults(run, 2)
    assert "derive_centre" in found["plugin bridgefile"]["message"]
    assert "not installed" in found["main"]["message"]  # it brought the connector


def test_a_plugin_table_that_does_not_validate(project: Path, run: Run) -> None:
    (project / "crmbridge.toml").write_text(CONFIG + "[plugins.nosuch]\nx = 1\n")
    assert "nosuch" in faults(run, 2)["plugins"]["message"]


def test_an_unknown_connection(project: Path, run: Run) -> None:
    result = run("doctor", "--connection", "other")
    assert result.exit_code == 2
    assert "main" in result.stdout


def test_engagements_that_the_connector_does_not_read(project: Path, run: Run) -> None:
    (project / "crmbridge.toml").write_text(CONFIG + '[sync]\nengagements = ["email", "call"]\n')
    assert "call" in faults(run, 2)["main engagements"]["message"]


def test_what_the_platform_refuses(
    project: Path, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = Check(name="read deal", ok=False, message="403", remedy="grant crm.objects.deals.read")
    monkeypatch.setattr(crm, "check", lambda use: [refusal])
    result = run("doctor")
    assert result.exit_code == 1
    assert "not ok  main read deal: 403\n        → grant crm.objects.deals.read" in result.stdout


@pytest.mark.parametrize(
    ("asked", "reads"),
    [
        ("", {"email", "meeting", "call", "note"}),
        ('engagements = ["call"]', {"call"}),
        ('objects = ["ticket"]', {"email", "meeting", "call", "note", "ticket"}),
        ('segments = ["12"]\nsubscriptions = true', {"email", "meeting", "call", "note", "segment", "subscription"}),
    ],
)
def test_rights_are_looked_at_for_what_the_configuration_uses(
    project: Path, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch, asked: str, reads: set[str]
) -> None:
    # Kills: rights for what a connector can do, rather than for what it is asked to do.
    uses: list[Use] = []

    def look(use: Use) -> list[Check]:
        uses.append(use)
        return []

    monkeypatch.setattr(crm, "check", look)
    (project / "crmbridge.toml").write_text(f"{CONFIG}[sync]\n{asked}\n")
    run("doctor")
    assert uses[0].reads == {"contact", "company", "deal", "owner", "pipeline", *reads}
    assert uses[0].writes == {"contact", "company", "deal"}
