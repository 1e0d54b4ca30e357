from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from types import ModuleType
from typing import Any

import pytest

from crmbridge import (
    BuyingCenter,
    CompanyFacts,
    Contact,
    Due,
    Evidence,
    JourneyStage,
    PersonaAssignment,
    PersonFacts,
    PropertySpec,
    PropertyValue,
    Ref,
    RoleProposal,
    StageModel,
    StageVisit,
    TitleReading,
)
from crmbridge.plugins.results import LONGEST_TEXT, MOST_RESULTS

READING = TitleReading(member_id="contact:5", text="CEO", confidence=1)
CONTACT = Ref(object="contact", id="5")
CANARY = "canary@acme.example"
TOMORROW: Any = "tomorrow"


class Special(TitleReading):
    """A subclass is another type: it may hold anything."""


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ("text", "returned str, not an iterable of results"),
        (7, "returned int, not an iterable of results"),
        ({"a": 1}, "returned dict, not an iterable of results"),
        (READING, "returned TitleReading, not an iterable of results"),
        ([None], "returned NoneType where TitleReading belongs"),
        ([READING.model_dump()], "returned dict where TitleReading belongs"),
        ([Special(member_id="contact:5", text="CEO", confidence=1)], "returned Special where TitleReading belongs"),
        ([READING.model_copy(update={"text": "x" * (LONGEST_TEXT + 1)})], "more than 65536 characters"),
        ([READING.model_copy(update={"text": "\ud800"})], "not valid Unicode"),
        ([READING.model_copy(update={"confidence": math.nan})], "a number that is not finite"),
        ([READING.model_copy(update={"confidence": 7.0})], "an invalid TitleReading: confidence"),
        ([READING.model_copy(update={"text": 7, "department": 7})], "an invalid TitleReading: department, text"),
        ([READING.model_copy(update={"member_id": CANARY})], "named a member that is not in the center"),
        ([Due.model_construct(on=TOMORROW)], "an invalid Due: on"),
    ],
)
def test_a_bad_result_is_a_failure_that_says_what_is_wrong_without_values(
    session: Callable[..., Any], center: BuyingCenter, result: Any, message: str
) -> None:
    answers = session(propose_titles=lambda: result).propose_titles(center)
    assert answers.items == ()
    assert message in answers.failures[0].message
    assert CANARY not in answers.failures[0].message


def test_one_bad_result_discards_all_of_that_plugin_there(session: Callable[..., Any], center: BuyingCenter) -> None:
    answers = session(propose_titles=lambda: [READING, Due(on=date(2026, 12, 1)), 1]).propose_titles(center)
    assert (answers.items, answers.due, len(answers.failures)) == ((), None, 1)


def test_an_endless_answer_is_cut_off(session: Callable[..., Any], center: BuyingCenter) -> None:
    def endless() -> Any:
        while True:
            yield READING

    answers = session(propose_titles=endless).propose_titles(center)
    assert f"more than {MOST_RESULTS} results" in answers.failures[0].message


def test_the_most_results_and_the_longest_text_are_allowed(session: Callable[..., Any], center: BuyingCenter) -> None:
    long = READING.model_copy(update={"text": "x" * LONGEST_TEXT})
    assert len(session(propose_titles=lambda: [long] * MOST_RESULTS).propose_titles(center).items) == MOST_RESULTS


@pytest.mark.parametrize(
    ("hook", "result"),
    [
        (
            "propose_roles",
            RoleProposal(
                member_id="contact:6", role="buyer", evidence=({"source": "title", "weight": 1, "text": "x"},)
            ),
        ),
        ("propose_personas", PersonaAssignment(member_id="contact:6", persona=None, score=0, margin=0)),
        ("propose_stages", StageVisit(subject="contact:6", stage="purchase", entered_on=date(2026, 1, 1))),
    ],
)
def test_results_are_about_the_center(
    session: Callable[..., Any], center: BuyingCenter, hook: str, result: Any
) -> None:
    answers = getattr(session(**{hook: lambda: [result]}), hook)(center)
    assert "not in the center" in answers.failures[0].message


