from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import typer

from crmbridge import Bridge
from crmbridge.app import load_plugins
from crmbridge.cli import app
from crmbridge.config import Config
from crmbridge.sandbox import Portal

from .conftest import ALL

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


@pytest.mark.parametrize(("page", "name"), [("README.md", "contact.crmb_open_cases")])
def test_the_property_of_a_bridgefile_reaches_the_plan(page: str, name: str, workspace: Path, files: Files) -> None:
    Path("bridgefile.py").write_text(files[page]["bridgefile.py"], encoding="utf-8")
    with Bridge.from_config("crmbridge.toml") as bridge:
        assert [status.problem for status in bridge.plugins.statuses if not status.ok] == []
        bridge.sync()
        counts = {f"{count.object}.{count.property}": count for count in bridge.plan().header.counts}
        assert counts[name].filled > 0
        assert counts[name].by == "bridgefile"
        assert bridge.failures == 0


def test_the_script_of_the_journeys_prints_its_tables(
    workspace: Path, files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(files["docs/explanation/journey.md"]["tables.py"], "tables.py", "exec"), {"__name__": "__main__"})
    assert " consideration " in capsys.readouterr().out


def test_what_pages_call_a_file_is_used_by_a_test() -> None:
    # Loose blocks run above; one with a file name runs where a test asks for it, and must not be forgotten there.
    tests = [
        path.read_text("utf-8") for pattern in ("tests/**/*.py", "plugins/*/tests/*.py") for path in ROOT.glob(pattern)
    ]
    pages = {block.page for block in ALL if block.file}
    words = {page: rf'["/]({re.escape(page.name)}|{page.parent.name})"' for page in pages}
    assert [str(page) for page, word in words.items() if not any(re.search(word, text) for text in tests)] == []


def test_every_block_is_of_a_kind_that_is_tested_or_is_no_code() -> None:
    assert {block.kind for block in ALL} <= {"python", "toml", "console", "text", "diff", "markdown"}


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
    assert any(item.nargs == -1 for item in arguments) or len(_positional(rest, options)) <= len(arguments)


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
