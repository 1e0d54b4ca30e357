"""The benchmarks of planning and applying run, and their figures are complete: those of the portal and of the plan."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks.apply_limits import Applied
from benchmarks.apply_server import Ledger, Writes
from benchmarks.apply_values import SPECS, expected, proposed, standing

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

ROOT = Path(__file__).parents[2]
CONTACTS = 120


def _run(module: str, *given: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", f"benchmarks.{module}", "--json", *given]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def applies() -> list[dict[str, Any]]:
    """All cases of the benchmark of apply, tiny."""
    return _run("apply_limits", "--records", str(CONTACTS), "--backwards", "30", "--latency", "0")


@pytest.fixture(scope="module")
def cases(applies: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The applies, by case."""
    return {found["case"]: found for found in applies if "job" in found}


def test_every_value_stands_in_the_portal(cases: dict[str, dict[str, Any]]) -> None:
    for name in ("fill", "change", "mixed", "empty"):
        assert cases[name]["present"] == cases[name]["wanted"] == 3 * CONTACTS
    assert cases["forward-only"]["present"] == cases["forward-only"]["wanted"] == 30


def test_each_call_is_counted_by_what_it_is_for(cases: dict[str, dict[str, Any]]) -> None:
    calls = {name: found["server"]["calls"] for name, found in cases.items()}
    assert (calls["fill"]["re-read"], calls["fill"]["write"], calls["fill"]["history"]) == (2, 2, 0)
    assert calls["fill"]["definitions"] >= len(SPECS)
    assert (calls["change"]["re-read"], calls["change"]["write"], calls["change"]["read-back"]) == (2, 2, 0)
    assert calls["mixed"]["history"] >= 1
    assert calls["forward-only"]["write"] == 3  # as wanted, emptied, anew
    assert calls["forward-only"]["read-back"] == 1


def test_an_empty_plan_makes_no_call(cases: dict[str, dict[str, Any]]) -> None:
    assert cases["empty"]["job"]["rows"] == 0
    assert sum(cases["empty"]["server"]["calls"].values()) == 0


def test_what_people_edited_is_a_conflict_and_nothing_else_is(cases: dict[str, dict[str, Any]]) -> None:
    assert cases["mixed"]["job"]["conflicts"] == cases["mixed"]["asked"] == CONTACTS / 10
    others = [found["job"] for name, found in cases.items() if name != "mixed"]
    assert [job["conflicts"] for job in others] == [0] * len(others)
    assert {found["job"]["refused"] for found in cases.values()} == {0}


def test_every_case_is_measured_and_every_journal_verifies(
    applies: list[dict[str, Any]], cases: dict[str, dict[str, Any]]
) -> None:
    for found in cases.values():
        assert found["job"]["status"] == "done"
        assert found["server"]["refused"] == 0
        assert found["job"]["peak_mib"] > 20  # an interpreter with its libraries; mutant: memory is not read
        assert found["job"]["seconds"] > 0
    journals = [found for found in applies if "entries" in found]
    assert [found["faults"] for found in journals] == [[], []]
    assert journals[0]["entries"] > 2 * 3 * 3 * CONTACTS  # an intent and an outcome of each value of three applies


def test_the_calls_needed_are_those_of_full_pages() -> None:
    job = {"records": 250, "seconds": 2.0}
    assert Applied("change", job, Writes(), 0, 0, 1).needed == 6
    assert Applied("mixed", job, Writes(), 51, 0, 1).needed == 8
    assert Applied("forward-only", job, Writes(), 250, 0, 1).needed == 20
    assert Applied("change", job, Writes(), 0, 0, 1).of_limit == 6 / 19 / 2


def test_every_value_is_another_one_the_next_day() -> None:
    for key in ("1", "51", "20000000123"):
        one, other = proposed(key, 1), proposed(key, 2)
        assert all(one[name] != other[name] for name in one)
        assert standing(expected(key, 1), expected(key, 1)) == len(SPECS)
        assert standing(expected(key, 1), expected(key, 2)) == 0


def test_a_read_after_a_write_is_a_read_back_until_the_figures_are_taken() -> None:
    async def app(_scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["body"]  # mutant: the body is gone once it was looked at
        await send({"type": "http.response.start", "status": 200})

    ledger = Ledger(app)
    _ask(ledger, "read", {"inputs": [{"id": "1"}, {"id": "2"}]})
    _ask(ledger, "update", {"inputs": [{"id": "1"}]})
    _ask(ledger, "read", {"inputs": [{"id": "2"}]})
    _ask(ledger, "read", {"inputs": [{"id": "1"}]})
    _ask(ledger, "read", {"inputs": [{"id": "1"}], "propertiesWithHistory": ["a"]})
    calls = ledger.figures().calls
    assert (calls["re-read"], calls["write"], calls["read-back"], calls["history"]) == (2, 1, 1, 1)
    _ask(ledger, "read", {"inputs": [{"id": "1"}]})
    assert ledger.figures().calls["re-read"] == 1


def _ask(ledger: Ledger, what: str, asked: dict[str, Any]) -> None:
    parts = [json.dumps(asked).encode()]

    async def receive() -> Message:
        return {"type": "http.request", "body": parts.pop(), "more_body": False}

    async def send(_message: Message) -> None:
        pass

    asyncio.run(ledger({"type": "http", "path": f"/crm/objects/v/contacts/batch/{what}"}, receive, send))


def test_a_plan_of_everything_has_every_value_and_one_of_nothing_has_none() -> None:
    whole, nothing = _run("plan_memory", "--sizes", "40")
    assert (whole["changes"], nothing["changes"]) == ("everything", "nothing")
    assert whole["job"]["records"] == 40
    assert whole["job"]["counted"] == 40 * len(SPECS)
    assert whole["job"]["rows"] == 40 * (len(SPECS) + 1)  # and the day, as a stamp
    assert nothing["job"]["rows"] == nothing["job"]["counted"] == 0
    for one in (whole, nothing):
        assert one["job"]["peak_mib"] > 20
        assert one["after"] >= one["before"] > 0


def test_a_case_without_what_it_rests_on_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks.apply_limits", "--case", "change"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    assert "begin with fill" in done.stderr