def test_an_unknown_person_may_be_judged_in_a_center(session: Callable[..., Any], center: BuyingCenter) -> None:
    reading = READING.model_copy(update={"member_id": "address:x@acme.example"})
    assert len(session(propose_titles=lambda: [reading]).propose_titles(center).items) == 1


MODEL = StageModel(key="ours", stages=(JourneyStage(key="first", label="First"),))


def told(session: Callable[..., Any], center: BuyingCenter, **stay: Any) -> Any:
    visit = StageVisit.model_validate({"subject": "deal:1", "model": "ours", "stage": "first", **stay})
    hooks = {"register_stages": lambda: [MODEL], "propose_stages": lambda: [visit]}
    return session(**hooks).propose_stages(center)


@pytest.mark.parametrize(
    ("stay", "message"),
    [
        ({"entered_on": date(2026, 2, 1), "left_on": date(2026, 1, 1)}, "ends before"),
        ({"entered_on": date(2026, 1, 1), "model": "phases"}, "in no registered model"),
        ({"entered_on": date(2026, 1, 1), "stage": "second"}, "in no registered model"),
        ({"entered_on": date(2026, 11, 21)}, "begins in the future"),
    ],
)
def test_a_stay_is_in_a_registered_stage_and_in_the_past(
    session: Callable[..., Any], center: BuyingCenter, stay: dict[str, Any], message: str
) -> None:
    # Kills: checking the model alone; taking what begins tomorrow.
    assert message in told(session, center, **stay).failures[0].message


def test_a_stay_may_begin_today(session: Callable[..., Any], center: BuyingCenter) -> None:
    assert len(told(session, center, entered_on=date(2026, 11, 20)).items) == 1


def test_evidence_inside_a_result_is_checked_too(session: Callable[..., Any], center: BuyingCenter) -> None:
    # mutant: only the outer model is validated
    evidence = Evidence.model_construct(source="title", weight=9.0, text="x", against=False, ref=None, on=None)
    proposal = RoleProposal.model_construct(member_id="contact:5", role="buyer", evidence=(evidence,), by="")
    answers = session(propose_roles=lambda: [proposal]).propose_roles(center)
    assert answers.failures[0].message == "returned an invalid RoleProposal: evidence"


def derive(session: Any, specs: Any, person: Any, *values: Any) -> Any:
    hooks = {"register_properties": lambda: specs, "derive_contact": lambda: list(values)}
    return session(**hooks).derive_contact(person, ())


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", "x"),
        ("string", None),
        ("text", "x"),
        ("number", 1),
        ("number", 1.5),
        ("bool", False),
        ("date", date(2026, 1, 1)),
        ("datetime", date(2026, 1, 1)),
        ("datetime", "2026-01-01T08:00:00+01:00"),
        ("enumeration", "low"),
        ("multi", ()),
        ("multi", ("low", "high")),
    ],
)
def test_a_value_of_the_registered_type_is_kept_as_it_is(
    session: Callable[..., Any], specs: list[PropertySpec], person: PersonFacts, kind: str, value: Any
) -> None:
    answers = derive(session, specs, person, PropertyValue(subject=CONTACT, property=f"a_{kind}", value=value))
    assert [(item.value, type(item.value)) for item in answers.items] == [(value, type(value))]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", 1),
        ("text", ("a",)),
        ("number", True),
        ("number", "1"),
        ("number", math.inf),
        ("bool", 1),
        ("bool", "true"),
        ("date", "2026-01-01"),
        ("date", datetime(2026, 1, 1, 8, tzinfo=UTC)),
        ("datetime", "yesterday"),
        ("enumeration", "medium"),
        ("enumeration", ("low",)),
        ("multi", "low"),
        ("multi", ("low", "medium")),
        ("multi", ("low", "low")),
    ],
)
def test_a_value_of_another_type_or_outside_the_options_is_refused(
    session: Callable[..., Any], specs: list[PropertySpec], person: PersonFacts, kind: str, value: Any
) -> None:
    item = PropertyValue.model_construct(
        subject=CONTACT, property=f"a_{kind}", value=value, confidence=None, reason="", on=None, by=""
    )
    answers = derive(session, specs, person, item)
    assert answers.items == ()
    assert len(answers.failures) == 1


