from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

import crmbridge.sandbox
from crmbridge.cli.commands import demo, sandbox
from crmbridge.cli.demo import Folder, Story
from crmbridge.errors import FixConfig

from .conftest import Run

SMALL = ("--port", "0", "--companies", "3", "--contacts", "9", "--deals", "2", "--engagements", "20")
TINY = {"companies": 4, "contacts": 14, "deals": 4, "engagements": 24}


def test_the_sandbox_says_how_to_connect_and_ends_with_ctrl_c(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sandbox, "wait", interrupt)
    result = run("sandbox", *SMALL)
    assert result.exit_code == 0, result.output
    assert "export SANDBOX_TOKEN=pat-" in result.stdout
    assert 'connector = "hubspot"' in result.stdout
    assert "has ended" in result.stderr


def test_with_json_it_prints_where_it_answers(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Any] = []
    answers: list[httpx.Response] = []
    serve = crmbridge.sandbox.serve

    @contextmanager
    def serve_and_remember(*args: Any, **values: Any) -> Iterator[Any]:
        with serve(*args, **values) as server:
            served.append(server)
            yield server

    def ask() -> None:
        headers = {"Authorization": f"Bearer {served[0].token}"}
        answers.append(httpx.get(f"{served[0].base_url}/account-info/2026-09/details", headers=headers))

    monkeypatch.setattr(crmbridge.sandbox, "serve", serve_and_remember)
    monkeypatch.setattr(sandbox, "wait", ask)
    told = json.loads(run("sandbox", *SMALL, "--json").stdout)
    assert answers[0].status_code == 200
    assert told == {
        "base_url": served[0].base_url,
        "token": served[0].token,
        "account": str(answers[0].json()["portalId"]),
    }


def test_a_demo_touches_no_folder_that_is_not_its_own(folder: Path, run: Run) -> None:
    (folder / "crmbridge-demo").mkdir()
    (folder / "crmbridge-demo" / "thesis.txt").write_text("mine")
    (folder / "file").write_text("mine")
    (folder / "link").symlink_to(folder)
    for name in ("crmbridge-demo", "file", "link"):
        result = run("demo", "--dir", name)
        assert result.exit_code == 2
        assert "--dir" in result.stderr
        assert result.stdout == ""  # at once, not after the portal is made
        with pytest.raises(FixConfig):
            Folder(folder / name).remove()
    assert (folder / "crmbridge-demo" / "thesis.txt").read_text() == "mine"
    assert (folder / "file").read_text() == "mine"


def test_a_demo_goes_the_whole_way_and_its_next_commands_work(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "SIZE", TINY)
    for _ in range(2):  # the folder of an older demo gives way
        result = run("demo", "--dir", "d")
        assert result.exit_code == 0, result.output
    assert result.stdout.count("the plan is empty") == 2
    assert "parked: nothing was written" in result.stdout
    assert result.stdout.count("A person corrects") == result.stdout.count("rows that would undo it: 0")
    token = folder / "d" / "token"
    assert token.stat().st_mode & 0o777 == 0o600
    assert token.read_text() not in result.output
    lines = result.stdout.split("Try next")[1].splitlines()
    commands = [line.split("crmbridge ", 1)[1].split() for line in lines if "crmbridge " in line]
    assert [words[0] for words in commands] == ["centers", "centers", "report"]
    for words in commands:
        assert run(*words).exit_code == 0
    assert (folder / "d" / "redacted.html").exists()


def test_a_demo_leaves_nothing_if_it_is_not_kept(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SIZE", TINY)
    result = run("demo", "--no-keep")
    assert result.exit_code == 0, result.output
    assert list(folder.iterdir()) == []
    assert "Try next" not in result.stdout


def test_a_demo_fails_if_something_is_left_to_write(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:  # kills the mutant that ignores what the second plan holds
    monkeypatch.setattr(demo, "SIZE", TINY)
    monkeypatch.setattr(Story, "apply", lambda *_: None)
    result = run("demo")
    assert result.exit_code == 1
    assert "this is a bug of crmbridge" in result.stdout


def test_an_empty_folder_is_fine_for_a_demo(folder: Path) -> None:
    (folder / "d").mkdir()
    Folder(folder / "d").make("http://127.0.0.1:9", "pat-x")
    written = (folder / "d" / "crmbridge.toml").read_text()
    assert "# The sandbox's does not: one second is plenty here.\nindex_lag_seconds = 1\n" in written
