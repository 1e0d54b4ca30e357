"""Plans that are narrowed: to plugins, properties, records, or the first few."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.config.sections import Review
from crmbridge.connector import Vacancy
from crmbridge.errors import FixConfig
from crmbridge.model import Option, Plan, PropertyChange, PropertySpec
from crmbridge.plugins import Plugins

from .conftest import Portal, plugin_of

ROLES = PropertySpec(
    object="contact",
    name="roles",
    label="Roles",
    type="multi",
    options=tuple(Option(value=value, label=value) for value in ("user", "buyer")),
)
SCORE = PropertySpec(object="contact", name="score", label="Score", type="number")
STAMP = PropertySpec(object="contact", name="computed_at", label="Computed at", type="date", stamp=True)
SIZE = PropertySpec(object="company", name="size", label="Size", type="number")


@pytest.fixture(autouse=True)
def _people(portal: Portal) -> None:
    portal.plugins = Plugins.load(
        {},
        builtins={"judge": plugin_of([ROLES, STAMP, SIZE]), "other": plugin_of([SCORE])},
        entry_points=[],
    )
    portal.contacts("1", "2", "3")
    portal.judge(dict.fromkeys("123", ("user",)))
    portal.judge(dict.fromkeys("123", 1), "score", "deal:2")


def places(plan: Plan) -> set[str]:
    return {f"{row.subject.id}.{row.property}" for row in plan if isinstance(row, PropertyChange) and not row.stamp}


def narrowed(portal: Portal, **how: Any) -> Plan:
    return portal.plan(narrowed=how)


@pytest.mark.parametrize(
    ("only", "found"),
    [
        (["judge"], {"1.crmb_roles", "2.crmb_roles", "3.crmb_roles"}),
        (["contact.roles"], {"1.crmb_roles", "2.crmb_roles", "3.crmb_roles"}),
        (["contact.crmb_score"], {"1.crmb_score", "2.crmb_score", "3.crmb_score"}),
        (["contact:2"], {"2.crmb_roles", "2.crmb_score"}),
        (["contact:2", "contact:3", "other"], {"2.crmb_score", "3.crmb_score"}),
        (["contact.score", "judge", "contact:1"], {"1.crmb_roles", "1.crmb_score"}),
    ],
)
def test_a_plan_holds_what_is_named_and_nothing_else(portal: Portal, only: list[str], found: set[str]) -> None:
    """Kills: reading a property's registered name as its platform name."""
    assert places(narrowed(portal, only=only)) == found


def test_a_narrowed_plan_defines_only_what_it_writes_and_its_stamp(portal: Portal) -> None:
    plan = narrowed(portal, only=["contact.roles"])
    assert [row.place[1] for row in plan if row.kind == "definition"] == ["crmb_computed_at", "crmb_roles"]


def test_the_order_in_which_things_are_named_does_not_matter(portal: Portal) -> None:
    plans = [
        narrowed(portal, only=only)
        for only in (["contact:2", "contact.roles", "other"], ["other", "contact.crmb_roles", "contact:2", "other"])
    ]
    assert [plan.header.only for plan in plans] == [("contact.crmb_roles", "contact:2", "other")] * 2
    assert plans[0].hash == plans[1].hash
    assert plans[0].is_partial


def test_another_scope_is_another_plan_even_with_the_same_rows(portal: Portal) -> None:
    """Kills: hashing rows only, by which approving a part would approve the whole."""
    every = narrowed(portal, only=["contact:1", "contact:2", "contact:3", "contact.roles", "contact.score"])
    named = narrowed(portal, only=["contact.roles", "contact.score"])
    assert places(every) == places(named)
    assert every.hash != named.hash


@pytest.mark.parametrize("name", ["contact.role", "judg", "ticket:1", "contact"])
def test_a_name_that_does_not_exist_is_told_with_those_that_do(portal: Portal, name: str) -> None:
    with pytest.raises(FixConfig, match=rf"{name} .*judge, other.*contact\.crmb_roles"):
        narrowed(portal, only=[name])


def test_a_record_that_was_never_read_is_told(portal: Portal) -> None:
    with pytest.raises(FixConfig, match="contact:99"):
        narrowed(portal, only=["contact:99"])


def test_a_limit_is_a_number_of_records_with_rows(portal: Portal) -> None:
    """Kills: counting rows, or records that need nothing."""
    portal.decide("1", "roles", "buyer")
    portal.decide("1", "score", "5")
    plan = narrowed(portal, limit=2)
    assert places(plan) == {"2.crmb_roles", "2.crmb_score", "3.crmb_roles", "3.crmb_score"}
    assert (plan.header.limit, plan.header.records) == (2, 2)
    assert places(narrowed(portal, limit=1)) == {"2.crmb_roles", "2.crmb_score"}


def test_the_platform_is_asked_for_room_only_where_properties_are_created(portal: Portal) -> None:
    asked: list[str] = []

    def vacancy(name: str) -> Vacancy:
        asked.append(name)
        return Vacancy()

    portal.apply(narrowed(portal, vacancy=vacancy))
    assert asked == ["company", "contact"]
    assert narrowed(portal, vacancy=vacancy).is_empty
    assert asked == ["company", "contact"]


def test_values_of_a_property_that_finds_no_room_are_not_planned(portal: Portal) -> None:
    plan = narrowed(portal, vacancy=lambda name: Vacancy(left=1 if name == "contact" else None))
    assert [item.code for item in plan.blocked] == ["no-room"]
    assert not places(plan)
    assert [row.place for row in plan] == [("company", "crmbridge"), ("company", "crmb_size")]


def test_restoring_an_archived_property_waits_for_a_person(portal: Portal) -> None:
    plan = narrowed(portal, vacancy=lambda _: Vacancy(archived=frozenset({"crmb_roles", "unrelated"})))
    assert [item.code for item in plan.parked] == ["archived-property"]
    assert "1.crmb_roles" in places(plan)
    assert portal.apply(plan).status == "parked"
    assert not portal.crm.calls


def test_notes_follow_the_records_that_a_limit_left_and_wait_for_nobody(portal: Portal) -> None:
    """Kills: guarding what only travels with other rows: it would be new in every plan."""
    review = Review(activity="note", objects=("contact",))
    portal.apply(portal.plan())
    portal.judge(dict.fromkeys("123", ("buyer",)))
    guard = portal.config.guard.model_copy(update={"first_apply": True})
    versions = portal.plugins.versions()
    with portal.store.locking() as tx:
        portal.journal.manifest.release(tx, "", {("contact", "crmb_roles"): ("judge", versions["judge"])})
    plan = portal.plan(narrowed={"limit": 2}, review=review, guard=guard)
    assert [row.record.id for row in plan if row.kind == "activity" and row.record] == ["1", "2"]
    assert plan.header.records == 2
    assert not plan.parked
    assert portal.plan(review=review, skip=("contact.roles",)).is_empty
