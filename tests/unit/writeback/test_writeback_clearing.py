"""Emptying values of ours that nobody proposes any more."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge.model import Option, Plan, PropertyChange, PropertyDefinition, PropertySpec

from .conftest import Portal

ROLES = PropertySpec(
    object="contact",
    name="roles",
    label="Roles",
    type="multi",
    options=tuple(Option(value=value, label=value) for value in ("user", "buyer")),
)
SCORE = PropertySpec(object="contact", name="score", label="Score", type="number")
CLEAR = ("contact.roles",)


@pytest.fixture(autouse=True)
def _written(portal: Portal) -> None:
    """Roles and scores of three contacts stand in the CRM as written."""
    portal.register(ROLES, SCORE)
    portal.contacts("1", "2", "3")
    portal.judge(dict.fromkeys("123", ("user",)))
    portal.judge(dict.fromkeys("123", 1), "score", "deal:2")
    portal.apply(portal.plan())


def values(plan: Plan) -> list[tuple[str, str, str | None, str | None]]:
    return [(row.subject.id, row.property, row.before, row.after) for row in plan if isinstance(row, PropertyChange)]


def test_what_nobody_proposes_any_more_is_emptied_where_the_config_says_so(portal: Portal) -> None:
    portal.judge({"1": ("user",)})
    portal.judge({"1": 2, "2": 2}, "score", "deal:2")
    assert values(portal.plan()) == [("1", "crmb_score", "1", "2"), ("2", "crmb_score", "1", "2")]
    plan = portal.plan(clear=CLEAR)
    assert values(plan) == [
        ("1", "crmb_score", "1", "2"),
        ("2", "crmb_roles", "user", None),  # a record's rows stand together
        ("2", "crmb_score", "1", "2"),
        ("3", "crmb_roles", "user", None),
    ]
    reasons = {row.reason for row in plan if isinstance(row, PropertyChange) and row.after is None}
    assert reasons == {"no plugin proposes it any more"}
    portal.apply(plan)
    assert [portal.value(id_) for id_ in "123"] == ["user", None, None]
    assert portal.plan(clear=CLEAR).is_empty


@pytest.mark.parametrize(
    "speaks_against",
    [
        lambda portal: portal.fail("2"),
        lambda portal: portal.fail("2", "another"),
        lambda portal: portal.decide("2", "roles", "buyer"),
        lambda portal: portal.contacts("2", crmb_roles="buyer", crmb_score="1"),
        lambda portal: portal.judge({"2": ("user",)}, unit="deal:9"),
    ],
    ids=[
        "its plugin failed there",
        "another failed there",
        "a person decided",
        "somebody wrote another value",
        "another center speaks",
    ],
)
def test_what_is_not_known_to_be_obsolete_stays(portal: Portal, speaks_against: Any) -> None:
    """Kills: taking "nobody said anything" for "it is empty"."""
    portal.judge({"1": ("user",), "3": ("user",)})
    assert [row[0] for row in values(portal.plan(clear=CLEAR))] == ["2"]
    speaks_against(portal)
    assert values(portal.plan(clear=CLEAR)) == []


def test_a_value_that_was_never_ours_stays(portal: Portal) -> None:
    portal.contacts("4", crmb_roles="user", crmb_score=None)
    assert values(portal.plan(clear=CLEAR)) == []


def test_a_plugin_that_says_empty_is_heard_where_the_config_says_so(portal: Portal) -> None:
    portal.judge({"1": None, "2": ("user",), "3": ("user",)})
    assert not values(portal.plan())
    assert values(portal.plan(clear=CLEAR)) == [("1", "crmb_roles", "user", None)]


def test_emptying_is_guarded_apart(portal: Portal) -> None:
    """T46: everything becomes empty. Kills: counting clears as changes."""
    ids = [str(number) for number in range(10, 30)]
    portal.contacts(*ids, crmb_roles=None, crmb_score=None)
    portal.judge(dict.fromkeys([*"123", *ids], ("user",)))
    portal.apply(portal.plan())
    portal.judge({})
    plan = portal.plan(clear=CLEAR)
    assert [item.code for item in plan.parked] == ["too-many-cleared"]
    calls = portal.crm.calls
    assert portal.apply(plan).status == "parked"
    assert portal.crm.calls == calls


def test_a_native_value_that_we_filled_is_emptied_but_not_what_was_added_to_others(portal: Portal) -> None:
    filled = PropertySpec(object="contact", name="rank", label="Rank", policy="fill-empty")
    added = ROLES.model_copy(update={"name": "buying_role", "policy": "fill-empty"})
    portal.register(filled, added)
    portal.define(
        PropertyDefinition(object="contact", name="rank", label="Rank", type="string"),
        PropertyDefinition(object="contact", name="buying_role", label="R", type="multi", options=ROLES.options),
    )
    portal.contacts("7", rank=None, buying_role="buyer")
    portal.judge({"7": "chief"}, "rank")
    portal.judge({"7": ("user",)}, "buying_role", "deal:2")
    portal.apply(portal.plan())
    assert (portal.value("7", "rank"), portal.value("7", "buying_role")) == ("chief", "user;buyer")
    portal.judge({}, "rank")
    portal.judge({}, "buying_role", "deal:2")
    plan = portal.plan(clear=("contact.rank", "contact.buying_role"))
    assert values(plan) == [("7", "rank", "chief", None)]
    portal.apply(plan)
    assert portal.value("7", "rank") is None


def test_a_property_that_was_deleted_in_the_crm_is_planned_anew_from_empty(portal: Portal) -> None:
    """Kills: comparing with what the mirror still holds of a property that is no more."""
    with portal.store.locking() as tx:
        present = portal.mirror.definitions(tx, "contact")
        portal.mirror.put_definitions(tx, "contact", [item for name, item in present.items() if name != "crmb_roles"])
    plan = portal.plan()
    assert values(plan) == [(id_, "crmb_roles", None, "user") for id_ in "123"]
    assert plan.header.counts[0].existing == 0
