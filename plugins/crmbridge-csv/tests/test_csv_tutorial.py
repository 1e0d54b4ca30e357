"""Every block of docs/plugins/connector.md, in the order of the page."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from crmbridge import Bridge
from crmbridge.cli.program import app

PAGE = Path(__file__).parents[3] / "docs/plugins/connector.md"
FILE = re.compile(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ crmbridge (.+)$", re.MULTILINE)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILE.findall(PAGE.read_text("utf-8")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CRMBRIDGE_PLUGINS", "bridgefile,roles")
    return tmp_path


def test_each_command_of_the_page_ends_well(project: Path) -> None:
    commands = COMMAND.findall(PAGE.read_text("utf-8"))
    assert commands == ["doctor", "sync", "centers", "plan"]
    shown = {}
    for command in commands:
        result = CliRunner(env={"COLUMNS": "120"}).invoke(app, command.split())
        assert result.exit_code == 0, result.output
        shown[command] = result.output
    assert "ok      main contacts.csv: is there" in shown["doctor"]
    assert re.search(r"contact +2 +2 +0", shown["sync"])
    assert re.search(r"deal:1 +New line +Muster AG", shown["centers"])
    assert "contact:2: (empty) → buyer" in shown["plan"]


def test_an_apply_sends_nothing_and_says_why(project: Path) -> None:
    with Bridge.from_config(project / "crmbridge.toml") as bridge:
        bridge.sync()
        plan = bridge.plan()
        before = {path: path.read_bytes() for path in (project / "crm").iterdir()}
        applied = bridge.apply(plan, approve=plan.hash)
        assert (applied.confirmed, applied.conflicts, applied.rejected) == (0, 0, 0)
        assert applied.invalid > 0
        assert before == {path: path.read_bytes() for path in (project / "crm").iterdir()}


def _contract() -> type:
    """The class of the page's test file, so that pytest runs the contract on the page's connector."""
    blocks = dict(FILE.findall(PAGE.read_text("utf-8")))
    with pytest.MonkeyPatch.context() as patch:
        bridgefile = ModuleType("bridgefile")
        patch.setitem(sys.modules, "bridgefile", bridgefile)
        exec(compile(blocks["bridgefile.py"], str(PAGE), "exec"), vars(bridgefile))
        tests: dict[str, Any] = {}
        exec(compile(blocks["test_folder.py"], str(PAGE), "exec"), tests)
    found: type = tests["TestFolder"]
    return found


@pytest.mark.usefixtures("project")
class TestThePage(_contract()):  # type: ignore[misc] # it is made of the page
    pass


def test_the_connector_of_the_page_is_short_and_the_last_table_names_the_modules() -> None:
    text = PAGE.read_text("utf-8")
    block = dict(FILE.findall(text))["bridgefile.py"]
    assert len([line for line in block.splitlines() if line.strip()]) <= 65
    named = re.findall(r"^\| `(\w+\.py)` \|", text, re.MULTILINE)
    package = PAGE.parents[2] / "plugins/crmbridge-csv/src/crmbridge_csv"
    assert sorted(named) == sorted(path.name for path in package.glob("*.py"))
