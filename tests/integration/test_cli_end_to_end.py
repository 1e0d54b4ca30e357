"""The way of a user at the command line, against a served sandbox."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from crmbridge.cli import app
from crmbridge.sandbox import Portal, generate, serve
from crmbridge.sandbox.server import Sandbox

Run = Callable[..., Result]


@pytest.fixture
def server() -> Iterator[Sandbox]:
    portal = generate(7, datetime.now(UTC).date(), companies=12, contacts=60, deals=15, engagements=200)
    with serve(portal) as served:
        yield served


@pytest.fixture
def run(tmp_path: Path, server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in an empty folder, with the token in the environment, and expects an exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUBSPOT_TOKEN", server.token)
    monkeypatch.setenv("CRMBRIDGE_PLUGINS", "")  # what is installed beside crmbridge makes no difference
    monkeypatch.delenv("CRMBRIDGE_CONFIG", raising=False)

    def call(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, result.output
        assert server.token not in result.output
        return result

    return call


def point_at(server: Sandbox, config: Path) -> None:
    """Set the address of the API, as a user of the sandbox does."""
    text = re.sub(r"^#base_url.*$", f'base_url = "{server.base_url}"', config.read_text(), flags=re.MULTILINE)
    config.write_text(text)


def written(portal: Portal) -> dict[str, str]:
    """Each deal's completeness as the portal has it now."""
    deals = {deal: portal.record("deals", deal)["properties"] for deal in portal.ids("deals")}
    return {
        deal: held["crmb_center_completeness"] for deal, held in deals.items() if "crmb_center_completeness" in held
    }


def test_from_nothing_to_a_written_plan(tmp_path: Path, server: Sandbox, run: Run) -> None:
    run("init", "--processing", "legitimate-interest", "--assessment", "test data")
    point_at(server, tmp_path / "crmbridge.toml")
    assert "not ok" not in run("doctor").stdout
    assert json.loads(run("sync", "--json").stdout)["read"]["contact"] == 60

    centers = json.loads(run("centers", "list", "--json", "--limit", "0").stdout)
    assert sum(row["id"].startswith("deal:") for row in centers) == 15
    assert "Members" in run("centers", "show", centers[-1]["id"]).stdout

    shown = run("plan", "-o", "first.plan", "--examples", "1", "--exit-code", code=12).stdout
    assert "deal.crmb_center_completeness  15 filled" in shown
    assert (tmp_path / "first.plan").stat().st_mode & 0o777 == 0o600
    parked = run("apply", "first.plan", "--exit-code", code=12)
    assert "nothing was written" in parked.stderr
    assert written(server.portal) == {}

    command = re.search(r"crmbridge (apply first\.plan --approve [0-9a-f]{64})", parked.stderr)
    assert command
    applied = run(*command[1].split(), "--exit-code", code=10)
    assert "0 conflicts, 0 invalid, 0 rejected, 0 unknown" in applied.stdout
    assert len(written(server.portal)) == 15

    assert json.loads(run("plan", "--json", "--exit-code").stdout)["rows"] == 0
    (line,) = run("run", "--exit-code").stdout.splitlines()
    summary = json.loads(line)
    assert (summary["status"], summary["plan"]["rows"], summary["applied"]) == ("done", 0, None)

    run("report", "--redact", "-o", "report.html")
    assert "<html" in (tmp_path / "report.html").read_text()
    status = json.loads(run("status", "--json").stdout)
    assert status["account"] == str(server.portal.portal_id)
    assert status["plan"] is None
    assert {row["status"] for row in status["runs"]} == {"done"}


def test_a_person_s_edit_is_left_alone_until_the_end(tmp_path: Path, server: Sandbox, run: Run) -> None:
    run("init", "--processing", "legitimate-interest")
    point_at(server, tmp_path / "crmbridge.toml")
    run("sync")
    run("apply", "--approve", json.loads(run("plan", "--json").stdout)["hash"])
    deal = server.portal.ids("deals")[0]
    server.portal.edit("deals", deal, {"crmb_members_known": "42"})
    assert json.loads(run("sync", "--json").stdout)["decisions"] == 1
    run("run", "--exit-code", code=0)
    assert server.portal.record("deals", deal)["properties"]["crmb_members_known"] == "42"


def test_an_altered_plan_file_is_refused(tmp_path: Path, server: Sandbox, run: Run) -> None:
    run("init", "--processing", "legitimate-interest")
    point_at(server, tmp_path / "crmbridge.toml")
    run("sync")
    run("plan", "-o", "p.plan")
    plan = tmp_path / "p.plan"
    plan.write_text(plan.read_text().replace('"after":"', '"after":"9', 1))
    result = run("apply", "p.plan", "--json", code=1)
    assert json.loads(result.stdout)["error"]["type"] == "RemakePlan"
    assert written(server.portal) == {}
