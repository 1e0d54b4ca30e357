"""The process dies while notes, tasks, labels and lists are written: nothing is made twice, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest

from crmbridge.connector import Activity, Created, Creation, LinkChange, LinkOutcome, Outcome, Tie
from crmbridge.errors import RetryLater
from crmbridge.model import (
    ActivityChange,
    Change,
    Contact,
    Deal,
    LabelChange,
    Link,
    MembershipChange,
    Plan,
    PlanHeader,
    PropertyChange,
    PropertyDefinition,
    Ref,
    SegmentChange,
)
from crmbridge.store import Journal, Mirror, Progress, Store
from crmbridge.testing.memory import MemoryConnector
from crmbridge.writeback import ApplyResult, apply_plan
from crmbridge.writeback.tally import Tally

AT = datetime(2026, 1, 1, tzinfo=UTC)
TODAY = date(2026, 1, 1)
SCORE = PropertyDefinition(object="contact", name="crmb_score", label="Score", type="number", group="crmbridge")
DEAL = Ref("deal", "9")
TITLE = "crmbridge 2026-01-01 contact #abc123"
IDS = [f"{number:03}" for number in range(250)]


T = TypeVar("T")


class Killed(BaseException):
    """The process dies here."""


class FaultyCrm(MemoryConnector):
    """A CRM whose calls can be made to fail before or after they take effect.

    Attributes:
        before: Called with the name of the method before it takes effect.
        after: The same, after it.
        sent: What was asked for, call by call.
    """

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[str], None] = lambda _: None
        self.after: Callable[[str], None] = lambda _: None
        self.sent: list[tuple[str, int]] = []

    def create(self, name: Any, creations: Sequence[Creation]) -> Sequence[Created]:
        return self._do("create", len(creations), lambda: super(FaultyCrm, self).create(name, creations))

    def archive(self, name: Any, ids: Sequence[str]) -> Sequence[Outcome]:
        return self._do("archive", len(ids), lambda: super(FaultyCrm, self).archive(name, ids))

    def link(self, changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        return self._do("link", len(changes), lambda: super(FaultyCrm, self).link(changes))

    def unlink(self, changes: Sequence[LinkChange]) -> Sequence[LinkOutcome]:
        return self._do("unlink", len(changes), lambda: super(FaultyCrm, self).unlink(changes))

    def change_members(self, segment: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Sequence[Outcome]:
        size = len(add) + len(remove)
        return self._do("change_members", size, lambda: super(FaultyCrm, self).change_members(segment, add, remove))

    def read_links(self, source: Any, target: Any, ids: Sequence[str]) -> Any:
        self.before("read_links")
        return super().read_links(source, target, ids)

    def _do(self, call: str, size: int, work: Callable[[], Sequence[T]]) -> Sequence[T]:
        self.before(call)
        done = work()
        self.sent.append((call, size))
        self.after(call)
        return done


class Bench:
    """A store whose mirror and CRM hold 250 contacts of a deal, and plans made by hand."""

    def __init__(self, store: Store) -> None:
        self.store, self.crm, self.runs = store, FaultyCrm(), count()
        self.journal, self.progress = Journal(store, "main"), Progress(store, "main")
        self.mirror = Mirror(store, "main", "crmb_")
        people = [Contact(id=id_, properties={"crmb_score": None}, created_at=AT, updated_at=AT) for id_ in IDS]
        deal = Deal(id="9", name="D", created_at=AT, updated_at=AT)
        for record in (*people, deal):
            self.crm.add(record)
        self.crm.definitions["contact", SCORE.name] = SCORE
        self.crm.create_label("contact", "deal", "Decider")
        self.crm.links += [Link(source=DEAL, target=ref(id_)) for id_ in IDS]
        with store.locking() as tx:
            self.progress.bind(tx, "memory", "UTC", "crmb_")
            self.mirror.put(tx, people, 1, 1)
            self.mirror.put(tx, [deal], 1, 1)

    def plan(self, rows: Sequence[Change], origin: str = "judged") -> Plan:
        """A plan of these rows."""
        number = next(self.runs)
        header = PlanHeader(
            id=f"plan{number}",
            connection="main",
            account_id="memory",
            as_of=TODAY,
            created_at=AT.replace(second=number),
            serial=0,
            plugins={},
            origin=origin,
        )
        tally = Tally(header)
        kept = list(tally.watch(rows))
        with self.store.locking() as tx:
            self.journal.plans.save(tx, tally.complete(), kept)
        return Plan(tally.complete(), lambda: iter(kept))

    def apply(self, plan: Plan) -> ApplyResult:
        """Apply it in a run of its own."""
        with self.progress.run("apply", f"run{next(self.runs)}") as run:
            return apply_plan(self.store, "main", self.crm, plan, run=run)

    def counts(self, plan: Plan) -> dict[str, int]:
        """Rows by where the journal says they stand."""
        return {str(state): number for state, number in self.journal.outcome_counts(plan.header.id).items()}

    def notes(self, name: str = "note") -> list[str]:
        """Texts of the notes or tasks in the CRM."""
        found = (record for at, record in self.crm.records.items() if at.object == name and not record.archived)
        return sorted(str(record.properties["Text"]) for record in found)

    def owned(self, kind: Any) -> set[tuple[str, str]]:
        """What of one kind the manifest says is ours: contact, name."""
        with self.store.reading() as tx:
            return self.journal.manifest.owned_by(tx, kind, "contact", IDS)

    def labelled(self) -> set[str]:
        """Contacts that the CRM says have the label."""
        return {link.source.id for link in self.crm.read_links("contact", "deal", IDS) if link.label == "Decider"}


def ref(id_: str) -> Ref:
    return Ref("contact", id_)


def scored(id_: str) -> PropertyChange:
    return PropertyChange(subject=ref(id_), property="crmb_score", before=None, after="1", policy="own", by="judge")


def noted(id_: str, name: Literal["note", "task"] = "note") -> ActivityChange:
    text = f"Changed by crmbridge:\ncrmbridge key{id_}"
    return ActivityChange(subject=ref(id_), object=name, key=f"key{id_}", day=TODAY, after=text, by="core review")


def labelled(id_: str, *, after: bool = True) -> LabelChange:
    return LabelChange(subject=ref(id_), target=DEAL, label="Decider", before=not after, after=after, by="core")


def member(id_: str) -> MembershipChange:
    return MembershipChange(subject=ref(id_), segment=TITLE, before=False, after=True, by="core review")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = Store.open(tmp_path / "store.db")
    yield Bench(store)
    store.close()


def at(call: str, error: BaseException, number: int = 1) -> Callable[[str], None]:
    """Raise at the given call of a method, once."""
    left = count(1)

    def hook(name: str) -> None:
        if name == call and next(left) == number:
            raise error

    return hook


@pytest.mark.parametrize("name", ["note", "task"])
@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_after_a_crash_every_note_is_there_once(
    bench: Bench, where: str, number: int, name: Literal["note", "task"]
) -> None:
    """Kills "create again without looking", which makes doubles, and "what was sent is there", which loses some."""
    plan = bench.plan([*map(scored, IDS), *(noted(id_, name) for id_ in IDS)])
    setattr(bench.crm, where, at("create", Killed(), number))
    with pytest.raises(Killed):
        bench.apply(plan)
    bench.apply(plan)
    assert bench.counts(plan) == {"confirmed": 500}
    assert bench.notes(name) == [f"Changed by crmbridge:\ncrmbridge key{id_}" for id_ in IDS]
    made = {record.id for at_, record in bench.crm.records.items() if at_.object == name}
    assert {id_ for _, id_ in bench.owned(name)} == made
    assert len(bench.owned(name)) == 250
    assert bench.journal.verify().faults == ()


def test_a_crash_before_the_outcome_is_journalled_makes_nothing_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills "hash before confirm": the answer came, and died with the process."""
    plan = bench.plan([scored("000"), noted("000")])
    monkeypatch.setattr("crmbridge.writeback.hands.activities.ActivityHand._end", _die)
    with pytest.raises(Killed):
        bench.apply(plan)
    monkeypatch.undo()
    bench.apply(plan)
    assert (bench.counts(plan), len(bench.notes())) == ({"confirmed": 2}, 1)
    assert [call for call, _ in bench.crm.sent].count("create") == 1


