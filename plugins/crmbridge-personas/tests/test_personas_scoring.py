from __future__ import annotations

import logging
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmbridge_personas
from crmbridge import (
    BuyingCenter,
    Company,
    Contact,
    Member,
    PersonaAssignment,
    PersonFacts,
    RoleAssignment,
    RunContext,
    TitleReading,
)
from crmbridge_personas.scoring import assign
from crmbridge_personas.settings import PersonasSettings
from crmbridge_personas.values import persona_values

Title = tuple[Any, str | None]


def member(*titles: Title, roles: tuple[Any, ...] = (), company: Company | None = None, **fields: Any) -> Member:
    contact = Contact.model_validate({"id": "1", **{name: fields.pop(name) for name in list(fields) if name in NAMES}})
    return Member(
        id="contact:1",
        facts=PersonFacts(contact=contact, company=company),
        joined_by="deal",
        titles=tuple(
            TitleReading(member_id="contact:1", text="t", seniority=seniority, department=department, confidence=1)
            for seniority, department in titles
        ),
        roles=tuple(RoleAssignment(role=role, confidence=0.8, status="proposed") for role in roles),
        **fields,
    )


NAMES = {"job_title", "language", "lifecycle_stage", "properties"}


def center(*members: Member, company: Company | None = None) -> BuyingCenter:
    return BuyingCenter(id="deal:9", name="Deal", members=members, company=company)


def criterion(field: str, value: Any, op: str = "equals", weight: float = 1) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, "weight": weight}


def config(personas: dict[str, list[dict[str, Any]]], **fields: Any) -> PersonasSettings:
    tables = [{"key": key, "label": key, "criteria": criteria} for key, criteria in personas.items()]
    return PersonasSettings.model_validate({"personas": tables, **fields})


def judged(who: Member, settings: PersonasSettings, company: Company | None = None) -> PersonaAssignment:
    return assign(who, center(who, company=company), settings)


def test_the_score_is_the_matched_share_of_all_weight() -> None:
    settings = config({"a": [criterion("department", "it", weight=3), criterion("language", "de", weight=1)]})
    found = judged(member(("lead", "it"), language="en"), settings)
    assert (found.persona, found.score, found.margin) == ("a", 0.75, 0.75)
    assert found.matched == ("department equals it",)


# Kills the mutants `>` for `>=` at the threshold and at the margin.
@pytest.mark.parametrize(("weight", "persona"), [(6, "a"), (5.9, None)])
def test_a_score_at_the_threshold_is_assigned_and_below_is_not(weight: float, persona: str | None) -> None:
    rest = 10 - weight
    settings = config({"a": [criterion("language", "de", weight=weight), criterion("language", "xx", weight=rest)]})
    assert judged(member(language="de"), settings).persona == persona


@pytest.mark.parametrize(("weight", "persona"), [(7, "a"), (7.1, None)])
def test_a_margin_at_the_limit_is_assigned_and_below_is_not(weight: float, persona: str | None) -> None:
    settings = config(
        {
            "a": [criterion("language", "de", weight=8), criterion("language", "xx", weight=2)],
            "b": [criterion("language", "de", weight=weight), criterion("language", "xx", weight=10 - weight)],
        },
        margin=0.1,
    )
    found = judged(member(language="de"), settings)
    assert found.persona == persona
    assert found.margin == pytest.approx((8 - weight) / 10)


def test_a_persona_may_have_a_threshold_of_its_own() -> None:
    table = {"key": "a", "label": "a", "threshold": 0.5, "criteria": [criterion("language", "de")]}
    table["criteria"] = [criterion("language", "de"), criterion("language", "xx")]
    assert judged(member(language="de"), PersonasSettings.model_validate({"personas": [table]})).persona == "a"


def test_undetermined_names_the_fields_that_are_missing() -> None:
    settings = config(
        {
            "a": [
                criterion("language", "de"),
                criterion("company.employees", 100, "at_least"),
                criterion("property:tier", "1"),
                criterion("property:vip", None, "exists"),
            ]
        }
    )
    found = judged(member(language="de"), settings)
    assert (found.persona, found.score) == (None, 0.25)
    assert found.missing == ("company.employees", "property:tier")


@pytest.mark.parametrize(
    ("op", "value", "title", "holds"),
    [
        ("equals", "Leiter Einkauf", "leiter einkauf", True),
        ("equals", "Leiter", "leiter einkauf", False),
        ("in", ["x", "LEITER"], "Leiter", True),
        ("in", ["x"], "Leiter", False),
        ("contains", "EINKAUF", "Leiter Einkauf", True),
        ("contains", "it", "Leiter Einkauf", True),
        ("contains", "hr", "Leiter Einkauf", False),
        ("matches", r"^leit(er|ung)\b", "Leiter Einkauf", True),
        ("matches", r"^einkauf", "Leiter Einkauf", False),
        ("exists", None, "Leiter", True),
        ("exists", None, None, False),
    ],
)
def test_operators_compare_texts(op: str, value: Any, title: str | None, *, holds: bool) -> None:
    settings = config({"a": [criterion("job_title", value, op)]})
    assert (judged(member(job_title=title), settings).persona == "a") is holds


