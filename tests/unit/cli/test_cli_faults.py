from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crmbridge.errors import RetryLater
from crmbridge.testing import MemoryConnector

from .conftest import Run

SECRET = "pat-eu1-0123-4567"  # what must not be shown, with the person's address
PERSON = "erika.muster@example.org"


def fail(crm: MemoryConnector, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def account() -> Any:
        local_value = f"{SECRET} {PERSON}"  # noqa: F841 - a traceback with locals would show it
        raise error

    monkeypatch.setattr(crm, "account", account)


def test_an_error_is_one_line_that_says_what_to_do(
    project: Path, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(crm, monkeypatch, RetryLater("the platform is busy: run again in an hour"))
    result = run("sync")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == "crmbridge: the platform is busy: run again in an hour\n"


def test_with_json_the_error_is_a_document(
    project: Path, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(crm, monkeypatch, RetryLater("busy"))
    for words in (("sync", "--json"), ("run",)):
        result = run(*words)
        assert result.exit_code == 1
        assert json.loads(result.stdout) == {"error": {"type": "RetryLater", "message": "busy"}}


@pytest.mark.parametrize("words", [("sync",), ("plan",), ("status",), ("report",), ("run",)])
def test_a_missing_configuration_is_a_usage_error(folder: Path, run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert "crmbridge init" in result.stderr


def test_a_bug_is_told_without_values(
    project: Path, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(crm, monkeypatch, ValueError(f"odd value of {PERSON} with {SECRET}"))
    result = run("sync")
    assert result.exit_code == 1
    assert "ValueError: this is a bug of crmbridge; run it again with -v" in result.stderr
    assert "Traceback" not in result.stderr
    assert PERSON not in result.output
    assert SECRET not in result.output


def test_with_v_the_traceback_is_shown_but_no_token_and_no_address(
    project: Path, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:  # kills the mutants "pretty exceptions on" and "no redaction"
    fail(crm, monkeypatch, ValueError(f"odd value of {PERSON} with {SECRET}"))
    result = run("sync", "-v")
    assert "Traceback" in result.stderr
    assert "ValueError: odd value of ***" in result.stderr
    assert PERSON not in result.output
    assert SECRET not in result.output


def test_ctrl_c_says_that_nothing_is_lost(
    project: Path, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(crm, monkeypatch, KeyboardInterrupt())
    result = run("sync")
    assert result.exit_code == 130
    assert result.stderr == "crmbridge: interrupted: nothing is lost, the same command goes on from here\n"


def test_a_closed_pipe_is_no_error_message(
    project: Path, crm: MemoryConnector, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(crm, monkeypatch, BrokenPipeError(32, "Broken pipe"))
    assert run("sync").stderr == ""


def test_a_file_that_cannot_be_written_is_named(project: Path, run: Run) -> None:
    run("sync")
    (project / "taken").mkdir()
    (project / "file").write_text("")
    for command, path in (
        ("plan", "no/such/folder/p.plan"),
        ("plan", "taken"),
        ("plan", "file/p.plan"),
        ("report", "taken"),
        ("report", "file/r.html"),
    ):
        result = run(command, "-o", path)
        assert result.exit_code == 2, (command, path)
        assert result.stderr.startswith(f"crmbridge: {path}")
        assert "another file" in result.stderr or "name a file in it" in result.stderr
        assert result.stdout == ""  # nothing was worked out in vain
    assert run("report", "-o", "made/for/it/r.html").exit_code == 0


def test_logs_go_to_stderr_and_leave_no_handler_behind(project: Path, run: Run) -> None:
    logger = logging.getLogger("crmbridge")
    before = list(logger.handlers), logger.level
    run("sync")
    result = run("plan", "--json", "--trace-hooks")
    assert "crmbridge.hooks" in result.stderr
    json.loads(result.stdout)
    assert (list(logger.handlers), logger.level) == before


def test_the_as_of_date_decides_the_day(project: Path, run: Run) -> None:
    run("sync")
    day = datetime.now(UTC).replace(year=datetime.now(UTC).year + 1).date()
    assert json.loads(run("plan", "--json", "--as-of", day.isoformat()).stdout)["as_of"] == day.isoformat()
    assert run("plan", "--as-of", "soon").exit_code == 2
