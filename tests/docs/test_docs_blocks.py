from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import typer

from crmbridge import Bridge
from crmbridge.app import load_plugins
from crmbridge.cli import app
from crmbridge.config import Config
from crmbridge.plugins import Plugins
from crmbridge.sandbox import Portal

ROOT = Path(__file__).parents[2]
CONNECTION = '[connections.main]\nconnector = "hubspot"\ntoken = "env:HUBSPOT_TOKEN"\n'
PRIVACY = '[privacy]\nprocessing = "record-required"\n'

Files = dict[str, dict[str, str]]


def test_a_python_block_runs(
    python_block: Any, workspace: Path, portal: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (workspace / "crmbridge.toml").exists()
    exec(compile(python_block.text, python_block.name, "exec"), {"__name__": "__main__"})
    assert "Plan " in capsys.readouterr().out
    assert "crmb_roles" not in portal.record("contacts", portal.ids("contacts")[0])["properties"]


def test_the_apply_of_the_readme_is_parked_until_it_is_approved(workspace: Path) -> None:
    with Bridge.from_config("crmbridge.toml") as bridge:
        bridge.sync()
        plan = bridge.plan()
        assert bridge.apply(plan).status == "parked"
        assert bridge.apply(plan, approve=plan.hash).status == "done"
        assert bridge.plan().is_empty


@pytest.mark.parametrize(
    ("page", "name"),
    [("README.md", "contact.crmb_open_cases"), ("docs/plugins/first-plugin.md", "company.crmb_sales_region")],
)
def test_the_property_of_a_bridgefile_reaches_the_plan(page: str, name: str, workspace: Path, files: Files) -> None:
    Path("bridgefile.py").write_text(files[page]["bridgefile.py"], encoding="utf-8")
    with Bridge.from_config("crmbridge.toml") as bridge:
        assert [status.problem for status in bridge.plugins.statuses if not status.ok] == []
        bridge.sync()
        counts = {f"{count.object}.{count.property}": count for count in bridge.plan().header.counts}
        assert counts[name].filled > 0
        assert counts[name].by == "bridgefile"
        assert bridge.failures == 0


def test_the_package_of_the_first_plugin_is_a_plugin_and_its_test_passes(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in files["docs/plugins/first-plugin.md"].items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text("utf-8"))["project"]
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    points = [EntryPoint(name, value, "crmbridge") for name, value in project["entry-points"]["crmbridge"].items()]
    plugins = Plugins.load({"regions": {"dach": ["AT"]}}, entry_points=points)
    assert [(status.name, status.problem) for status in plugins.statuses] == [("regions", "")]
    assert [spec.name for spec in plugins.properties()] == ["sales_region"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(["src", *sys.path])}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_toml_block_is_a_valid_configuration(toml_block: Any, tmp_path: Path) -> None:
    text = toml_block.text
    text += "" if "[connections." in text else CONNECTION
    text += "" if "[privacy]" in text else PRIVACY
    path = tmp_path / "crmbridge.toml"
    path.write_text(text, encoding="utf-8")
    plugins = load_plugins(Config.load(path))
    assert [status.problem for status in plugins.statuses if not status.ok] == []


def test_a_command_exists_with_its_options(command: tuple[str, tuple[str, ...]]) -> None:
    _, (_, *words) = command
    found, rest = _resolve(typer.main.get_command(app), words)
    options = {name: param for param in found.params for name in (*param.opts, *param.secondary_opts)}
    known = {*options, "--help", "-h"}
    given = [word.partition("=")[0] for word in rest if word.startswith("-") and word != "-"]
    assert [word for word in given if word not in known] == []
    arguments = [param for param in found.params if param.param_type_name == "argument"]
    assert len(_positional(rest, options)) <= len(arguments)


def _resolve(command: Any, words: list[str]) -> tuple[Any, list[str]]:
    """Follow the names of groups and commands as far as they lead."""
    while words and not words[0].startswith("-") and hasattr(command, "commands"):
        assert words[0] in command.commands, f"there is no command {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    return command, words


def _positional(words: Iterable[str], options: dict[str, Any]) -> list[str]:
    found, takes_value = [], False
    for word in words:
        if takes_value:
            takes_value = False
        elif word.startswith("-"):
            option = options.get(word)
            takes_value = option is not None and not option.is_flag and not option.count
        else:
            found.append(word)
    return found


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    root: Any = typer.main.get_command(app)
    names = [
        f"{name} {inner}".strip() for name, found in root.commands.items() for inner in getattr(found, "commands", [""])
    ]
    assert [name for name in names if f"`crmbridge {name}" not in text] == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    named = {name for page in pages for name in re.findall(r"[`$] ?make (\w+)", page.read_text("utf-8"))}
    assert named <= set(targets)
    assert {"demo", "test"} <= named


def test_commands_of_a_shell_can_be_parsed() -> None:
    # A page whose commands are found nowhere would make the tests above pass in silence.
    text = (ROOT / "docs/quickstart.md").read_text("utf-8")
    assert all(shlex.split(line[2:]) for line in text.splitlines() if line.startswith("$ "))
    assert text.count("$ crmbridge") >= 8
