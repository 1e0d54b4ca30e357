"""The review of a plan: what it says, on which records, and that it never makes a plan by itself."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.config import Review, Writeback
from crmbridge.model import (
    ActivityChange,
    MembershipChange,
    Option,
    Plan,
    PropertySpec,
    PropertyValue,
    SegmentChange,
)
from crmbridge.store import Unit
from crmbridge.writeback.planning.review import LONGEST

from .conftest import Portal
from .handmade import DEAL, case, contact, deals, labels, link, planned

ROLES = PropertySpec(
    object="contact",
    name="roles",
    label="Buying roles",
    type="multi",
    fold="union",
    options=(Option(value="user", label="User (Benutzer)"), Option(value="buyer", label="Buyer (Einkäufer)")),
)
STAMP = PropertySpec(object="contact", name="computed_at", label="Computed at", type="date", stamp=True)


@pytest.fixture
def crm(portal: Portal) -> Portal:
    """Two contacts for whom roles are proposed, and their deal; both have a note to be reviewed."""
    portal.register(ROLES, STAMP)
    portal.contacts("1", "2")
    deals(portal, "9", owner="7")
    portal.crm.create_label("contact", "deal", "Decider")
    link(portal, "1", "2")
    portal.judge({"1": ("user", "buyer"), "2": ("user",)}, reason="title says so")
    portal.config = Writeback(guard={"first_apply": False}, review={"activity": "note", "objects": ["contact"]})
    return portal


def activities(plan: Plan) -> list[ActivityChange]:
    return [row for row in plan if isinstance(row, ActivityChange)]


def review(**facts: Any) -> Review:
    return Review.model_validate(facts)


def test_a_note_says_what_changes_and_why(crm: Portal) -> None:
    first, second = activities(planned(crm))
    assert (first.subject, first.object, first.by) == (contact("1"), "note", "core review")
    assert (first.after or "").split("\n") == [
        "Changed by crmbridge:",
        "Buying roles: (empty) → User (Benutzer), Buyer (Einkäufer) (title says so)",
        f"crmbridge {first.key}",
    ]
    assert len(first.key) == 12
    assert first.key != second.key


def test_a_label_is_told_on_its_contact(crm: Portal) -> None:
    case(crm, {"1": {"decider": 0.82}})
    first = activities(planned(crm, labels={"decider": "Decider"}))[0]
    assert "Label 'Decider' with deal:9: added (decider 0.82)" in (first.after or "")


def test_a_task_has_a_title_an_owner_and_a_day(crm: Portal) -> None:
    spec = PropertySpec(object="deal", name="score", label="Score", type="number", fold="max")
    crm.register(spec)
    value = PropertyValue(subject=DEAL, property="score", value=3, by="judge")
    with crm.store.locking() as tx:
        crm.judgements.put(tx, "center", [Unit("center", "deal:9", "hash", values=[value])])
    (row,) = activities(planned(crm, review=review(activity="task")))
    assert (row.subject, row.object, row.owner_id) == (DEAL, "task", "7")
    assert row.title == "Review: 1 change by crmbridge"
    assert str(row.day) == "2026-03-01"


def test_only_the_named_objects_are_reviewed(crm: Portal) -> None:
    assert activities(planned(crm, review=review(activity="note"))) == []


def test_an_applied_plan_leaves_its_notes_and_the_next_plan_is_empty(crm: Portal) -> None:
    """Kills "review what was reviewed": notes alone must never make a plan."""
    crm.config = crm.config.model_copy(
        update={"review": review(activity="note", objects=["contact"], segments=True), "labels": {"decider": "Decider"}}
    )
    case(crm, {"1": {"decider": 0.82}})
    crm.judge({"1": ("user", "buyer"), "2": ("user",)})
    result = crm.apply(planned(crm))
    assert (result.invalid, result.rejected, result.unknown) == (0, 0, 0)
    assert labels(crm, "1") == {None, "Decider"}
    assert sum(ref.object == "note" for ref in crm.crm.records) == 2
    again = planned(crm)
    assert (again.is_empty, len(again)) == (True, 0)


def test_the_same_plan_has_the_same_keys_and_titles(crm: Portal) -> None:
    config = review(activity="note", objects=["contact"], segments=True)
    first, second = (planned(crm, review=config) for _ in range(2))
    assert list(first) == list(second)
    assert first.hash == second.hash


def test_a_list_holds_the_changed_records(crm: Portal) -> None:
    plan = planned(crm, review=review(segments=True))
    rows = [row for row in plan if isinstance(row, SegmentChange | MembershipChange)]
    title = rows[0].place[1]
    assert isinstance(rows[0], SegmentChange)
    assert title.startswith("crmbridge 2026-03-01 contact #")
    assert [(str(row.record), row.place[1]) for row in rows[1:]] == [("contact:1", title), ("contact:2", title)]
    crm.apply(plan)
    assert crm.crm.segments["contact", title] == {"1", "2"}


def test_other_records_have_another_list(crm: Portal) -> None:
    first = planned(crm, review=review(segments=True))
    crm.judge({"1": ("user",)})
    second = planned(crm, review=review(segments=True))
    assert {row.place for row in first if row.kind == "segment"}.isdisjoint(
        row.place for row in second if row.kind == "segment"
    )


def test_a_review_makes_no_plan_wait(crm: Portal) -> None:
    """Kills "guard the list": its title is new in every plan."""
    crm.config = Writeback()
    crm.apply(planned(crm), approve=planned(crm).hash)
    crm.judge({"1": ("user",)}, unit="deal:1")
    plan = planned(crm, review=review(activity="note", objects=["contact"], segments=True))
    assert activities(plan)
    assert [item.message for item in plan.parked if "crmbridge 2026" in item.message or "note" in item.message] == []


def test_a_long_story_is_cut_and_keeps_its_key(crm: Portal) -> None:
    crm.judge({"1": ("user",), "2": ("user",)}, reason="x" * 500)
    many = [ROLES.model_copy(update={"name": f"roles{number}"}) for number in range(200)]
    crm.register(*many)
    for spec in many:
        crm.judge({"1": ("user",)}, spec.name, f"deal:{spec.name}", reason="x" * 500)
    first = activities(planned(crm))[0]
    text = first.after or ""
    assert len(text) <= LONGEST
    assert text.split("\n")[-1] == f"crmbridge {first.key}"
    assert text.split("\n")[-2].startswith("… and ")
