"""What judging hooks return."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from crmbridge.model.base import Frozen, Ref
from crmbridge.model.evidence import Evidence, PersonaAssignment, Role, TitleReading
from crmbridge.model.journey import StageVisit
from crmbridge.model.relations import RelationKind

Scalar = str | bool | int | float | date | tuple[str, ...] | None


class RoleProposal(Frozen):
    """Evidence that a member plays a role. Core weighs the evidence of all plugins together.

    Attributes:
        member_id: Whose role.
        evidence: At least one piece.
        by: The plugin; set by the host.
    """

    member_id: str
    role: Role
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    by: str = ""


class StanceProposal(Frozen):
    """Evidence of how a member stands to the purchase. Core weighs the evidence of all plugins together.

    Attributes:
        member_id: Whose stance.
        evidence: At least one piece; ``against`` marks what speaks for opposition.
        by: The plugin; set by the host.
    """

    member_id: str
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    by: str = ""


class RelationProposal(Frozen):
    """Evidence of a tie between two members, see ``Relation``.

    Attributes:
        source: A member's id.
        target: Another member's id.
        evidence: At least one piece.
        by: The plugin; set by the host.
    """

    kind: RelationKind
    source: str
    target: str
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    by: str = ""


class PropertyValue(Frozen):
    """A value for a registered property of one record.

    Attributes:
        subject: The contact, company or deal.
        property: Name as registered, without prefix.
        value: Of the registered type; a tuple for ``multi``; None says "empty" (written only if ``clear`` is set).
        confidence: 0 to 1, where it has one.
        reason: Why, in one line; it is shown in the plan.
        on: The day the value is about, for the fold ``latest``; None for the center's last touch.
        by: The plugin; set by the host.
    """

    subject: Ref
    property: str
    value: Scalar
    confidence: float | None = Field(default=None, ge=0, le=1)
    reason: str = Field(default="", max_length=500)
    on: date | None = None
    by: str = ""


class Due(Frozen):
    """The first day on which this plugin's answer could change with no new record."""

    on: date


Proposal = (
    TitleReading
    | RoleProposal
    | StanceProposal
    | RelationProposal
    | PersonaAssignment
    | StageVisit
    | PropertyValue
    | Due
)
"""Anything a ``propose_*`` or ``derive_*`` hook may yield."""
