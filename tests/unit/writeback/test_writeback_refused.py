"""What is refused or held back when a plan is made, and plans of just that."""

from __future__ import annotations

from typing import Any

from crmbridge.model import Option, Plan, PropertyChange, PropertyDefinition, PropertySpec, Ref
from crmbridge.store import Held, Reject

from .conftest import Portal

ROLES = PropertySpec(
    object="contact",
    name="roles",
    label="Roles",
    type="multi",
    options=tuple(Option(value=value, label=value) for value in ("user", "buyer")),
)
SCORE = PropertySpec(object="contact", name="score", label="Score", type="number")


def places(plan: Plan) -> list[str]:
    return [f"{row.subject.id}.{row.property}" for row in plan if isinstance(row, PropertyChange)]


def codes(plan: Plan) -> list[str]:
    return [item.code for item in plan.header.findings]


def refused(portal: Portal) -> list[tuple[str, str, str, str, str | None, int]]:
    return [
        (item.subject.id, item.property, item.kind, item.reason, item.value, item.times)
        for item in portal.journal.rejects.all()
    ]


def hold(portal: Portal, contact: str, value: str | None, *, any_value: bool = False) -> None:
    with portal.store.locking() as tx:
        portal.journal.withheld.add(
            tx, "", [Held(Ref("contact", contact), "crmb_roles", value, any_value, "rolled-back")]
        )


def test_values_that_no_property_can_hold_are_kept_until_they_can(portal: Portal) -> None:
    """Kills: only counting them."""
    portal.register(SCORE, ROLES)
    portal.contacts("1", "2", "3")
    portal.judge({"1": "much", "2": "1", "3": "Infinity"}, "score")
    portal.judge({"1": ("user", "emperor")}, "roles", "deal:2")
    portal.plan()
    assert refused(portal) == [
        ("1", "crmb_roles", "invalid", "not-an-option", "user;emperor", 1),
        ("1", "crmb_score", "invalid", "wrong-type", "much", 1),
        ("3", "crmb_score", "invalid", "not-finite", "Infinity", 1),
    ]
    portal.judge({"1": 3, "2": "1", "3": "Infinity"}, "score")
    portal.plan(narrowed={"only": ["contact:2"]})
    assert len(refused(portal)) == 3  # a plan that did not look at them knows nothing of them
    portal.plan()
    assert refused(portal) == [
        ("1", "crmb_roles", "invalid", "not-an-option", "user;emperor", 2),
        ("3", "crmb_score", "invalid", "not-finite", "Infinity", 2),
    ]


def test_what_nothing_would_write_any_more_leaves_the_list_with_a_whole_plan(portal: Portal) -> None:
    """Kills: keeping what is moot for ever; letting go of all; judging by a plan that looked at a part."""
    portal.register(SCORE)
    portal.define(PropertyDefinition(object="contact", name="crmb_score", label="S", type="number", group="crmbridge"))
    portal.contacts("1", "2", "3", "4", "5", crmb_score=None)
    portal.judge(dict.fromkeys("12345", "7"), "score")
    with portal.store.locking() as tx:
        places = [(id_, "crmb_score") for id_ in "12345"]
        notes = [("1", "note:key1"), ("2", "list:crmbridge 2026-03-01"), ("3", "note:key3")]
        refused_once = [Reject(Ref("contact", id_), name, "rejected", "LIMIT", "7") for id_, name in (*places, *notes)]
        portal.journal.rejects.add(tx, "earlier", refused_once)
    portal.plan()
    assert len(refused(portal)) == 8  # all would be written still
    portal.decide("1", "score", "9")
    portal.judge({"3": "7", "4": "7", "5": "7"}, "score")
    portal.fail("5")
    with portal.store.locking() as tx:
        portal.mirror.archive(tx, "contact", ["3"])
        portal.mirror.set_properties(tx, {Ref("contact", "4"): {"crmb_score": "7"}})
    for narrowed in ({"only": ["contact.score"]}, {"limit": 1}, {"origin": "retry", "places": []}):
        portal.plan(narrowed=narrowed)
        assert len(refused(portal)) == 8
    portal.plan()
    assert [item[:2] for item in refused(portal)] == [
        ("1", "note:key1"),
        ("2", "list:crmbridge 2026-03-01"),
        ("5", "crmb_score"),
    ]


def test_what_the_crm_refused_stays_on_the_list_when_planned_again(portal: Portal) -> None:
    portal.register(ROLES)
    portal.define(PropertyDefinition(object="contact", name="crmb_roles", label="R", type="multi", group="crmbridge"))
    portal.contacts("1", crmb_roles=None)
    portal.judge({"1": ("user",)})
    plan = portal.plan()
    del portal.crm.records[Ref("contact", "1")]
    portal.apply(plan)
    portal.plan()
    assert [item[2:4] for item in refused(portal)] == [("invalid", "record-missing")]


def test_a_long_or_broken_text_is_kept_short_and_readable(portal: Portal) -> None:
    portal.register(SCORE)
    portal.contacts("1", "2")
    portal.judge({"1": "x" * 70_000, "2": "\ud800"}, "score")
    portal.plan()
    assert [len(item[4] or "") for item in refused(portal)] == [500, 1]


def test_a_withheld_value_is_not_planned_but_another_one_is(portal: Portal) -> None:
    """Kills: holding back whatever is proposed for the record."""
    portal.register(ROLES)
    portal.contacts("1", "2", "3")
    hold(portal, "1", "user")
    hold(portal, "2", "something", any_value=True)
    portal.judge(dict.fromkeys("123", ("user",)))
    plan = portal.plan()
    assert places(plan) == ["3.crmb_roles"]
    assert codes(plan) == ["withheld"]
    assert "2 values of contact.crmb_roles" in plan.header.findings[0].message
    assert "crmbridge rejects retry --withheld contact.crmb_roles" in plan.header.findings[0].message
    portal.judge(dict.fromkeys("123", ("user", "buyer")))
    assert places(portal.plan()) == ["1.crmb_roles", "3.crmb_roles"]


def test_withheld_texts_are_compared_as_values(portal: Portal) -> None:
    portal.register(ROLES)
    portal.contacts("1")
    hold(portal, "1", "buyer;user")
    portal.judge({"1": ("user", "buyer")})
    assert portal.plan().header.records == 0


def test_a_retry_holds_just_its_places_with_the_newest_values(portal: Portal) -> None:
    portal.register(ROLES, SCORE)
    portal.contacts("1", "2", "3")
    portal.judge(dict.fromkeys("123", ("user",)))
    portal.judge(dict.fromkeys("123", 2), "score", "deal:2")
    wanted = [(Ref("contact", "1"), "crmb_score"), (Ref("contact", "3"), "crmb_score")]
    plan = portal.plan(narrowed={"origin": "retry", "places": wanted})
    assert places(plan) == ["1.crmb_score", "3.crmb_score"]
    assert [row.place[1] for row in plan if row.kind == "definition"] == ["crmb_score"]
    assert plan.header.origin == "retry"
    assert portal.plan(narrowed={"origin": "retry", "places": []}).is_empty


def test_a_retry_is_no_way_around_the_first_approval(portal: Portal) -> None:
    portal.register(ROLES)
    portal.contacts("1")
    portal.judge({"1": ("user",)})
    asked: dict[str, Any] = {"origin": "retry", "places": [(Ref("contact", "1"), "crmb_roles")]}
    plan = portal.plan(narrowed=asked, guard=portal.config.guard.model_copy(update={"first_apply": True}))
    assert [item.code for item in plan.parked] == ["first-apply"]
