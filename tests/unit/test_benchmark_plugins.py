"""The benchmarks of hooks and of the start run, and what they measure is what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from importlib import metadata
from pathlib import Path

import pytest
from benchmarks import hooks, start

from crmbridge.plugins import Plugins


def test_each_kind_of_call_is_measured() -> None:
    cost = hooks.measure(10, calls=2, rounds=2)
    assert cost.count == 10
    assert 0 < cost.bare < cost.whole
    assert cost.ratio > 1


@pytest.mark.parametrize("count", hooks.COUNTS)
def test_what_is_measured_is_really_taken(count: int) -> None:
    # mutant: the plugin is refused, and the façade is measured with nobody to ask
    loaded = Plugins.load({}, entry_points=[hooks._entry(f"results_{count}")])
    assert [status.problem for status in loaded.statuses] == [""]
    session = loaded.bind("main", "run", date(2026, 11, 2))
    assert len(session.derive_company(hooks.FACTS).items) == count


def test_made_distributions_are_found_and_importing_one_would_be_seen(tmp_path: Path) -> None:
    start.install(tmp_path, 3)
    found = metadata.entry_points(group="crmbridge")
    names = {entry.name for dist in metadata.distributions(path=[str(tmp_path)]) for entry in dist.entry_points}
    assert names == {"bench_00", "bench_01", "bench_02"}
    assert not names & {entry.name for entry in found}
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import crmbridge_bench_00"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env={**os.environ})
    assert b"imported" in ended.stderr


def test_a_command_is_measured_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start.install(tmp_path / "packages", 2)
    seen: list[tuple[str, bool]] = []

    def run(command: str, folder: Path, env: dict[str, str]) -> start._Taken:
        there = str(folder / "packages") in env.get("PYTHONPATH", "")
        seen.append((command, there))
        return start._Taken(50.0 if there else 40.0, 30.0)

    monkeypatch.setattr(start, "_run", run)
    found = start.measure("--help", tmp_path, rounds=2)
    assert (found.without, found.installed, found.added, found.worked) == (40.0, 50.0, 10.0, 0.0)
    assert seen == [("--help", False), ("--help", True)] * 3  # mutant: all without first, then all with


def test_a_run_takes_time(tmp_path: Path) -> None:
    taken = start._run("--version", tmp_path, {**os.environ})
    assert taken.whole > 0
    assert taken.worked > 0
