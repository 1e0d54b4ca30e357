"""Anything that may happen to a portal and a store, in any order: the invariants of write-back hold after each step.

Hypothesis picks the steps. ``CRMBRIDGE_MACHINE=500`` runs so many stories instead of a few, as a nightly job should.
Kills, tried by hand: sending before the intent is journalled; no second look before sending; confirming what was not
read back after a crash; forgetting what was rolled back.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pydantic import SecretStr

from crmbridge import Bridge, PropertySpec, PropertyValue, hookimpl
from crmbridge.config import Config
from crmbridge.connectors.hubspot.connector import HubSpotConnector
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.errors import FixConfig, RemakePlan
from crmbridge.http import HttpClient
from crmbridge.model import PersonFacts, Plan, PropertyChange, RowState
from crmbridge.plugins import Plugins
from crmbridge.sandbox import Portal
from crmbridge.sandbox.merging import merge
from crmbridge.sandbox.privacy import forget
from crmbridge.sandbox.records import Source

from .conftest import CONFIG, Clock, Killed, Wire, World

OURS = "crmb_grade"
TITLES = st.sampled_from(["CFO", "Buyer", "Clerk", ""])
VALUES = st.sampled_from(["cfo", "buyer", "mine", ""])
SMALL = st.integers(min_value=1, max_value=7)


def grades() -> object:
    """A plugin that gives each contact its title in small letters, and takes it back with the title."""

    def register_properties(ctx: Any) -> list[PropertySpec]:
        return [PropertySpec(object="contact", name="grade", label="Grade", clear=True)]

    def derive_contact(ctx: Any, person: PersonFacts) -> list[PropertyValue]:
        title = person.contact.job_title
        grade = title.lower() if title else None
        return [PropertyValue(subject=person.contact.ref, property="grade", value=grade, reason=f"title {title}")]

    return SimpleNamespace(register_properties=hookimpl(register_properties), derive_contact=hookimpl(derive_contact))


class Written(NamedTuple):
    """A value that a plan writes."""

    id: str
    before: str | None
    after: str | None


class Watched(Wire):
    """The way to the portal; no value passes that is not in the journal (I4, I5)."""

    bridge: Bridge | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/batch/update"):
            for row in json.loads(request.read())["inputs"]:
                assert row["properties"].keys() == {OURS}, "only what is ours is written"
                assert (row["id"], row["properties"][OURS] or None) in self._intended()
        return super().handle_request(request)

    def _intended(self) -> set[tuple[str, str | None]]:
        """What the journal holds, committed, of rows that are being sent."""
        assert self.bridge is not None
        journal = self.bridge.journal
        newest = journal.plans.latest(["applying"])
        assert newest is not None, "something is written outside a plan"
        subjects = {
            number: change.record.id for number, change in enumerate(journal.plans.changes(newest)) if change.record
        }
        last = {entry["row"]: entry for entry in journal.entries(newest)}
        return {
            (subjects[row], entry["after"])
            for row, entry in last.items()
            if entry["state"] == "sending" and row in subjects
        }


class Story(RuleBasedStateMachine):
    """A portal in which people work, and a store that follows it."""

    people = Bundle("people")

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name) / "main", self.patch)
        self.portal: Portal = self.world.portal
        self.wire = self.world.wire = Watched(self.portal)
        self.human: dict[str, str] = {}
        self.touched: set[str] = set()
        self.forgotten: list[str] = []
        self.gone: set[str] = set()
        self.count = 0
        self.bridge = self.open()

    def open(self) -> Bridge:
        """Open the store, as a new process does."""
        folder = self.world.folder
        folder.mkdir(exist_ok=True)
        (folder / "crmbridge.toml").write_text(f"{CONFIG}[sync]\nengagements = []\n", encoding="utf-8")
        clock, token = Clock(), SecretStr(self.portal.token)
        hubspot = HubSpotSettings(token=token, index_lag_seconds=0)
        http = HttpClient(hubspot.base_url, token, transport=self.wire, clock=clock, sleep=clock.sleep)
        plugins = Plugins.load({}, builtins={"judge": grades()}, entry_points=[])
        bridge = Bridge(
            Config.load(folder / "crmbridge.toml"), plugins=plugins, connector=HubSpotConnector(hubspot, http)
        )
        self.world._opened.append(bridge)
        self.wire.bridge = bridge
        return bridge

    def teardown(self) -> None:
        """Let everything come to rest: nothing is left to do, and nothing is lost."""
        try:
            self.settle()
            self.check()
        finally:
            self.world.close()
            self.patch.undo()
            self.folder.cleanup()

    @initialize(target=people, titles=st.lists(TITLES, min_size=4, max_size=4), begin=st.booleans())
    def start(self, titles: list[str], begin: bool) -> Any:
        """Begin with some people, and often with grades that were written."""
        made = [self.add(title) for title in titles]
        if begin:
            self.bridge.sync()
            self.plan()
            self.apply()
        return multiple(*made)

    # What people and programs do in the portal

    @rule(target=people, title=TITLES)
    def join(self, title: str) -> str:
        return self.add(title)

    def add(self, title: str) -> str:
        self.count += 1
        return self.portal.add("contacts", {"email": f"person{self.count}@example.test", "jobtitle": title})

    @rule(one=people, title=TITLES)
    def retitle(self, one: str, title: str) -> None:
        if one not in self.gone:
            self.portal.edit("contacts", one, {"jobtitle": title})

    @rule(one=people, value=VALUES)
    @precondition(lambda self: self.defined())
    def edit_ours(self, one: str, value: str) -> None:
        if one in self.gone:
            return
        self.portal.edit("contacts", one, {OURS: value})
        self.touched.add(one)
        with self.bridge.store.reading() as tx:
            confirmed = self.bridge.journal.manifest.confirmed(tx, "contact", [one])
        if confirmed.get((one, OURS), "") == (value or None):
            self.human.pop(one, None)  # our own value, put back
        else:
            self.human[one] = value

    @rule(one=people, value=VALUES)
    @precondition(lambda self: self.defined())
    def program(self, one: str, value: str) -> None:
        if one not in self.gone:
            self.portal.edit("contacts", one, {OURS: value}, source=Source("INTEGRATION", "777"))
            self.touched.add(one)
            self.human.pop(one, None)

    @rule(one=consumes(people))
    def archive(self, one: str) -> None:
        if one not in self.gone:
            self.portal.archive("contacts", one)
            self.leave(one)

    @rule(one=consumes(people))
    def delete_for_good(self, one: str) -> None:
        if one not in self.gone:
            self.forgotten.append(str(self.portal.record("contacts", one)["properties"]["email"]))
            kind = self.portal.kinds["contacts"]
            record = self.portal.alive(kind, one)
            assert record is not None
            forget(self.portal, kind, record)
            self.leave(one)

    @rule(target=people, one=consumes(people), other=consumes(people), new=st.booleans())
    def merge(self, one: str, other: str, new: bool) -> str:
        if one == other or {one, other} & self.gone:
            return one
        self.leave(one)
        self.leave(other)
        survivor = merge(self.portal, "contacts", one, other, new_id=new)
        self.gone.discard(survivor)
        return survivor

    # What crmbridge does

    @rule(full=st.booleans())
    def sync(self, full: bool) -> None:
        self.bridge.sync(full=full)

    @rule()
    @precondition(lambda self: self.synced())
    def plan(self) -> None:
        calls = self.portal.calls.count()
        self.touched.clear()
        self.bridge.plan()
        if self.defined():
            assert self.portal.calls.count() == calls, "a plan that creates nothing asks nobody"

    @rule()
    @precondition(lambda self: self.waiting())
    def apply(self) -> None:
        plan = self.bridge.open_plan()
        try:
            self.bridge.apply(plan, approve=plan.hash)
        except RemakePlan:
            return
        self.nothing_hangs()
        self.stands(plan)

    @rule(number=SMALL, at_commit=st.booleans(), after=st.booleans(), again=st.booleans())
    @precondition(lambda self: self.synced())
    def crash(self, number: int, at_commit: bool, after: bool, again: bool) -> None:
        if not self.waiting():
            self.plan()
        plan = self.bridge.open_plan()
        if at_commit:
            self.world.kill_at_commit(self.patch, self.bridge, number, after=after)
        else:
            self.world.kill_at_call(self.patch, self.bridge, number)
        try:
            self.bridge.apply(plan, approve=plan.hash)
        except (Killed, RemakePlan):
            pass
        finally:
            self.world.bury()
            self.bridge = self.open()
        if again and self.waiting():
            self.apply()

    @rule()
    @precondition(lambda self: self.synced() and self.bridge.journal.last_run() is not None)
    def rollback(self) -> None:
        last = self.bridge.journal.last_run() or ""
        origins = {self.origin(sent.plan_id) for page in self.bridge.journal.sent(last) for sent in page}
        try:
            plan = self.bridge.rollback(last)
        except FixConfig:
            assert not origins, "only a run of which nothing stands cannot be rolled back"
            return
        self.touched.clear()
        self.bridge.apply(plan, approve=plan.hash)
        self.nothing_hangs()
        self.stands(plan)
        if origins == {"judged"}:
            taken_back = {(row.id, row.before) for row in self.rows(plan, "confirmed")}
            again = {(row.id, row.after) for row in self.rows(self.bridge.plan(), "planned")}
            assert not taken_back & again, "what was rolled back is not planned again"

    # What must hold

    @invariant()
    def a_persons_word_stands(self) -> None:
        for one, value in self.human.items():
            assert (self.portal.record("contacts", one)["properties"].get(OURS) or "") == value

    def check(self) -> None:
        assert self.bridge.journal.verify().faults == ()
        store = (self.world.folder / ".crmbridge" / "store.db").read_bytes()
        for address in self.forgotten:
            assert address.encode() not in store
        self.world.assert_sane(self.bridge)

    def settle(self) -> None:
        self.bridge.sync(full=True)
        self.bridge.sync()
        plan = self.bridge.plan()
        self.bridge.apply(plan, approve=plan.hash)
        self.nothing_hangs()
        assert self.bridge.plan().is_empty, "a second plan has nothing to do (I6)"
        self.bridge.sync()
        assert self.bridge.plan().is_empty, "nor after a sync"
        with self.bridge.store.reading() as tx:
            tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def stands(self, plan: Plan) -> None:
        """What the journal calls confirmed is there, but for what others wrote since the plan (I8)."""
        for row in self.rows(plan, "confirmed"):
            if row.id not in self.gone | self.touched:
                assert (self.portal.record("contacts", row.id)["properties"].get(OURS) or None) == row.after

    def rows(self, plan: Plan, state: RowState) -> list[Written]:
        """The values of a plan in one state."""
        changes = [row.change for page in self.bridge.journal.rows(plan.header.id, {state}) for row in page]
        return [
            Written(item.subject.id, item.before, item.after) for item in changes if isinstance(item, PropertyChange)
        ]

    def origin(self, plan_id: str) -> str:
        plan = self.bridge.journal.plans.get(plan_id)
        return plan.header.origin if plan else ""

    def nothing_hangs(self) -> None:
        counts = set[RowState]()
        for header in self.bridge.journal.plans.headers(100):
            if self.bridge.journal.plans.state(header.id) == "applied":
                counts |= self.bridge.journal.outcome_counts(header.id).keys()
        assert not counts & {"sending", "unknown"}

    def leave(self, one: str) -> None:
        self.gone.add(one)
        self.human.pop(one, None)

    def synced(self) -> bool:
        account = self.bridge.progress.account()
        return account is not None and account.complete

    def waiting(self) -> bool:
        return self.synced() and self.bridge.waiting_plan() is not None

    def defined(self) -> bool:
        return OURS in self.portal.properties["contacts"]


def test_any_story_ends_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMBRIDGE_PLUGINS", "")
    stories = int(os.environ.get("CRMBRIDGE_MACHINE", "5"))
    plenty = settings(
        max_examples=stories,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize="CRMBRIDGE_MACHINE" not in os.environ,
        phases=[Phase.explicit, Phase.generate],  # a story takes seconds: what fails is told as it was found
    )
    run_state_machine_as_test(Story, settings=plenty)
