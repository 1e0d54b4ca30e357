"""Rolling a run back: what the plan says, what is left out, and that a rollback can be rolled back itself."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from crmbridge.connector import Outcome, Update
from crmbridge.errors import FixConfig
from crmbridge.model import Option, Plan, PropertyChange, PropertyDefinition, PropertySpec, Ref
from crmbridge.store import Written
from crmbridge.writeback import plan_rollback
from crmbridge.writeback.planning.assembling import Planning
from crmbridge.writeback.standing import undone

from .conftest import TODAY, Portal

SCORE = PropertySpec(object="contact", name="score", label="Score", type="number", fold="max", clear=True)
STAMP = PropertySpec(object="contact", name="computed_at", label="Computed at", type="date", stamp=True)
POSITION = PropertySpec(
    object="contact", name="position", label="Position", type="string", policy="fill-empty", fold="only-one"
)
GROUPS = PropertySpec(
    object="contact",
    name="groups",
    label="Groups",
    type="multi",
    fold="union",
    policy="fill-empty",
    options=tuple(Option(value=value, label=value) for value in "abc"),
)


def native(spec: PropertySpec) -> PropertyDefinition:
    return PropertyDefinition(object="contact", name=spec.name, label=spec.label, type=spec.type, options=spec.options)


def rollback(portal: Portal, run: str = "last") -> Plan:
    """Plan it."""
    with portal.run() as lease:
        session = portal.plugins.bind("main", lease.id, TODAY)
        where = (portal.store, "main", portal.config, portal.plugins.versions())
        return plan_rollback(Planning(*where, session, lease, TODAY, "memory"), run)


def written(portal: Portal, value: float, *ids: str) -> str:
    """Judge, plan and apply a score; the run that wrote it."""
    portal.judge(dict.fromkeys(ids, value), "score")
    assert portal.apply(portal.plan()).conflicts == 0
    last = portal.journal.last_run()
    assert last is not None
    return last


def codes(plan: Plan) -> list[str]:
    return [finding.code for finding in plan.header.findings]


def rows(plan: Plan) -> list[tuple[str, str, str | None, str | None]]:
    return [(row.subject.id, row.property, row.before, row.after) for row in plan if isinstance(row, PropertyChange)]


@pytest.fixture
def scored(portal: Portal) -> Portal:
    """Two contacts with a score of 1, written by the first run."""
    portal.register(SCORE, STAMP)
    portal.contacts("1", "2")
    written(portal, 1, "1", "2")
    return portal


def test_a_rollback_puts_back_what_stood_there(scored: Portal) -> None:
    written(scored, 2, "1")
    plan = rollback(scored)
    assert rows(plan) == [("1", "crmb_score", "2", "1")]
    assert {row.policy for row in plan if isinstance(row, PropertyChange)} == {"restore"}
    result = scored.apply(plan)
    assert (result.confirmed, result.conflicts) == (1, 0)
    assert (scored.value("1", "crmb_score"), scored.value("2", "crmb_score")) == ("1", "1")


def test_planning_a_rollback_calls_nothing(scored: Portal) -> None:
    before = scored.crm.calls
    rollback(scored)
    assert scored.crm.calls == before


def test_a_first_run_is_rolled_back_to_nothing_and_definitions_stay(scored: Portal) -> None:
    plan = rollback(scored)
    assert plan.header.origin == f"rollback {scored.journal.last_run()}"
    assert (plan.header.definitions, plan.header.records) == (0, 2)
    assert codes(plan) == ["definitions-stay"]
    scored.apply(plan)
    assert [scored.value(id_, name) for id_ in "12" for name in ("crmb_score", "crmb_computed_at")] == [None] * 4
    assert ("contact", "crmb_score") in scored.crm.definitions


def test_a_rollback_of_a_rollback_is_the_original(scored: Portal) -> None:
    """Kills: leaving out as written since what a rollback itself wrote."""
    original = {ref: record.properties for ref, record in scored.crm.records.items()}
    scored.apply(rollback(scored))
    again = rollback(scored)
    assert rows(again)
    scored.apply(again)
    assert {ref: record.properties for ref, record in scored.crm.records.items()} == original
    assert scored.journal.verify().faults == ()


def test_what_was_rolled_back_is_not_planned_again_until_that_is_rolled_back(scored: Portal) -> None:
    scored.apply(rollback(scored))
    assert [row for row in scored.plan() if row.kind == "property"] == []
    scored.judge({"1": 3}, "score")
    assert [row[3] for row in rows(scored.plan()) if row[1] == "crmb_score"] == ["3"]
    scored.judge({"1": 1}, "score")
    scored.apply(rollback(scored))
    assert scored.plan().is_empty
    with scored.store.reading() as tx:
        assert scored.journal.withheld.of(tx, "contact", ["1", "2"]) == {}


def test_a_row_that_a_later_run_has_written_again_is_left_out(scored: Portal) -> None:
    """Kills: putting back what stood before the first of two writes."""
    first = scored.journal.last_run() or ""
    written(scored, 2, "1")
    plan = rollback(scored, first)
    assert {row[:2] for row in rows(plan)} == {("2", "crmb_computed_at"), ("2", "crmb_score")}
    assert codes(plan) == ["written-since", "definitions-stay"]
    assert "1 rows" in plan.header.findings[0].message


def test_runs_are_rolled_back_one_after_the_other(scored: Portal) -> None:
    first = scored.journal.last_run() or ""
    written(scored, 2, "1")
    scored.apply(rollback(scored))
    scored.apply(rollback(scored, first))
    assert (scored.value("1", "crmb_score"), scored.value("2", "crmb_score")) == (None, None)
    assert rollback(scored, first).is_empty


def test_a_row_edited_since_is_a_conflict(scored: Portal) -> None:
    scored.crm.edit(next(ref for ref in scored.crm.records if ref.id == "1"), {"crmb_score": "9"})
    result = scored.apply(rollback(scored))
    assert (result.confirmed, result.conflicts) == (1, 1)
    assert (scored.value("1", "crmb_score"), scored.value("2", "crmb_score")) == ("9", None)


def test_what_stood_there_already_is_not_taken_back(scored: Portal) -> None:
    """Kills: rolling back rows that were confirmed without being sent."""
    scored.judge(dict.fromkeys("12", 2), "score")
    plan = scored.plan()
    scored.crm.update("contact", [Update(id="1", properties={"crmb_score": "2"})])
    scored.apply(plan)
    assert [row[0] for row in rows(rollback(scored)) if row[1] == "crmb_score"] == ["2"]


def test_a_native_value_is_put_back_as_it_was_and_is_nobodys_then(portal: Portal) -> None:
    portal.register(GROUPS)
    portal.define(native(GROUPS))
    portal.contacts("1", groups="b; a ")
    portal.judge({"1": ("c",)}, "groups")
    portal.apply(portal.plan())
    assert portal.value("1", "groups") == "a;b;c"
    portal.apply(rollback(portal))
    assert portal.value("1", "groups") == "b; a "
    with portal.store.reading() as tx:
        assert portal.journal.manifest.confirmed(tx, "contact", ["1"]) == {}
    assert portal.plan().is_empty


def test_a_native_value_of_an_earlier_run_is_ours_again_when_the_later_one_is_rolled_back(portal: Portal) -> None:
    """Kills: taking every native value that is put back for somebody else's."""

    def ours() -> dict[tuple[str, str], str | None]:
        with portal.store.reading() as tx:
            return portal.journal.manifest.confirmed(tx, "contact", ["1"])

    portal.register(GROUPS)
    portal.define(native(GROUPS))
    portal.contacts("1", groups="a")
    for value in ("b", "c"):
        portal.judge({"1": (value,)}, "groups")
        portal.apply(portal.plan())
    assert portal.value("1", "groups") == "a;b;c"
    portal.apply(rollback(portal))
    assert ours() == {("1", "groups"): "a;b"}
    portal.apply(rollback(portal))
    assert ours() == {("1", "groups"): "a;b;c"}


