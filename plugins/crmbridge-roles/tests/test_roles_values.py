from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Literal

import pytest

import crmbridge_roles
from crmbridge import (
    ROLES,
    BuyingCenter,
    Contact,
    Evidence,
    Member,
    PersonFacts,
    PluginContext,
    PropertyValue,
    Role,
    RoleAssignment,
    Stance,
)
from crmbridge_roles.settings import RolesSettings
from crmbridge_roles.values import PROPERTIES, buying_role_values, role_values, title_values

Person = Callable[..., Member]
Center = Callable[..., BuyingCenter]
Status = Literal["candidate", "proposed", "confirmed", "dismissed", "locked"]


def plays(role: Any, confidence: float, text: str = "because", status: Status = "proposed") -> RoleAssignment:
    evidence = (
        Evidence(source="human", weight=1, against=True, text="doubt"),
        Evidence(source="title", weight=0.7, text=text),
    )
    return RoleAssignment(role=role, confidence=confidence, status=status, evidence=evidence)


def with_roles(member: Member, *roles: RoleAssignment) -> Member:
    return member.model_copy(update={"roles": roles})


def by_name(values: list[PropertyValue]) -> dict[str, Any]:
    assert len({item.property for item in values}) == len(values)
    return {item.property: item.value for item in values}


def test_assigned_roles_are_written_in_the_order_of_the_options(person: Person, center: Center) -> None:
    member = with_roles(person("7"), plays("decider", 0.8, "label"), plays("influencer", 0.5, "title"))
    values = list(role_values(center(member)))
    assert by_name(values) == {
        "roles": ("influencer", "decider"),
        "role_confidence": 0.8,
        "role_evidence": "influencer 0.50: title\ndecider 0.80: label",
        "role_status": "proposed",
    }
    assert {str(item.subject) for item in values} == {"contact:7"}
    assert values[-1].reason == "influencer 0.50: title; decider 0.80: label"


def test_candidates_and_dismissed_roles_are_not_written(person: Person, center: Center) -> None:
    member = with_roles(person(), plays("decider", 0.49, status="candidate"), plays("user", 0.9, status="dismissed"))
    assert by_name(list(role_values(center(member)))) == {"role_status": "dismissed"}


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("proposed",), "proposed"),
        (("dismissed", "proposed"), "proposed"),
        (("locked", "confirmed", "proposed"), "locked"),
        (("confirmed", "dismissed"), "confirmed"),
    ],
)
def test_the_status_is_the_most_that_was_said(
    statuses: tuple[Status, ...], expected: str, person: Person, center: Center
) -> None:
    roles = (plays(role, 0.8, status=status) for role, status in zip(ROLES, statuses, strict=False))
    assert by_name(list(role_values(center(with_roles(person(), *roles)))))["role_status"] == expected


# Rows of the proposed mapping; kills writing stances that nobody asked for.
@pytest.mark.parametrize(
    ("title", "roles", "stance", "expected"),
    [
        ("CEO", ("decider",), None, ("DECISION_MAKER", "EXECUTIVE_SPONSOR")),
        ("CEO", ("decider", "user"), None, ("DECISION_MAKER", "END_USER")),
        ("Leiter Einkauf", ("buyer",), None, ("OTHER",)),
        ("Datenschutzbeauftragter", ("influencer",), None, ("LEGAL_AND_COMPLIANCE",)),
        (None, ("gatekeeper",), None, ("OTHER",)),
        (None, ("user",), "power_opponent", ("BLOCKER", "END_USER")),
        (None, (), None, ()),
    ],
)
def test_hubspots_buying_role_follows_the_roles(
    title: str | None, roles: tuple[Role, ...], stance: Any, expected: tuple[str, ...], person: Person, center: Center
) -> None:
    member = with_roles(person(title=title), *(plays(role, 0.8) for role in roles))
    if stance:
        member = member.model_copy(update={"stance": Stance(score=-0.6, cls=stance, basis="power")})
    found = list(buying_role_values(center(member), stance=stance is not None))
    assert [item.value for item in found] == ([expected] if expected else [])
    silent = list(buying_role_values(center(member), stance=False))
    assert not any("BLOCKER" in str(item.value) for item in silent)


