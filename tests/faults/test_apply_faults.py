"""What goes wrong while a plan is applied, and that no row is lost, doubled or written over somebody's edit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crmbridge.connector import Outcome, Update, Version
from crmbridge.errors import FixRequest, LeaseLost, RemakePlan, RetryLater
from crmbridge.model import (
    Change,
    Contact,
    DefinitionChange,
    GroupChange,
    Option,
    Plan,
    PlanHeader,
    PropertyChange,
    PropertyDefinition,
    Ref,
)
from crmbridge.store import Journal, Mirror, Progress, Run, Store
from crmbridge.store.leases import acquire
from crmbridge.testing.memory import MemoryConnector
from crmbridge.writeback import ApplyResult, apply_plan
from crmbridge.writeback.tally import Tally

AT = datetime(2026, 1, 1, tzinfo=UTC)
SCORE = PropertyDefinition(object="contact", name="crmb_score", label="Score", type="number", group="crmbridge")
OTHER = SCORE.model_copy(update={"name": "crmb_other"})
ENDS = {"confirmed", "rejected", "conflict"}


class Killed(BaseException):
    """The process dies here."""


class FaultyCrm(MemoryConnector):
    """A CRM whose calls can be made to fail before or after they take effect.

    Attributes:
        before: Called with the name of the method and its updates before it takes effect.
        after: The same, after it.
        answer: Changes the outcomes of an update.
        poison: Records for which the platform refuses a whole batch.
        sent: Ids of each update that took effect, in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[str], None] = lambda _: None
        self.after: Callable[[str], None] = lambda _: None
        self.answer: Callable[[Sequence[Outcome]], Sequence[Outcome]] = lambda outcomes: outcomes
        self.poison: set[str] = set()
        self.sent: list[list[str]] = []
        self.updates = 0

    def read_records(self, name: Any, ids: Any, properties: Any) -> Any:
        self.before("read_records")
        return super().read_records(name, ids, properties)

    def add_options(self, definition: PropertyDefinition) -> None:
        self.before("add_options")
        super().add_options(definition)

    def create_definition(self, definition: PropertyDefinition) -> None:
        self.before("create_definition")
        super().create_definition(definition)
        self.after("create_definition")

    def update(self, name: Any, updates: Sequence[Update]) -> Sequence[Outcome]:
        self.updates += 1
        self.before("update")
        if self.poison & {row.id for row in updates}:
            raise FixRequest("refused", status=400, category="VALIDATION_ERROR")
        assert len({row.id for row in updates}) == len(updates)
        outcomes = super().update(name, updates)
        self.sent.append([row.id for row in updates])
        self.after("update")
        return self.answer(outcomes)

    def program(self, id_: str, value: str) -> None:
        """Let another program write."""
        self._write(ref(id_), {"crmb_score": value}, Version(value=None, at=AT, author="system"))

    def score(self, id_: str) -> str | None:
        return self.records[ref(id_)].properties.get("crmb_score")


def ref(id_: str) -> Ref:
    return Ref(object="contact", id=id_)


