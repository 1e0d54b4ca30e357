"""The properties that this plugin fills, and their values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from crmbridge import BuyingCenter, Due, Member, Option, PropertySpec, PropertyValue, Ref, RunContext
from crmbridge.model import Scalar
from crmbridge_values.interests import Interest, interests
from crmbridge_values.messages import advise, asked_for
from crmbridge_values.pains import Pain, mentions, next_change, pains
from crmbridge_values.settings import ValuesSettings

LONGEST_REASON = 500

OF_MESSAGE = ("value_message", "value_row", "value_channel")
OF_CONTACT = ("pain_topics", "topic_interest", *OF_MESSAGE)
"""Properties of a contact."""

WAYS = {"email": "E-mail (E-Mail)", "phone": "Phone (Telefon)", "post": "Post (Post)"}


def specs(settings: ValuesSettings) -> Iterator[PropertySpec]:
    """Pains, interests and messages; none is written unless it is named in ``[writeback] properties``."""
    options = tuple(Option(value=topic.key, label=topic.title) for topic in settings.all_topics)
    yield PropertySpec(
        object="contact",
        name="pain_topics",
        label="Pain topics (Herausforderungen)",
        description="What troubles this person, by its own words and by what is written of it.",
        type="multi",
        options=options,
        fold="union",
        clear=True,
        core=False,
    )
    yield PropertySpec(
        object="deal",
        name="pain_topics",
        label="Pain topics of the group (Herausforderungen der Gruppe)",
        description="What troubles the members of the buying center.",
        type="multi",
        options=options,
        fold="union",
        clear=True,
        core=False,
    )
    yield PropertySpec(
        object="contact",
        name="topic_interest",
        label="Topic interest (Themeninteresse)",
        description="Topics that this person turned to, the most frequent first.",
        type="text",
        fold="latest",
        core=False,
    )
    yield PropertySpec(
        object="contact",
        name="value_message",
        label="Value message (Nutzenbotschaft)",
        description="What to say to this person now, from the value matrix. Empty if no channel is allowed.",
        type="text",
        fold="latest",
        clear=True,
        core=False,
    )
    yield PropertySpec(
        object="contact",
        name="value_row",
        label="Value matrix row (Zeile der Werte-Matrix)",
        description="Id of the row that the value message stands in.",
        type="string",
        fold="latest",
        clear=True,
        core=False,
    )
    yield PropertySpec(
        object="contact",
        name="value_channel",
        label="Value message channel (Kanal der Nutzenbotschaft)",
        description="The channel by which the value message may go.",
        type="enumeration",
        options=tuple(Option(value=way, label=label) for way, label in WAYS.items()),
        fold="latest",
        clear=True,
        core=False,
    )


def center_values(ctx: RunContext[ValuesSettings], center: BuyingCenter) -> Iterator[PropertyValue | Due]:
    """Yield what the members suffer from, ask for and should hear, and the first day on which that changes.

    What nobody wants written is not worked out.
    """
    wanted = {name for name in OF_CONTACT if ctx.wants("contact", name)}
    of_group = ctx.wants("deal", "pain_topics")
    if not (wanted or of_group):
        return
    settings = ctx.settings
    found = mentions(center, settings, ctx.stats.templates)
    asked = interests(center, settings) if "topic_interest" in wanted else {}
    stages = _stages(center, settings.stage_model)
    group: defaultdict[str, list[float]] = defaultdict(list)
    for member in center.members:
        own = pains(found[member.id], settings, ctx.today) if member.id in found else []
        for pain in own:
            group[pain.topic].append(pain.strength)
        if member.facts:
            subject = member.facts.contact.ref
            if member.id in found and "pain_topics" in wanted:
                yield _pain_topics(subject, own)
            if member.id in asked:
                yield _interest(subject, asked[member.id], settings)
            if settings.rows and not wanted.isdisjoint(OF_MESSAGE):
                phase = stages.get(member.id, stages.get(center.id))
                said = _message(subject, member, own, phase, settings)
                yield from (value for value in said if value.property in wanted)
    if center.deal and found and of_group:
        yield _group_topics(center.deal.ref, group, settings)
    if due := next_change(found, settings, ctx.today):
        yield due


def _stages(center: BuyingCenter, model: str) -> dict[str, str]:
    """Subject → the stage it is in now."""
    return {visit.subject: visit.stage for visit in center.visits if visit.model == model and visit.left_on is None}


def _pain_topics(subject: Ref, own: Sequence[Pain]) -> PropertyValue:
    lines = (f"{pain.topic} {pain.strength:.2f}: {_sources(pain)}" for pain in own)
    value = tuple(pain.topic for pain in own) or None
    why = "; ".join(lines) or "what was said is long ago"
    return PropertyValue(
        subject=subject,
        property="pain_topics",
        value=value,
        confidence=max((pain.strength for pain in own), default=None),
        reason=why[:LONGEST_REASON],
    )


def _sources(pain: Pain) -> str:
    """The two newest records in which it was said, and how many more there are."""
    newest = ", ".join(f"{item.ref} on {item.on}" for item in pain.mentions[:2])
    return newest + (f" and {more} more" if (more := len(pain.mentions) - 2) > 0 else "")


def _group_topics(subject: Ref, group: dict[str, list[float]], settings: ValuesSettings) -> PropertyValue:
    known = [topic.key for topic in settings.all_topics if topic.key in group]
    lines = (f"{key}: {len(group[key])} members, up to {max(group[key]):.2f}" for key in known)
    why = "; ".join(lines) or "what was said is long ago"
    return PropertyValue(
        subject=subject, property="pain_topics", value=tuple(known) or None, reason=why[:LONGEST_REASON]
    )


def _interest(subject: Ref, asked: Sequence[Interest], settings: ValuesSettings) -> PropertyValue:
    titles = {topic.key: topic.title for topic in settings.all_topics}
    lines = (
        f"{titles[item.topic]}: {item.times} of {item.total}, share {item.share:.2f}, lift {item.lift:.2f}"
        for item in asked
    )
    why = f"{asked[0].total} touches about a topic; lift is against the group"
    return PropertyValue(subject=subject, property="topic_interest", value="\n".join(lines), reason=why)


def _message(
    subject: Ref, member: Member, own: Sequence[Pain], phase: str | None, settings: ValuesSettings
) -> Iterator[PropertyValue]:
    """Message, row and channel; empty ones take back what stood there, above all where consent was withdrawn."""
    asked = asked_for(member, {pain.topic: pain.strength for pain in own}, phase)
    advice = advise(member, asked, settings)
    values: tuple[Scalar, ...] = (advice.text, advice.row, advice.way)
    for name, value in zip(OF_MESSAGE, values, strict=True):
        yield PropertyValue(
            subject=subject,
            property=name,
            value=value,
            confidence=advice.score,
            reason=advice.reason[:LONGEST_REASON],
        )