def test_a_crash_while_looking_is_looked_at_again(bench: Bench) -> None:
    plan = bench.plan([scored("000"), noted("000")])
    bench.crm.after = at("create", Killed())
    with pytest.raises(Killed):
        bench.apply(plan)
    bench.crm.before = at("read_links", Killed())
    with pytest.raises(Killed):
        bench.apply(plan)
    bench.apply(plan)
    assert (bench.counts(plan), len(bench.notes())) == ({"confirmed": 2}, 1)


def test_the_same_run_does_not_send_again_what_got_no_answer(bench: Bench) -> None:
    """Kills "retry at once": the first call may still be on its way."""
    plan = bench.plan([scored("000"), noted("000")])
    bench.crm.before = at("create", RetryLater("no answer"))
    with pytest.raises(RetryLater):
        bench.apply(plan)
    assert bench.counts(plan) == {"confirmed": 1, "unknown": 1}
    assert bench.notes() == []
    bench.apply(plan)
    assert (bench.counts(plan), len(bench.notes())) == ({"confirmed": 2}, 1)


def test_an_interrupted_review_is_settled_by_the_next_plan(bench: Bench) -> None:
    first = bench.plan([scored("000"), noted("000")])
    bench.crm.after = at("create", Killed())
    with pytest.raises(Killed):
        bench.apply(first)
    bench.apply(bench.plan([scored("001")]))
    assert bench.counts(first) == {"confirmed": 2}
    assert len(bench.owned("note")) == len(bench.notes()) == 1


