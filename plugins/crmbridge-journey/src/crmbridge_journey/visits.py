"""Fold where a subject stood, day by day, into its stays."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from crmbridge import StageVisit
from crmbridge_journey.days import as_date
from crmbridge_journey.standing import Standing, Turns


class Stay(NamedTuple):
    """A ``StageVisit`` in day numbers."""

    stage: str
    visit_no: int
    entered: int
    left: int | None
    paused: int | None
    resumed: int | None
    pause_days: int | None
    reason: str


def tell(subject: str, model: str, turns: Turns, today: int, min_dwell: int) -> tuple[list[StageVisit], int | None]:
    """Return the stays as they are known today, oldest first, and the first day on which they will read differently."""
    lasting = _lasting(turns, today, min_dwell)
    now = _stays(lasting)
    days = {day for turn, _ in turns if turn + min_dwell > today for day in (turn, turn + min_dwell) if day > today}
    coming = ((day, _lasting(turns, day, min_dwell)) for day in sorted(days))
    due = next((day for day, then in coming if then != lasting and _stays(then) != now), None)
    return [_visit(subject, model, stay) for stay in now], due


def _stays(lasting: Turns) -> list[Stay]:
    counts: Counter[str] = Counter()
    found = []
    for index, (day, now) in enumerate(lasting):
        if now.stage is None:
            continue
        counts[now.stage] += 1
        before = lasting[index - 1][1].silent_from if index else None
        left, paused, why_left = _end(lasting[index + 1 : index + 3])
        found.append(
            Stay(
                stage=now.stage,
                visit_no=counts[now.stage],
                entered=day,
                left=left,
                paused=paused,
                resumed=None if before is None else day,
                pause_days=None if before is None else day - before,
                reason=f"{now.reason}; {why_left}" if why_left else now.reason,
            )
        )
    return found


def _end(following: Turns) -> tuple[int | None, int | None, str]:
    """Return when a stay ended, since when it pauses, and why, told by what follows it.

    A stay that pauses lasts. The pause ends it, from its first day on, once the subject goes on, or its case ends.
    """
    if not following:
        return None, None, ""
    day, after = following[0]
    if after.silent_from is None:
        return day, None, "" if after.stage else after.reason
    if len(following) == 1:
        return None, after.silent_from, after.reason
    is_over = following[1][1].stage is None
    return after.silent_from, after.silent_from if is_over else None, after.reason


def _lasting(turns: Turns, today: int, min_dwell: int) -> Turns:
    """Join equal neighbours and leave out inferred changes that did not last, or have not lasted yet."""
    groups: list[tuple[int, Standing, bool]] = []
    for day, now in turns:
        if day > today:
            break
        if groups and _same(groups[-1][1], now):
            groups[-1] = (groups[-1][0], groups[-1][1], groups[-1][2] and now.inferred)
        else:
            groups.append((day, now, now.inferred))
    kept: Turns = []
    for index, (day, now, inferred) in enumerate(groups):
        end = groups[index + 1][0] if index + 1 < len(groups) else today
        before = kept[-1][1] if kept else Standing()
        brief = inferred and before.stage is not None and end - day < min_dwell
        if not brief and not _same(now, before):
            kept.append((day, now))
    return kept


def _same(one: Standing, other: Standing) -> bool:
    return one.stage == other.stage and one.silent_from == other.silent_from


def _visit(subject: str, model: str, stay: Stay) -> StageVisit:
    return StageVisit(
        subject=subject,
        model=model,
        stage=stay.stage,
        visit_no=stay.visit_no,
        entered_on=as_date(stay.entered),
        left_on=None if stay.left is None else as_date(stay.left),
        paused_on=None if stay.paused is None else as_date(stay.paused),
        resumed_on=None if stay.resumed is None else as_date(stay.resumed),
        pause_days=stay.pause_days,
        reason=stay.reason,
    )
