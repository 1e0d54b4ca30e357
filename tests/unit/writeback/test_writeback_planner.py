"""Planning: from stored proposals to stored rows, with counts, findings and a hash."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from crmbridge.context import DROP
from crmbridge.model import (
    BuyingCenter,
    Company,
    Contact,
    DefinitionChange,
    Finding,
    GroupChange,
    Member,
    Option,
    Plan,
    PropertyChange,
    PropertyDefinition,
    PropertySpec,
)
from crmbridge.store import Failure, Unit

from .conftest import Portal

ROLES = PropertySpec(
    object="contact",
    name="roles",
    label="Roles",
    type="multi",
    fold="union",
    options=tuple(Option(value=value, label=value) for value in ("user", "buyer", "decider")),
)
SCORE = PropertySpec(object="contact", name="score", label="Score", type="number", fold="max")
STAMP = PropertySpec(object="contact", name="computed_at", label="Computed at", type="date", stamp=True)


def defined(spec: PropertySpec) -> PropertyDefinition:
    return PropertyDefinition(
        object="contact",
        name=f"crmb_{spec.name}",
        label=spec.label,
        type=spec.type,
        group="crmbridge",
        options=spec.options,
    )


def values(plan: Plan) -> list[PropertyChange]:
    return [row for row in plan if isinstance(row, PropertyChange)]


def shown(plan: Plan) -> list[tuple[str, str, str | None, str | None]]:
    return [(row.subject.id, row.property, row.before, row.after) for row in values(plan)]


def codes(plan: Plan) -> list[str]:
    return [finding.code for finding in plan.header.findings]


def test_definitions_come_first_and_values_follow_by_record(portal: Portal) -> None:
    portal.register(ROLES, SCORE)
    portal.contacts("1", "2")
    portal.judge({"2": ("buyer",), "1": ("user",)})
    portal.judge({"1": 0.50}, "score", "deal:2")
    plan = portal.plan()
    kinds = [type(row) for row in plan]
    assert kinds == [GroupChange, DefinitionChange, DefinitionChange, *[PropertyChange] * 3]
    assert shown(plan) == [
        ("1", "crmb_roles", None, "user"),
        ("1", "crmb_score", None, "0.5"),
        ("2", "crmb_roles", None, "buyer"),
    ]
    header = plan.header
    assert (header.rows, header.definitions, header.records) == (6, 3, 2)
    assert [(item.property, item.filled) for item in header.counts] == [("crmb_roles", 2), ("crmb_score", 1)]


def test_all_open_centers_of_a_contact_are_folded(portal: Portal) -> None:
    portal.register(ROLES)
    portal.contacts("1")
    portal.judge({"1": ("decider",)}, unit="deal:1")
    portal.judge({"1": ("user",)}, unit="deal:2")
    assert shown(portal.plan()) == [("1", "crmb_roles", None, "user;decider")]


def test_counts_tell_what_is_filled_changed_cleared_and_there(portal: Portal) -> None:
    spec = SCORE.model_copy(update={"clear": True})
    portal.register(spec)
    portal.define(defined(spec))
    portal.contacts("1", "2", "5", "6", crmb_score="1")
    portal.contacts("3", "4", crmb_score=None)
    portal.judge({"1": 2, "2": None, "3": 1, "4": None, "5": 1.0}, "score")
    count = portal.plan().header.counts[0]
    assert (count.filled, count.changed, count.cleared, count.existing) == (1, 1, 1, 4)


def test_a_plugin_that_failed_on_a_record_writes_nothing_there(portal: Portal) -> None:
    portal.register(ROLES)
    portal.contacts("1", "2")
    portal.judge({"1": ("user",), "2": ("user",)})
    portal.fail("1")
    assert [row[0] for row in shown(portal.plan())] == ["2"]


def test_a_persons_word_leaves_the_plan(portal: Portal) -> None:
    portal.register(ROLES)
    portal.contacts("1", "2")
    portal.judge({"1": ("user",), "2": ("user",)})
    portal.decide("2", "roles", "buyer")
    assert [row[0] for row in shown(portal.plan())] == ["1"]


def test_what_was_never_read_is_unknown(portal: Portal) -> None:
    portal.register(ROLES)
    portal.define(defined(ROLES))
    portal.contacts("1")
    portal.judge({"1": ("user",)})
    assert portal.plan().is_empty


def test_records_that_are_gone_have_no_rows(portal: Portal) -> None:
    portal.register(ROLES)
    portal.contacts("1", "2")
    portal.judge({"1": ("user",), "2": ("user",), "3": ("user",)})
    with portal.store.locking() as tx:
        portal.mirror.archive(tx, "contact", ["2"])
    assert [row[0] for row in shown(portal.plan())] == ["1"]


def test_stamps_travel_with_other_rows_only(portal: Portal) -> None:
    portal.register(ROLES, STAMP)
    portal.define(defined(ROLES), defined(STAMP))
    portal.contacts("1", crmb_roles=None, crmb_computed_at=None)
    portal.contacts("2", crmb_roles="user", crmb_computed_at=None)
    portal.judge({"1": ("user",), "2": ("user",)})
    plan = portal.plan()
    assert shown(plan) == [("1", "crmb_roles", None, "user"), ("1", "crmb_computed_at", None, "2026-03-01")]
    assert [count.property for count in plan.header.counts] == ["crmb_roles"]


def test_a_stamp_is_not_hashed(portal: Portal) -> None:
    """Kills: hashing every row."""
    portal.register(ROLES, STAMP)
    portal.define(defined(ROLES), defined(STAMP))
    portal.contacts("1", crmb_roles=None, crmb_computed_at=None)
    portal.judge({"1": ("user",)})
    first = portal.plan()
    portal.contacts("1", crmb_roles=None, crmb_computed_at="2026-02-01")
    second = portal.plan()
    assert shown(first) != shown(second)
    assert first.hash == second.hash


def test_equal_stores_make_equal_plans(portal: Portal) -> None:
    portal.register(ROLES, SCORE)
    portal.contacts(*map(str, range(20)))
    portal.judge({str(number): ("user", "buyer") for number in range(20)})
    first, second = portal.plan(), portal.plan()
    assert first.header.id != second.header.id
    assert first.hash == second.hash
    assert [row.model_dump_json() for row in first] == [row.model_dump_json() for row in second]


@pytest.mark.parametrize(
    "other",
    [
        lambda portal: portal.plan(date(2026, 3, 2)),
        lambda portal: portal.plan(skip=("contact.score",)),
        lambda portal: (portal.judge({"1": ("buyer",)}), portal.plan())[1],
        lambda portal: (portal.judge({"1": ("user",)}, reason="another"), portal.plan())[1],
    ],
    ids=["day", "property", "value", "reason"],
)
def test_other_plans_hash_otherwise(portal: Portal, other: Any) -> None:
    portal.register(ROLES, SCORE)
    portal.contacts("1")
    portal.judge({"1": ("user",)})
    assert portal.plan().hash != other(portal).hash


def test_plugins_narrow_and_drop_changes(portal: Portal) -> None:
    def transform_change(change: PropertyChange) -> Any:
        if change.subject.id == "1":
            return DROP
        return change.model_copy(update={"after": "user", "reason": "narrowed"}) if change.subject.id == "2" else None

    portal.register(ROLES, transform_change=transform_change)
    portal.contacts("1", "2", "3")
    portal.judge(dict.fromkeys("123", ("user", "buyer")))
    assert [(row.subject.id, row.after, row.reason) for row in values(portal.plan())] == [
        ("2", "user", "narrowed"),
        ("3", "user;buyer", ""),
    ]


def test_what_a_plugin_makes_of_a_change_must_fit_the_property(portal: Portal) -> None:
    def transform_change(change: PropertyChange) -> PropertyChange:
        return change.model_copy(update={"after": "emperor"})

    portal.register(ROLES, transform_change=transform_change)
    portal.contacts("1", "2")
    portal.judge({"1": ("user",), "2": ("user",)})
    plan = portal.plan()
    assert not values(plan)
    assert codes(plan) == ["invalid-value"]
    assert "2 values of contact.crmb_roles are left out (not-an-option)" in plan.header.findings[0].message


def test_invalid_values_are_reported_not_written(portal: Portal) -> None:
    portal.register(SCORE)
    portal.contacts("1", "2")
    portal.judge({"1": "much", "2": 1}, "score")
    plan = portal.plan()
    assert [row[0] for row in shown(plan)] == ["2"]
    assert codes(plan) == ["invalid-value"]


def test_checks_see_the_rows_and_forbid_the_plan(portal: Portal) -> None:
    def check_plan(plan: Plan) -> list[Finding]:
        rows = [row for row in plan if isinstance(row, PropertyChange)]
        return [Finding(severity="error", code="no", message=f"{len(rows)} of {plan.header.counts[0].filled}")]

    portal.register(ROLES, check_plan=check_plan)
    portal.contacts("1", "2")
    portal.judge({"1": ("user",), "2": ("user",)})
    plan = portal.plan()
    assert [(item.message, item.by) for item in plan.blocked] == [("2 of 2", "judge")]
    stored = portal.journal.plans.get(plan.header.id)
    assert stored is not None
    assert stored.header == plan.header


def test_the_guard_parks_a_plan_that_changes_too_much(portal: Portal) -> None:
    """T46. Kills: counting only the records that have rows, by which the share is always whole."""
    portal.register(SCORE)
    portal.define(defined(SCORE))
    portal.contacts(*map(str, range(20)), crmb_score="1")
    portal.judge({str(number): 2 for number in range(6)}, "score")
    assert not portal.plan().parked
    portal.judge({str(number): 2 for number in range(7)}, "score")
    assert [item.code for item in portal.plan().parked] == ["too-many-changed"]


def test_a_plan_of_many_pages_is_whole(portal: Portal) -> None:
    portal.register(SCORE)
    ids = [f"{number:05}" for number in range(1100)]
    portal.contacts(*ids)
    portal.judge(dict.fromkeys(ids, 1), "score")
    assert [row[0] for row in shown(portal.plan())] == ids


def test_properties_that_no_plugin_registers_any_more_have_no_rows(portal: Portal) -> None:
    portal.register(ROLES)
    portal.contacts("1")
    portal.judge({"1": 1}, "score")
    assert not values(portal.plan())


def test_native_fields_are_only_filled(portal: Portal) -> None:
    native = ROLES.model_copy(update={"name": "buying_role", "policy": "fill-empty"})
    portal.register(native)
    portal.define(
        PropertyDefinition(object="contact", name="buying_role", label="R", type="multi", options=ROLES.options)
    )
    portal.contacts("1", buying_role="buyer")
    portal.contacts("2", buying_role=None)
    portal.judge({"1": ("user",), "2": ("user",)}, "buying_role")
    plan = portal.plan()
    assert not plan.header.definitions
    assert shown(plan) == [("1", "buying_role", "buyer", "user;buyer"), ("2", "buying_role", None, "user")]


def test_other_records_of_the_same_id_are_not_mixed_up(portal: Portal) -> None:
    portal.register(ROLES, ROLES.model_copy(update={"object": "company"}))
    portal.contacts("1")
    portal.judge({"1": ("user",)})
    assert [row.subject.object for row in values(portal.plan())] == ["contact"]
    assert Contact(id="1").ref == values(portal.plan())[0].subject


def test_a_plugin_that_suddenly_finds_nothing_is_told(portal: Portal) -> None:
    """Kills: comparing with plans of the same state, and with plans that were narrowed."""
    portal.register(SCORE)
    portal.define(defined(SCORE))
    portal.contacts(*map(str, range(20)), crmb_score="1")
    everybody = {str(number): 1 for number in range(20)}
    for day in range(1, 5):
        portal.judge(everybody, "score")
        plan = portal.plan(date(2026, 3, day))
        assert (plan.header.proposed, codes(plan)) == ({"contact.crmb_score": 20}, [])
        assert portal.plan(date(2026, 3, day), narrowed={"only": ["contact:1"]}).header.proposed == {}
    portal.judge({"1": 1}, "score")
    for _ in range(4):
        plan = portal.plan(date(2026, 3, 5))
        assert codes(plan) == ["count-deviates"]
        assert "1 records, 20 in the mean of the last 4 plans" in plan.header.findings[0].message
    assert not codes(portal.plan(date(2026, 3, 5), guard=portal.config.guard.model_copy(update={"deviation_plans": 0})))


def test_a_place_has_one_row_however_many_centers_speak_of_it(portal: Portal) -> None:
    """T24. Kills: a row per proposal."""
    portal.register(ROLES)
    portal.contacts("1", "2")
    for deal in range(5):
        portal.judge({"1": ("user",), "2": ("buyer",)}, unit=f"deal:{deal}")
    found = [(row.subject, row.property) for row in values(portal.plan())]
    assert len(found) == len(set(found)) == 2


def test_all_values_empty_or_most_of_them_changed_wait_for_a_person(portal: Portal) -> None:
    """T46: 100 % empty, or 60 % changed: parked, and nothing is sent."""
    spec = SCORE.model_copy(update={"clear": True})
    portal.register(spec)
    portal.define(defined(spec))
    people = [str(number) for number in range(20)]
    portal.contacts(*people, crmb_score="1")
    cases: list[tuple[dict[str, Any], str]] = [
        (dict.fromkeys(people), "too-many-cleared"),
        (dict.fromkeys(people, 1) | dict.fromkeys(people[:12], 2), "too-many-changed"),
    ]
    for proposed, code in cases:
        portal.judge(proposed, "score")
        plan = portal.plan()
        assert [item.code for item in plan.parked] == [code]
        assert portal.apply(plan).status == "parked"
    assert not portal.crm.calls


@pytest.mark.parametrize(
    ("there", "code"),
    [
        ({"type": "number", "options": ()}, "name-clash"),
        ({"read_only": True}, "read-only"),
    ],
)
def test_what_the_platform_would_refuse_is_found_in_the_plan(portal: Portal, there: Any, code: str) -> None:
    """T20: another type, read-only: no rows, and the plan says why."""
    portal.register(ROLES)
    portal.define(defined(ROLES).model_copy(update=there))
    portal.contacts("1", crmb_roles=None)
    portal.judge({"1": ("user",)})
    plan = portal.plan()
    assert (plan.is_empty, codes(plan)) == (True, [code])


def test_a_missing_option_is_planned_before_its_values(portal: Portal) -> None:
    """T20."""
    portal.register(ROLES)
    portal.define(defined(ROLES).model_copy(update={"options": ROLES.options[:1]}))
    portal.contacts("1", crmb_roles=None)
    portal.judge({"1": ("decider",)})
    plan = portal.plan()
    assert [row.kind for row in plan] == ["definition", "property"]
    assert portal.apply(plan).confirmed == 2
    assert portal.value("1") == "decider"


def test_a_failure_anywhere_in_a_center_leaves_its_people_and_company_alone(portal: Portal) -> None:
    """Kills: looking for failures on the record itself only."""
    on = ROLES.model_copy(update={"object": "company"})
    portal.register(ROLES, on)
    portal.contacts("1", "2")
    member = Member(id="contact:1", joined_by="deal")
    center = BuyingCenter(id="deal:7", name="Presse", company=Company(id="9", name="Muster AG"), members=(member,))
    broken = Unit("center", "deal:7", "hash", failures=[Failure("judge", "derive_center", "m")], center=center)
    portal.judge({"1": ("user",), "2": ("user",)})
    with portal.store.locking() as tx:
        portal.judgements.put(tx, "center", [broken])
    assert [row[0] for row in shown(portal.plan())] == ["2"]
    with portal.store.reading() as tx:
        assert portal.judgements.failed_on(tx, "contact", ["1", "2"]) == {("1", "judge")}
        assert portal.judgements.failed_on(tx, "company", ["9", "8"]) == {("9", "judge")}
        assert portal.judgements.failed_on(tx, "deal", ["7", "1"]) == {("7", "judge")}