class Bench:
    """A store whose mirror and CRM hold contacts, and plans made by hand."""

    def __init__(self, store: Store) -> None:
        self.store, self.crm, self.runs = store, FaultyCrm(), count()
        self.journal, self.progress = Journal(store, "main"), Progress(store, "main")
        self.mirror = Mirror(store, "main", "crmb_")
        with store.locking() as tx:
            self.progress.bind(tx, "memory", "UTC", "crmb_")

    def fill(self, ids: Sequence[str], *, defined: bool = True, value: str | None = None) -> None:
        """Put contacts, and the property, into CRM and mirror."""
        records = [Contact(id=id_, properties={"crmb_score": value}, created_at=AT, updated_at=AT) for id_ in ids]
        for record in records:
            self.crm.add(record)
            if value is not None:
                self.crm.program(record.id, value)
        if defined:
            for definition in (SCORE, OTHER):
                self.crm.definitions["contact", definition.name] = definition
        with self.store.locking() as tx:
            self.mirror.put(tx, records, 1, 1)

    def plan(self, changes: Sequence[Change], created_at: datetime = AT) -> Plan:
        """A plan of these rows."""
        header = PlanHeader(
            id=f"plan{next(self.runs)}",
            connection="main",
            account_id="memory",
            as_of=date(2026, 1, 1),
            created_at=created_at,
            serial=0,
            plugins={"judge": "1"},
        )
        tally = Tally(header)
        rows = list(tally.watch(changes))
        with self.store.locking() as tx:
            self.journal.plans.save(tx, tally.complete(), rows)
        return Plan(tally.complete(), lambda: iter(rows))

    def scores(self, ids: Sequence[str], after: str = "1", before: str | None = None) -> Plan:
        """A plan that gives contacts a score."""
        return self.plan([change(id_, after, before) for id_ in ids])

    def apply(self, plan: Plan, **more: Any) -> ApplyResult:
        """Apply it in a run of its own."""
        with self.progress.run("apply", f"run{next(self.runs)}") as run:
            return self.apply_in(run, plan, **more)

    def apply_in(self, run: Run, plan: Plan, **more: Any) -> ApplyResult:
        """Apply it in a run under way."""
        return apply_plan(self.store, "main", self.crm, plan, run=run, **more)

    def counts(self, plan: Plan) -> dict[str, int]:
        """Rows by where the journal says they stand."""
        return {str(state): number for state, number in self.journal.outcome_counts(plan.header.id).items()}

    def reasons(self, plan: Plan) -> list[str]:
        """The last reason of each row, in order of rows."""
        last = {int(str(entry["row"])): str(entry["reason"]) for entry in self.journal.entries(plan.header.id)}
        return [last[number] for number in sorted(last)]


def change(id_: str, after: str | None, before: str | None = None, name: str = "crmb_score") -> PropertyChange:
    return PropertyChange(subject=ref(id_), property=name, before=before, after=after, policy="own", by="judge")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = Store.open(tmp_path / "store.db")
    yield Bench(store)
    store.close()


def fail(error: BaseException) -> None:
    raise error


def at(call: str, error: BaseException, number: int = 1) -> Callable[[str], None]:
    """Raise at the given call of a method, once."""
    left = count(1)

    def hook(name: str) -> None:
        if name == call and next(left) == number:
            raise error

    return hook


# T3: the process dies at each point of apply


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_after_a_crash_every_row_is_decided_and_none_is_sent_twice(bench: Bench, where: str, number: int) -> None:
    """Kills: trusting the journal's ``sending``, or forgetting it: rows would be lost or sent again."""
    ids = [f"{place:03}" for place in range(250)]
    bench.fill(ids)
    plan = bench.scores(ids)
    setattr(bench.crm, where, at("update", Killed(), number))
    with pytest.raises(Killed):
        bench.apply(plan)
    assert bench.counts(plan)["sending"] == (50 if number == 3 else 100)
    result = bench.apply(plan)
    assert bench.counts(plan) == {"confirmed": 250}
    assert result.confirmed == 250 - 100 * (number - 1)
    assert sorted(id_ for batch in bench.crm.sent for id_ in batch) == ids
    with bench.store.reading() as tx:
        assert len(bench.journal.manifest.confirmed(tx, "contact", ids)) == 250
        mirrored = bench.mirror.get(tx, Contact, "contact", ids)
    assert {record.properties["crmb_score"] for record in mirrored.values()} == {"1"}


def test_a_crash_while_looking_leaves_nothing_to_read_back(bench: Bench) -> None:
    bench.fill(["1"])
    plan = bench.scores(["1"])
    bench.crm.before = at("read_records", Killed())
    with pytest.raises(Killed):
        bench.apply(plan)
    assert (bench.crm.updates, bench.counts(plan)) == (0, {"planned": 1})
    bench.apply(plan)
    assert bench.counts(plan) == {"confirmed": 1}


