"""The consent report asks everybody, and gets the answers that judging gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import pytest

from crmbridge import ConsentDecision, ConsentQuestion, Evidence, PersonFacts, PropertySpec, PropertyValue, hookimpl
from crmbridge.centers.asking import CONTACT_QUESTIONS, ContactAnswers, answers, may_process, refused
from crmbridge.centers.graph import World as Mirrored
from crmbridge.config import Privacy

from .conftest import TODAY, World, person, plugin


@hookimpl
def _decide(ctx: Any, question: ConsentQuestion) -> ConsentDecision:
    """Contact 2 may not be processed; all else depends on the question and on what happened with the person."""
    who = question.person
    gate = question.purpose == "processing"
    denied = who.contact.id == "2" or (not gate and who.last_inbound_on is None)
    return ConsentDecision(
        purpose=question.purpose,
        channel=question.channel,
        controller=question.controller,
        decision="deny" if denied else "allow",
        reason=f"{question.purpose}_{question.channel}".upper(),
    )


@hookimpl
def _spec() -> Iterable[PropertySpec]:
    yield PropertySpec(object="contact", name="told", label="Told", type="text")


@hookimpl
def _derive(ctx: Any, person: PersonFacts, consent: tuple[ConsentDecision, ...]) -> Iterable[PropertyValue]:
    yield PropertyValue(subject=person.contact.ref, property="told", value=_told(consent))


GATE = plugin("gate", decide_consent=_decide, register_properties=_spec, derive_contact=_derive)


def _told(consent: Iterable[ConsentDecision]) -> str:
    return "\n".join(f"{item.purpose} {item.channel} {item.decision} {item.reason}" for item in consent)


def asked(world: World) -> list[ContactAnswers]:
    mirrored = Mirrored.load(world.mirror, world.judgements, TODAY, "Europe/Berlin")
    return list(answers(mirrored, world.session.decide_consent, world.config.privacy))


# Kills: leaving out people in no center; asking with other facts than judging does.
def test_everybody_is_asked_about_and_gets_the_answers_of_judging(world: World) -> None:
    world.plugins = {"gate": GATE}
    world.put(person(1), person(2), person(3), world.mail(100, 5, "p1@mueller.example"))
    world.link("deal:9", "contact:1")
    world.link("email:100", "contact:1")
    world.judge()
    stored = world.values("contact")
    found = asked(world)
    assert [str(item.contact) for item in found] == ["contact:1", "contact:2", "contact:3"]
    assert {item.contact.id: [_told(item.contacting)] for item in found} == {
        key: list(values) for (key, name), values in stored.items() if name == "told"
    }
    assert found[0].contacting[0].decision == "allow"
    assert {item.reason for item in found[1].contacting} == {"PROCESSING_REFUSED"}


def test_each_controller_is_asked_about_in_turn(world: World) -> None:
    world.plugins = {"gate": GATE}
    world.config_text += 'controllers = ["Muster GmbH", "Tochter AG"]\n'
    world.put(person(1), person(2))
    world.judge()
    for item in asked(world):
        assert [answer.controller for answer in item.contacting] == ["Muster GmbH"] * 5 + ["Tochter AG"] * 5


# Kills: a plugin that fails being taken for one that has nothing against it.
def test_a_plugin_that_fails_denies(world: World) -> None:
    @hookimpl
    def decide_consent(ctx: Any, question: ConsentQuestion) -> ConsentDecision:
        raise ValueError

    world.plugins = {"gate": plugin("gate", decide_consent=decide_consent)}
    world.put(person(1))
    world.judge()
    (found,) = asked(world)
    assert found.processing.reason == "PLUGIN_FAILED"
    assert {item.decision for item in found.contacting} == {"deny"}


@pytest.mark.parametrize(
    ("ground", "decision", "expected"),
    [
        ("legitimate-interest", "review", True),
        ("record-required", "review", False),
        ("record-required", "allow", True),
        ("legitimate-interest", "deny", False),
    ],
)
def test_the_declared_ground_says_what_a_review_means(
    ground: Literal["legitimate-interest", "record-required"],
    decision: Literal["deny", "review", "allow"],
    expected: bool,
) -> None:
    answer = ConsentDecision(purpose="processing", channel="none", decision=decision, reason="R")
    assert may_process(answer, Privacy(processing=ground)) is expected


def test_an_opt_out_in_a_text_is_told_whatever_the_answer_is() -> None:
    said = Evidence(source="statement", weight=1, against=True, text="no more calls")
    gate = ConsentDecision(purpose="processing", channel="none", decision="allow", reason="R")
    plain = ContactAnswers(person(1).ref, "P 1", gate, refused(()))
    heard = ContactAnswers(person(1).ref, "P 1", gate.model_copy(update={"evidence": (said,)}), refused(()))
    assert (plain.opted_out_in_text, heard.opted_out_in_text) == (False, True)
    assert len(plain.contacting) == len(CONTACT_QUESTIONS)
