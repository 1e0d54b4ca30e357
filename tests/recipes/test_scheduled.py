"""The recipes for schedulers.

cron's and systemd's commands run here for real. Airflow, Dagster and Prefect are too heavy to install for every test
run: stand-ins of a few lines take their place, and show that each failure reaches the scheduler as what it is. With
the real ones (Airflow 3.3.2, Dagster 1.13.29, Prefect 3.8.8) the three files were run by hand.
"""

from __future__ import annotations

import configparser
import importlib
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from crmbridge.errors import FixConfig, RetryLater
from crmbridge.testing import BridgeProject, SamplePortal

RECIPES = Path(__file__).parents[2] / "examples" / "scheduled"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Imports a recipe, with stand-ins for what is not installed."""

    def load(name: str, **stand_ins: Any) -> Any:
        monkeypatch.syspath_prepend(os.fspath(RECIPES))
        for module, names in stand_ins.items():
            made = ModuleType(module.replace("__", "."))
            vars(made).update(names)
            monkeypatch.setitem(sys.modules, made.__name__, made)
        for stale in ("nightly", name):
            monkeypatch.delitem(sys.modules, stale, raising=False)
        return importlib.import_module(name)

    return load


@pytest.fixture
def waiting(bridge_project: Callable[..., BridgeProject], portal: SamplePortal) -> BridgeProject:
    """A project whose first plan waits for approval."""
    portal.deal("Presse", *portal.people(portal.company("Muster GmbH"), "Anna Beispiel, CFO"))
    project = bridge_project(plugins=["roles"])
    project.run("sync").done()
    return project


def test_a_night_asks_for_somebody_then_tells_what_it_did(waiting: BridgeProject, load: Callable[..., Any]) -> None:
    nightly = load("nightly")
    with pytest.raises(nightly.AskSomebody, match="crmbridge apply --approve"):
        nightly.night("crmbridge.toml")
    waiting.write_back().done()
    counts = nightly.night("crmbridge.toml")
    assert (counts["written"], counts["left to people"]) == (0, 0)
    with pytest.raises(FixConfig, match="crmbridge init"):
        nightly.night("missing.toml")


def test_cron_and_systemd_run_a_command_that_ends_as_they_expect(waiting: BridgeProject) -> None:
    units = configparser.RawConfigParser(strict=False)
    units.optionxform = str  # type: ignore[assignment,method-assign] # systemd's keys have capitals
    units.read([RECIPES / "crmbridge.service", RECIPES / "crmbridge.timer"])
    service = units["Service"]
    (line,) = [line for line in (RECIPES / "crontab").read_text("utf-8").splitlines() if line[0].isdigit()]
    commands = {
        service["ExecStart"].partition("crmbridge ")[2],
        line.partition("bin/crmbridge ")[2].partition(" >>")[0],
    }
    assert len(commands) == 1
    words = shlex.split(commands.pop())
    assert waiting.run(*words).code == 12
    waiting.write_back().done()
    assert waiting.run(*words).code == 0
    assert set(service["SuccessExitStatus"].split()) == {"10", "11"}


def plain(*_: Any, **__: Any) -> Callable[[Any], Any]:
    """A decorator that leaves the function what it is."""
    return lambda function: function


def test_prefect_tries_again_only_what_passes_by_itself(load: Callable[..., Any]) -> None:
    recipe = load("prefect_flow", prefect={"flow": plain, "task": plain})

    def of(error: Exception) -> Any:
        return SimpleNamespace(result=lambda raise_on_failure: error)

    assert recipe.is_passing(None, None, of(RetryLater("busy")))
    assert not recipe.is_passing(None, None, of(FixConfig("wrong")))
    assert not recipe.is_passing(None, None, of(recipe.night.__globals__["AskSomebody"]("look")))


def test_dagster_tries_again_only_what_passes_by_itself(
    load: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failure(Exception):
        def __init__(self, description: str, *, allow_retries: bool) -> None:
            super().__init__(description)
            self.allow_retries = allow_retries

    class RetryRequested(Exception):
        def __init__(self, *, max_retries: int, seconds_to_wait: int) -> None:
            super().__init__(max_retries, seconds_to_wait)

    names = ("Config", "Definitions", "OpExecutionContext", "ScheduleDefinition")
    anything = {name: type(name, (), {"__init__": lambda self, **_: None}) for name in names}
    same = {name: lambda function: function for name in ("op", "job")}
    recipe = load("dagster_job", dagster={**anything, **same, "Failure": Failure, "RetryRequested": RetryRequested})
    where = SimpleNamespace(config="crmbridge.toml", connection=None)
    for raised, wanted in ((RetryLater("busy"), RetryRequested), (FixConfig("wrong"), Failure)):

        def night(*_: Any, error: Exception = raised) -> None:
            raise error

        monkeypatch.setattr(recipe, "night", night)
        with pytest.raises(wanted):
            recipe.run_connection(None, where)


@pytest.mark.parametrize(("code", "ends"), [(0, "done"), (11, "written"), (12, "Fail"), (1, "RuntimeError")])
def test_airflow_tries_again_only_what_may_pass_by_itself(
    load: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int, ends: str
) -> None:
    class AirflowFailException(Exception):
        pass

    ran: list[str] = []

    def task(function: Callable[[], str]) -> Callable[[], None]:
        def run() -> None:
            try:
                ran.append(function())
            except (AirflowFailException, RuntimeError) as error:
                ran.append(f"{type(error).__name__}: {error}")

        return run

    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\ntest "$3" = run && exit {code}\nexit 99\n')
    program.chmod(0o700)
    monkeypatch.setenv("CRMBRIDGE_PYTHON", str(program))
    monkeypatch.setenv("CRMBRIDGE_FOLDER", str(tmp_path))
    exceptions = {"AirflowFailException": AirflowFailException}
    load("airflow_dag", airflow={}, airflow__exceptions=exceptions, airflow__sdk={"dag": plain, "task": task})
    assert ends in ran[0]
