"""Why crmbridge believes something: evidence, and what it adds up to."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from crmbridge.model.base import Frozen, Ref

Role = Literal["initiator", "influencer", "user", "buyer", "decider", "gatekeeper"]
"""What a member does in the decision (Webster/Wind 1972, with Bonoma's initiator)."""

ROLES: tuple[Role, ...] = ("initiator", "influencer", "user", "buyer", "decider", "gatekeeper")
"""The six roles, in the order in which they are shown."""

ROLE_LABELS: dict[Role, str] = {
    "initiator": "Initiator",
    "influencer": "Beeinflusser",
    "user": "Benutzer",
    "buyer": "Einkäufer",
    "decider": "Entscheider",
    "gatekeeper": "Informationsselektierer",
}
"""German labels of the roles."""

EvidenceSource = Literal["human", "crm", "statement", "title", "behaviour", "signature", "vendor"]
"""Where evidence comes from; ``vendor`` is bought data. Evidence of one source is correlated: only the strongest piece
of each counts."""

RoleStatus = Literal["candidate", "proposed", "confirmed", "dismissed", "locked"]


class Evidence(Frozen):
    """One reason for or against something.

    Attributes:
        source: Where it comes from.
        weight: 0 to 1, before ageing.
        against: True if it speaks against.
        text: One line for a reader, at most 300 characters.
        ref: The record it was read from.
        on: The day it was true; None does not age.
    """

    source: EvidenceSource
    weight: float = Field(ge=0, le=1)
    against: bool = False
    text: str = Field(max_length=300)
    ref: Ref | None = None
    on: date | None = None


class RoleAssignment(Frozen):
    """A role that a member plays in one buying center.

    Attributes:
        confidence: 0 to 1, two decimals.
        status: ``candidate`` below the threshold; ``proposed`` above; the rest is a person's word.
        evidence: All of it, strongest first.
        by: Plugins that gave evidence, sorted.
    """

    role: Role
    confidence: float = Field(ge=0, le=1)
    status: RoleStatus
    evidence: tuple[Evidence, ...] = ()
    by: tuple[str, ...] = ()


class TitleReading(Frozen):
    """What a job title says.

    Attributes:
        member_id: Whose title.
        text: The part of the title that was read.
        seniority: ``management``, ``director``, ``lead``, ``senior``, ``professional`` or ``junior``.
        department: E.g. ``purchasing``, ``it``; None if the title does not say.
        confidence: 0 to 1.
        by: The plugin; set by the host.
    """

    member_id: str
    text: str
    seniority: Literal["management", "director", "lead", "senior", "professional", "junior"] | None = None
    department: str | None = None
    confidence: float = Field(ge=0, le=1)
    by: str = ""


class PersonaAssignment(Frozen):
    """A persona that fits a member.

    Attributes:
        persona: Its key, or None if undetermined.
        score: Share of matched weight, 0 to 1.
        margin: Distance to the next persona.
        matched: Criteria that matched, as text.
        missing: Fields that are empty and would have counted.
        checklist: Share of the fields that the persona's checklist asks for and that are filled, 0 to 1.
        open_fields: Those of the checklist that are empty.
        by: The plugin; set by the host.
    """

    member_id: str
    persona: str | None
    score: float = Field(ge=0, le=1)
    margin: float = Field(ge=0, le=1)
    matched: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    checklist: float | None = Field(default=None, ge=0, le=1)
    open_fields: tuple[str, ...] = ()
    by: str = ""
