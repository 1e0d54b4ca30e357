"""Asking about consent: both gates for one person, and for everybody in the mirror, as judging asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from crmbridge.centers.graph import Graph, World
from crmbridge.config import Privacy
from crmbridge.model.base import Ref
from crmbridge.model.consent import Channel, ConsentDecision, ConsentQuestion, Purpose
from crmbridge.model.persons import PersonFacts

CONTACT_QUESTIONS: Final[tuple[tuple[Purpose, Channel], ...]] = (
    ("marketing", "email"),
    ("sales", "phone"),
    ("marketing", "post"),
    ("newsletter", "email"),
    ("market_research", "email"),
)
"""What the second gate is asked about each person."""

BATCH: Final = 200
"""People whose facts are read together."""

Decide = Callable[[ConsentQuestion], ConsentDecision]
"""Gives the strictest answer of all plugins, as ``Session.decide_consent``."""


@dataclass(frozen=True)
class ContactAnswers:
    """What may be done with one contact's data.

    Attributes:
        contact: Who.
        name: First and last name, else the address, else the id.
        processing: The first gate.
        contacting: The second gate: each purpose and channel, for one controller after the other.
        allowed: True if the person may be judged at all.
        expires_on: First day on which one of the answers no longer holds.
    """

    contact: Ref
    name: str
    processing: ConsentDecision
    contacting: tuple[ConsentDecision, ...]
    allowed: bool = True
    expires_on: date | None = None

    @property
    def opted_out_in_text(self) -> bool:
        """True if an answer rests on what somebody wrote: an opt-out that a person must read."""
        given = (self.processing, *self.contacting)
        return any(item.source == "statement" and item.against for answer in given for item in answer.evidence)


def questions(person: PersonFacts, controllers: tuple[str, ...]) -> Iterator[ConsentQuestion]:
    """Yield what the second gate is asked about a person, for one controller after the other."""
    for controller in controllers or ("",):
        for purpose, channel in CONTACT_QUESTIONS:
            yield ConsentQuestion(person=person, purpose=purpose, channel=channel, controller=controller)


def may_process(answer: ConsentDecision, privacy: Privacy) -> bool:
    """Tell whether the first gate's answer lets a person be judged, on the ground that the controller declared."""
    return answer.decision == "allow" or (answer.decision == "review" and privacy.processing == "legitimate-interest")


def refused(controllers: tuple[str, ...]) -> tuple[ConsentDecision, ...]:
    """Return the answers of the second gate about a person who may not be processed."""
    return tuple(
        ConsentDecision(
            purpose=purpose,
            channel=channel,
            controller=controller,
            decision="deny",
            reason="PROCESSING_REFUSED",
            by="core",
        )
        for controller in controllers or ("",)
        for purpose, channel in CONTACT_QUESTIONS
    )


def answered(person: PersonFacts, decide: Decide, privacy: Privacy) -> ContactAnswers:
    """Ask both gates about a person."""
    processing = decide(ConsentQuestion(person=person, purpose="processing"))
    allowed = may_process(processing, privacy)
    given = map(decide, questions(person, privacy.controllers))
    contacting = tuple(given) if allowed else refused(privacy.controllers)
    ends = (answer.expires_on for answer in (processing, *contacting) if answer.expires_on)
    expires_on = min(ends, default=None)
    return ContactAnswers(person.contact.ref, person.contact.name, processing, contacting, allowed, expires_on)


def answers(world: World, decide: Decide, privacy: Privacy) -> Iterator[ContactAnswers]:
    """Ask about all contacts of the mirror, by id, those in no center included; memory stays flat."""
    graph, last = Graph(world), ""
    while ids := world.mirror.ids("contact", last, BATCH):
        graph = Graph(world) if graph.is_full else graph
        with world.mirror.store.reading() as tx:
            graph.tx = tx
            people = graph.persons(ids)
        yield from (answered(people[key], decide, privacy) for key in ids if key in people)
        last = ids[-1]
