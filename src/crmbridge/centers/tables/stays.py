"""What one subject's stays tell: pure functions of its way through one stage model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from crmbridge.centers.tables.statistics import Rate, rate
from crmbridge.model.journey import StageVisit

Way = Sequence[StageVisit]
"""The stays of one subject in one stage model, oldest first."""


def durations(way: Way, today: date) -> Iterator[tuple[str, int, bool]]:
    """Yield stage, days and whether the stay ended by leaving it; a pause cuts a stay off, it does not end it."""
    for visit, after in zip(way, [*way[1:], None], strict=True):
        cut_off = visit.paused_on is not None or (after is not None and after.resumed_on is not None)
        last = visit.paused_on or visit.left_on or today
        yield visit.stage, max((last - visit.entered_on).days, 0), visit.left_on is not None and not cut_off


def pauses(way: Way, today: date, closed_on: date | None = None) -> Iterator[tuple[str, int, bool]]:
    """Yield the stage in which a journey broke off, days of the pause, and whether it went on.

    A pause that its case's end cut off was seen until ``closed_on``, one that lasts until today.
    """
    for visit, after in zip(way, [*way[1:], None], strict=True):
        if after is not None and after.resumed_on is not None:
            yield visit.stage, after.pause_days or 0, True
        elif visit.paused_on is not None:
            last = today if visit.left_on is None or closed_on is None else closed_on
            yield visit.stage, max((last - visit.paused_on).days, 0), False


def entries(way: Way) -> dict[str, date]:
    """Return the first day in each stage."""
    found: dict[str, date] = {}
    for visit in way:
        found.setdefault(visit.stage, visit.entered_on)
    return found


def converted(way: Way, source: str, targets: Iterable[str], horizon_days: int, today: date) -> bool | None:
    """Tell whether one of ``targets`` was entered within the horizon after the first entry to ``source``.

    Returns:
        None for who never was in ``source``, or has not been watched for the whole horizon yet.
    """
    first = entries(way).get(source)
    if first is None or (today - first).days < horizon_days:
        return None
    wanted = set(targets)
    return any(visit.stage in wanted and 0 <= (visit.entered_on - first).days <= horizon_days for visit in way)


def conversion(ways: Iterable[Way], source: str, target: str, horizon_days: int, today: date) -> Rate:
    """Return the share of a cohort of first entries to ``source`` that came to ``target`` within the horizon."""
    answers = [answer for way in ways if (answer := converted(way, source, [target], horizon_days, today)) is not None]
    return rate(sum(answers), len(answers))
