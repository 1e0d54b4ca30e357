"""How the people of a buying center stand to the purchase, and to each other."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal

from pydantic import Field

from crmbridge.model.base import Frozen
from crmbridge.model.evidence import Evidence

StanceClass = Literal["power_promoter", "expert_promoter", "neutral", "unknown", "expert_opponent", "power_opponent"]
"""Promoters and opponents by expertise or by power (Witte 1973; Hauschildt/Kirchmann 2001)."""

STANCE_LABELS: Final[dict[StanceClass, tuple[str, str]]] = {
    "power_promoter": ("Power promoter", "Machtpromotor"),
    "expert_promoter": ("Expert promoter", "Fachpromotor"),
    "neutral": ("Neutral", "Neutral"),
    "unknown": ("Unknown", "Unbekannt"),
    "expert_opponent": ("Expert opponent", "Fachopponent"),
    "power_opponent": ("Power opponent", "Machtopponent"),
}
"""English and German labels."""

RelationKind = Literal["communication", "advice", "reports_to", "conflict", "influence"]

RELATION_LABELS: Final[dict[RelationKind, tuple[str, str]]] = {
    "communication": ("in touch with", "in Kontakt mit"),
    "advice": ("asks", "fragt"),
    "reports_to": ("reports to", "berichtet an"),
    "conflict": ("in conflict with", "im Konflikt mit"),
    "influence": ("influences", "beeinflusst"),
}
"""English and German words that stand between the two people."""

Reliability = Literal["low", "medium", "high"]


class Stance(Frozen):
    """How a member stands to the purchase.

    Attributes:
        score: -1 (against) to 1 (for), two decimals.
        cls: What that makes of the member; ``unknown`` without enough evidence: silence says nothing.
        basis: What the member's word rests on.
        evidence: Strongest first; ``against`` marks what speaks for opposition.
        by: Plugins that gave evidence, sorted.
    """

    score: float = Field(ge=-1, le=1)
    cls: StanceClass
    basis: Literal["expert", "power", "both", "unknown"]
    evidence: tuple[Evidence, ...] = ()
    by: tuple[str, ...] = ()


class Relation(Frozen):
    """A tie between two people of a center.

    Attributes:
        kind: ``communication`` has no direction (``source`` < ``target``); ``advice`` leads from who asks to who is
            asked, ``reports_to`` to the superior.
        source: A member's id, or ``mailbox:<address>`` for an address that many read.
        target: The same.
        weight: ``communication``: aged sum of shared engagements; else 0 to 1, aged.
        last_on: Day of the newest sign of it.
        evidence: Why, for all kinds but ``communication``.
        by: Plugins that gave evidence; ``core`` for what follows from the engagements alone.
    """

    kind: RelationKind
    source: str
    target: str
    weight: float = Field(ge=0)
    last_on: date | None = None
    evidence: tuple[Evidence, ...] = ()
    by: tuple[str, ...] = ()


class Influence(Frozen):
    """How much weight a member's word has, with the parts it is made of.

    Attributes:
        score: 0 to 100, of the parts that are known, their weights made to add up.
        position: 0 to 1, by rank and role; None if no title and no role says.
        reach: 0 to 1: percentile, among the people of the company, of how many different people turned to this one.
        advice: 0 to 1: share of the center's incoming advice.
        reliability: How far ``reach`` can be trusted: ``low`` where few people or messages are known.
    """

    score: float = Field(ge=0, le=100)
    position: float | None = Field(default=None, ge=0, le=1)
    reach: float | None = Field(default=None, ge=0, le=1)
    advice: float | None = Field(default=None, ge=0, le=1)
    reliability: Reliability
