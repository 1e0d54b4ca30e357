"""What judging sees of an engagement: who took part and did what, by which way, and what was said. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Final

from crmbridge.centers.channels import described
from crmbridge.model.centers import Part, Touch
from crmbridge.model.records import Engagement

_REPLY: Final = re.compile(r"^(?:\s*(?:re|aw|antw|wg|fwd?|tr|rv|r|sv|vs)(?:\[\d+\])?\s*:)+\s*", re.IGNORECASE)
"""What mail programs put before the subject of an answer or of a forwarded message, in the languages of our titles."""

LONGEST_THREAD: Final = 200


def thread_of(engagement: Engagement) -> str | None:
    """What the messages of one conversation share: their subject without the marks of answers."""
    if engagement.object != "email" or not engagement.subject:
        return None
    return " ".join(_REPLY.sub("", engagement.subject).casefold().split())[:LONGEST_THREAD] or None


def parts_of(engagement: Engagement, seat: Callable[[str], str | None], owners: Mapping[str, str]) -> tuple[Part, ...]:
    """Who wrote and to whom, once each per part.

    Args:
        engagement: Any.
        seat: Gives the member's id of an outside address, None for one of ours.
        owners: Our addresses → owner ids.
    """
    found: dict[tuple[str, str], Part] = {}
    for item in engagement.participants:
        if item.address:
            owner = owners.get(item.address)
            id_ = seat(item.address) or (f"owner:{owner}" if owner else "us")
        elif item.owner_id:
            id_ = f"owner:{item.owner_id}"
        else:
            continue
        found.setdefault((id_, item.part), Part(id=id_, part=item.part))
    return tuple(found.values())


def touch_of(
    engagement: Engagement,
    *,
    on: date,
    members: Collection[str],
    responders: Collection[str],
    parts: tuple[Part, ...],
    text: tuple[str, str] | None,
) -> Touch:
    """Make the touch of an engagement; ``text`` and its digest, if it was read."""
    seen = described(engagement)
    return Touch(
        ref=engagement.ref,
        at=engagement.at,
        on=on,
        direction=engagement.direction,
        subject=engagement.subject,
        member_ids=tuple(sorted(members)),
        responders=tuple(sorted(responders)),
        parts=parts,
        thread=thread_of(engagement),
        channel=seen.channel,
        action=seen.action,
        nature=seen.nature,
        observability=seen.observability,
        online=seen.online,
        one_to_one=seen.one_to_one,
        content=engagement.content,
        topic=engagement.topic,
        duration_seconds=engagement.duration_seconds,
        is_bot=engagement.is_bot,
        text=text[0] if text else None,
        text_digest=text[1] if text else None,
    )