def test_a_note_that_was_made_before_is_not_taken_for_a_lost_one(bench: Bench) -> None:
    """Kills "any note of the record will do"."""
    facts = {"object": "note", "trace": "t", "at": AT, "text": "somebody's", "links": (Tie(target=ref("000")),)}
    bench.crm.create("note", [bench.crm.compose(Activity.model_validate(facts))])
    plan = bench.plan([scored("000"), noted("000")])
    bench.crm.before = at("create", Killed())
    with pytest.raises(Killed):
        bench.apply(plan)
    bench.apply(plan)
    assert bench.notes() == ["Changed by crmbridge:\ncrmbridge key000", "somebody's"]


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("number", [1, 3])
def test_after_a_crash_every_label_stands_and_is_ours(bench: Bench, where: str, number: int) -> None:
    """Kills "what was sent is there", and forgetting in the manifest what a dead run has put on."""
    plan = bench.plan([labelled(id_) for id_ in IDS])
    setattr(bench.crm, where, at("link", Killed(), number))
    with pytest.raises(Killed):
        bench.apply(plan)
    bench.apply(plan)
    assert bench.counts(plan) == {"confirmed": 250}
    assert bench.labelled() == set(IDS)
    assert {id_ for id_, _ in bench.owned("label")} == set(IDS)
    assert sum(size for call, size in bench.crm.sent if call == "link") == 250, "none is sent twice"


@pytest.mark.parametrize("where", ["before", "after"])
def test_after_a_crash_no_label_of_ours_stays_and_theirs_does(bench: Bench, where: str) -> None:
    """Kills "label removed that was not ours"."""
    bench.apply(bench.plan([labelled(id_) for id_ in IDS[:5]]))
    bench.crm.connect(DEAL, ref("005"), "Decider")
    plan = bench.plan([labelled(id_, after=False) for id_ in IDS[:6]], "rollback run1")
    setattr(bench.crm, where, at("unlink", Killed()))
    with pytest.raises(Killed):
        bench.apply(plan)
    bench.apply(plan)
    assert bench.counts(plan) == {"confirmed": 5, "invalid": 1}
    assert (bench.labelled(), bench.owned("label")) == ({"005"}, set())


@pytest.mark.parametrize("where", ["before", "after"])
def test_after_a_crash_every_member_is_in_the_list(bench: Bench, where: str) -> None:
    rows: list[Change] = [*map(scored, IDS), SegmentChange(object="contact", title=TITLE), *map(member, IDS)]
    plan = bench.plan(rows)
    setattr(bench.crm, where, at("change_members", Killed()))
    with pytest.raises(Killed):
        bench.apply(plan)
    bench.apply(plan)
    assert bench.counts(plan) == {"confirmed": 501}
    assert bench.crm.segments["contact", TITLE] == set(IDS)
    assert len(bench.owned("membership")) == 250


@pytest.mark.parametrize("where", ["before", "after"])
def test_after_a_crash_every_note_is_archived(bench: Bench, where: str) -> None:
    bench.apply(bench.plan([*map(scored, IDS), *map(noted, IDS)]))
    gone = [
        noted(id_).model_copy(update={"before": "x", "after": None, "made": made})
        for id_, made in sorted(bench.owned("note"))
    ]
    plan = bench.plan(gone, "rollback run1")
    setattr(bench.crm, where, at("archive", Killed(), 2))
    with pytest.raises(Killed):
        bench.apply(plan)
    bench.apply(plan)
    assert bench.counts(plan) == {"confirmed": 250}
    assert (bench.notes(), bench.owned("note")) == ([], set())


def _die(*_: Any) -> None:
    raise Killed
