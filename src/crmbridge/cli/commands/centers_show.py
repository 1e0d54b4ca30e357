"""``crmbridge centers show``: one buying center with its evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from crmbridge.cli.exitcodes import worst
from crmbridge.cli.opening import one_bridge, plugin_codes
from crmbridge.cli.options import Judging, spread
from crmbridge.cli.screen import Screen, clipped, emit
from crmbridge.model.centers import BuyingCenter, Member
from crmbridge.model.consent import ConsentDecision
from crmbridge.model.evidence import ROLE_LABELS, Evidence, RoleAssignment

CenterId = Annotated[str, typer.Argument(metavar="ID", help="As `centers list` shows it, e.g. deal:123.")]
_LINES = 3  # evidence lines per role

LONGEST_NAME = 200
"""Characters shown of what a case is called, and of what a person is called and does."""


@spread
def show_center(center_id: CenterId, options: Judging) -> None:
    """Show who plays which role in a buying center, and why."""
    screen = Screen.make(as_json=options.as_json)
    with one_bridge(options, screen) as bridge:
        center = next(bridge.buying_centers([center_id]), None)
        codes = plugin_codes(bridge)
    if center is None:
        raise typer.BadParameter(f"there is no buying center {center_id!r}: see `crmbridge centers list`")
    if options.as_json:
        emit(center.model_dump(mode="json"))
    else:
        show(screen, center)
    raise typer.Exit(worst(codes, detailed=options.exit_code))


def show(screen: Screen, center: BuyingCenter) -> None:
    """Print a center: seats, people, reach, way and decisions."""
    screen.say(f"{clipped(center.name, LONGEST_NAME)}  ({center.id})", "bold")
    for line in _facts(center):
        screen.say(f"  {line}")
    _seats(screen, center)
    _people(screen, center)
    _journey(screen, center)


def _facts(center: BuyingCenter) -> Iterator[str]:
    company = center.company.name if center.company else None
    yield f"{company or 'no company'}; owner: {center.owner or 'nobody'}; stage in the CRM: {center.stage_label or '?'}"
    yield f"opened {center.opened_on or '?'}, {'open' if center.is_open else f'closed {center.closed_on}'}"
    cover = center.coverage
    threads = "single-threaded" if cover.single_threaded else f"{cover.threads:.1f} threads"
    yield (
        f"{center.completeness:.0f} % complete; {cover.engaged} of {cover.known} members engaged, "
        f"{cover.benchmark:.2f} of the benchmark, {threads}; {center.withheld} withheld"
    )
    if center.unknown:
        yield f"unknown, because they failed here: {', '.join(center.unknown)}"


def _seats(screen: Screen, center: BuyingCenter) -> None:
    rows: list[tuple[str, str]] = []
    for role, people in center.seats().items():
        nobody = "missing" if role in center.missing_roles else "-"
        who = [f"{member.name} ({member.confidence(role):.2f})" for member in people] or [nobody]
        heads = [f"{role} ({ROLE_LABELS[role]})", *[""] * (len(who) - 1)]
        rows += zip(heads, who, strict=True)
    screen.say()
    screen.table(("seat", "who"), rows)


def _people(screen: Screen, center: BuyingCenter) -> None:
    screen.say("\nMembers", "bold")
    for member in center.members:
        screen.say(f"  {_person(member)}")
        for assignment in member.roles:
            screen.say(f"    {_role(assignment)}")
            for piece in assignment.evidence[:_LINES]:
                screen.say(f"      {_evidence(piece)}")
        if member.consent:
            screen.say(f"    consent: {', '.join(map(_consent, member.consent))}")


def _person(member: Member) -> str:
    title = member.facts.contact.job_title if member.facts else None
    persona = member.persona.persona if member.persona else None
    marks = [title, persona and f"persona {persona}", "external" if member.is_external else None]
    words = ", ".join([member.name, *(mark for mark in marks if mark)])
    return f"{clipped(words, LONGEST_NAME)}  [{member.id}, by {member.joined_by}]"


def _role(assignment: RoleAssignment) -> str:
    by = ", ".join(assignment.by) or "core"
    return f"{assignment.role} {assignment.confidence:.2f} {assignment.status} ({by})"


def _consent(answer: ConsentDecision) -> str:
    channel = "" if answer.channel == "none" else f"{answer.channel} "
    return f"{channel}{answer.purpose} {answer.decision} ({answer.reason})"


def _evidence(piece: Evidence) -> str:
    sign = "-" if piece.against else "+"
    day = f", {piece.on}" if piece.on else ""
    return f"{sign} {piece.source} {piece.weight:.2f}: {piece.text}{day}"


def _journey(screen: Screen, center: BuyingCenter) -> None:
    visits = [visit for visit in center.visits if visit.subject == center.id]
    if visits:
        screen.say()
        rows = [(visit.model, visit.stage, visit.entered_on, visit.left_on or "now", visit.reason) for visit in visits]
        screen.table(("journey", "stage", "from", "until", "why"), rows)
    decisions = [*center.decisions, *(item for m in center.members if m.facts for item in m.facts.decisions)]
    if decisions:
        screen.say()
        words = [(str(item.subject), item.property, item.value, item.source, item.at.date()) for item in decisions]
        screen.table(("decided by a person", "property", "value", "where", "on"), words)
