from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from crmbridge import Bridge
from crmbridge.sandbox import Portal

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", str(EXAMPLES / name), "crmbridge.toml", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_sync_and_list_shows_every_open_center_the_least_complete_first(workspace: Path) -> None:
    done = run("sync_and_list.py")
    assert done.returncode == 0, done.stderr
    first, *lines = done.stdout.splitlines()
    assert "records read" in first
    assert "contact: 60" in done.stderr
    with Bridge.from_config("crmbridge.toml") as bridge:
        wanted = {center.name for center in bridge.buying_centers() if center.is_open}
    shares = [int(line.split()[0]) for line in lines]
    assert shares == sorted(shares)
    assert {line.split("  ")[-2].removeprefix(line.split("%")[0] + "%").strip() for line in lines} == wanted


def test_missing_deciders_lists_the_deals_that_have_none(workspace: Path) -> None:
    with Bridge.from_config("crmbridge.toml") as bridge:
        bridge.sync()
        wanted = {
            center.name
            for center in bridge.buying_centers()
            if center.deal and center.is_open and (center.deal.amount or 0) >= 1000 and not center.seats()["decider"]
        }
    assert wanted
    done = run("missing_deciders.py", "1000")
    assert done.returncode == 0, done.stderr
    *lines, last = done.stdout.splitlines()
    assert {line.split("  (")[0].strip().split("  ", 1)[1] for line in lines} == wanted
    assert last.startswith(f"{len(lines)} open deals")


def test_nightly_job_tells_that_the_plan_waits_and_later_that_all_is_done(workspace: Path, portal: Portal) -> None:
    first = run("nightly_job.py")
    assert first.returncode == 12, first.stderr
    assert "crmbridge apply --approve" in first.stderr
    with Bridge.from_config("crmbridge.toml") as bridge:
        plan = bridge.plan()
        assert bridge.apply(plan, approve=plan.hash).status == "done"
    portal.edit("deals", portal.ids("deals")[0], {"amount": "4711"})
    second = run("nightly_job.py")
    assert second.returncode == 0, second.stderr


def test_nightly_job_fails_with_a_message_and_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("nightly_job.py")
    assert done.returncode == 1
    assert "crmbridge init" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_an_example_is_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 40