def test_a_property_must_be_registered_by_the_plugin_itself(
    session: Callable[..., Any], plugin: Callable[..., ModuleType], specs: list[PropertySpec], person: PersonFacts
) -> None:
    value = PropertyValue(subject=CONTACT, property="a_string", value="x")
    plugins = {"owner": plugin(register_properties=lambda: specs), "thief": plugin(derive_contact=lambda: [value])}
    answers = session(plugins).derive_contact(person, ())
    assert answers.failures[0].message == "gave contact.a_string, which it does not register"


def test_a_property_of_another_object_is_another_property(
    session: Callable[..., Any], specs: list[PropertySpec], company: CompanyFacts
) -> None:
    value = PropertyValue(subject=company.company.ref, property="a_string", value="x")
    hooks = {"register_properties": lambda: specs, "derive_company": lambda: [value]}
    assert len(session(**hooks).derive_company(company).failures) == 1


def test_a_name_that_is_none_is_not_shown(
    session: Callable[..., Any], specs: list[PropertySpec], person: PersonFacts
) -> None:
    answers = derive(session, specs, person, PropertyValue(subject=CONTACT, property=CANARY, value="x"))
    assert answers.failures[0].message == "gave a property, which it does not register"


@pytest.mark.parametrize("other", ["6", CANARY])
def test_a_value_is_about_the_record_asked_about(
    session: Callable[..., Any], specs: list[PropertySpec], person: PersonFacts, other: Any
) -> None:
    value = PropertyValue(subject=Ref(object="contact", id=other), property="a_string", value="x")
    message = derive(session, specs, person, value).failures[0].message
    assert message == "gave contact.a_string of a record that it was not asked about"


def test_one_property_of_one_record_has_one_value(
    session: Callable[..., Any], specs: list[PropertySpec], person: PersonFacts
) -> None:
    values = [PropertyValue(subject=CONTACT, property="a_string", value=value) for value in ("x", "y")]
    assert derive(session, specs, person, *values).failures[0].message == "gave contact.a_string of one record twice"


@pytest.mark.parametrize(
    ("subject", "allowed"),
    [
        ("contact:5", True),
        ("deal:1", True),
        ("company:2", True),
        ("contact:6", False),
        ("deal:2", False),
        ("email:1", False),
    ],
)
def test_a_center_gives_values_of_its_deal_its_company_and_its_members(
    session: Callable[..., Any], specs: list[PropertySpec], center: BuyingCenter, subject: str, allowed: bool
) -> None:
    name: Any
    name, _, record = subject.partition(":")
    registered = [specs[0].model_copy(update={"object": kind}) for kind in ("contact", "company", "deal")]
    value = PropertyValue(subject=Ref(object=name, id=record), property="a_string", value="x")
    hooks = {"register_properties": lambda: registered, "derive_center": lambda: [value]}
    assert bool(session(**hooks).derive_center(center).items) is allowed


def test_a_transformed_record_is_checked_where_it_differs(session: Callable[..., Any]) -> None:
    record = Contact(id="1", properties={"a": "x"})
    grown = record.model_copy(update={"properties": {"a": "x" * (LONGEST_TEXT + 1)}})
    quarantined = session(transform_record=lambda: grown).transform_record(record)
    assert "more than 65536 characters" in quarantined.failure.message