def test_what_somebody_wrote_during_a_crash_is_a_conflict(bench: Bench) -> None:
    bench.fill(["1", "2", "3"])
    plan = bench.scores(["1", "2", "3"])
    bench.crm.after = at("update", Killed())
    with pytest.raises(Killed):
        bench.apply(plan)
    bench.crm.edit(ref("1"), {"crmb_score": "9"})
    bench.crm.remove(ref("2"))
    bench.apply(plan)
    assert bench.reasons(plan) == ["changed-while-sending", "record-missing", "read-back"]
    assert bench.crm.score("1") == "9"


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_property_is_created_once_whatever_happens(bench: Bench, where: str) -> None:
    """Kills: creating again what is there, or not taking into the manifest what a dead run created."""
    bench.fill(["1"], defined=False)
    rows: list[Change] = [
        GroupChange(object="contact", name="crmbridge", label="x"),
        DefinitionChange(after=SCORE),
        change("1", "1"),
    ]
    plan = bench.plan(rows)
    setattr(bench.crm, where, at("create_definition", Killed()))
    with pytest.raises(Killed):
        bench.apply(plan)
    result = bench.apply(plan)
    assert (result.rejected, bench.crm.score("1")) == (0, "1")
    assert bench.counts(plan) == {"confirmed": 3}
    with bench.store.reading() as tx:
        assert bench.journal.manifest.owned(tx, "property") == {("contact", "crmb_score")}


def test_an_interrupted_plan_is_settled_by_the_next_one(bench: Bench) -> None:
    bench.fill(["1"])
    first = bench.scores(["1"])
    bench.crm.after = at("update", Killed())
    with pytest.raises(Killed):
        bench.apply(first)
    second = bench.plan([change("1", "2", "1")], datetime(2026, 1, 2, tzinfo=UTC))
    bench.apply(second)
    assert bench.counts(first) == bench.counts(second) == {"confirmed": 1}
    assert bench.journal.plans.state(first.header.id) == "applied"
    assert bench.crm.score("1") == "2"


def test_an_interrupted_plan_with_rows_that_were_never_sent_is_given_up_not_finished(bench: Bench) -> None:
    """Kills: calling a plan applied of which rows were never sent."""
    bench.fill(["1", "2"])
    first = bench.scores(["1", "2"])
    bench.apply(first, only=["contact:1"])
    bench.apply(bench.plan([change("1", "2", "1")], datetime(2026, 1, 2, tzinfo=UTC)))
    assert bench.journal.plans.state(first.header.id) == "given-up"
    with pytest.raises(RemakePlan, match="given up for a newer one"):
        bench.apply(first)


# T12: the write arrives, its answer does not


def test_a_write_that_arrived_without_an_answer_is_confirmed_at_once(bench: Bench) -> None:
    """Kills: sending again what a lost answer may have written."""
    ids = [f"{place:03}" for place in range(150)]
    bench.fill(ids)
    plan = bench.scores(ids)
    bench.crm.after = at("update", RetryLater("timeout"))
    assert bench.apply(plan).confirmed == 150
    assert bench.counts(plan) == {"confirmed": 150}
    assert [len(batch) for batch in bench.crm.sent] == [100, 50]


def test_a_write_that_did_not_arrive_is_sent_once_more(bench: Bench) -> None:
    """Kills: counting a timeout as written, or as refused."""
    bench.fill(["1", "2"], value="5")
    bench.crm.program("2", "6")  # another program's value, which policy ``own`` overwrites
    plan = bench.scores(["1", "2"], before="5")
    bench.crm.before = at("update", RetryLater("timeout"))
    assert bench.apply(plan).confirmed == 2
    assert (bench.counts(plan), bench.crm.sent) == ({"confirmed": 2}, [["1", "2"]])


