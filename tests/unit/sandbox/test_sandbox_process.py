"""The sandbox in a process of its own: it serves, is edited from outside, and outlives nobody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import date

import httpx
import pytest

from crmbridge.errors import FixConfig, FixRequest, RecordMissing, RetryLater
from crmbridge.sandbox import generate, process, serve_apart

DAY = date(2026, 11, 21)
TINY = {"companies": 2, "contacts": 4, "deals": 1, "engagements": 5}
HOLD = f"""
import sys
from datetime import date
from crmbridge.sandbox import serve_apart
with serve_apart(7, date(2026, 11, 21), figures={TINY}) as sandbox:
    print(sandbox.address.base_url, flush=True)
    sys.stdin.read()
"""


def test_it_serves_the_same_portal_as_in_this_process_and_takes_a_persons_edits() -> None:
    same = generate(7, DAY, companies=2, contacts=4, deals=1, engagements=5)
    contact = same.ids("contacts")[0]
    path = f"/crm/v3/objects/contacts/{contact}?propertiesWithHistory=jobtitle"
    with serve_apart(7, DAY, figures=TINY) as sandbox:
        address = sandbox.address
        assert address.token == same.token
        with httpx.Client(base_url=address.base_url, headers={"Authorization": f"Bearer {address.token}"}) as client:
            sandbox.edit("contacts", contact, {"jobtitle": "Geschäftsführerin"})
            [newest, *_] = client.get(path).json()["propertiesWithHistory"]["jobtitle"]
            assert (newest["value"], newest["sourceType"]) == ("Geschäftsführerin", "CRM_UI")
            with pytest.raises(RecordMissing, match="contact 1"):
                sandbox.edit("contacts", "1", {"jobtitle": "x"})
            with pytest.raises(FixRequest, match="call define first"):
                sandbox.edit("contacts", contact, {"nonsense": "x"})
            assert client.get(path).status_code == 200  # a refused edit ends nothing
    with pytest.raises(httpx.ConnectError):
        httpx.get(address.base_url)


def test_what_cannot_be_generated_is_told_where_it_was_asked_for() -> None:
    with (
        serve_apart(7, DAY, figures={"companies": 0, "contacts": 0, "deals": 3}) as sandbox,
        pytest.raises(FixConfig, match="companies"),
    ):
        assert sandbox.address


def test_a_process_that_has_ended_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "COMMAND", (sys.executable, "-c", ""))
    with serve_apart(7, DAY, figures=TINY) as sandbox, pytest.raises(RetryLater, match="has ended"):
        assert sandbox.address


def test_it_ends_when_its_input_ends() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(process.COMMAND, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as child:
        assert child.stdin
        assert child.stdout
        assert child.stderr
        child.stdin.write(json.dumps({"seed": 7, "today": str(DAY), **TINY}) + "\n")
        child.stdin.flush()
        assert json.loads(child.stdout.readline())["base_url"].startswith("http://127.0.0.1:")
        child.stdin.close()
        assert child.wait(30) == 0
        assert child.stderr.read() == ""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_it_outlives_no_parent_however_that_ends(number: signal.Signals) -> None:
    # kills the mutant that leaves the process running: it has the parent's stderr, which would stay open
    # and, for Ctrl-C, the one that lets it hear what is meant for its parent: it would print a traceback of its own
    pipe = subprocess.PIPE
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=env, start_new_session=True
    ) as held:
        assert held.stdout
        base_url = held.stdout.readline().strip()
        assert httpx.get(f"{base_url}/account-info/v3/details").status_code == 401
        os.killpg(held.pid, number)
        assert held.communicate(timeout=30)[1].count("Traceback") == (number == signal.SIGINT)
    with pytest.raises(httpx.ConnectError):
        httpx.get(base_url)
