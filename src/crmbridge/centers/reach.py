"""How many different people turn to somebody: the part of influence that messages tell. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, NamedTuple

from crmbridge.model.centers import Network

WINDOW_DAYS: Final = 365
"""Messages count for so many days."""

MOST_PEOPLE: Final = 500
"""Of a company with more known people nothing is said: it would have to be read whole for each of its centers."""


class Message(NamedTuple):
    """One message to one person: who wrote it, to whom, and when."""

    source: str
    target: str
    on: date


@dataclass(frozen=True)
class Reach:
    """What the messages within one company tell.

    Attributes:
        shares: Person → share of the company's people that fewer different people turned to, 0 to 1.
        network: How much is known.
        due_on: First day on which a message no longer counts.
    """

    shares: Mapping[str, float] = field(default_factory=dict)
    network: Network = field(default_factory=Network)
    due_on: date | None = None


def reach(people: Iterable[str], messages: Iterable[Message], today: date) -> Reach:
    """Rank people by the number of distinct others who wrote to them, or put them in copy, within a year.

    The share is the percentile rank: those below, and half of those alike, without the person itself. Volume does not
    count: a hundred messages from one colleague are one.
    """
    first = today - timedelta(days=WINDOW_DAYS)
    days: list[date] = []
    pairs: set[tuple[str, str]] = set()
    for source, target, on in messages:
        if on >= first and source != target:
            days.append(on)
            pairs.add((source, target))
    degrees = dict.fromkeys(people, 0)
    seen: set[str] = set()
    for source, target in pairs:
        seen |= {source, target} & degrees.keys()
        if target in degrees:
            degrees[target] += 1
    ranked, known = sorted(degrees.values()), bool(pairs) and len(degrees) > 1
    return Reach(
        {person: _percentile(ranked, degree) for person, degree in degrees.items()} if known else {},
        Network(people=len(seen), messages=len(days)),
        min(days) + timedelta(days=WINDOW_DAYS + 1) if days else None,
    )


def _percentile(ranked: list[int], degree: int) -> float:
    below = bisect_left(ranked, degree)
    alike = bisect_left(ranked, degree + 1) - below - 1
    return round((below + alike / 2) / (len(ranked) - 1), 2)