def test_who_signed_holds_a_budget(person: Person, center: Center) -> None:
    signed = plays("buyer", 0.9).model_copy(
        update={"evidence": (Evidence(source="signature", weight=0.9, text="call says"),)}
    )
    (value,) = buying_role_values(center(with_roles(person(), signed)), stance=False)
    assert value.value == ("BUDGET_HOLDER",)


# Kills a property that is both evidence and written: our own guess would confirm itself.
def test_hubspots_buying_role_is_written_only_where_it_is_not_read() -> None:
    def names(buying_role: Any) -> set[str]:
        settings = RolesSettings(buying_role=buying_role)
        ctx: Any = PluginContext(plugin="roles", settings=settings, log=logging.getLogger("roles"))
        return {spec.name for spec in crmbridge_roles.register_properties(ctx)}

    assert names("write") - names("read") == {"hs_buying_role"}


# Kills making the status where nobody wants it written.
def test_the_status_is_told_only_where_it_is_wanted(person: Person, center: Center) -> None:
    found = center(with_roles(person("1"), plays("buyer", 0.8)))
    assert "role_status" in by_name(list(role_values(found)))
    assert "role_status" not in by_name(list(role_values(found, status=False)))


@pytest.mark.parametrize(
    ("settings", "objects"),
    [({}, {"note", "call"}), ({"read_mail": True}, {"note", "call", "email"}), ({"statements": False}, set())],
)
def test_texts_are_asked_for_as_far_as_they_are_read(settings: dict[str, Any], objects: set[str]) -> None:
    ctx: Any = PluginContext(plugin="roles", settings=RolesSettings(**settings), log=logging.getLogger("roles"))
    assert {item.object for item in crmbridge_roles.register_inputs(ctx) if item.texts} == objects


def test_who_is_no_contact_gets_no_value(center: Center) -> None:
    member = Member(id="address:x@example.com", joined_by="engagement", roles=(plays("user", 0.9),))
    assert list(role_values(center(member))) == []


def test_evidence_lines_stay_the_same_while_a_confidence_creeps(person: Person, center: Center) -> None:
    lines = {
        by_name(list(role_values(center(with_roles(person(), plays("user", value))))))["role_evidence"]
        for value in (0.58, 0.59, 0.60, 0.61, 0.62)
    }
    assert lines == {"user 0.60: because"}


def test_a_title_gives_its_highest_rank_and_first_department() -> None:
    facts = PersonFacts(contact=Contact(id="1", job_title="Consultant / Leiter Einkauf"))
    assert by_name(list(title_values(facts))) == {"seniority": "lead", "department": "consulting"}


def test_an_unknown_or_missing_title_gives_no_value() -> None:
    for title in (None, "", "Astronaut"):
        assert list(title_values(PersonFacts(contact=Contact(id="1", job_title=title)))) == []


def test_every_value_is_registered_and_among_the_options(person: Person, center: Center) -> None:
    specs = {spec.name: spec for spec in PROPERTIES}
    member = with_roles(person(title="CEO / Leiter IT"), *(plays(role, 0.7) for role in ROLES))
    assert member.facts is not None
    for item in (*role_values(center(member)), *title_values(member.facts)):
        options = {option.value for option in specs[item.property].options}
        values = item.value if isinstance(item.value, tuple) else (item.value,)
        assert not options or set(values) <= options


def test_seniorities_stand_from_low_to_high_because_the_fold_takes_the_last() -> None:
    (spec,) = (spec for spec in PROPERTIES if spec.name == "seniority")
    assert [option.value for option in spec.options] == [
        "junior",
        "professional",
        "senior",
        "lead",
        "director",
        "management",
    ]
    assert spec.fold == "max"


def test_role_options_are_labelled_in_both_languages() -> None:
    (spec,) = (spec for spec in PROPERTIES if spec.name == "roles")
    assert [option.value for option in spec.options] == list(ROLES)
    assert spec.options[4].label == "Decider (Entscheider)"


def test_hooks_read_titles_of_members_with_a_contact_only(person: Person, center: Center) -> None:
    unknown = Member(id="address:x@example.com", joined_by="engagement")
    readings = list(crmbridge_roles.propose_titles(center(person("1", "Leiter Einkauf"), unknown)))
    assert [(item.member_id, item.seniority, item.department) for item in readings] == [
        ("contact:1", "lead", "purchasing")
    ]
