"""What somebody asks for: topics of the pages, forms, downloads and messages that a member opened or wrote."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from crmbridge import BuyingCenter, Touch
from crmbridge_values.lexicon import Lexicon
from crmbridge_values.pains import ANSWER
from crmbridge_values.settings import ValuesSettings

SHOWN: Final = 5
"""So many topics are named."""

PASSIVE: Final = frozenset({"outbound", "open"})
"""Actions that say nothing of an interest."""


class Interest(NamedTuple):
    """A topic that somebody turned to.

    Attributes:
        times: In so many touches.
        total: Of so many that are about any topic.
        share: Of all counts, with one added to each topic (Laplace), so that one click is no passion.
        lift: That share against the same share of the whole group.
    """

    topic: str
    times: int
    total: int
    share: float
    lift: float


def interests(center: BuyingCenter, settings: ValuesSettings) -> dict[str, list[Interest]]:
    """Member → its topics, the most frequent first; of equals in the order of the settings."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    totals: Counter[str] = Counter()
    for touch in center.touches:
        topics = _topics_of(touch, settings.lexicon)
        active = topics and not (touch.is_bot or touch.nature == "exposure" or touch.action in PASSIVE)
        for member_id in touch.responders if active else ():
            counts[member_id].update(topics)
            totals[member_id] += 1
    group = sum(counts.values(), Counter[str]())
    order = [topic.key for topic in settings.all_topics]
    return {key: list(_ranked(counts[key], totals[key], group, order)) for key in counts}


def _topics_of(touch: Touch, lexicon: Lexicon) -> frozenset[str]:
    """Topics of what was recorded with the touch, of the page or form, and of a subject in the writer's own words."""
    found = frozenset[str]()
    for text in (touch.topic, touch.content):
        if text:
            found |= lexicon.named(text)
    if touch.direction == "in" and touch.subject:
        titled = lexicon.named(touch.subject)
        found |= frozenset() if titled and ANSWER.match(touch.subject) else titled
    return found


def _ranked(counts: Mapping[str, int], total: int, group: Mapping[str, int], order: list[str]) -> Iterator[Interest]:
    own, everybody, topics = sum(counts.values()), sum(group.values()), len(order)
    for topic in sorted(counts, key=lambda key: (-counts[key], order.index(key)))[:SHOWN]:
        share = (counts[topic] + 1) / (own + topics)
        of_group = (group[topic] + 1) / (everybody + topics)
        yield Interest(topic, counts[topic], total, round(share, 2), round(share / of_group, 2))
