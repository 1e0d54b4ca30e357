"""The contact properties that hold the answers of the second gate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from crmbridge import ConsentDecision, Due, Option, PropertySpec, PropertyValue, Ref, RunContext
from crmbridge.model import STRICTNESS, Channel, Purpose
from crmbridge_consent.known import Hit, Known
from crmbridge_consent.settings import Settings

LABELS = {"deny": "Deny (nein)", "review": "Review (prüfen)", "allow": "Allow (ja)"}
OPTIONS = tuple(Option(value=decision, label=LABELS[decision]) for decision in STRICTNESS)

WAYS: Final = {"email": "E-mail (E-Mail)", "phone": "Phone (Telefon)", "post": "Postal mail (Post)"}
"""Channels by which somebody may be contacted, and their labels."""

MOST_LINES: Final = 20
"""Lines of what waits for a person."""


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
    """Name the five answers, their reasons, what waits for a person, and the preferred channel."""
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
    yield PropertySpec(
        object="contact",
        name="consent_review",
        label="Consent: to be looked at (zu prüfen)",
        description="Opt-outs in texts, and answers that a person must give. Not legal advice.",
        type="text",
        fold="latest",
        core=False,
        clear=True,
    )
    yield PropertySpec(
        object="contact",
        name="preferred_channel",
        label="Preferred channel (bevorzugter Kanal)",
        description="Of the channels that are allowed, the one on which the person answers most surely.",
        type="enumeration",
        options=tuple(Option(value=name, label=label) for name, label in WAYS.items()),
        fold="latest",
        core=False,
        clear=True,
    )


def values(
    ctx: RunContext[Settings], facts: Known, consent: tuple[ConsentDecision, ...]
) -> Iterator[PropertyValue | Due]:
    """Yield the value of each answer that was given, the reasons, what to look at, and the first day that ends one.

    Crmbridge gives one answer to each question: the strictest of all plugins, or ``PROCESSING_REFUSED``. Of several
    controllers the first one's answers are written. What nobody wants written is left out.
    """
    subject = facts.person.contact.ref
    told = {(item.purpose, item.channel): item for item in reversed(consent)}
    questions = [(answer, (answer.purpose, answer.channel)) for answer in ANSWERS]
    given = [(answer, told[question]) for answer, question in questions if question in told]
    for answer, item in given:
        if ctx.wants("contact", answer.name):
            why = f"{item.reason}: {item.legal_basis}" if item.legal_basis else item.reason
            yield PropertyValue(subject=subject, property=answer.name, value=item.decision, reason=why[:500])
    if given and ctx.wants("contact", "consent_reason"):
        lines = [f"{a.channel} {a.purpose}: {_told(item)}" for a, item in given]
        yield PropertyValue(
            subject=subject, property="consent_reason", value="\n".join(lines), reason="answers of the second gate"
        )
    if given and ctx.wants("contact", "consent_review"):
        yield _review(subject, [item for _, item in given], facts.hits)
    days = (*(item.expires_on for _, item in given), facts.settled_on)
    ends = [day for day in days if day and day > ctx.today]
    if ends:
        yield Due(on=min(ends))


def _told(item: ConsentDecision) -> str:
    """One answer; of one that a person must give, what is missing for it."""
    missing = item.evidence[0].text if item.decision == "review" and item.evidence else ""
    return f"{item.decision} {item.reason}{f' ({missing})' if missing else ''}"


def _review(subject: Ref, given: Iterable[ConsentDecision], found: Iterable[Hit]) -> PropertyValue:
    """What waits for a person: opt-outs in texts, whatever the answers are, then answers that are left open."""
    lines = [f"{hit.phrase.label}, {hit.remark.ref} of {hit.remark.on}" for hit in found]
    lines += [
        f"{item.channel} {item.purpose}: {_told(item)}"
        for item in given
        if item.decision == "review" and item.reason != "OPT_OUT_IN_TEXT"
    ]
    text = "\n".join(lines[:MOST_LINES]) or None
    return PropertyValue(subject=subject, property="consent_review", value=text, reason="to be looked at by a person")
