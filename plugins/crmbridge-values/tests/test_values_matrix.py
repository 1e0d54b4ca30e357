"""Choosing a row of the value matrix, and the message in it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge import ConsentDecision, Contact, Member, PersonaAssignment, PersonFacts, RoleAssignment
from crmbridge.model import ASSIGNED
from crmbridge_values.matrix import Asked, Row, example_rows, fits
from crmbridge_values.messages import Advice, advise, asked_for, language
from crmbridge_values.settings import ValuesSettings
from crmbridge_values.topics import shipped_topics


def row(key: str, role: str = "decider", pain: str = "cost", **fields: Any) -> dict[str, Any]:
    return {
        "id": key,
        "role": role,
        "pain": pain,
        "solution": "s",
        "message": {"en": f"{key} en", "de": f"{key} de"},
        **fields,
    }


def rows(*tables: dict[str, Any]) -> tuple[Row, ...]:
    return tuple(Row.model_validate(table) for table in tables)


def member(
    *roles: tuple[Any, float],
    consent: dict[Any, str] | None = None,
    persona: str | None = None,
    language: str | None = None,
) -> Member:
    asked = {"email": "marketing", "phone": "sales", "post": "marketing"}
    return Member(
        id="contact:1",
        facts=PersonFacts(contact=Contact(id="1", language=language)),
        joined_by="deal",
        roles=tuple(
            RoleAssignment(role=role, confidence=value, status="proposed" if value >= ASSIGNED else "candidate")
            for role, value in roles
        ),
        persona=PersonaAssignment(member_id="contact:1", persona=persona, score=1, margin=1),
        consent=tuple(
            ConsentDecision.model_validate({"purpose": asked[way], "channel": way, "decision": word, "reason": "WHY"})
            for way, word in (consent or {}).items()
        ),
    )


def told(
    who: Member, pains: dict[str, float], *tables: dict[str, Any], phase: str | None = None, **settings: Any
) -> Advice:
    found = ValuesSettings.model_validate({"matrix": tables, **settings})
    return advise(who, asked_for(who, pains, phase), found)


ALL = {"email": "allow", "phone": "allow", "post": "allow"}


# Formula 3.19; each line kills the mutant that leaves its factor out.
def test_the_score_is_confidence_by_strength_by_phase_by_persona() -> None:
    table = rows(
        row("a"),
        row("b", phase="purchase"),
        row("c", phase="awareness"),
        row("d", persona="boss"),
        row("e", persona="other"),
        row("f", phase="awareness", persona="other"),
    )
    found = fits(table, Asked({"decider": 0.8}, {"cost": 0.75}, "purchase", "boss"))
    scores = {item.row.id: item.score for item in found}
    assert scores == pytest.approx({"a": 0.6, "b": 0.6, "c": 0.3, "d": 0.6, "e": 0.42, "f": 0.21})
    assert [item.row.id for item in found] == ["a", "b", "d", "e", "c", "f"]


def test_an_unknown_phase_or_persona_fits_only_rows_for_all() -> None:
    found = fits(
        rows(row("a", phase="purchase"), row("b", persona="boss"), row("c")), Asked({"decider": 1}, {"cost": 1})
    )
    assert [(item.row.id, item.score) for item in found] == [("c", 1.0), ("b", 0.7), ("a", 0.5)]


@pytest.mark.parametrize(("confidence", "said"), [(0.5, "a en"), (0.49, None)])
def test_a_role_counts_from_half_certainty_on(confidence: float, said: str | None) -> None:
    assert told(member(("decider", confidence), consent=ALL), {"cost": 0.5}, row("a")).text == said


def test_a_dismissed_role_does_not_count() -> None:
    dismissed = RoleAssignment(role="decider", confidence=0.9, status="dismissed")
    who = member(consent=ALL).model_copy(update={"roles": (dismissed,)})
    assert told(who, {"cost": 0.5}, row("a")).text is None


def test_the_same_person_hears_something_else_in_another_phase() -> None:
    who, table = member(("decider", 0.9), consent=ALL), (row("a", phase="consideration"), row("b", phase="purchase"))
    assert told(who, {"cost": 0.5}, *table, phase="consideration").row == "a"
    assert told(who, {"cost": 0.5}, *table, phase="purchase").row == "b"


# Kills the mutant that lets `review` pass.
@pytest.mark.parametrize(
    ("consent", "channel", "way"),
    [
        ({"email": "allow"}, None, "email"),
        ({"email": "deny", "phone": "allow"}, None, "phone"),
        ({"email": "review", "phone": "review", "post": "allow"}, None, "post"),
        ({"email": "allow", "phone": "allow"}, "phone", "phone"),
        ({"email": "allow", "phone": "deny"}, "phone", None),
        ({"email": "review", "phone": "review", "post": "review"}, None, None),
        ({"email": "allow"}, "post", None),
        ({}, None, None),
    ],
)
def test_nothing_is_said_by_a_channel_that_is_not_allowed(
    consent: dict[Any, str], channel: str | None, way: str | None
) -> None:
    found = told(member(("decider", 0.9), consent=consent), {"cost": 0.5}, row("a", channel=channel))
    assert (found.way, found.text is not None, found.row is not None) == (way, way is not None, way is not None)
    if way is None:
        assert found.reason.startswith("no channel allowed for a: email ")


def test_the_next_row_speaks_where_the_best_ones_channel_is_denied() -> None:
    table = (row("a", channel="email"), row("b", pain="speed"))
    found = told(
        member(("decider", 0.9), consent={"email": "deny", "post": "allow"}), {"cost": 0.75, "speed": 0.5}, *table
    )
    assert (found.row, found.way) == ("b", "post")


def test_consent_for_another_purpose_does_not_count() -> None:
    who = member(("decider", 0.9), consent={"email": "allow"})
    assert told(who, {"cost": 0.5}, row("a"), purposes={"email": "newsletter"}).text is None


# Kills the mutant that takes the first controller's answer.
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_one_controller_that_does_not_allow_it_speaks_for_all(order: tuple[int, int]) -> None:
    answers = [
        ConsentDecision(purpose="marketing", channel="email", decision="allow", reason="YES", controller="one"),
        ConsentDecision(purpose="marketing", channel="email", decision="review", reason="ASK", controller="two"),
    ]
    who = member(("decider", 0.9)).model_copy(update={"consent": tuple(answers[item] for item in order)})
    found = told(who, {"cost": 0.5}, row("a"))
    assert found.text is None
    assert "email review ASK" in found.reason


@pytest.mark.parametrize(
    ("known", "default", "spoken"),
    [
        ("de", "en", "de"),
        ("de-at", "en", "de"),
        ("en", "de", "en"),
        ("fr", "en", "en"),
        (None, "de", "de"),
        (None, "en", "en"),
    ],
)
def test_people_hear_their_language(known: str | None, default: str, spoken: str) -> None:
    who = member(("decider", 0.9), consent=ALL, language=known)
    assert language(who, ValuesSettings.model_validate({"default_language": default})) == spoken
    assert told(who, {"cost": 0.5}, row("a"), default_language=default).text == f"a {spoken}"


def test_a_row_in_one_language_is_used_for_all() -> None:
    table = row("a", message={"de": "nur deutsch"})
    assert told(member(("decider", 0.9), consent=ALL, language="en"), {"cost": 0.5}, table).text == "nur deutsch"


def test_the_reason_tells_all_factors() -> None:
    found = told(
        member(("decider", 0.8), consent=ALL, persona="boss"), {"cost": 0.75}, row("a", version=3), phase="purchase"
    )
    assert found.reason == (
        "a v3: decider 0.80 x cost 0.75 x phase purchase 1 x persona boss 1 = 0.6000; by email: allow WHY"
    )
    assert told(member(), {}, row("a")).reason == "no row fits roles none and pains none"


@given(st.permutations([row("a"), row("b", pain="speed"), row("c", "user"), row("d", "user", "speed")]))
def test_the_best_row_wins_wherever_it_stands(tables: list[dict[str, Any]]) -> None:
    who = member(("decider", 0.9), ("user", 0.6), consent=ALL)
    assert told(who, {"cost": 0.5, "speed": 0.75}, *tables).row == "b"


# Kills the mutant that sorts ties by id.
def test_of_equal_rows_the_first_in_the_matrix_wins() -> None:
    assert told(member(("decider", 0.9), consent=ALL), {"cost": 0.5}, row("z"), row("a")).row == "z"


def test_the_example_speaks_both_languages_and_is_about_shipped_topics() -> None:
    found = example_rows()
    assert {item.pain for item in found} <= {topic.key for topic in shipped_topics()}
    assert {"decider", "buyer", "user", "influencer", "gatekeeper", "initiator"} == {item.role for item in found}
    assert all(item.message.en and item.message.de and item.solution for item in found)
    assert len({item.id for item in found}) == len(found)


# Kills the mutant that uses the example unless it is forbidden: its words must never reach a client's CRM unasked.
def test_without_a_matrix_of_ones_own_there_are_no_rows() -> None:
    assert ValuesSettings().rows == ()
    assert ValuesSettings(example=True).rows == example_rows()
    own = ValuesSettings.model_validate({"example": True, "matrix": [row("a")]})
    assert [item.id for item in own.rows] == ["a"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"matrix": [row("a"), row("a")]}, "given twice: a"),
        ({"matrix": [row("a", pain="weather")]}, "there is no topic: weather"),
        ({"matrix": [row("a", message={})]}, "takes a text in en, in de, or in both"),
        ({"matrix": [row("a", channel="pigeon")]}, "email"),
        ({"matrix": [row("a", role="king")]}, "initiator"),
        ({"topics": [{"key": "a", "label": "A"}, {"key": "a", "label": "B"}]}, "given twice: a"),
        ({"topics": [{"key": "a", "label": "A", "pains": ["**"]}]}, "begins with a letter"),
        ({"topics": [], "shipped": False}, "takes at least one"),
        ({"purposes": {"email": "fun"}}, "marketing"),
        ({"half_life_days": 0}, "greater than or equal to 1"),
    ],
)
def test_bad_settings_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ValuesSettings.model_validate(change)


def test_the_section_of_the_readme_is_read() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    section = tomllib.loads(readme.split("```toml")[1].split("```")[0])["plugins"]["values"]
    found = ValuesSettings.model_validate(section)
    assert [item.id for item in found.rows] == ["wear-user"]
    assert found.lexicon.find("Schon wieder ein Lagerschaden").pains == {"bearing_wear"}
