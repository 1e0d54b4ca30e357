from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from crmbridge import PropertySpec
from crmbridge_personas.defaults import DEFAULT_PERSONAS
from crmbridge_personas.settings import PersonasSettings
from crmbridge_personas.values import inputs, properties


def settings(*criteria: dict[str, Any]) -> PersonasSettings:
    return PersonasSettings.model_validate({"personas": [{"key": "one", "label": "One", "criteria": list(criteria)}]})


def refusal(*criteria: dict[str, Any]) -> tuple[tuple[int | str, ...], str]:
    with pytest.raises(ValidationError) as caught:
        settings(*criteria)
    (fault,) = caught.value.errors()
    return fault["loc"], fault["msg"]


GOOD = {"field": "department", "op": "equals", "value": "it"}


# Kills the mutant that validates criteria only when they are first used.
@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"field": "shoe_size"}, "field", "unknown field"),
        ({"field": "property:"}, "field", "unknown field"),
        ({"op": "sounds_like"}, "op", "equals"),
        ({"op": "matches", "value": "("}, "value", "invalid at position"),
        ({"op": "matches", "value": ""}, "value", "not empty"),
        ({"op": "in", "value": "it"}, "value", "list"),
        ({"op": "in", "value": []}, "value", "list"),
        ({"op": "equals", "value": ["it"]}, "value", "one value"),
        ({"op": "equals", "value": None}, "value", "one value"),
        ({"op": "contains", "value": ""}, "value", "one value"),
        ({"op": "at_least", "value": "many"}, "value", "number"),
        ({"op": "at_least", "value": True}, "value", "number"),
        ({"field": "seniority", "op": "at_least", "value": "boss"}, "value", "one of junior"),
        ({"field": "seniority", "op": "at_least", "value": 3}, "value", "one of junior"),
        ({"op": "exists", "value": "yes"}, "value", "no value"),
        ({"weight": 0}, "weight", "greater than 0"),
        ({"weight": float("inf")}, "weight", "finite"),
    ],
)
def test_a_bad_criterion_is_refused_by_its_place(change: dict[str, Any], field: str, words: str) -> None:
    place, message = refusal(GOOD, {**GOOD, **change})
    assert place == ("personas", 0, "criteria", 1, field)
    assert words in message


def test_an_unknown_key_is_refused_by_name() -> None:
    place, _ = refusal({**GOOD, "wieght": 2})
    assert place == ("personas", 0, "criteria", 0, "wieght")


def test_a_missing_value_is_refused_where_the_operator_needs_one() -> None:
    place, _ = refusal({"field": "department", "op": "equals"})
    assert place == ("personas", 0, "criteria", 0, "value")


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({"key": "Not A Key", "label": "x", "criteria": [GOOD]}, "key"),
        ({"key": "a", "label": "", "criteria": [GOOD]}, "label"),
        ({"key": "a", "label": "x", "criteria": []}, "criteria"),
        ({"key": "a", "label": "x", "criteria": [GOOD], "roles": ["king"]}, "roles"),
        ({"key": "a", "label": "x", "criteria": [GOOD], "threshold": 1.5}, "threshold"),
    ],
)
def test_a_bad_persona_is_refused_by_its_place(table: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PersonasSettings.model_validate({"personas": [table]})
    assert caught.value.errors()[0]["loc"][:3] == ("personas", 0, field)


def test_a_key_may_stand_once() -> None:
    persona = {"key": "a", "label": "x", "criteria": [GOOD]}
    with pytest.raises(ValidationError, match="given twice: a"):
        PersonasSettings.model_validate({"personas": [persona, persona]})


def test_an_empty_set_of_personas_is_refused() -> None:
    with pytest.raises(ValidationError):
        PersonasSettings.model_validate({"personas": []})


def test_a_section_as_people_write_it_is_read() -> None:
    section = tomllib.loads("""
        threshold = 0.7
        [[personas]]
        key = "plant-manager"
        label = "Plant manager (Werkleiter)"
        roles = ["user", "decider"]
        threshold = 0.5
        criteria = [
          { field = "job_title", op = "matches", value = "werks?leit", weight = 3 },
          { field = "company.employees", op = "at_least", value = 250 },
          { field = "property:hs_language", op = "in", value = ["de", "de-at"] },
          { field = "is_external", op = "equals", value = false },
        ]
    """)
    read = PersonasSettings.model_validate(section)
    assert [str(criterion) for criterion in read.personas[0].criteria] == [
        "job_title matches werks?leit",
        "company.employees at_least 250",
        "property:hs_language in de, de-at",
        "is_external equals false",
    ]


def test_the_settings_in_the_readme_are_valid() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    section = tomllib.loads(readme.split("```toml")[1].split("```")[0])["plugins"]["personas"]
    assert [persona.key for persona in PersonasSettings.model_validate(section).personas] == ["plant-manager"]


def test_options_follow_the_settings() -> None:
    persona = {"label": "L", "criteria": [GOOD]}
    read = PersonasSettings.model_validate({"personas": [{**persona, "key": "b"}, {**persona, "key": "a"}]})
    specs: dict[str, PropertySpec] = {spec.name: spec for spec in properties(read)}
    assert [(option.value, option.label) for option in specs["persona"].options] == [("b", "L"), ("a", "L")]
    assert specs["persona"].core
    assert not specs["persona_score"].core


def test_the_default_set_is_labelled_in_both_languages() -> None:
    labels = [option.label for option in properties(PersonasSettings())[0].options]
    assert labels[0] == "Economic buyer (Wirtschaftlicher Entscheider)"
    assert len(labels) == len(DEFAULT_PERSONAS) == 5


def test_named_properties_are_read_into_the_mirror() -> None:
    read = settings(
        GOOD,
        {"field": "property:b", "op": "exists"},
        {"field": "property:a", "op": "exists"},
        {"field": "property:b", "op": "equals", "value": "x"},
    )
    (spec,) = inputs(read)
    assert (spec.object, spec.properties, spec.connector) == ("contact", ("a", "b"), None)
    assert inputs(PersonasSettings()) == ()


def test_a_checklist_names_fields_that_exist() -> None:
    with pytest.raises(ValidationError) as caught:
        PersonasSettings.model_validate(
            {"personas": [{"key": "a", "label": "x", "criteria": [GOOD], "required_fields": ["language", "goals"]}]}
        )
    assert caught.value.errors()[0]["loc"] == ("personas", 0, "required_fields", 1)


def test_a_role_leads_to_a_persona_that_exists() -> None:
    with pytest.raises(ValidationError, match="no persona of these settings: boss"):
        PersonasSettings.model_validate({"by_role": {"decider": "boss"}})
    assert PersonasSettings.model_validate({"by_role": {"decider": "economic-buyer"}}).by_role["decider"]


def test_properties_that_only_a_checklist_names_are_read() -> None:
    table = {"key": "a", "label": "x", "criteria": [GOOD], "required_fields": ["language", "property:goals"]}
    assert inputs(PersonasSettings.model_validate({"personas": [table]}))[0].properties == ("goals",)


def test_people_see_both_labels_of_a_persona() -> None:
    options = {item.value: item.label for item in properties(PersonasSettings())[0].options}
    assert options["daily-user"] == "Daily user (Tägliche Anwender)"


def test_only_the_persona_itself_is_written_without_being_asked_for() -> None:
    assert [item.name for item in properties(PersonasSettings()) if item.core] == ["persona"]
