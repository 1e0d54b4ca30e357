"""What a buying center, its people and their ties are in words, for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crmbridge.centers.properties import KIND_LABELS, MOMENTUM_LABELS, RELIABILITY_LABELS
from crmbridge.cli.screen import clipped
from crmbridge.model.centers import BuyingCenter, Coverage, Member
from crmbridge.model.consent import ConsentDecision
from crmbridge.model.engagement import EngagementScore
from crmbridge.model.evidence import ROLE_LABELS, Evidence, RoleAssignment
from crmbridge.model.journey import StageVisit
from crmbridge.model.relations import STANCE_LABELS, Influence, Stance

LONGEST_NAME: Final = 200
"""Characters shown of what a case is called, and of what a person is called and does."""


def facts(center: BuyingCenter) -> Iterator[str]:
    """Yield lines about the case, its completeness, reach and engagement."""
    company = center.company.name if center.company else None
    yield f"{company or 'no company'}; owner: {center.owner or 'nobody'}; stage in the CRM: {center.stage_label or '?'}"
    yield f"opened {center.opened_on or '?'}, {'open' if center.is_open else f'closed {center.closed_on}'}"
    cover = center.coverage
    threads = "single-threaded" if cover.single_threaded else f"{cover.threads:.1f} threads"
    yield (
        f"{center.completeness:.0f} % complete; {cover.engaged} of {cover.known} members engaged, "
        f"{cover.benchmark:.2f} of the benchmark, {threads}; {center.withheld} withheld"
    )
    yield f"role template (Rollenvorlage): {center.template or 'complex'}{', routine' if center.is_routine else ''}"
    yield _reach(cover)
    breadth = f", breadth (Breite) {center.engagement.breadth:.0%}" if center.engagement.breadth is not None else ""
    yield f"group engagement {_engagement(center.engagement)}{breadth}"
    if center.unknown:
        yield f"unknown, because they failed here: {', '.join(center.unknown)}"


def _reach(cover: Coverage) -> str:
    departments, levels = ", ".join(cover.departments) or "none", ", ".join(cover.levels) or "none"
    backing = "yes" if cover.exec_backing else "no"
    return (
        f"engaged departments (Abteilungen): {departments}; levels (Ebenen): {levels}; "
        f"executive backing (Rückendeckung der Führung): {backing}"
    )


def seats(center: BuyingCenter) -> list[tuple[str, str]]:
    """Give who sits in each of the six seats, a line each."""
    rows: list[tuple[str, str]] = []
    for role, people in center.seats().items():
        nobody = "missing" if role in center.missing_roles else "-"
        who = [_seated(member, member.confidence(role), _status(member, role)) for member in people] or [nobody]
        heads = [f"{role} ({ROLE_LABELS[role]})", *[""] * (len(who) - 1)]
        rows += zip(heads, who, strict=True)
    return rows


def _status(member: Member, role: str) -> str:
    return next(item.status for item in member.roles if item.role == role)


def _seated(member: Member, confidence: float, status: str) -> str:
    mark = "" if status == "proposed" else f", {status}"
    return f"{member.name} ({confidence:.2f}{mark})"


def person(member: Member) -> str:
    """Say who somebody is, and how that person came in."""
    title = member.facts.contact.job_title if member.facts else None
    persona = member.persona.persona if member.persona else None
    marks = [title, persona and f"persona {persona}", _outside(member)]
    words = ", ".join([member.name, *(mark for mark in marks if mark)])
    return f"{clipped(words, LONGEST_NAME)}  [{member.id}, by {member.joined_by}]"


def _outside(member: Member) -> str | None:
    if not member.is_external:
        return None
    return f"external: {KIND_LABELS[member.external_kind]}" if member.external_kind else "external"


def figures(member: Member) -> Iterator[str]:
    """Yield a member's influence with its parts, and its engagement."""
    if member.influence:
        yield _influence(member.influence)
    yield f"engagement {_engagement(member.engagement)}"


def _influence(found: Influence) -> str:
    parts = (("A position", found.position), ("B reach (Reichweite)", found.reach), ("C advice (Rat)", found.advice))
    known = ", ".join(f"{name} {'-' if part is None else f'{part:.2f}'}" for name, part in parts)
    reliability = RELIABILITY_LABELS[found.reliability]
    return f"influence (Einfluss) {found.score:.0f} of 100: {known}; reliability: {reliability}"


def _engagement(found: EngagementScore) -> str:
    last = f", last two-way touch {found.last_two_way_on}" if found.last_two_way_on else ""
    return f"{found.score:.0f} of 100, momentum: {MOMENTUM_LABELS[found.momentum]}{last}"


def stance(found: Stance) -> str:
    """Say how a member stands to the purchase."""
    by = f" ({', '.join(found.by)})" if found.by else ""
    return f"stance (Haltung): {two(*STANCE_LABELS[found.cls])} {found.score:+.2f}, basis {found.basis}{by}"


def two(english: str, german: str) -> str:
    """Put a German label behind the English one, if it differs."""
    return english if german in ("", english) else f"{english} ({german})"


def paused(visit: StageVisit) -> str:
    """Say since when a stay pauses, or after what pause it began; empty without a pause."""
    days = f" after {visit.pause_days} days" if visit.pause_days is not None else ""
    resumed = f"resumed {visit.resumed_on}{days}" if visit.resumed_on else ""
    since = f"paused since {visit.paused_on}" if visit.paused_on else ""
    return ", ".join(filter(None, (resumed, since)))


def role_words(assignment: RoleAssignment) -> str:
    """Say which role somebody plays, how certainly, and who says so."""
    by = ", ".join(assignment.by) or "core"
    return f"{assignment.role} {assignment.confidence:.2f} {assignment.status} ({by})"


def consent(answer: ConsentDecision) -> str:
    """Say whether somebody may be contacted for a purpose on a channel."""
    channel = "" if answer.channel == "none" else f"{answer.channel} "
    return f"{channel}{answer.purpose} {answer.decision} ({answer.reason})"


def reason(piece: Evidence) -> str:
    """Say what a piece of evidence is, and for what it speaks."""
    sign = "-" if piece.against else "+"
    day = f", {piece.on}" if piece.on else ""
    return f"{sign} {piece.source} {piece.weight:.2f}: {piece.text}{day}"
