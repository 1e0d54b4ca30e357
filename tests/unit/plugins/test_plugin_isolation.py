"""What one plugin does harms nobody else: the cases that an in-process host can hold."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from functools import partial
from types import MappingProxyType, ModuleType
from typing import Any

import pytest

from crmbridge import BuyingCenter, Contact, PropertySpec, PropertyValue, Ref, RoleProposal, TitleReading
from crmbridge.model.plan import Plan
from crmbridge.model.portfolio import Portfolio
from crmbridge.plugins import Limits, Plugins, Session
from crmbridge.plugins.asking import CUT_SHORT
from crmbridge.plugins.budget import SIGNAL
from crmbridge.plugins.limits import PLAN_ROWS, for_plan
from crmbridge.plugins.results import LONGEST_TEXT

READING = TitleReading(member_id="contact:5", text="CEO", confidence=1)
LONG = "x" * (LONGEST_TEXT + 1)
SHORT = 0.05
"""Seconds of a call in these tests."""


class Untold(Exception):
    """Its text cannot be had."""

    def __str__(self) -> str:
        raise ValueError


class Text(str):
    """A text that is more than one."""

    __slots__ = ()


def recurse() -> Any:
    return recurse()


def run_out_of_memory() -> Any:
    return bytearray(1 << 60)


def raising(error: BaseException) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


@pytest.mark.parametrize(
    "fault",
    [
        recurse,
        run_out_of_memory,
        raising(GeneratorExit()),
        raising(StopIteration(READING)),
        raising(asyncio.CancelledError()),
        raising(BaseExceptionGroup("two", [SystemExit(), ValueError()])),
        raising(Untold()),
    ],
)
def test_no_fault_leaves_the_plugin(
    session: Callable[..., Session], plugin: Callable[..., ModuleType], center: BuyingCenter, fault: Any
) -> None:
    running = session({"bad": plugin(propose_titles=fault), "good": plugin(propose_titles=lambda: [READING])})
    answers = running.propose_titles(center)
    assert [item.by for item in answers.items] == ["good"]
    assert [failure.plugin for failure in answers.failures] == ["bad"]


def test_results_are_looked_at_as_they_come(session: Callable[..., Session], center: BuyingCenter) -> None:
    # mutant: all results are heaped up before the first is looked at
    drawn: list[int] = []

    def flood() -> Iterator[TitleReading]:
        while True:
            drawn.append(1)
            yield READING.model_copy(update={"text": LONG})

    running = session(propose_titles=flood)
    assert "more than 65536 characters" in running.propose_titles(center).failures[0].message
    assert len(drawn) == 1


@pytest.mark.parametrize(
    "value",
    [[LONG], (LONG,), Text(LONG), (Text(LONG),), {"a": LONG}, frozenset([LONG])],
    ids=lambda item: type(item).__name__,
)
def test_a_long_text_is_refused_wherever_it_hides(
    session: Callable[..., Session], specs: list[PropertySpec], person: Any, value: Any
) -> None:
    # mutant: only texts, tuples and models are looked into
    item = PropertyValue.model_construct(
        subject=Ref("contact", "5"), property="a_string", value=value, confidence=None, reason="", on=None, by=""
    )
    running = session(register_properties=lambda: specs, derive_contact=lambda: [item])
    assert running.derive_contact(person, ()).items == ()
    assert len(running.failures) == 1


def test_a_long_text_in_a_part_that_was_never_validated_is_refused(
    session: Callable[..., Session], center: BuyingCenter
) -> None:
    part: Any = {"source": "title", "weight": 0.5, "text": LONG}
    parts: dict[str, Any] = {"Case": [part], "Other": (part,)}
    made: Any = partial(RoleProposal.model_construct, member_id="contact:5", role="buyer", by="")
    running = session(propose_roles=lambda center: [made(evidence=parts[center.name])])
    for asked in (center, center.model_copy(update={"name": "Other"})):
        assert "more than 65536 characters" in running.propose_roles(asked).failures[0].message


def test_subclasses_of_texts_and_numbers_become_what_they_are_said_to_be(
    session: Callable[..., Session], center: BuyingCenter
) -> None:
    reading = TitleReading.model_construct(
        member_id=Text("contact:5"), text=Text("CEO"), seniority=None, department=None, confidence=True, by=""
    )
    (item,) = session(propose_titles=lambda: [reading]).propose_titles(center).items
    assert (type(item.member_id), type(item.text), type(item.confidence)) == (str, str, float)


@pytest.mark.parametrize(
    "mutate",
    [
        lambda ctx: ctx.stats.gaps_p90.update({"*": 1}),
        lambda ctx: ctx.stats.gaps_p90.__setitem__("*", 1),
        lambda ctx: ctx.stats.templates.add("x"),
        lambda ctx: ctx.wanted.add(("contact", "x")),
        lambda ctx: setattr(ctx, "today", None),
    ],
)
def test_what_all_plugins_know_cannot_be_changed_by_one(
    load: Callable[..., Plugins], plugin: Callable[..., ModuleType], center: BuyingCenter, mutate: Any
) -> None:
    stats = Portfolio(gaps_p90=MappingProxyType({"*": 30}), templates=frozenset("t"))
    loaded = load({"bad": plugin(propose_titles=mutate)})
    running = loaded.bind("main", "run-1", date(2026, 11, 20), stats=stats, wanted=frozenset())
    assert len(running.propose_titles(center).failures) == 1
    assert stats == Portfolio(gaps_p90={"*": 30}, templates=frozenset("t"))
    assert Portfolio.model_validate_json(stats.model_dump_json()) == stats


# --- time ---


@pytest.fixture
def hasty(plugin: Callable[..., ModuleType]) -> Callable[..., Session]:
    """Binds plugins whose calls may take next to no time."""

    def hasty(limits: Limits | None = None, **plugins: dict[str, Any]) -> Session:
        made = {name: plugin(**hooks) for name, hooks in plugins.items()}
        loaded = Plugins.load({}, builtins=made, entry_points=[], limits=limits or Limits(seconds=SHORT))
        assert [status.problem for status in loaded.statuses if not status.ok] == []
        return loaded.bind("main", "run-1", date(2026, 11, 20))

    return hasty


def spin() -> Any:
    while True:
        pass


def spin_in_a_generator() -> Iterator[TitleReading]:
    yield READING
    spin()


def wait() -> Any:
    time.sleep(3600)  # the fault itself: it is cut short


def search() -> Any:
    re.match(r"(a+)+$", "a" * 40 + "b")


def swallow() -> Any:
    for _ in range(2):
        with suppress(BaseException):
            spin()
    spin()


@pytest.mark.parametrize("hang", [spin, spin_in_a_generator, wait, search, swallow])
def test_a_call_that_hangs_is_ended_and_the_others_go_on(
    hasty: Callable[..., Session], center: BuyingCenter, hang: Any
) -> None:
    with hasty(bad={"propose_titles": hang}, good={"propose_titles": lambda: [READING]}) as running:
        answers = running.propose_titles(center)
    assert [item.by for item in answers.items] == ["good"]
    (failure,) = answers.failures
    assert (failure.plugin, failure.unit) == ("bad", "deal:1")
    assert failure.message.startswith("ran longer than 0.05 s at test_plugin_isolation.py:")


def test_what_a_plugin_answers_after_its_time_is_not_taken(hasty: Callable[..., Session], center: BuyingCenter) -> None:
    # mutant: the answer counts although the plugin was told to stop, and may be half of it
    def half() -> Any:
        try:
            spin()
        except BaseException:  # noqa: BLE001 as careless plugins do
            return []

    with hasty(bad={"propose_titles": half}) as running:
        assert "ran longer" in running.propose_titles(center).failures[0].message


def test_a_plugin_that_hangs_again_and_again_is_out_for_the_session(
    hasty: Callable[..., Session], center: BuyingCenter
) -> None:
    asked: list[int] = []

    def hang() -> Any:
        asked.append(1)
        spin()

    with hasty(bad={"propose_titles": hang, "propose_roles": lambda: None}) as running:
        messages = [running.propose_titles(center).failures[0].message for _ in range(CUT_SHORT + 2)]
        assert "not asked again" in running.propose_roles(center).failures[0].message
    assert len(asked) == CUT_SHORT
    assert ["not asked again" in message for message in messages] == [False] * CUT_SHORT + [True] * 2


def test_time_off_and_time_for_one_plugin(hasty: Callable[..., Session], center: BuyingCenter) -> None:
    def slow() -> Any:
        begun = time.monotonic()
        while time.monotonic() < begun + 4 * SHORT:
            pass

    hooks = {"propose_titles": slow}
    with hasty(Limits(seconds=SHORT, by_plugin={"slow": 0}), slow=hooks) as running:
        assert running.propose_titles(center).failures == ()
    with hasty(Limits(seconds=0, by_plugin={"slow": SHORT}), slow=hooks) as running:
        assert len(running.propose_titles(center).failures) == 1


def test_calls_from_other_threads_and_outside_the_session_are_left_alone(
    hasty: Callable[..., Session], center: BuyingCenter
) -> None:
    hooks = {"propose_titles": lambda: time.sleep(4 * SHORT)}  # longer than its time, or it would not be cut short
    found: list[Any] = []
    with hasty(slow=hooks) as running:
        thread = threading.Thread(target=lambda: found.append(running.propose_titles(center)))
        thread.start()
        thread.join()
    found.append(running.propose_titles(center))
    assert [answers.failures for answers in found] == [(), ()]


def test_the_signal_is_given_back_and_the_watch_ends(hasty: Callable[..., Session]) -> None:
    assert SIGNAL is not None
    seen: list[int] = []
    mine = signal.signal(SIGNAL, lambda number, _: seen.append(number))
    try:
        before = signal.getsignal(SIGNAL)
        running = hasty(acme={"propose_titles": lambda: None})
        with running, running, hasty(other={"propose_titles": lambda: None}):
            assert signal.getsignal(SIGNAL) is not before
        assert signal.getsignal(SIGNAL) is before
        assert "crmbridge-watch" not in {thread.name for thread in threading.enumerate()}
    finally:
        signal.signal(SIGNAL, mine)


def test_the_signal_harms_nothing_while_no_call_is_overdue(hasty: Callable[..., Session], center: BuyingCenter) -> None:
    assert SIGNAL is not None
    number = SIGNAL
    with hasty(Limits(seconds=60), acme={"propose_titles": lambda: signal.raise_signal(number)}) as running:
        assert running.propose_titles(center).failures == ()
        signal.raise_signal(number)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork, so no hook can do this there")
def test_a_process_that_a_hook_forks_never_goes_on_with_the_run(
    hasty: Callable[..., Session], center: BuyingCenter
) -> None:
    # mutant: the fork comes back from the hook, and two processes write to one store and one CRM
    mine, forked = os.getpid(), list[int]()
    with hasty(Limits(seconds=60), bad={"propose_titles": lambda: forked.append(os.fork())}) as running:
        running.propose_titles(center)
        if os.getpid() != mine:
            os._exit(77)
    assert os.waitstatus_to_exitcode(os.waitpid(forked[0], 0)[1]) == 1


@pytest.mark.parametrize("hook", ["register_properties", "register_settings"])
def test_a_plugin_that_hangs_when_it_registers_does_not_run(plugin: Callable[..., ModuleType], hook: str) -> None:
    made = {"bad": plugin(**{hook: spin}), "good": plugin(propose_titles=lambda: None)}
    bad, good = Plugins.load({}, builtins=made, entry_points=[], limits=Limits(seconds=SHORT)).statuses
    assert (bad.ok, good.ok) == (False, True)
    assert "ran longer than 0.05 s" in bad.problem


def test_a_plugin_that_hangs_when_it_is_imported_does_not_run(tmp_path: Any) -> None:
    (tmp_path / "bridgefile.py").write_text("while True: pass")
    loaded = Plugins.load({}, entry_points=[], bridgefile=tmp_path / "bridgefile.py", limits=Limits(seconds=SHORT))
    assert loaded.statuses[0].problem == "cannot be imported: ran longer than 0.05 s at bridgefile.py:1"


def test_a_large_plan_has_more_time() -> None:
    assert [for_plan(60, rows) for rows in (0, 1, PLAN_ROWS, 10 * PLAN_ROWS)] == [60, 60, 60, 600]
    assert for_plan(0, 10 * PLAN_ROWS) == 0


def test_a_plan_without_time_to_be_checked_is_forbidden(hasty: Callable[..., Session], plan: Plan) -> None:
    with hasty(bad={"check_plan": spin}) as running:
        (finding,) = running.check_plan(plan)
    assert (finding.severity, finding.code) == ("error", "check-failed")


# --- what is reachable, what is remembered ---


def test_a_hook_gets_no_client_no_token_and_no_store(session: Callable[..., Session], center: BuyingCenter) -> None:
    seen: list[Any] = []
    session(propose_titles=lambda ctx: seen.append(vars(ctx))).propose_titles(center)
    assert sorted(seen[0]) == [
        *("connection", "log", "plugin", "run_id", "settings", "stats", "timezone", "today", "wanted")
    ]


def test_failures_of_each_plugin_are_counted_and_the_first_units_named(
    session: Callable[..., Session], plugin: Callable[..., ModuleType]
) -> None:
    # mutant: one list for all, in which the plugin that fails most leaves no room for the others
    flood = plugin(transform_change=lambda: None, transform_record=lambda record: None if record.id > "8" else 1 / 0)
    rare = plugin(transform_record=lambda record: 1 / 0 if record.id == "9" else None)
    running = session({"flood": flood, "rare": rare})
    for number in range(1, 10):
        running.transform_record(Contact(id=str(number)))
    many, one = running.failure_groups
    assert (many.plugin, many.hook, many.count) == ("flood", "transform_record", 8)
    assert many.units == ("contact:1", "contact:2", "contact:3")
    assert (one.plugin, one.count, one.units) == ("rare", 1, ("contact:9",))
    assert one.message.startswith("ZeroDivisionError at test_plugin_isolation.py:")


def test_the_log_shows_the_way_to_a_failure_but_not_its_text(
    session: Callable[..., Session], center: BuyingCenter, caplog: pytest.LogCaptureFixture
) -> None:
    # mutant: the traceback is logged as Python writes it, and the text of the exception quotes a record
    def quote() -> None:
        raise ValueError(name) from KeyError(name)

    name = "anna@" + "acme.example"
    caplog.set_level(logging.DEBUG)
    session(propose_titles=quote).propose_titles(center)
    assert "in quote" in caplog.text
    assert "ValueError" in caplog.text
    assert name not in caplog.text
