"""The pages on the configuration and on the bridgefile: each block does what its page says."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from crmbridge.cli import app

Files = dict[str, dict[str, str]]
BRIDGEFILE, CONFIG = "docs/plugins/bridgefile.md", "docs/howto/config.md"


def run(*words: str, **env: str) -> Result:
    return CliRunner().invoke(app, list(words), env=env)


def listed(*words: str, **env: str) -> list[str]:
    found = json.loads(run("plugins", "--json", *words, **env).stdout)
    return [item["name"] for item in found["plugins"] if item["order"]]


@pytest.fixture
def beside(workspace: Path, files: Files, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CRMBRIDGE_PLUGINS", raising=False)
    (workspace / "bridgefile.py").write_text(files[BRIDGEFILE]["bridgefile.py"], encoding="utf-8")
    with (workspace / "crmbridge.toml").open("a", encoding="utf-8") as file:
        file.write(files[BRIDGEFILE]["bridgefile.toml"])
    return workspace


def test_the_rule_of_the_page_reaches_the_plan_by_its_settings(beside: Path) -> None:
    assert run("config", "check").exit_code == 0
    assert run("sync").exit_code == 0
    plan = run("plan", "--trace-hooks", "-v")
    assert "size_class" in plan.stdout
    assert "derive_company bridgefile company:" in plan.stderr
    found = json.loads(run("plugins", "trace", "--limit", "2", "--json").stdout)
    assert len(found["units"]) == 2
    assert run("plugins", "trace", "--values").exit_code == 0
    (beside / "crmbridge.toml").write_text(
        (beside / "crmbridge.toml").read_text().replace("large_from", "largefrom"), encoding="utf-8"
    )
    assert "[plugins.bridgefile] largefrom: unknown; allowed are large_from" in run("config", "check").stdout


def test_the_switches_of_the_page_choose_who_runs(beside: Path) -> None:
    # mutants: each switch is read and then forgotten
    own = ["core", "hubspot"]
    assert {*own, "bridgefile", "roles"} <= {*listed()}
    assert listed(CRMBRIDGE_PLUGINS="bridgefile") == ["bridgefile", *own]
    assert listed(CRMBRIDGE_PLUGINS="") == own
    assert listed("--no-plugins") == own
    assert "derive_company" in run("plugins", "--hooks", CRMBRIDGE_PLUGINS="bridgefile").stdout


def test_the_configuration_of_the_page_is_valid_and_fits_its_schema(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CRMBRIDGE_PLUGINS", "HUBSPOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    text = files[CONFIG]["crmbridge.toml"]
    Path("crmbridge.toml").write_text(text, encoding="utf-8")
    written = run("config", "schema", "--to", "crmbridge.schema.json")
    assert text.splitlines()[0] in written.stdout  # the line that editors look for
    schema: Any = json.loads(Path("crmbridge.schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(tomllib.loads(text))] == []
    assert run("config", "check", "--json").exit_code == 0
    assert run("config", "check", "--secrets").exit_code == 2
    assert run("config", "check", "--secrets", HUBSPOT_TOKEN="pat-eu1-x").exit_code == 0