def test_a_row_that_was_erased_is_not_rolled_back(scored: Portal) -> None:
    run = scored.journal.last_run() or ""
    gone = [
        sent
        for page in scored.journal.sent(run)
        for sent in page
        if sent.change.record and sent.change.record.id == "1"
    ]
    with scored.run() as lease, scored.store.writing(lease.lease) as tx:
        scored.journal.erase(tx, lease, gone[0].plan_id, [sent.number for sent in gone])
    plan = rollback(scored, run)
    assert {row[0] for row in rows(plan)} == {"2"}
    assert codes(plan) == ["erased-rows", "definitions-stay"]
    assert f"{len(gone)} rows" in plan.header.findings[0].message


def test_a_run_that_wrote_nothing_is_named(portal: Portal) -> None:
    portal.contacts("1")
    with pytest.raises(FixConfig, match="nothing that was written to .main. stands"):
        rollback(portal)
    portal.register(SCORE)
    last = written(portal, 1, "1")
    with pytest.raises(FixConfig, match=rf"nothing that run 'nonsense' wrote .*`crmbridge status`.*{last}"):
        rollback(portal, "nonsense")


def test_a_big_rollback_waits_for_approval(scored: Portal) -> None:
    scored.config = scored.config.model_copy(update={"guard": scored.config.guard.model_copy(update={"rows": 1})})
    plan = rollback(scored)
    assert [finding.code for finding in plan.parked] == ["too-many-rows"]
    assert scored.apply(plan).status == "parked"


