"""The checklist of a persona, and the personas that roles are bound to."""

from __future__ import annotations

from typing import Any

import pytest

from crmbridge import BuyingCenter, Company, Contact, Member, PersonaAssignment, PersonFacts, RoleAssignment
from crmbridge.model import ASSIGNED
from crmbridge_personas.scoring import assign
from crmbridge_personas.settings import PersonasSettings
from crmbridge_personas.values import persona_values

PERSONA: dict[str, Any] = {
    "key": "a",
    "label": "A",
    "criteria": [{"field": "language", "op": "equals", "value": "de"}],
    "required_fields": ["language", "company.industry", "property:goals", "property:budget"],
}


def member(*roles: tuple[Any, float], company: Company | None = None, **fields: Any) -> Member:
    return Member(
        id="contact:1",
        facts=PersonFacts(contact=Contact.model_validate({"id": "1", **fields}), company=company),
        joined_by="deal",
        roles=tuple(
            RoleAssignment(role=role, confidence=value, status="proposed" if value >= ASSIGNED else "candidate")
            for role, value in roles
        ),
    )


def judged(who: Member, **settings: Any) -> PersonaAssignment:
    found = PersonasSettings.model_validate({"personas": [PERSONA], **settings})
    return assign(who, BuyingCenter(id="deal:9", name="Deal", members=(who,)), found)


# Kills the mutant that counts a property which was read and is empty as answered.
def test_the_checklist_is_the_share_of_fields_that_are_filled() -> None:
    who = member(language="de", company=Company(id="1", industry="Steel"), properties={"goals": "less scrap"})
    found = judged(who)
    assert (found.persona, found.checklist, found.open_fields) == ("a", 0.75, ("property:budget",))
    empty = judged(member(language="de", properties={"goals": None, "budget": " "}))
    assert (empty.checklist, empty.open_fields) == (0.25, ("company.industry", "property:goals", "property:budget"))


def test_a_persona_without_checklist_has_none() -> None:
    found = judged(member(language="de"), personas=[{**PERSONA, "required_fields": []}])
    assert (found.persona, found.checklist, found.open_fields) == ("a", None, ())


def test_who_has_no_persona_has_no_checklist_but_the_missing_fields() -> None:
    found = judged(member())
    assert (found.persona, found.checklist, found.open_fields, found.missing) == (None, None, (), ("language",))


OTHERS = [
    PERSONA,
    {**PERSONA, "key": "b", "criteria": [{"field": "language", "op": "equals", "value": "fr"}]},
]


# Kills the mutant that takes the first role instead of the strongest.
@pytest.mark.parametrize(
    ("roles", "persona"),
    [
        ([("user", 0.6), ("decider", 0.9)], "b"),
        ([("user", 0.9), ("decider", 0.6)], "a"),
        ([("decider", 0.4)], None),
        ([("buyer", 0.9)], None),
        ([], None),
    ],
)
def test_the_strongest_role_decides_where_the_criteria_do_not(
    roles: list[tuple[Any, float]], persona: str | None
) -> None:
    found = judged(member(*roles), personas=OTHERS, by_role={"user": "a", "decider": "b"})
    assert found.persona == persona
    assert found.margin == 0
    assert found.missing == (("language",))


def test_a_clear_persona_is_not_changed_by_a_role() -> None:
    found = judged(member(("user", 0.9), language="fr"), personas=OTHERS, by_role={"user": "a"})
    assert (found.persona, found.score, found.matched) == ("b", 1.0, ("language equals fr",))


def test_a_persona_by_role_says_so() -> None:
    found = judged(member(("user", 0.9)), personas=OTHERS, by_role={"user": "a"})
    assert (found.persona, found.score, found.matched) == ("a", 0.0, ("by_role user",))
    assert found.open_fields == tuple(PERSONA["required_fields"])


def written(assignment: PersonaAssignment) -> dict[str, object]:
    who = member().model_copy(update={"persona": assignment.model_copy(update={"by": "personas"})})
    center = BuyingCenter(id="deal:9", name="Deal", members=(who,))
    return {item.property: item.value for item in persona_values(center, "personas")}


# Kills the mutant that leaves the open fields of yesterday standing when all are filled.
def test_the_checklist_is_written_and_open_fields_are_emptied_when_all_are_filled() -> None:
    half = PersonaAssignment(
        member_id="contact:1", persona="a", score=1, margin=1, checklist=0.5, open_fields=("language", "role")
    )
    assert written(half) == {
        "persona": "a",
        "persona_score": 1.0,
        "persona_checklist": 0.5,
        "persona_open_fields": "language, role",
    }
    full = half.model_copy(update={"checklist": 1.0, "open_fields": ()})
    assert written(full)["persona_open_fields"] is None
    assert set(written(half.model_copy(update={"checklist": None}))) == {"persona", "persona_score"}
