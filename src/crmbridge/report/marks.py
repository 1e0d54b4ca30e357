"""Short words and figures that stand beside a person: what is known of influence, engagement, stance and origin."""

from __future__ import annotations

from typing import Final

from crmbridge.model import STANCE_LABELS, ExternalKind, Member, Momentum
from crmbridge.report.text import number

ARROWS: Final[dict[Momentum, str]] = {"rising": "↑", "steady": "→", "falling": "↓", "insufficient": ""}
"""Momentum as a sign; nothing where too little is known."""

_OUTSIDE: Final[dict[ExternalKind, str]] = {
    "consultant": "consultant",
    "incumbent_supplier": "supplier",
    "partner": "partner",
    "agency": "agency",
    "authority": "authority",
    "intermediary": "intermediary",
    "other": "external",
}


def outside(member: Member) -> str:
    """What somebody from outside the buying company is to it, in one word; empty for its own people."""
    if not member.is_external:
        return ""
    return _OUTSIDE[member.external_kind] if member.external_kind else "external"


def figures(member: Member) -> str:
    """Influence and engagement of a member; ``~`` marks an influence that rests on few records."""
    engagement = f"Eng. {number(member.engagement.score, 0)}"
    arrow = ARROWS[member.engagement.momentum]
    shown = [f"{engagement} {arrow}" if arrow else engagement]
    if member.influence:
        doubt = "~" if member.influence.reliability == "low" else ""
        shown.insert(0, f"Infl. {doubt}{number(member.influence.score, 0)}")
    return " · ".join(shown)


def stance_word(member: Member) -> str:
    """How a member stands to the purchase; empty where that is not known."""
    if member.stance is None or member.stance.cls == "unknown":
        return ""
    return STANCE_LABELS[member.stance.cls][0]
