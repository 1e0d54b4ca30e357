from __future__ import annotations

import inspect
import re
from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import crmbridge
from crmbridge import Contact, Link, Member, Plan, PluginSettings, RelationProposal, RunContext, Touch
from crmbridge.testing import run_context, sample, sample_center, sample_person

MODELS = [
    kind
    for name in crmbridge.__all__
    if inspect.isclass(kind := getattr(crmbridge, name)) and issubclass(kind, BaseModel)
]
OTHERS = [
    crmbridge.CommandSpec,
    crmbridge.ConnectorSpec,
    Link,
    Plan,
    crmbridge.PluginContext,
    crmbridge.Ref,
    RunContext,
]


@pytest.mark.parametrize("kind", [*MODELS, *OTHERS])
def test_every_public_model_has_a_sample(kind: type[Any]) -> None:
    made: Any = sample(kind)
    assert type(made) is kind
    if isinstance(made, BaseModel):
        assert type(made).model_validate(made.__dict__) == made


@pytest.mark.parametrize("kind", MODELS)
def test_samples_are_the_same_every_time(kind: type) -> None:
    assert sample(kind) == sample(kind)


def test_a_field_takes_the_place_of_the_samples() -> None:
    assert sample(Contact, job_title="CFO", id="9").model_dump(include={"job_title", "id"}) == {
        "id": "9",
        "job_title": "CFO",
    }
    assert sample(RelationProposal, kind="conflict").kind == "conflict"


def test_a_field_that_does_not_exist_is_refused() -> None:
    # mutant: sample() that drops what it does not know
    with pytest.raises(ValidationError, match="job_titel"):
        sample(Contact, job_titel="CFO")


def test_settings_are_made_of_their_defaults() -> None:
    class Settings(PluginSettings):
        threshold: int = 3

    assert sample(Settings).threshold == 3


def test_a_center_has_the_people_that_are_named() -> None:
    spare = sample(Member, id="address:new@muster.example")
    center = sample_center("Anna Maria Beispiel, CFO, DACH", "Cleo", sample_person("CEO", id="7"), spare, withheld=2)
    facts = [(member.id, member.name, member.facts and member.facts.contact.job_title) for member in center.members]
    assert facts == [
        ("contact:1", "Anna Maria Beispiel", "CFO, DACH"),
        ("contact:2", "Cleo", None),
        ("contact:7", "Anna Beispiel", "CEO"),
        ("address:new@muster.example", "address:new@muster.example", None),
    ]
    assert (center.withheld, center.is_open) == (2, True)


def test_a_person_takes_facts_and_fields_of_the_contact() -> None:
    person = sample_person("CFO", open_cases=2, language="de")
    assert (person.open_cases, person.contact.job_title, person.contact.language) == (2, "CFO", "de")


def test_a_context_has_a_fixed_day() -> None:
    assert run_context().today == date(2026, 11, 2)
    context = run_context(PluginSettings(), date(2027, 1, 1), wanted=frozenset())
    assert (context.today, context.wants("contact", "score")) == (date(2027, 1, 1), False)


def test_no_sample_holds_a_real_address() -> None:
    kinds: list[type[Any]] = [*MODELS, Touch]
    shown = " ".join(repr(sample(kind)) for kind in kinds)
    assert all(address.endswith(".example") for address in re.findall(r"[\w.]+@[\w.]+", shown))