@pytest.mark.parametrize(("value", "holds"), [("100", True), ("99.5", False), ("100.0", True), ("many", False)])
def test_at_least_compares_numbers(value: str, *, holds: bool) -> None:
    settings = config({"a": [criterion("property:size", 100, "at_least")]})
    assert (judged(member(properties={"size": value}), settings).persona == "a") is holds


@pytest.mark.parametrize(
    ("rank", "holds"), [("senior", False), ("lead", True), ("director", True), ("management", True)]
)
def test_at_least_compares_seniorities_by_rank(rank: str, *, holds: bool) -> None:
    settings = config({"a": [criterion("seniority", "lead", "at_least")]})
    assert (judged(member((rank, None)), settings).persona == "a") is holds


def test_any_of_several_values_is_enough() -> None:
    settings = config({"a": [criterion("department", "it"), criterion("property:langs", "de")]})
    who = member(("lead", "hr"), ("lead", "it"), properties={"langs": "en; de"})
    assert judged(who, settings).score == 1.0


def test_only_roles_that_are_played_count() -> None:
    settings = config({"a": [criterion("role", "decider")]})
    candidate = RoleAssignment(role="decider", confidence=0.4, status="candidate")
    assert judged(member(roles=("decider",)), settings).persona == "a"
    assert judged(member().model_copy(update={"roles": (candidate,)}), settings).missing == ("role",)


def test_a_persona_for_roles_is_open_to_those_who_play_one() -> None:
    table = {"key": "a", "label": "a", "roles": ["buyer"], "criteria": [criterion("language", "de")]}
    settings = PersonasSettings.model_validate({"personas": [table]})
    assert judged(member(language="de", roles=("buyer",)), settings).persona == "a"
    closed = judged(member(language="de", roles=("user",)), settings)
    assert (closed.persona, closed.score, closed.missing) == (None, 0, ())
    assert judged(member(language="de"), settings).missing == ("role",)


def test_the_company_is_the_persons_own_else_the_buying_company_for_its_people() -> None:
    settings = config({"a": [criterion("company.country", "DE")]})
    german, french = Company(id="1", country="DE"), Company(id="2", country="FR")
    assert judged(member(company=french), settings, german).persona is None
    assert judged(member(), settings, german).persona == "a"
    assert judged(member(is_external=True), settings, german).missing == ("company.country",)


def test_being_external_can_be_a_criterion() -> None:
    settings = config({"a": [criterion("is_external", value=True)]})
    assert judged(member(is_external=True), settings).persona == "a"
    assert judged(member(), settings).persona is None


@pytest.mark.parametrize(
    ("title", "roles", "persona"),
    [
        (("management", "management"), ("decider",), "economic-buyer"),
        (("management", "purchasing"), ("decider", "buyer"), "economic-buyer"),
        (("lead", "purchasing"), ("buyer",), "procurement-lead"),
        (("professional", "purchasing"), ("buyer",), "procurement-lead"),
        (("lead", "it"), ("influencer",), "technical-evaluator"),
        (("professional", "production"), ("user",), "daily-user"),
        (("professional", "administration"), ("gatekeeper",), "assistant"),
        (("professional", None), (), None),
    ],
)
def test_the_default_set_tells_typical_people_apart(title: Title, roles: tuple[str, ...], persona: str | None) -> None:
    assert judged(member(title, roles=roles), PersonasSettings()).persona == persona


def test_nobody_is_judged_of_whom_nothing_is_known() -> None:
    unknown = Member(id="address:x@example.com", joined_by="engagement")
    found = list(crmbridge_personas.propose_personas(context(), center(unknown, member())))
    assert [item.member_id for item in found] == ["contact:1"]


def context(plugin: str = "personas") -> RunContext[PersonasSettings]:
    return RunContext(
        plugin=plugin,
        settings=PersonasSettings(),
        log=logging.getLogger("test"),
        connection="c",
        run_id="r",
        today=date(2026, 6, 1),
    )


def assigned(persona: str | None, by: str) -> Member:
    found = PersonaAssignment(
        member_id="contact:1", persona=persona, score=0.8, margin=0.3, matched=("role equals user",), by=by
    )
    return member().model_copy(update={"persona": found})


def test_personas_of_this_plugin_are_written_with_their_reason() -> None:
    values = list(crmbridge_personas.derive_center(context(), center(assigned("daily-user", "personas"))))
    assert {item.property: item.value for item in values} == {"persona": "daily-user", "persona_score": 0.8}
    assert {item.reason for item in values} == {"score 0.80, margin 0.30: role equals user"}


def test_personas_of_others_and_undetermined_ones_are_not_written() -> None:
    assert list(persona_values(center(assigned("x", "other"), assigned(None, "personas"), member()), "personas")) == []


@given(
    st.lists(st.floats(min_value=0.01, max_value=1000), min_size=1, max_size=6),
    st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_scores_stay_between_nothing_and_all(weights: list[float], hits: list[bool]) -> None:
    criteria = [
        criterion("language", "de" if hit else "xx", weight=weight) for weight, hit in zip(weights, hits, strict=False)
    ]
    found = judged(member(language="de"), config({"a": criteria}))
    assert 0 <= found.score <= 1
    assert (found.score == 0) is not any(hits[: len(weights)]) or found.score < 0.001
