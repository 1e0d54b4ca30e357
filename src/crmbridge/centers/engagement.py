"""How much people engage: on an absolute scale, which nobody else's records can move. Pure.

``E = sum over kinds and days of min(count, cap) * weight * 0.5 ** (age / half-life)``, and the score is
``100 * (1 - exp(-E / saturation))``, to a whole point. All terms decay alike, so with no new act
``E(t) = E0 * 0.5 ** (t / half-life)``: the day on which a score changes next is known without trying days.
``raw`` is E on the day of the center's last touch, so that it changes with new records only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil, exp, floor, fsum, log, log2

from crmbridge.config.centers import Centers, Engagement
from crmbridge.model.centers import Member, Touch
from crmbridge.model.engagement import EngagementScore, Momentum
from crmbridge.model.evidence import Role
from crmbridge.model.touchpoints import Action

OTHER = "other"
"""The seat of members without an assigned role."""

CLICKS: frozenset[Action] = frozenset(("click", "page_view", "key_page"))
"""Acts that scanners of mail repeat in bursts."""


@dataclass(slots=True)
class Acts:
    """What one member, or all of them, did.

    Attributes:
        raw: Weighted acts, aged to the day of the center's last touch.
        worth: Day → what was done on it is worth, capped, not aged.
        counts: Day → number of acts that are worth anything.
        two_way: Number of conversations.
        last_two_way_on: Day of the last of them.
    """

    raw: float = 0.0
    worth: dict[date, float] = field(default_factory=dict)
    counts: dict[date, int] = field(default_factory=dict)
    two_way: int = 0
    last_two_way_on: date | None = None


class Clock:
    """The day, counted from the center's last touch, in the steps in which scores age."""

    def __init__(self, last: date, today: date, settings: Engagement) -> None:
        self.last = last
        self.settings = settings
        self.elapsed = max((today - last).days, 0)

    def score(self, raw: float, elapsed: int | None = None) -> float:
        """Whole points after so many days; as of today if none are given."""
        days = self.elapsed if elapsed is None else elapsed
        step = self.settings.every_days
        aged = raw * 0.5 ** (days // step * step / self.settings.half_life_days)
        return float(round(saturated(aged, self.settings.saturation)))

    def next_change(self, raw: float) -> date | None:
        """The first day on which the score is another; None if it is 0 already.

        The score k falls when E is below ``-saturation * ln(1 - (k - 0.5) / 100)``, which the exponent gives.
        """
        now = self.score(raw)
        if now <= 0:
            return None
        step, least = self.settings.every_days, -self.settings.saturation * log(1 - (now - 0.5) / 100)
        exact = self.settings.half_life_days * log2(raw / least)
        days = max(ceil(floor(exact) / step), self.elapsed // step) * step
        while self.score(raw, days) == now:  # at most two steps: a rounding at the edge
            days += step
        return self.last + timedelta(days)


def saturated(worth: float, saturation: float) -> float:
    """Bring worth, 0 and more, to a scale of 0 to 100."""
    return 100 * (1 - exp(-worth / saturation))


def acts_of(members: Sequence[Member], touches: Sequence[Touch], settings: Centers) -> dict[str, Acts]:
    """What each member did, by id. Machines, and what was only shown to somebody, are left out."""
    mine: dict[str, list[Touch]] = {member.id: [] for member in members}
    for touch in touches:
        if not touch.is_bot and touch.nature == "activity":
            for member_id in touch.responders:
                if member_id in mine:
                    mine[member_id].append(touch)
    last = last_day(touches)
    return {key: _acts(without_bursts(items, settings.engagement), last, settings) for key, items in mine.items()}


def last_day(touches: Iterable[Touch]) -> date:
    """Day of the last touch that no machine made; the first day there is if there is none."""
    return max((touch.on for touch in touches if not touch.is_bot), default=date.min)


def without_bursts(touches: Sequence[Touch], settings: Engagement) -> Sequence[Touch]:
    """Leave out the clicks of one person that follow each other faster than people click."""
    clicks = sorted(touch.at for touch in touches if touch.action in CLICKS)
    if len(clicks) < settings.burst:
        return touches
    span = timedelta(seconds=settings.burst_seconds)
    bursts: set[datetime] = set()
    for first, last in zip(clicks, clicks[settings.burst - 1 :], strict=False):
        if last - first <= span:
            bursts.update(clicks[bisect_left(clicks, first) : bisect_left(clicks, last) + 1])
    return [touch for touch in touches if touch.action not in CLICKS or touch.at not in bursts]


def member_score(acts: Acts, clock: Clock) -> tuple[EngagementScore, date | None]:
    """A member's engagement, and the first day on which it could change with no new touch."""
    if not acts.worth and acts.last_two_way_on is None:
        return _NOTHING, None
    pace, turns = momentum(acts, clock)
    score = EngagementScore(
        score=clock.score(acts.raw), raw=round(acts.raw, 1), momentum=pace, last_two_way_on=acts.last_two_way_on
    )
    return score, earliest(clock.next_change(acts.raw), turns)


def group_score(
    members: Sequence[Member], acts: Mapping[str, Acts], clock: Clock, breadth: float
) -> tuple[EngagementScore, date | None]:
    """The engagement of the group, weighted by roles, and the first day on which it could change.

    A role counts as much as the most engaged member who plays it: a second one never lowers the group.
    """
    settings = clock.settings
    roles: dict[str, list[float]] = defaultdict(list)
    for member in members:
        for seat in _seats(member):
            roles[seat].append(acts[member.id].raw)
    weights = {seat: settings.other_weight if seat == OTHER else settings.role_weights[seat] for seat in roles}  # type: ignore[index] # all other seats are roles
    raw = weighted_mean(weights, {seat: max(values) for seat, values in roles.items()})
    whole = _together(acts.values())
    pace, turns = momentum(whole, clock)
    score = EngagementScore(
        score=clock.score(raw),
        raw=round(raw, 1),
        momentum=pace,
        last_two_way_on=whole.last_two_way_on,
        breadth=breadth,
    )
    return score, earliest(clock.next_change(raw), turns)


def weighted_mean(weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    """The mean of the roles that are present, weights made to add up to 1; 0 if none has a weight.

    Adobe works an example (AdobeDocs/journey-optimizer-b2b.en, help/user/buying-groups/engagement-scores.md): 52, 28
    and 17 with weights 100, 80 and 60 make 35.25.
    """
    total = fsum(weights[key] for key in values)
    return fsum(weights[key] * value for key, value in values.items()) / total if total else 0.0


def momentum(acts: Acts, clock: Clock) -> tuple[Momentum, date | None]:
    """What the last days are worth against those before, and the first day on which that is another."""
    window, today = clock.settings.momentum_days, clock.last + timedelta(clock.elapsed)
    since = today - timedelta(2 * window - 1)
    days = sorted(day for day in acts.worth if day >= since)
    if sum(acts.counts[day] for day in days) < clock.settings.momentum_acts:
        return "insufficient", None  # with time there are only fewer
    now = _pace(acts, days, today, clock.settings)
    turns = {day + timedelta(window * n) for day in days for n in (1, 2)}
    return now, next(
        (day for day in sorted(turns) if day > today and _pace(acts, days, day, clock.settings) != now), None
    )


def _pace(acts: Acts, days: Sequence[date], today: date, settings: Engagement) -> Momentum:
    middle = today - timedelta(settings.momentum_days - 1)
    since = middle - timedelta(settings.momentum_days)
    within = [day for day in days if day >= since]
    if sum(acts.counts[day] for day in within) < settings.momentum_acts:
        return "insufficient"
    lately = fsum(acts.worth[day] for day in within if day >= middle)
    before = fsum(acts.worth[day] for day in within if day < middle)
    if lately > settings.rising * before:
        return "rising"
    return "falling" if lately < settings.falling * before else "steady"


def earliest(*days: date | None) -> date | None:
    """The first of the days that are known."""
    return min((day for day in days if day), default=None)


def _acts(touches: Sequence[Touch], last: date, settings: Centers) -> Acts:
    counts: Counter[tuple[date, Action]] = Counter()
    acts, weights = Acts(), settings.engagement.weights
    for touch in touches:
        if weights[touch.action] > 0:
            counts[touch.on, touch.action] += 1
        if touch.action not in settings.one_way:
            acts.two_way += 1
            acts.last_two_way_on = max(acts.last_two_way_on or touch.on, touch.on)
    daily: dict[date, list[float]] = defaultdict(list)
    for (day, action), count in counts.items():
        daily[day].append(min(count, settings.engagement.cap) * weights[action])
        acts.counts[day] = acts.counts.get(day, 0) + count
    acts.worth = {day: fsum(values) for day, values in daily.items()}  # fsum: the same whatever the order
    half_life = settings.engagement.half_life_days
    acts.raw = fsum(worth * 0.5 ** ((last - day).days / half_life) for day, worth in acts.worth.items())
    return acts


def _together(all_acts: Iterable[Acts]) -> Acts:
    worth: dict[date, list[float]] = defaultdict(list)
    counts: Counter[date] = Counter()
    days = []
    for acts in all_acts:
        for day, value in acts.worth.items():
            worth[day].append(value)
        counts.update(acts.counts)
        if acts.last_two_way_on:
            days.append(acts.last_two_way_on)
    return Acts(
        worth={day: fsum(values) for day, values in worth.items()},
        counts=dict(counts),
        last_two_way_on=max(days, default=None),
    )


def _seats(member: Member) -> list[Role | str]:
    """The roles that a member plays; without any, the seat of the others."""
    return [item.role for item in member.roles if member.plays(item.role)] or [OTHER]


_NOTHING = EngagementScore()
