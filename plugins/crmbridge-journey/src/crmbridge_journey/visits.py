"""Fold where a subject stood, day by day, into its stays."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import groupby

from crmbridge import StageVisit
from crmbridge_journey.days import later
from crmbridge_journey.standing import Standing

Turns = list[tuple[date, Standing]]
"""Each day on which the standing changed, and the new one; oldest first, days to come included."""


def visits(subject: str, turns: Turns, today: date, min_dwell: int) -> list[StageVisit]:
    """Return the stays as they are known on ``today``, oldest first."""
    return _told(subject, _stays(turns, today, min_dwell))


def next_turn(subject: str, turns: Turns, today: date, min_dwell: int) -> date | None:
    """Return the first day after ``today`` on which the stays are told differently with no new touch."""
    now = _stays(turns, today, min_dwell)
    days = {day for turn, _ in turns for day in (turn, later(turn, min_dwell)) if day > today}
    for day in sorted(days):
        then = _stays(turns, day, min_dwell)
        if then != now and _told(subject, then) != _told(subject, now):
            return day
    return None


def _told(subject: str, stays: Turns) -> list[StageVisit]:
    counts: Counter[str] = Counter()
    found = []
    for index, (day, now) in enumerate(stays):
        if now.stage is None:
            continue
        counts[now.stage] += 1
        before = stays[index - 1][1] if index else Standing()
        left, why_left = _end(stays[index + 1]) if index + 1 < len(stays) else (None, "")
        found.append(
            StageVisit(
                subject=subject,
                stage=now.stage,
                visit_no=counts[now.stage],
                entered_on=day,
                left_on=left,
                reason="; ".join(filter(None, (_why(day, before, now), why_left))),
            )
        )
    return found


def _stays(turns: Turns, today: date, min_dwell: int) -> Turns:
    """Join equal neighbours and leave out inferred changes that did not last, or have not lasted yet."""
    groups = [list(group) for _, group in groupby((t for t in turns if t[0] <= today), key=lambda turn: turn[1].stage)]
    kept: Turns = []
    for index, group in enumerate(groups):
        day, now = group[0]
        end = groups[index + 1][0][0] if index + 1 < len(groups) else today
        before = kept[-1][1].stage if kept else None
        inferred = all(standing.inferred for _, standing in group)
        brief = inferred and before is not None and (end - day).days < min_dwell
        if not brief and now.stage != before:
            kept.append((day, now))
    return kept


def _end(following: tuple[date, Standing]) -> tuple[date, str]:
    """Return when and why a stay ended, told by what follows it; a stay that went over into another needs no word."""
    day, after = following
    return after.left_on or day, "" if after.stage else after.reason


def _why(day: date, before: Standing, now: Standing) -> str:
    if now.resumes and before.silent_since:
        return f"resumed after {(day - before.silent_since).days} days"
    return now.reason
