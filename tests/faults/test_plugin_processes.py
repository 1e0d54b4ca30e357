"""T44, T45 and T47 for a plugin in a process of its own: nothing that it does harms the run."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from crmbridge import BuyingCenter, Contact, Deal, Member, PersonFacts, Plan
from crmbridge.errors import FixConfig
from crmbridge.model import PlanHeader, PropertyChange, Ref
from crmbridge.model.persons import Remark
from crmbridge.plugins import Limits, Plugins, Quarantined, Separation, Session
from crmbridge.plugins.separate import parent
from crmbridge.plugins.separate.protocol import Garbled, read_json

HOME = Path(__file__).parent / "separate"
HOSTILE = EntryPoint("hostile", "crmbridge_hostile", "crmbridge")
TODAY = date(2026, 11, 20)
PATIENCE = 60.0
"""Seconds; a call that is not meant to hang has all it needs, on any machine."""


def load(section: dict[str, Any] | None = None, *, seconds: float = PATIENCE, entry: EntryPoint = HOSTILE) -> Plugins:
    limits = Limits(seconds=seconds, separate={entry.name: Separation(memory_mb=1024)})
    return Plugins.load({entry.name: section or {}}, entry_points=[entry], limits=limits)


@pytest.fixture(scope="module", autouse=True)
def _path() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HOME))
        patch.setenv("HUBSPOT_TOKEN", "canary")
        yield


@pytest.fixture(scope="module")
def hostile(_path: None) -> Plugins:
    """The plugin in its process, which all tests share that leave it alive."""
    return load({"level": 7})


@pytest.fixture
def session(hostile: Plugins) -> Session:
    return hostile.bind("main", "run-1", TODAY)


@pytest.fixture
def person() -> PersonFacts:
    contact = Contact(id="5", email="anna@acme.example", properties={"color": "red"})
    remark = Remark(ref=Ref("note", "1"), on=TODAY, direction="in", text="call me")
    return PersonFacts(contact=contact, remarks=(remark,))


@pytest.fixture
def center(person: PersonFacts) -> BuyingCenter:
    member = Member(id="contact:5", facts=person, joined_by="deal")
    return BuyingCenter(id="deal:1", name="good", deal=Deal(id="1"), members=(member,))


def told(session: Session, deed: str) -> Any:
    """Have the plugin do something; what came of it, or why it failed."""
    found = session.transform_record(Contact(id=deed))
    if isinstance(found, Quarantined):
        return found.failure.message
    assert isinstance(found, Contact)
    return found.job_title


# --- the host does not notice ---


def test_it_registers_as_it_would_here_and_is_not_imported_here(hostile: Plugins) -> None:
    (status,) = hostile.statuses
    assert (status.ok, status.settings) == (True, ("level",))
    assert [(item.name, item.type, item.by) for item in hostile.properties()] == [
        ("day", "date", "hostile"),
        ("text", "string", "hostile"),
    ]
    assert "crmbridge_hostile" not in sys.modules
    assert '"level": 7' in hostile._plugins["hostile"].settings_text


def test_its_values_are_those_it_gives_here(
    session: Session, person: PersonFacts, caplog: pytest.LogCaptureFixture
) -> None:
    # mutant: facts go as JSON, which leaves texts out; answers lose that a day is no text
    answers = session.derive_contact(person, ())
    assert answers.failures == ()
    assert [(item.property, item.value, item.by) for item in answers.items] == [
        ("day", TODAY, "hostile"),
        ("text", "run-1 7 call me", "hostile"),
    ]
    assert ("crmbridge.plugin.hostile", logging.WARNING, "level 7") in caplog.record_tuples


def test_another_session_tells_it_of_another_day(hostile: Plugins, person: PersonFacts) -> None:
    days = [date(2026, 1, 1), date(2026, 2, 2)]
    found = [hostile.bind("main", "r", day).derive_contact(person, ()).items[0].value for day in days]
    assert found == days


def test_the_rows_of_a_plan_stream_to_it(session: Session) -> None:
    rows = parent.BATCH * 2 + 3
    change = PropertyChange(subject=Ref("contact", "5"), property="x", before=None, after="y", policy="own")
    header = PlanHeader(
        id="p", connection="main", account_id="9", as_of=TODAY, created_at=datetime.now(UTC), serial=1, plugins={}
    )
    plan = Plan(header.model_copy(update={"rows": rows}), lambda: iter([change] * rows))
    (finding,) = session.check_plan(plan)
    assert (finding.message, finding.by) == (f"{rows} {rows} {rows}", "hostile")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("good", None),
        ("text", "returned str, not an iterable of results"),
        ("long", "returned a text of more than 65536 characters"),
        ("huge", "returned more than 4194304 bytes"),
        ("nan", "returned an invalid TitleReading: confidence"),
        ("stranger", "named a member that is not in the center"),
        ("object", "returned a result with a module in it"),
        ("class", "returned object, which no hook returns"),
    ],
)
def test_what_it_returns_is_narrowed_here(session: Session, center: BuyingCenter, name: str, message: Any) -> None:
    answers = session.propose_titles(center.model_copy(update={"name": name}))
    assert [failure.message for failure in answers.failures] == ([message] if message else [])
    assert len(answers.items) == (message is None)


# --- what it does there stays there ---


def test_it_finds_no_token_and_nothing_of_the_run(session: Session) -> None:
    assert "canary" in os.environ["HUBSPOT_TOKEN"]
    assert "HUBSPOT_TOKEN" not in told(session, "environment")
    assert set(os.environ) - set(parent.environment())
    assert told(session, "proc") == "0"
    assert told(session, "modules") == "[]"
    assert told(session, "pid") != str(os.getpid())


@pytest.mark.parametrize(
    ("deed", "message"),
    [
        ("raise", "ValueError at crmbridge_hostile.py:"),
        ("exit", "SystemExit at crmbridge_hostile.py:"),
        ("memory", "MemoryError at crmbridge_hostile.py:"),
    ],
)
def test_what_it_raises_is_its_failure_and_its_process_goes_on(session: Session, deed: str, message: str) -> None:
    before = told(session, "pid")
    assert told(session, deed).startswith(message)
    assert told(session, "pid") == before


def test_what_it_prints_goes_nowhere(session: Session, capfd: pytest.CaptureFixture[str]) -> None:
    assert told(session, "print") == "1"
    assert capfd.readouterr() == ("", "")


def test_what_it_tries_is_told_once(session: Session, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        assert told(session, "connect") == "None"
    lines = [line for line in caplog.messages if "must not do" in line]
    assert lines == ["hostile did what a judging hook must not do: socket.connect"]


def test_a_crash_costs_one_unit_each_and_in_the_end_the_plugin_is_out() -> None:
    session = load().bind("main", "run-1", TODAY)
    assert told(session, "abort") == "its process was ended by SIGABRT"
    first = told(session, "pid")
    assert told(session, "leave") == "its process ended with exit code 3"
    assert told(session, "pid") != first
    os.kill(int(told(session, "pid")), signal.SIGKILL)
    assert told(session, "raise").startswith(("its process was ended by SIGKILL", "its process could not"))
    assert "is not asked again for now" in told(session, "pid")
    assert session.failure_counts == {("hostile", "transform_record"): 4}


def test_a_process_that_it_forks_gives_no_second_answer(session: Session) -> None:
    # mutant: the fork answers, too, and each later call gets the answer to the one before
    pid = told(session, "pid")
    assert int(told(session, "fork")) > 0
    assert [told(session, deed) for deed in ("pid", "proc", "pid")] == [pid, "0", pid]


def test_a_hang_in_c_is_ended_with_all_that_it_started() -> None:
    session = load(seconds=1.0).bind("main", "run-1", TODAY)
    group = int(told(session, "pid"))
    assert told(session, "spin") == "ran longer than 1 s; its process was ended"
    assert _dies(lambda: os.killpg(group, 0))


def test_it_dies_with_crmbridge_even_while_it_hangs(tmp_path: Path) -> None:
    script = f"""
        import sys; sys.path.insert(0, {str(HOME.parent)!r}); sys.path.insert(0, {str(HOME)!r})
        import test_plugin_processes as tests
        session = tests.load(seconds=3600).bind("main", "run-1", tests.TODAY)
        print(tests.told(session, "pid"), flush=True)
        tests.told(session, "spin")
    """
    (tmp_path / "run.py").write_text(textwrap.dedent(script))
    with subprocess.Popen([sys.executable, str(tmp_path / "run.py")], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        group = int(run.stdout.readline())
        run.kill()
    assert _dies(lambda: os.killpg(group, 0))


def _dies(reach: Callable[[], None]) -> bool:
    for _ in range(1000):
        try:
            reach()
        except ProcessLookupError:
            return True
        time.sleep(0.01)  # another process ends: only the system tells when
    return False


# --- what does not run in a process of its own, and answers that were tampered with ---


def test_settings_that_do_not_validate_stop_the_run() -> None:
    with pytest.raises(FixConfig) as caught:
        load({"levle": 1})
    assert str(caught.value) == "[plugins.hostile] levle: unknown; allowed are level"


def test_a_plugin_that_cannot_be_imported_there_does_not_run() -> None:
    (status,) = load(entry=EntryPoint("gone", "crmbridge_gone", "crmbridge")).statuses
    assert status.problem == "cannot be imported: ModuleNotFoundError: No module named 'crmbridge_gone'"


def test_a_bridgefile_runs_in_a_process_of_its_own_too(tmp_path: Path) -> None:
    file = tmp_path / "bridgefile.py"
    file.write_text(
        "from crmbridge import hookimpl\n"
        "@hookimpl\n"
        "def transform_record(record):\n"
        "    return record.model_copy(update={'job_title': __name__})\n"
    )
    limits = Limits(seconds=PATIENCE, separate={"bridgefile": Separation()})
    plugins = Plugins.load({}, entry_points=[], bridgefile=file, limits=limits)
    version = plugins.versions()["bridgefile"]
    assert told(plugins.bind("main", "r", TODAY), "1") == f"crmbridge_bridgefile_{version}"
    assert f"crmbridge_bridgefile_{version}" not in sys.modules


REGISTERED = {
    "hooks": {"on_event": ["event"]},
    "settings": "{}",
    "keys": [],
    "inputs": [],
    "properties": [],
    "stages": [],
}


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"registered": REGISTERED | {"hooks": {"register_commands": []}}}, "has register_commands, which cannot"),
        ({"registered": REGISTERED | {"hooks": {"register_connectors": []}}}, "has register_connectors, which cannot"),
        ({"registered": REGISTERED | {"hooks": {"nosuch": []}}}, "told of hooks that there are not"),
        ({"registered": REGISTERED | {"hooks": {"on_event": ["store"]}}}, "told of arguments that there are not"),
        ({"registered": REGISTERED | {"properties": [{"kind": "Contact", "fields": {"id": "1"}}]}}, "returned Contact"),
        ({"registered": REGISTERED | {"properties": [{"kind": "os.system", "fields": {}}]}}, "returned what no hook"),
        ({"registered": REGISTERED | {"properties": [{"kind": "PropertySpec", "fields": {"a": 1}}]}}, "an invalid"),
        ({"registered": REGISTERED | {"keys": 7}}, "told what no plugin tells (TypeError)"),
        ({"registered": 7}, "told of no hooks"),
        ({"refused": ["\x1b[2J" + "x" * 1000, "", "mend it"]}, "[2J" + "x" * 296),
        ({}, "told of nothing"),
    ],
)
def test_what_its_process_tells_is_not_believed(monkeypatch: pytest.MonkeyPatch, answer: Any, problem: str) -> None:
    monkeypatch.setattr(parent.Worker, "register", lambda _: answer)
    (status,) = load().statuses
    assert not status.ok
    assert problem in status.problem
    assert all(letter.isprintable() for letter in status.problem)


def test_a_plugin_of_crmbridge_itself_stays_here() -> None:
    limits = Limits(separate={"core": Separation()})
    (status,) = Plugins.load({}, builtins={"core": object()}, entry_points=[], limits=limits).statuses
    assert (status.problem, status.remedy) == (
        "comes with crmbridge and runs in its process",
        "remove [pipeline.separate.core]",
    )


def test_limits_of_a_plugin_that_is_not_there_are_an_error() -> None:
    for limits in (Limits(by_plugin={"roless": 1}), Limits(separate={"roless": Separation()})):
        with pytest.raises(FixConfig, match=r"\[pipeline\.(limits|separate)\.roless\]: no plugin named roless"):
            Plugins.load({}, entry_points=[], limits=limits)


@pytest.mark.parametrize("message", [b"", b"[]", b"{", b"[" * 100_000, b"\xff"])
def test_a_message_that_is_none_is_refused(message: bytes) -> None:
    with pytest.raises(Garbled):
        read_json(message)