def test_rows_without_an_answer_are_told_of(scored: Portal) -> None:
    run = scored.journal.last_run() or ""
    scored.judge({"1": 5}, "score")
    real = scored.crm.update

    def die(*_: object) -> object:
        raise KeyboardInterrupt

    scored.crm.update = die  # type: ignore[method-assign, assignment]  # the process dies here
    with pytest.raises(KeyboardInterrupt):
        scored.apply(scored.plan())
    scored.crm.update = real  # type: ignore[method-assign]  # and works again
    assert "unsettled-rows" in codes(rollback(scored, run))


def step(before: str | None, after: str | None) -> Written:
    change = PropertyChange(subject=Ref("contact", "1"), property="p", before=before, after=after, policy="own")
    return Written("plan", 0, "run", "judged", change, before, after, None)


@pytest.mark.parametrize(
    ("kind", "value", "steps", "expected"),
    [
        ("string", "b", [("a", "b")], "a"),
        ("string", "c", [(None, "b"), ("b", "c")], None),
        ("string", "c", [("a", "b"), ("x", "c")], "x"),  # somebody wrote x in between: that is put back
        ("string", "z", [("a", "b")], "z"),
        ("number", "2.0", [("1", "2")], "1"),
        ("multi", "a;b;c", [("b; a ", "a;b;c")], "b; a "),
        ("multi", "a;b;d;c", [("a", "a;b"), ("a;b;d", "a;b;d;c")], "a;d"),  # d is somebody else's choice
        ("multi", "b", [(None, "b")], None),
    ],
)
def test_writes_are_taken_back_as_far_as_they_are_ours(
    kind: str, value: str, steps: list[tuple[str | None, str]], expected: str | None
) -> None:
    assert undone(kind, value, [step(*pair) for pair in steps]) == expected


def test_a_value_that_was_rolled_back_may_come_again_once_another_was_written(scored: Portal) -> None:
    """Kills: withholding a value for ever, although something else was proposed and written since."""
    written(scored, 2, "1")
    scored.apply(rollback(scored))
    assert scored.plan().is_empty
    written(scored, 3, "1")
    written(scored, 2, "1")
    assert scored.value("1", "crmb_score") == "2"


def test_what_a_rollback_could_not_put_back_is_not_written_again_either(scored: Portal) -> None:
    """Kills: withholding only what went back: the next plan would write the very value that was taken back."""
    written(scored, 2, "1", "2")
    scored.crm.update("contact", [Update(id="1", properties={"crmb_score": "7"})])
    with scored.store.locking() as tx:
        scored.mirror.put(tx, scored.crm.read_records("contact", ["1"], ["crmb_score"]), 1, 1)
    assert scored.apply(rollback(scored)).conflicts == 1
    assert rows(scored.plan()) == []


def test_the_last_run_is_the_last_of_which_something_stands(scored: Portal) -> None:
    """Kills: taking the newest intent for the newest write."""
    wrote = scored.journal.last_run()
    portal = scored
    portal.judge({"1": 5}, "score")
    plan = portal.plan()
    portal.crm.update = refused  # type: ignore[method-assign, assignment]  # the platform takes nothing
    assert portal.apply(plan).rejected == 1
    assert portal.journal.last_run() == wrote


def refused(_: str, updates: Sequence[Update]) -> list[Outcome]:
    return [Outcome(id=update.id, ok=False, code="VALIDATION_ERROR") for update in updates]
