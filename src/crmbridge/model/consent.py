"""What may be done with a person's data: questions and answers."""

from __future__ import annotations

from datetime import date
from typing import Literal

from crmbridge.model.base import Frozen
from crmbridge.model.evidence import Evidence
from crmbridge.model.persons import PersonFacts

Decision3 = Literal["deny", "review", "allow"]
"""Answers, the strictest first."""

STRICTNESS: tuple[Decision3, ...] = ("deny", "review", "allow")

Purpose = Literal["processing", "marketing", "sales", "newsletter", "market_research", "contract"]
Channel = Literal["none", "email", "phone", "post"]


class ConsentQuestion(Frozen):
    """May this be done with this person's data?

    Attributes:
        person: Everything known for the answer.
        purpose: What for. ``processing`` is the first gate: may the person be judged at all?
        channel: By which way; ``none`` for processing.
        controller: On whose behalf, as in ``[privacy] controllers``; empty for the only one.
    """

    person: PersonFacts
    purpose: Purpose
    channel: Channel = "none"
    controller: str = ""


class ConsentDecision(Frozen):
    """The answer to one question.

    Attributes:
        decision: allow, deny or review.
        reason: A code such as ``OBJECTED``.
        legal_basis: What the answer rests on, in words.
        expires_on: First day on which the answer no longer holds.
        evidence: What it was read from.
        controller: Whom it holds for; as asked.
        by: The plugin; set by the host.
    """

    purpose: Purpose
    channel: Channel
    decision: Decision3
    reason: str
    legal_basis: str | None = None
    expires_on: date | None = None
    evidence: tuple[Evidence, ...] = ()
    controller: str = ""
    by: str = ""
