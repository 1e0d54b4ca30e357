"""By which way an engagement came about, and what was done there. Pure, without settings.

The channels are those of ``CHANNELS``. What somebody did is an activity; what was put before somebody is an exposure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from crmbridge.centers.people import MASS_MAIL, domain
from crmbridge.model.records import Engagement
from crmbridge.model.touchpoints import CHANNELS, Action, Nature, Observability, TouchChannel


class Described(NamedTuple):
    """What an engagement was; see ``Touch`` for the fields."""

    channel: TouchChannel
    action: Action = "other"
    nature: Nature = "activity"
    observability: Observability = "direct"
    online: bool | None = None
    one_to_one: bool = True


_OFFLINE: Final = frozenset(("trade_fair", "postal_mail", "print_article", "brochure", "out_of_home"))
_INDIRECT: Final = frozenset(("review_portal", "external_blog", "forum", "info_portal", "partner", "referral"))
_OFF_THE_NET: Final = frozenset(("phone", "trade_fair", "postal_mail", "print_article", "out_of_home"))
_EITHER: Final = frozenset(
    ("meeting", "event", "brochure", "survey", "support_ticket", "partner", "referral", "internal", "other")
)
_PERSONAL: Final = frozenset(
    (
        *("sales_email", "phone", "video_call", "meeting", "live_chat", "linkedin", "xing"),
        *("form", "support_ticket", "partner", "referral", "internal"),
    )
)
_SHOWN: Final = frozenset(
    (
        *("display_ad", "social_own", "social_ad", "marketing_email", "newsletter"),
        *("postal_mail", "print_article", "brochure", "out_of_home"),
    )
)
"""Channels in which something is put before people, if nothing says that they did something."""

_DONE: Final[dict[str, Action]] = {
    "website": "page_view",
    "blog": "page_view",
    "landing_page": "page_view",
    "webshop": "page_view",
    "organic_search": "page_view",
    "paid_search": "page_view",
    "video_call": "meeting",
    "meeting": "meeting",
    "trade_fair": "event_attended",
    "event": "event_attended",
    "webinar": "event_attended",
    "form": "form",
    "survey": "form",
}
"""What is done in a channel, if the touchpoint does not say."""

_MESSENGERS: Final[dict[str, TouchChannel]] = {
    "linkedin": "linkedin",
    "xing": "xing",
    "whatsapp": "phone",  # both reach a telephone number
    "sms": "phone",
}

_SAID: Final[dict[str, Action]] = {"in": "inbound_message", "both": "inbound_message", "out": "outbound"}
"""What a message is by its direction, whatever the channel."""

_WORDS: Final = re.compile(
    r"""
    (?P<trade_fair>\b(?:fach|leit|haus)?messe(?:stand|besuch|termin|gespräch|kontakt|auftritt)?\b
        |\btrade[ -](?:fair|show)\b)
    |(?P<webinar>\bwebinar)
    |(?P<video_call>\bzoom\b|\bwebex\b|\bgoogle[ ]meet\b|\bvideo[ -]?(?:call|konferenz|termin|conference)
        |\bonline[ -]?(?:meeting|termin|demo)
        |\b(?:microsoft|ms|via|per|über|on)[ -]teams\b|\bteams[ -]?(?:call|meeting|termin|besprechung))
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Words in the title of a meeting. "Meet" and "Teams" alone are common words of other titles."""


@lru_cache(maxsize=4096)
def _by_channel(channel: TouchChannel, action: Action | None, direction: str) -> Described:
    """Describe what the channel and the action tell."""
    done = action or _action(channel, direction)
    shown = done == "open" or (channel in _SHOWN and done in ("outbound", "other"))
    return Described(
        channel=channel,
        action=done,
        nature="exposure" if shown else "activity",  # an open proves no more: programs open mails, too
        observability=_observability(channel),
        online=None if channel in _EITHER else channel not in _OFF_THE_NET,
        one_to_one=channel in _PERSONAL,
    )


def _observability(channel: TouchChannel) -> Observability:
    return "offline" if channel in _OFFLINE else "indirect" if channel in _INDIRECT else "direct"


def _action(channel: TouchChannel, direction: str) -> Action:
    if channel in _DONE and direction != "out":
        return _DONE[channel]
    if direction == "in":
        return "inbound_call" if channel == "phone" else "inbound_message"
    return "outbound" if direction == "out" else "other"


_MEETINGS: Final[dict[str, Described]] = {
    "": Described("meeting", "meeting"),
    "video_call": Described("video_call", "meeting", online=True),
    "webinar": Described("webinar", "event_attended", online=True),
    "trade_fair": Described("trade_fair", "event_attended", observability="offline", online=False),
}
_CALLS: Final[dict[str, Described]] = {
    "in": Described("phone", "inbound_call", online=False),
    "out": Described("phone", "outbound", online=False),
    "both": Described("phone", "inbound_call", online=False),
    "internal": Described("phone", online=False),
}
_EMAILS: Final[dict[str, Described]] = {
    "in": Described("sales_email", "inbound_message", online=True),
    "out": Described("sales_email", "outbound", online=True),
    "both": Described("sales_email", "inbound_message", online=True),
    "internal": Described("sales_email", online=True),
}
_MASS_MAIL: Final = Described("marketing_email", "outbound", "exposure", online=True, one_to_one=False)
_LETTERS: Final[dict[str, Described]] = {
    "in": Described("postal_mail", "inbound_message", observability="offline", online=False),
    **dict.fromkeys(
        ("out", "both", "internal"), Described("postal_mail", "outbound", observability="offline", online=False)
    ),
}
_FORM: Final = Described("form", "form", online=True)
_INTERNAL: Final = Described("internal")


@lru_cache(maxsize=65_536)
def _meeting(subject: str) -> Described:
    found = _WORDS.search(subject)
    return _MEETINGS[(found.lastgroup or "") if found else ""]


def described(engagement: Engagement) -> Described:
    """Tell by which way an engagement came about, what was done, and how that is known.

    An e-mail from us to more than 12 addresses of others is mass mail, as in assembling centers.
    """
    return _KINDS.get(engagement.object, _internal)(engagement)


def _email(engagement: Engagement) -> Described:
    mass = engagement.direction == "out" and len(engagement.participants) > MASS_MAIL and _is_mass_mail(engagement)
    return _MASS_MAIL if mass else _EMAILS[engagement.direction]


def _is_mass_mail(engagement: Engagement) -> bool:
    addressed = {item.address for item in engagement.participants if item.address and item.part != "from"}
    ours = {domain(item.address) for item in engagement.participants if item.address and item.part == "from"}
    return sum(domain(address) not in ours for address in addressed) > MASS_MAIL


def _imported(engagement: Engagement) -> Described:
    name = engagement.channel
    return _by_channel(name if name in CHANNELS else "other", engagement.action, engagement.direction)


def _message(engagement: Engagement) -> Described:
    channel = _MESSENGERS.get(engagement.channel or "", "other")
    return _by_channel(channel, engagement.action or _SAID.get(engagement.direction), engagement.direction)


def _internal(_: Engagement) -> Described:
    return _INTERNAL


_KINDS: Final[dict[str, Callable[[Engagement], Described]]] = {
    "email": _email,
    "call": lambda engagement: _CALLS[engagement.direction],
    "meeting": lambda engagement: _meeting(engagement.subject or ""),
    "communication": _message,
    "postal_mail": lambda engagement: _LETTERS[engagement.direction],
    "form_submission": lambda _: _FORM,
    "touchpoint": _imported,
}
"""Object → how its records are described; notes and tasks are our own."""