def test_a_platform_that_takes_nothing_ends_the_apply_and_loses_no_row(bench: Bench) -> None:
    """Kills: trying for ever; leaving rows as sent that were not."""
    bench.fill(["1", "2"])
    plan = bench.scores(["1", "2"])
    bench.crm.before = lambda name: fail(RetryLater("timeout", after=60)) if name == "update" else None
    with pytest.raises(RetryLater, match="timeout") as raised:
        bench.apply(plan)
    assert (raised.value.after, bench.counts(plan), bench.crm.sent) == (60, {"planned": 2}, [])
    bench.crm.before = lambda _: None
    bench.apply(plan)
    assert bench.counts(plan) == {"confirmed": 2}


def test_a_platform_that_stays_away_leaves_rows_to_be_read_back(bench: Bench) -> None:
    bench.fill(["1"])
    plan = bench.scores(["1"])
    bench.crm.after = at("update", RetryLater("timeout"))
    bench.crm.before = at("read_records", RetryLater("still away"), 2)
    with pytest.raises(RetryLater, match="still away"):
        bench.apply(plan)
    assert bench.counts(plan) == {"sending": 1}
    bench.apply(plan)
    assert (bench.counts(plan), len(bench.crm.sent)) == ({"confirmed": 1}, 1)


def test_a_record_without_an_answer_is_unknown_and_read_back(bench: Bench) -> None:
    bench.fill(["1", "2"])
    plan = bench.scores(["1", "2"])
    bench.crm.answer = lambda outcomes: outcomes[:1]
    result = bench.apply(plan)
    assert (result.confirmed, result.unknown) == (1, 1)
    assert bench.journal.plans.state(plan.header.id) == "applying"
    assert bench.apply(plan).confirmed == 1
    assert (bench.counts(plan), len(bench.crm.sent)) == ({"confirmed": 2}, 1)


# T22: some rows of a batch fail; results come in any order


@pytest.mark.parametrize("bad", [1, 50, 99])
def test_each_row_of_a_batch_is_decided_by_its_own_outcome(bench: Bench, bad: int) -> None:
    """Kills: any success makes the whole batch a success; joining outcomes by their order."""
    ids = [f"{place:03}" for place in range(100)]
    bench.fill(ids)
    plan = bench.scores(ids)

    def some_fail(outcomes: Sequence[Outcome]) -> list[Outcome]:
        failed = {outcome.id for outcome in outcomes[:bad]}
        found = [Outcome(id=item.id, ok=item.id not in failed, code="BAD") for item in outcomes]
        return found[::-1]

    bench.crm.answer = some_fail
    result = bench.apply(plan)
    assert (result.confirmed, result.rejected) == (100 - bad, bad)
    assert bench.reasons(plan) == ["BAD"] * bad + [""] * (100 - bad)
    with bench.store.reading() as tx:
        assert set(bench.journal.manifest.confirmed(tx, "contact", ids)) == {(id_, "crmb_score") for id_ in ids[bad:]}


# T23: one bad row makes the platform refuse the batch


@pytest.mark.parametrize("bad", [[0], [57], [99], [3, 4], [0, 99], [10, 40, 80], list(range(100))])
def test_a_poisoned_batch_is_halved_until_each_bad_row_is_found(bench: Bench, bad: list[int]) -> None:
    """Kills: rejecting the whole batch; sending the rows one by one."""
    ids = [f"{place:03}" for place in range(100)]
    bench.fill(ids)
    plan = bench.scores(ids)
    bench.crm.poison = {ids[place] for place in bad}
    result = bench.apply(plan)
    assert (result.confirmed, result.rejected) == (100 - len(bad), len(bad))
    assert bench.crm.updates <= 2 * len(bad) * math.ceil(math.log2(100)) + 1
    assert sorted(id_ for batch in bench.crm.sent for id_ in batch) == [
        id_ for id_ in ids if id_ not in bench.crm.poison
    ]


def test_one_bad_row_among_a_hundred_costs_at_most_fifteen_calls(bench: Bench) -> None:
    ids = [f"{place:03}" for place in range(100)]
    bench.fill(ids)
    bench.crm.poison = {"057"}
    bench.apply(bench.scores(ids))
    assert bench.crm.updates <= 15


# T24: a record twice in one plan


