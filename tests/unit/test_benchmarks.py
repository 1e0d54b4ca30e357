"""The benchmarks run, and their figures are those of the server and of the portal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from benchmarks.job import LINKS, Job, Kept
from benchmarks.measure import Measured
from benchmarks.outcome import Outcome, Truth
from benchmarks.peers.messages import counted
from benchmarks.server import most_within
from benchmarks.table import percent

ROOT = Path(__file__).parents[2]
TINY = ("--contacts", "60", "--companies", "6", "--deals", "8", "--engagements", "30")


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    """One sync of this project, as its benchmark reports it."""
    command = [sys.executable, "-m", "benchmarks.hubspot_sync", "--no-limits", "--json", *TINY]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    (outcome,) = json.loads(done.stdout)
    found: dict[str, Any] = outcome
    return found


def test_a_sync_of_this_project_keeps_everything(run: dict[str, Any]) -> None:
    assert run["fault"] == ""
    assert sum(run["kept"]["records"].values()) == 60 + 6 + 8 + 30
    assert set(run["whole"].values()) == {1.0}


def test_the_calls_are_those_that_the_connector_counted(run: dict[str, Any]) -> None:
    assert run["figures"]["calls"] == run["kept"]["calls"] > len(LINKS)
    assert run["figures"]["refused"] == 0


def test_time_and_memory_are_those_of_the_process(run: dict[str, Any]) -> None:
    assert run["measured"]["code"] == 0
    assert run["measured"]["seconds"] > 0
    assert run["measured"]["peak_mib"] > 20  # an interpreter with its libraries; mutant: memory is not read


def test_what_is_missing_is_shown_as_missing() -> None:
    truth = Truth({"contacts": 1000, "deals": 10}, {"deals>contacts": 20, "deals>companies": 0})
    kept = Kept()
    kept.records.update({"contacts": 2000, "deals": 9})  # mutant: more of one kind makes up for less of another
    kept.links["deals>contacts"] = 19
    whole = Outcome("a program", measured=Measured(1, 1, 0, ""), kept=kept).whole(truth)
    assert whole["records"] == 1009 / 1010
    assert whole["deal-contact"] == 0.95
    assert whole["deal-company"] == 1


def test_a_share_below_the_whole_is_never_rounded_up_to_it() -> None:
    assert percent(0.99999) == "99.9 %"
    assert percent(1) == "100 %"


def test_the_window_of_calls_slides() -> None:
    assert most_within([0, 9.9, 10, 10.1, 25], 10) == 3  # mutant: fixed windows of ten seconds find two
    assert most_within([], 10) == 0


def test_a_job_comes_back_as_it_was_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job("http://127.0.0.1:1", "token", tmp_path, {"contacts": ["email"]}, {"search_listing": False}, "inline")
    job.write()
    monkeypatch.setattr(sys, "argv", ["program", str(tmp_path)])
    assert Job.from_argument() == job


def test_messages_of_taps_are_counted_once_and_from_either_side(tmp_path: Path) -> None:
    """Singer's, Meltano's and Airbyte's ways to say the same thing."""
    messages = [
        {"type": "SCHEMA", "stream": "contacts"},
        {"type": "RECORD", "stream": "contacts", "record": {"id": "1"}},
        {"type": "RECORD", "stream": "contacts", "record": {"id": "1"}},
        {"type": "RECORD", "stream": "contacts_by_company", "record": {"company-id": 2, "contact-id": 1}},
        {"type": "RECORD", "stream": "contacts_companies_associations", "record": {"from_id": "1", "to_id": "2"}},
        {"type": "RECORD", "record": {"stream": "companies", "data": {"id": "2", "contacts": ["1", "3"]}}},
        {"type": "RECORD", "record": {"stream": "engagements_emails", "data": {"id": "4", "deals": ["5"]}}},
    ]
    path = tmp_path / "output.txt"
    path.write_text("a log line\n" + "\n".join(map(json.dumps, messages)))
    kept = counted(path)
    assert kept.records == {"contacts": 1, "companies": 1, "emails": 1}
    assert kept.links == {"contacts>companies": 2, "emails>deals": 1}
