"""The how-to of people's words does what it says, from the command line and from Python."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crmbridge import Bridge
from crmbridge.cli import app
from crmbridge.model.evidence import RoleStatus

ROOT = Path(__file__).parents[2]
PAGE = "docs/howto/decisions.md"


@pytest.fixture
def synced(workspace: Path) -> Path:
    with Bridge.from_config("crmbridge.toml") as bridge:
        bridge.sync()
    return workspace


def call(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_the_script_of_the_page_says_its_words(
    synced: Path, files: dict[str, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(files[PAGE]["words.py"], "words.py", "exec"), {"__name__": "__main__"})
    told = capsys.readouterr().out
    assert told.startswith("confirmed Kim Muster ")
    assert "\nTrue\n" in told
    assert " confirmed 0." in told


def test_the_commands_of_the_page_work_on_somebody_who_is_there(synced: Path) -> None:
    found = json.loads(call("centers", "review", "--json"))["waiting"][0]
    page = (ROOT / PAGE).read_text("utf-8")
    lines = [shlex.split(line[2:])[1:] for line in page.splitlines() if line.startswith("$ crmbridge centers")]
    assert [words[1] for words in lines] == ["review", "confirm", "dismiss", "lock", "reopen"]
    for words in lines[1:]:
        call(*words[:2], found["center"], found["member"], *words[4:])
    shown = call("centers", "show", found["center"])
    assert "confirmed" in shown
    assert "locked" in shown


def test_the_page_explains_every_status() -> None:
    page = (ROOT / PAGE).read_text("utf-8")
    for status in RoleStatus.__args__:  # type: ignore[attr-defined]  # a Literal has them
        assert f"| `{status}` |" in page


def test_the_answers_beside_the_calls_of_the_mappings_are_those_of_the_code(files: dict[str, dict[str, str]]) -> None:
    home: dict[str, object] = {}
    first, *calls = [line for line in files["docs/explanation/mappings.md"]["mapped.py"].splitlines() if line]
    exec(first, home)
    for line in calls:
        code, _, answer = line.partition("  # ")
        assert repr(eval(code, home)) == answer
