"""A person's word in a property that is no decision: a conflict once, and no change while it stands there."""

from __future__ import annotations

import pytest

from crmbridge.config import Writeback
from crmbridge.connector import Version
from crmbridge.model import Plan, PropertyChange, PropertyDefinition, PropertySpec, Ref
from crmbridge.store import Held

from .conftest import Portal

POSITION = PropertySpec(
    object="contact", name="position", label="Position", type="string", policy="fill-empty", core=True
)
GRADE = PropertySpec(object="contact", name="grade", label="Grade", type="string")
ONE = Ref("contact", "1")


def native(name: str = "position") -> PropertyDefinition:
    return PropertyDefinition(object="contact", name=name, label=name, type="string", group="theirs")


def person(portal: Portal, value: str | None, name: str = "position") -> None:
    portal.crm.edit(ONE, {name: value})


def program(portal: Portal, value: str | None, name: str = "position") -> None:
    person(portal, value, name)
    portal.crm.authors[ONE, name] = Version(value=value, at=portal.crm.authors[ONE, name].at, author="system")


def sync(portal: Portal) -> None:
    with portal.store.locking() as tx:
        portal.mirror.put(tx, list(portal.crm.records.values()), 1, 2)


def night(portal: Portal) -> tuple[int, int, int]:
    """Sync, plan and apply: rows, confirmed, conflicts."""
    sync(portal)
    plan = portal.plan()
    result = portal.apply(plan)
    return len([row for row in plan if isinstance(row, PropertyChange)]), result.confirmed, result.conflicts


def held(portal: Portal) -> list[Held]:
    return list(portal.journal.withheld.all())


def codes(plan: Plan) -> list[str]:
    return [finding.code for finding in plan.header.findings]


@pytest.fixture
def filled(portal: Portal) -> Portal:
    """A contact whose empty native property crmbridge has filled."""
    portal.register(POSITION)
    portal.define(native())
    portal.contacts("1", position=None)
    portal.judge({"1": "cfo"}, "position")
    assert night(portal) == (1, 1, 0)
    return portal


@pytest.fixture
def shared(portal: Portal) -> Portal:
    """A native property that programs may overwrite, but nobody what a person wrote; a person wrote ``mine``."""
    portal.register(POSITION.model_copy(update={"policy": "overwrite"}))
    portal.config = Writeback(overwrite={"contact.position": False}, guard={"first_apply": False})
    portal.define(native())
    portal.contacts("1", position=None)
    portal.judge({"1": "cfo"}, "position")
    assert night(portal) == (1, 1, 0)
    person(portal, "mine")
    return portal


def test_what_a_person_emptied_is_a_conflict_once(filled: Portal) -> None:
    """Kills: forgetting a person's word unless the property is our own; each night would plan it again."""
    person(filled, None)
    assert [night(filled) for _ in range(3)] == [(1, 0, 1), (0, 0, 0), (0, 0, 0)]
    assert codes(filled.plan()) == ["withheld"]
    assert held(filled) == [Held(ONE, "position", None, any_value=True, why="edited-by-person")]


def test_what_a_person_set_is_left_alone_whatever_is_proposed(shared: Portal) -> None:
    assert [night(shared) for _ in range(2)] == [(1, 0, 1), (0, 0, 0)]
    shared.judge({"1": "ceo"}, "position")
    assert night(shared) == (0, 0, 0)
    assert shared.value("1", "position") == "mine"


def test_it_is_planned_again_once_something_else_stands_there(shared: Portal) -> None:
    """Kills: withholding whatever comes to stand there, for ever."""
    night(shared)
    person(shared, "still mine")
    assert [night(shared) for _ in range(2)] == [(1, 0, 1), (0, 0, 0)]
    program(shared, "imported")
    assert night(shared) == (1, 1, 0)
    assert held(shared) == []


def test_a_word_that_the_mirror_does_not_show_yet_is_not_forgotten(shared: Portal) -> None:
    """Kills: keeping what the plan saw instead of what was found."""
    shared.judge({"1": "ceo"}, "position")
    assert shared.apply(shared.plan()).conflicts == 1
    assert [item.value for item in held(shared)] == ["mine"]
    assert night(shared) == (0, 0, 0)


def test_leave_to_overwrite_people_reaches_what_was_left_alone(shared: Portal) -> None:
    """Kills: asking what is withheld before what the config allows now."""
    night(shared)
    shared.config = shared.config.model_copy(update={"overwrite": {"contact.position": True}})
    assert shared.apply(shared.plan(), people=["contact.position"]).confirmed == 1
    assert (shared.value("1", "position"), held(shared)) == ("cfo", [])


def test_it_can_be_let_go(filled: Portal) -> None:
    person(filled, None)
    night(filled)
    with filled.store.locking() as tx:
        filled.journal.withheld.drop(tx, [(ONE, "position")])
    assert night(filled) == (1, 0, 1)


def test_an_unknown_author_counts_as_a_person(portal: Portal) -> None:
    """Kills: a conflict each night where the history does not tell, for our own properties, too."""
    portal.register(GRADE)
    portal.contacts("1")
    portal.judge({"1": "a"}, "grade")
    portal.apply(portal.plan())
    person(portal, "b", "crmb_grade")
    del portal.crm.authors[ONE, "crmb_grade"]
    assert [night(portal) for _ in range(2)] == [(1, 0, 1), (0, 0, 0)]
    assert portal.value("1", "crmb_grade") == "b"


def test_a_decision_is_not_withheld_as_well(portal: Portal) -> None:
    portal.register(GRADE)
    portal.contacts("1")
    portal.judge({"1": "a"}, "grade")
    portal.apply(portal.plan())
    person(portal, "b", "crmb_grade")
    assert [night(portal) for _ in range(2)] == [(1, 0, 1), (0, 0, 0)]
    assert held(portal) == []
    with portal.store.reading() as tx:
        assert portal.judgements.decisions(tx, "contact", ["1"])["1"][0].value == "b"
