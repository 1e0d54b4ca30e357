"""What goes wrong while a run is rolled back, and that nobody's edit is lost over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from crmbridge.config import Writeback
from crmbridge.connector import Outcome, Update
from crmbridge.errors import RetryLater
from crmbridge.model import Contact, Plan, PlanHeader, PropertyChange, PropertyDefinition, Ref
from crmbridge.plugins import Plugins
from crmbridge.store import Journal, Mirror, Progress, Store
from crmbridge.testing.memory import MemoryConnector
from crmbridge.writeback import ApplyResult, apply_plan, plan_rollback
from crmbridge.writeback.planning.assembling import Planning
from crmbridge.writeback.tally import Tally

AT = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2026, 1, 1)
ROLES = PropertyDefinition(object="contact", name="crmb_roles", label="Roles", type="string", group="crmbridge")
NATIVE = PropertyDefinition(object="contact", name="Position", label="Position", type="string")
IDS = [f"{number:03}" for number in range(200)]
EDITED = IDS[::10]
WRITTEN = ("crmb_roles", "Position")


class Killed(BaseException):
    """The process dies here."""


class Crm(MemoryConnector):
    """A CRM whose updates fail in the given way, before or after they take effect."""

    def __init__(self) -> None:
        super().__init__()
        self.before: BaseException | None = None
        self.after: BaseException | None = None
        self.updates = 0

    def update(self, name: Any, updates: Sequence[Update]) -> Sequence[Outcome]:
        self.updates += 1
        if self.before:
            raise self.before
        outcomes = super().update(name, updates)
        if self.after:
            raise self.after
        return outcomes


class Bench:
    """200 contacts in CRM and mirror, with a position; an own property and that one are written by ``write``."""

    def __init__(self, store: Store) -> None:
        self.store, self.crm, self.numbers = store, Crm(), count()
        self.journal, self.progress = Journal(store, "main"), Progress(store, "main")
        self.plugins = Plugins.load({}, entry_points=[])
        records = [Contact(id=id_, job_title="x", properties={}, created_at=AT, updated_at=AT) for id_ in IDS]
        for record in records:
            self.crm.add(record)
        self.crm.update("contact", [Update(id=id_, properties={"Position": "x"}) for id_ in IDS])  # by a program
        for definition in (ROLES, NATIVE):
            self.crm.definitions["contact", definition.name] = definition
        with store.locking() as tx:
            self.progress.bind(tx, "memory", "UTC", "crmb_")
            Mirror(store, "main", "crmb_").put(tx, records, 1, 1)

    def write(self) -> str:
        """Write both properties of all contacts; the run that did it."""
        header = PlanHeader(
            id=f"plan{next(self.numbers)}",
            connection="main",
            account_id="memory",
            as_of=DAY,
            created_at=datetime.now(UTC),
            serial=0,
            plugins={},
        )
        tally = Tally(header)
        changes = [
            PropertyChange(subject=Ref("contact", id_), property=name, before=before, after="new", policy="own")
            for id_ in IDS
            for name, before in zip(WRITTEN, (None, "x"), strict=True)
        ]
        rows = list(tally.watch(changes))
        with self.store.locking() as tx:
            self.journal.plans.save(tx, tally.complete(), rows)
        assert self.apply(Plan(tally.complete(), lambda: iter(rows))).confirmed == 2 * len(IDS)
        return self.journal.last_run() or ""

    def rollback(self, run_id: str) -> Plan:
        """Plan it."""
        with self.progress.run("rollback", f"run{next(self.numbers)}") as run:
            session = self.plugins.bind("main", run.id, DAY)
            return plan_rollback(Planning(self.store, "main", Writeback(), {}, session, run, DAY, "memory"), run_id)

    def apply(self, plan: Plan) -> ApplyResult:
        """Apply it in a run of its own."""
        with self.progress.run("apply", f"run{next(self.numbers)}") as run:
            return apply_plan(self.store, "main", self.crm, plan, run=run, approve=plan.hash or None)

    def edit(self) -> None:
        """Let a person change what was written, on a tenth of the contacts."""
        for id_ in EDITED:
            self.crm.edit(Ref("contact", id_), dict.fromkeys(WRITTEN, "theirs"))

    def values(self) -> dict[str, tuple[str | None, ...]]:
        """What stands there."""
        records = {ref.id: record.properties for ref, record in self.crm.records.items()}
        return {id_: tuple(properties.get(name) for name in WRITTEN) for id_, properties in records.items()}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = Store.open(tmp_path / "store.db")
    yield Bench(store)
    store.close()


# T49: rollback of a run in which 10 % of the rows were edited since


def test_nine_tenths_are_restored_and_a_tenth_are_conflicts(bench: Bench) -> None:
    """Kills: no re-read before a restore; a restore that sends wherever history names no person, or none was asked."""
    run = bench.write()
    bench.edit()
    plan = bench.rollback(run)
    result = bench.apply(plan)
    assert (result.confirmed, result.conflicts, result.rejected, result.unknown) == (360, 40, 0, 0)
    edited = set(EDITED)
    assert bench.values() == {id_: ("theirs", "theirs") if id_ in edited else (None, "x") for id_ in IDS}
    verified = bench.journal.verify()
    assert (verified.faults, verified.entries) == ((), 2 * 400 + 2 * 360 + 40)


def test_another_program_s_edit_is_a_conflict_too(bench: Bench) -> None:
    """Kills: asking who wrote it instead of whether what was written still stands."""
    run = bench.write()
    plan = bench.rollback(run)
    bench.crm.update("contact", [Update(id="001", properties={"crmb_roles": "theirs"})])
    assert bench.apply(plan).conflicts == 1
    assert bench.values()["001"] == ("theirs", "x")


def test_a_rollback_of_the_rollback_is_the_original(bench: Bench) -> None:
    """Kills: a rollback that plans what the mirror held, not what was journalled."""
    run = bench.write()
    bench.edit()
    before = bench.values()
    bench.apply(bench.rollback(run))
    undo = bench.journal.last_run() or ""
    assert undo != run
    result = bench.apply(bench.rollback(undo))
    assert (result.confirmed, result.conflicts) == (360, 0)
    assert bench.values() == before
    assert bench.journal.verify().faults == ()


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("error", [Killed(), RetryLater("busy")])
def test_an_interrupted_rollback_goes_on_where_it_was(bench: Bench, where: str, error: BaseException) -> None:
    """Kills: taking a value that was restored already for one that was edited since."""
    plan = bench.rollback(bench.write())
    setattr(bench.crm, where, error)
    with suppress(Killed, RetryLater):
        bench.apply(plan)
    assert bench.crm.updates > 2
    bench.crm.before = bench.crm.after = None
    result = bench.apply(plan)
    assert (result.status, result.conflicts, result.unknown) == ("done", 0, 0)
    assert set(bench.values().values()) == {(None, "x")}
    assert bench.journal.outcome_counts(plan.header.id) == {"confirmed": 400}


def test_a_rollback_finished_is_left_alone(bench: Bench) -> None:
    plan = bench.rollback(bench.write())
    bench.apply(plan)
    before = bench.crm.calls
    assert (bench.apply(plan).calls, bench.crm.calls) == (0, before)


def test_only_what_was_confirmed_is_rolled_back(bench: Bench) -> None:
    """Kills: rolling back what was planned instead of what the platform took."""
    bench.crm.remove(Ref("contact", "000"))
    with pytest.raises(AssertionError):
        bench.write()
    plan = bench.rollback(bench.journal.last_run() or "")
    assert {row.record for row in plan} == {Ref("contact", id_) for id_ in IDS[1:]}
