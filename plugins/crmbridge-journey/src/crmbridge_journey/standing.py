"""Where a subject stands on one day: a pure function of that day, the case's dates and the touches until then."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from typing import NamedTuple

from crmbridge_journey.case import Case
from crmbridge_journey.days import any_between, last_until, later
from crmbridge_journey.settings import Settings
from crmbridge_journey.trail import Trail


class Standing(NamedTuple):
    """Where a subject stands.

    Attributes:
        stage: The phase; None for no stay in any.
        reason: Why.
        inferred: True if it is read from touches alone, and must last before it counts.
        resumes: True if coming here from a pause means to resume.
        silent_since: For a pause, the day of the last sign of life.
        left_on: For a pause, the day on which the stay before it ended.
    """

    stage: str | None = None
    reason: str = ""
    inferred: bool = False
    resumes: bool = False
    silent_since: date | None = None
    left_on: date | None = None


def standing(day: date, case: Case | None, trail: Trail, settings: Settings) -> Standing:
    """Return where the subject stands on ``day``."""
    touched = last_until(trail.touches, day)
    if trail.is_person and touched is None:
        return Standing()
    if case and case.closed and case.closed <= day:
        return _after_win(day, case.closed, trail, settings) if case.won else Standing(reason="case lost")
    if case and case.opened <= day:
        return _in_case(day, case, trail, settings)
    return _without_case(day, trail, settings) if touched else Standing()


def turning_days(case: Case | None, trail: Trail, settings: Settings) -> list[date]:
    """Return all days on which the standing may differ from the day before, sorted."""
    engaged, silent, lapsed = settings.engaged_days + 1, settings.drop_off_days + 1, settings.retention_days + 1
    days = {*trail.touches, *(later(day, silent) for day in trail.signs)}
    days |= {later(day, engaged) for day in (*trail.interest, *(on for on, _ in trail.responses))}
    if case:
        days |= {case.opened, later(case.opened, silent)} | ({case.committed} if case.committed else set())
    if case and case.closed:
        days |= {case.closed, later(case.closed, settings.purchase_days + 1)}
        days |= {later(day, lapsed) for day in (case.closed, *trail.touches)}
    return sorted(days)


def broken_silence(day: date, case: Case | None, trail: Trail, settings: Settings) -> Standing | None:
    """Return the pause that a sign of life on ``day`` ended, even one that began on that very day."""
    if case is None or not case.opened < day or (case.closed and case.closed <= day):
        return None
    if not any_between(trail.signs, day, day):
        return None
    return _silence(day, case.opened, last_until(trail.signs, day - timedelta(days=1)), settings)


def _silence(day: date, opened: date, sign: date | None, settings: Settings) -> Standing | None:
    alive = max(opened, sign or opened)
    if (day - alive).days <= settings.drop_off_days:
        return None
    reason = f"no two-way touch for {settings.drop_off_days} days"
    return Standing(reason=reason, silent_since=alive, left_on=later(alive, settings.drop_off_days))


def _in_case(day: date, case: Case, trail: Trail, settings: Settings) -> Standing:
    if pause := _silence(day, case.opened, last_until(trail.signs, day), settings):
        return pause
    if case.committed and case.committed <= day:
        return Standing("purchase", case.why, resumes=True)
    return Standing("consideration", "open case", resumes=True)


def _after_win(day: date, closed: date, trail: Trail, settings: Settings) -> Standing:
    active = max(closed, last_until(trail.touches, day) or closed)
    is_active = (day - active).days <= settings.retention_days
    if is_active and any_between(trail.advocacy, closed, day):
        return Standing("advocacy", "review, reference or referral after a won case", inferred=True)
    if (day - closed).days <= settings.purchase_days:
        return Standing("purchase", "case won")
    if is_active:
        return Standing("retention", f"won case, touched within {settings.retention_days} days")
    return Standing("awareness", f"won case, no touch for {settings.retention_days} days")


def _without_case(day: date, trail: Trail, settings: Settings) -> Standing:
    first = day - timedelta(days=min(settings.engaged_days, (day - date.min).days))
    begin = bisect_left(trail.responses, (first, ""))
    end = bisect_right(trail.responses, day, key=lambda response: response[0])
    engaged = {member for _, member in trail.responses[begin:end]}
    if len(engaged) >= settings.engaged_members:
        why = f"{settings.engaged_members} or more members engaged within {settings.engaged_days} days"
        return Standing("consideration", why, inferred=True)
    if any_between(trail.interest, first, day):
        return Standing("consideration", "subject shows interest", inferred=True)
    return Standing("awareness", "touched, no case", inferred=True)
