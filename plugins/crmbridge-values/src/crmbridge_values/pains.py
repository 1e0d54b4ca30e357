"""What troubles whom: pains of members from what they wrote, said, and what was written of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from crmbridge import BuyingCenter, Due, Member, Ref, Remark, Touch
from crmbridge_values.settings import ValuesSettings

FORGOTTEN: Final = 4
"""After so many half-lives a mention counts no more."""

CONVERSATIONS: Final = ("call", "meeting")
"""Objects whose text tells of a conversation, whoever began it."""

ANSWER: Final = re.compile(r"\s*(?:re|aw|antw|antwort|wg|fw|fwd)\s*(?:\[\d+\])?:", re.IGNORECASE)
"""Begins the subject of a message that answers or forwards another: its words are not the writer's own."""


class Mention(NamedTuple):
    """A text in which somebody is troubled by something."""

    on: date
    ref: Ref


@dataclass(frozen=True)
class Pain:
    """How much a topic troubles somebody.

    Attributes:
        strength: 0 to 1, two decimals: one fresh mention makes 0.5, two 0.75.
        mentions: Those that count, the newest first.
    """

    topic: str
    strength: float
    mentions: tuple[Mention, ...]


Mentions = Mapping[str, Mapping[str, Collection[Mention]]]
"""Member → topic → its mentions."""


def mentions(center: BuyingCenter, settings: ValuesSettings, templates: Collection[str]) -> Mentions:
    """Collect who is troubled by what, from the case's touches and from what else is written of its members.

    Args:
        center: A judged center.
        settings: Of this plugin.
        templates: Digests of texts that are templates: what they say, nobody said.
    """
    found: defaultdict[str, defaultdict[str, set[Mention]]] = defaultdict(lambda: defaultdict(set))
    for touch in center.touches:
        topics = _pains_of(touch, settings, templates)
        whom = concerned(touch) if topics else ()
        for member_id in whom if len(whom) <= settings.most_people else ():
            for topic in topics:
                found[member_id][topic].add(Mention(touch.on, touch.ref))
    seen = {touch.ref for touch in center.touches}
    for member in center.members:
        for remark in _own_remarks(member, seen, templates):
            for topic in settings.lexicon.find(remark.text).pains:
                found[member.id][topic].add(Mention(remark.on, remark.ref))
    return found


def concerned(touch: Touch) -> tuple[str, ...]:
    """The members whose words a touch holds, or of whom it tells; nobody for what we said."""
    if touch.is_bot or touch.nature == "exposure" or touch.ref.object == "task":
        return ()
    if touch.ref.object in CONVERSATIONS or touch.direction == "internal":
        return touch.member_ids
    if touch.direction == "out":
        return ()
    return touch.responders or (touch.member_ids if len(touch.member_ids) == 1 else ())


def _pains_of(touch: Touch, settings: ValuesSettings, templates: Collection[str]) -> frozenset[str]:
    find = settings.lexicon.find
    said = frozenset[str]()
    if touch.text and touch.text_digest not in templates:
        said = find(touch.text).pains
    if touch.subject and touch.direction == "in":
        titled = find(touch.subject).pains
        said |= frozenset() if titled and ANSWER.match(touch.subject) else titled
    return said


def _own_remarks(member: Member, seen: Collection[Ref], templates: Collection[str]) -> Iterator[Remark]:
    """What is written of a member outside the case's touches, and not by us to it."""
    for remark in member.facts.remarks if member.facts else ():
        if remark.ref in seen or remark.ref.object == "task" or not remark.text or remark.digest in templates:
            continue
        if remark.direction != "out" or remark.ref.object in CONVERSATIONS:
            yield remark


def pains(found: Mapping[str, Collection[Mention]], settings: ValuesSettings, today: date) -> list[Pain]:
    """The pains that count today, in the order of the topics."""
    order = [topic.key for topic in settings.all_topics]
    weighed = (_weigh(topic, found[topic], settings.half_life_days, today) for topic in order if topic in found)
    return [pain for pain in weighed if pain.strength >= settings.min_strength]


def _weigh(topic: str, found: Collection[Mention], half_life: int, today: date) -> Pain:
    """``1 - 0.5 ** w``, where ``w`` adds ``0.5 ** whole half-lives`` for each mention that is not forgotten."""
    steps = {item: (today - item.on).days // half_life for item in found if item.on <= today}
    counted = [item for item, step in steps.items() if step < FORGOTTEN]
    weight = sum(0.5 ** steps[item] for item in counted)
    return Pain(topic, round(1 - 0.5**weight, 2), tuple(sorted(counted, reverse=True)))


def next_change(found: Mentions, settings: ValuesSettings, today: date) -> Due | None:
    """The first day on which a mention begins to count, counts less, or is forgotten."""
    days = {item.on for topics in found.values() for items in topics.values() for item in items}
    coming = [day for on in days if (day := _next_step(on, settings.half_life_days, today))]
    return Due(on=min(coming)) if coming else None


def _next_step(on: date, half_life: int, today: date) -> date | None:
    if on > today:
        return on
    step = (today - on).days // half_life + 1
    return on + timedelta(days=step * half_life) if step <= FORGOTTEN else None
