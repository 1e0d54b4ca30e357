"""The lifecycle of professional services: before the purchase, in an engagement, between engagements, former client."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from crmbridge import Deal
from crmbridge_journey.days import read_day
from crmbridge_journey.settings import Settings
from crmbridge_journey.standing import Standing, Turns


class Engaged(NamedTuple):
    """A case, as the lifecycle sees it, in day numbers.

    Attributes:
        opened: First day.
        closed: Day of closing; None while open.
        end: Last day of the project that was won; None if it was not.
        outcome: See ``OUTCOMES``.
    """

    opened: int
    closed: int | None
    end: int | None
    outcome: str


def engaged(
    deal: Deal, outcome: str, opened_on: date | None, closed_on: date | None, settings: Settings, timezone: str
) -> Engaged | None:
    """Return the case of a deal; None without any date. Imported deals are created after their closing."""
    if deal.is_closed and not closed_on:
        closed_on = opened_on
    known = [day.toordinal() for day in (opened_on, closed_on if deal.is_closed else None) if day]
    if not known:
        return None
    closed = closed_on.toordinal() if deal.is_closed and closed_on else None
    end = None
    if deal.is_won and closed is not None:
        said = settings.project_end_property
        last = read_day(deal.properties.get(said), timezone) if said else None
        end = closed + settings.engagement_days if last is None else max(closed, last)
    return Engaged(min(known), closed, end, outcome)


def lifecycle(cases: Sequence[Engaged], begins: Iterable[int], flags: Iterable[int], settings: Settings) -> Turns:
    """Return the turns of a client over its cases.

    Args:
        cases: All of them, in any order.
        begins: Days on which it was first touched.
        flags: Days on which somebody noted that it will not come back.
        settings: The spans.
    """
    flagged = sorted(flags)
    edges = {*begins, *flagged}
    for case in cases:
        edges |= {case.opened, case.closed or case.opened, case.opened + settings.return_days + 1}
        if case.end is not None:
            edges |= {case.end + 1, case.end + settings.return_days + 1}
    return [(day, _standing(day, cases, flagged, settings)) for day in sorted(edges)]


def _standing(day: int, cases: Sequence[Engaged], flagged: Sequence[int], settings: Settings) -> Standing:
    won = [case for case in cases if case.closed is not None and case.end is not None and case.closed <= day]
    ends = [case.end for case in won if case.end is not None]
    if not ends:
        return _before_purchase(day, cases)
    end = max(ends)
    if day <= end:
        return Standing("in_engagement", "won case, project under way")
    back = max((case.opened for case in cases if end < case.opened <= day), default=end)
    if any(back < flag <= day for flag in flagged):
        return Standing("former_client", "noted that the relationship has ended")
    if day - back > settings.return_days:
        return Standing("former_client", f"no new case for {settings.return_days} days")
    return Standing(
        "between_engagements", "another case is or was open" if back > end else "the last project has ended"
    )


def _before_purchase(day: int, cases: Sequence[Engaged]) -> Standing:
    """A prospect stands where its newest case left it."""
    begun = [case for case in cases if case.opened <= day]
    last = max(begun, key=lambda case: (case.opened, case.closed or 0, case.outcome), default=None)
    if last and last.closed is not None and last.closed <= day and last.outcome in ("not_now", "no_way", "unseen_loss"):
        return Standing(last.outcome, f"case lost: {last.outcome.replace('_', ' ')}")
    return Standing("pre_purchase", "no won case yet")


def unseen(days: Sequence[int], settings: Settings) -> Turns:
    """Return the turns of a prospect that only ever looked at things by itself: silence is a loss that nobody saw."""
    turns: Turns = []
    for index, day in enumerate(days):
        lost = day + settings.unseen_days + 1
        if index == 0 or turns[-1][1].stage == "unseen_loss":
            turns.append((day, Standing("pre_purchase", "research without talk")))
        if index + 1 == len(days) or days[index + 1] >= lost:
            turns.append(
                (lost, Standing("unseen_loss", f"research without talk, silent for {settings.unseen_days} days"))
            )
    return turns