def test_rows_of_one_record_are_one_update(bench: Bench) -> None:
    bench.fill(["1"])
    plan = bench.plan([change("1", "1"), change("1", "2", name="crmb_other")])
    bench.apply(plan)
    assert bench.crm.sent == [["1"]]
    assert bench.counts(plan) == {"confirmed": 2}


# T27: nothing is sent that is not in the journal


def test_without_a_journal_nothing_is_written(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kills: sending first and journalling after."""
    bench.fill(["1"], defined=False)
    rows: list[Change] = [DefinitionChange(after=SCORE), change("1", "1")]
    bench.crm.groups.add(("contact", "crmbridge"))

    def full(*_: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, OSError("database or disk is full"))

    monkeypatch.setattr(Journal, "record", full)
    for changes in (rows, rows[1:]):
        with pytest.raises(sa.exc.OperationalError, match="full"):
            bench.apply(bench.plan(changes))
    assert ("contact", "crmb_score") not in bench.crm.definitions
    assert bench.crm.updates == 0


def test_the_intent_is_committed_before_anything_is_sent(bench: Bench) -> None:
    """Kills: journalling the intent in the transaction that also confirms."""
    bench.fill(["1"])
    plan = bench.scores(["1"])
    seen: list[dict[str, int]] = []
    bench.crm.before = lambda name: seen.append(bench.counts(plan)) if name == "update" else None
    bench.apply(plan)
    assert seen == [{"sending": 1}]


# T28: a value was edited between plan and apply


def test_an_edit_since_the_plan_is_seen_and_kept(bench: Bench) -> None:
    """Kills: no re-read before sending. What the plan saw was ours, so that nothing else would stop it."""
    bench.fill(["1", "2"])
    bench.apply(bench.scores(["1", "2"], "5"))
    plan = bench.scores(["1", "2"], "1", "5")
    bench.crm.edit(ref("1"), {"crmb_score": "9"})
    result = bench.apply(plan)
    assert (bench.crm.score("1"), bench.crm.score("2")) == ("9", "1")
    assert (result.conflicts, result.confirmed) == (1, 1)
    assert bench.reasons(plan) == ["edited-by-person", ""]


def test_a_value_that_a_person_emptied_stays_empty(bench: Bench) -> None:
    bench.fill(["1"], value="5")
    plan = bench.scores(["1"], before="5")
    bench.crm.edit(ref("1"), {"crmb_score": None})
    assert bench.apply(plan).conflicts == 1
    assert bench.crm.score("1") is None


def test_an_edit_is_seen_even_where_the_plan_already_saw_it(bench: Bench) -> None:
    """A person's value is a conflict in every policy, also if the mirror held it when the plan was made."""
    bench.fill(["1"], value="5")
    bench.crm.edit(ref("1"), {"crmb_score": "5"})
    assert bench.apply(bench.scores(["1"], before="5")).conflicts == 1


# T33: another run takes the connection over


def take_over(bench: Bench) -> None:
    with bench.store.locking() as tx:
        tx.execute(sa.text("UPDATE leases SET expires_at = 0"))
        acquire(tx, "main", "other")


@pytest.mark.parametrize(
    ("call", "updates", "first"),
    [("journal", 1, "confirmed"), ("read_records", 0, "planned"), ("update", 1, "sending")],
    ids=["between", "looking", "sending"],
)
def test_a_run_that_lost_its_lease_writes_nothing_more(bench: Bench, call: str, updates: int, first: str) -> None:
    """Kills: leaving the epoch out of any one of the writes: intent, outcome."""
    ids = [f"{place:03}" for place in range(200)]
    bench.fill(ids)
    plan = bench.scores(ids)
    bench.crm.before = lambda name: take_over(bench) if name == call else None
    with pytest.raises(LeaseLost):
        bench.apply(plan, progress=lambda _: take_over(bench) if call == "journal" else None)
    assert bench.crm.updates == updates
    decided = {first: 100} if first != "planned" else {}
    assert bench.counts(plan) == {**decided, "planned": 200 - sum(decided.values())}


def test_a_run_without_its_lease_sends_nothing_at_all(bench: Bench) -> None:
    bench.fill(["1"])
    with pytest.raises(LeaseLost), bench.progress.run("apply", "mine") as run:
        take_over(bench)
        bench.apply_in(run, bench.scores(["1"]))
    assert bench.crm.calls == 0


def test_the_new_holder_finishes_what_the_old_one_began(bench: Bench) -> None:
    bench.fill(["1", "2"])
    plan = bench.scores(["1", "2"])
    bench.crm.after = lambda name: take_over(bench) if name == "update" else None
    with pytest.raises(LeaseLost):
        bench.apply(plan)
    bench.crm.after = lambda _: None
    with bench.store.locking() as tx:
        tx.execute(sa.text("UPDATE leases SET expires_at = 0"))
    bench.apply(plan)
    assert set(bench.counts(plan)) <= ENDS
    assert bench.crm.sent == [["1", "2"]]


def test_options_that_were_not_added_before_a_crash_are_added_after_it(bench: Bench) -> None:
    """Kills: taking a property that is there for a property that is as wanted."""
    before = SCORE.model_copy(update={"type": "enumeration", "options": (Option(value="a", label="A"),)})
    after = before.model_copy(update={"options": (*before.options, Option(value="b", label="B"))})
    bench.fill(["1"])
    bench.crm.definitions["contact", "crmb_score"] = before
    plan = bench.plan([DefinitionChange(before=before, after=after), change("1", "b")])
    bench.crm.before = at("add_options", Killed(), 1)
    with pytest.raises(Killed):
        bench.apply(plan)
    bench.crm.before = lambda _: None
    bench.apply(plan)
    assert [option.value for option in bench.crm.definitions["contact", "crmb_score"].options] == ["a", "b"]
    assert bench.crm.score("1") == "b"


def test_a_plan_that_another_store_made_waits_for_approval(bench: Bench) -> None:
    """Kills: believing the findings that a file brings, or that it brings none."""
    bench.fill(["1"])
    made = bench.scores(["1"])
    foreign = Plan(made.header.model_copy(update={"id": "", "findings": ()}), made.open_rows)
    with bench.store.locking() as tx:
        tx.exec_driver_sql("DELETE FROM plans")  # this store never made it
    result = bench.apply(foreign)
    assert (result.status, [item.code for item in result.findings]) == ("parked", ["foreign-plan"])
    assert bench.crm.score("1") is None
    assert bench.apply(foreign, approve=foreign.hash).confirmed == 1


# A person in the window of a crash


def test_what_a_person_puts_back_after_a_crash_stays(bench: Bench) -> None:
    """Kills: taking what stood there before for "not sent": a person has put it back, and would be overwritten."""
    bench.fill(["1", "2"], value="5")
    plan = bench.scores(["1", "2"], before="5")
    bench.crm.after = at("update", Killed())
    with pytest.raises(Killed):
        bench.apply(plan)
    bench.crm.edit(ref("1"), {"crmb_score": "5"})
    bench.apply(plan)
    assert bench.reasons(plan) == ["edited-by-person", "read-back"]
    assert (bench.crm.score("1"), bench.crm.score("2")) == ("5", "1")


def test_an_interrupted_rollback_is_finished_before_anything_else_is_written(bench: Bench) -> None:
    """Kills: closing it with the next plan, as the nightly run would do, and saying nothing."""
    bench.fill(["1"])
    undone = bench.plan([change("1", "1")])
    with bench.store.locking() as tx:
        tx.exec_driver_sql("UPDATE plans SET header = json_set(header, '$.origin', 'rollback run0')")
    undone = bench.journal.plans.get(undone.header.id) or undone
    bench.crm.before = at("update", Killed())
    with pytest.raises(Killed):
        bench.apply(undone)
    newer = bench.plan([change("1", "2")], datetime(2026, 1, 2, tzinfo=UTC))
    with pytest.raises(RemakePlan, match="rollback run0 was interrupted"):
        bench.apply(newer)
    assert bench.apply(undone).confirmed == 1
