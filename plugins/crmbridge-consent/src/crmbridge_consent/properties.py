"""The contact properties that hold the answers of the second gate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from crmbridge import ConsentDecision, Due, Option, PropertySpec, PropertyValue, Ref
from crmbridge.model import STRICTNESS, Channel, Purpose

LABELS = {"deny": "Deny (nein)", "review": "Review (prüfen)", "allow": "Allow (ja)"}
OPTIONS = tuple(Option(value=decision, label=LABELS[decision]) for decision in STRICTNESS)


class Answer(NamedTuple):
    """A property and the question whose answer it holds."""

    name: str
    purpose: Purpose
    channel: Channel
    label: str
    core: bool


ANSWERS = (
    Answer("consent_email_marketing", "marketing", "email", "Consent: e-mail marketing", core=True),
    Answer("consent_phone_sales", "sales", "phone", "Consent: sales calls", core=True),
    Answer("consent_post", "marketing", "post", "Consent: postal marketing", core=False),
    Answer("consent_newsletter", "newsletter", "email", "Consent: e-mail newsletter", core=False),
    Answer("consent_market_research", "market_research", "email", "Consent: e-mail market research", core=False),
)


def specs() -> Iterator[PropertySpec]:
    """Name the five answers and their reasons."""
    for answer in ANSWERS:
        yield PropertySpec(
            object="contact",
            name=answer.name,
            label=answer.label,
            description="What the data says about contact for this purpose by this channel. Not legal advice.",
            type="enumeration",
            options=OPTIONS,
            fold="strictest",
            core=answer.core,
        )
    yield PropertySpec(
        object="contact",
        name="consent_reason",
        label="Consent: reasons",
        description="One line for each channel and purpose: the answer and its reason.",
        type="text",
        fold="latest",
    )


def values(subject: Ref, consent: tuple[ConsentDecision, ...], today: date) -> Iterator[PropertyValue | Due]:
    """Yield the value of each answer that was given, the reasons, and the first day on which one of them ends.

    Crmbridge gives one answer to each question: the strictest of all plugins, or ``PROCESSING_REFUSED``.
    """
    told = {(item.purpose, item.channel): item for item in consent}
    given = [(answer, found) for answer in ANSWERS if (found := told.get((answer.purpose, answer.channel)))]
    for answer, found in given:
        why = f"{found.reason}: {found.legal_basis}" if found.legal_basis else found.reason
        yield PropertyValue(subject=subject, property=answer.name, value=found.decision, reason=why[:500])
    if given:
        lines = [f"{a.channel} {a.purpose}: {found.decision} {found.reason}" for a, found in given]
        yield PropertyValue(
            subject=subject, property="consent_reason", value="\n".join(lines), reason="answers of the second gate"
        )
    ends = [found.expires_on for _, found in given if found.expires_on and found.expires_on > today]
    if ends:
        yield Due(on=min(ends))
