"""The five phases: where a subject stands before its case, while it is open, and after it."""

from __future__ import annotations

from bisect import bisect_left
from itertools import takewhile

from crmbridge_journey.case import Case
from crmbridge_journey.days import NEVER, Span, crowded, holds, spans, union
from crmbridge_journey.patience import Patience, with_pauses
from crmbridge_journey.settings import Settings
from crmbridge_journey.standing import Standing, Turns
from crmbridge_journey.trail import Trail


def phase_turns(case: Case | None, trail: Trail, patience: Patience, settings: Settings) -> Turns:
    """Return the turns of one subject; a member's begin with its own first touch."""
    if case is None:
        return _before(trail, NEVER, settings)
    closed = NEVER if case.closed is None else case.closed
    first = trail.days[0] if trail.is_person else case.opened
    turns: Turns = []
    if case.opened < closed:
        steps = _steps(case, trail, closed, settings)
        turns = with_pauses(steps, max(case.opened, first), closed, trail.signs, patience) if first < closed else []
    elif not trail.is_person or first < closed:
        turns = _before(trail, closed, settings)
    if closed == NEVER:
        return turns
    return turns + _after(closed, trail, settings, won=case.won)


def _steps(case: Case, trail: Trail, closed: int, settings: Settings) -> Turns:
    """Return how far the subject was until the case was closed, silence left aside.

    The center stands where the case stood; a member, where the case stood when it last took part.
    """
    if not trail.is_person:
        return _before(trail, case.opened, settings) + case.steps
    acts = trail.days[bisect_left(trail.days, case.opened) : bisect_left(trail.days, closed)]
    turns = _before(trail, acts[0] if acts else closed, settings)
    steps, place = case.steps, -1
    for day in acts:
        moved = place
        while moved + 1 < len(steps) and steps[moved + 1][0] <= day:
            moved += 1
        if moved != place:
            place = moved
            turns.append((day, steps[place][1]))
    return turns


def _before(trail: Trail, end: int, settings: Settings) -> Turns:
    """Return the turns before ``end``, by touches alone."""
    if not trail.days or trail.days[0] >= end:
        return []
    shown = spans(takewhile(lambda day: day < end, trail.interest), settings.engaged_days)
    heard = takewhile(lambda item: item[0] < end, trail.responses)
    engaged = crowded(heard, settings.engaged_days, settings.engaged_members)
    turns = {trail.days[0]: Standing("awareness", "touched, no case", inferred=True)}
    for start, last in union([*shown, *engaged]):
        turns[start] = Standing("consideration", _interest(start, engaged, settings), inferred=True)
        turns[last + 1] = Standing("awareness", "no more interest shown", inferred=True)
    return [turn for turn in turns.items() if turn[0] < end]


def _interest(day: int, engaged: list[Span], settings: Settings) -> str:
    if holds(engaged, day):
        return f"{settings.engaged_members} or more members engaged within {settings.engaged_days} days"
    return "interest shown in a subject or on a page"


def _after(closed: int, trail: Trail, settings: Settings, *, won: bool) -> Turns:
    """Return the turns from the closing on. A member that came later stands nowhere before."""
    first = max(closed, trail.days[0]) if trail.is_person else closed
    if not won:
        return [(closed, Standing(reason="case lost"))] if first == closed else []
    lives = [closed, *trail.days[bisect_left(trail.days, closed) :]]
    active = spans(lives, settings.retention_days)
    praises = trail.advocacy if trail.is_person else []  # the group advocates with its members, see group.py
    praised = next((day for day in praises if day >= closed), NEVER)
    edges = {first, closed + settings.purchase_days + 1, praised, *(edge for a, b in active for edge in (a, b + 1))}
    return [(day, _after_win(day, closed, active, praised, settings)) for day in sorted(edges) if first <= day < NEVER]


def _after_win(day: int, closed: int, active: list[Span], praised: int, settings: Settings) -> Standing:
    is_active = holds(active, day)
    if is_active and praised <= day:
        return Standing("advocacy", "review, reference or referral after a won case", inferred=True)
    if day - closed <= settings.purchase_days:
        return Standing("purchase", "case won")
    if is_active:
        return Standing("retention", f"won case, touched within {settings.retention_days} days")
    return Standing("awareness", f"won case, no touch for {settings.retention_days} days")
