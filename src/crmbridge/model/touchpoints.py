"""Where and how people meet: the channels, and what is done there."""

from __future__ import annotations

from typing import Final, Literal, get_args

Nature = Literal["activity", "exposure"]
"""``activity``: somebody did something. ``exposure``: something was put before somebody."""

Observability = Literal["direct", "indirect", "offline"]
"""How it is known: ``direct`` is recorded with a person, ``indirect`` happens without us (a review portal), ``offline``
is what no machine saw."""

Action = Literal[
    "meeting",
    "event_attended",
    "event_registered",
    "inbound_call",
    "inbound_message",
    "form",
    "download",
    "key_page",
    "click",
    "page_view",
    "open",
    "outbound",
    "other",
]
"""What was done, as engagement counts it. ``key_page``: a page of prices or of a demonstration."""

ACTIONS: Final[tuple[Action, ...]] = get_args(Action)

TouchChannel = Literal[
    "website",
    "blog",
    "landing_page",
    "webshop",
    "organic_search",
    "paid_search",
    "display_ad",
    "social_own",
    "social_ad",
    "linkedin",
    "xing",
    "review_portal",
    "external_blog",
    "forum",
    "info_portal",
    "marketing_email",
    "sales_email",
    "newsletter",
    "phone",
    "video_call",
    "meeting",
    "trade_fair",
    "event",
    "webinar",
    "postal_mail",
    "print_article",
    "brochure",
    "out_of_home",
    "live_chat",
    "form",
    "survey",
    "support_ticket",
    "platform_amazon_business",
    "platform_sap_ariba",
    "partner",
    "referral",
    "internal",
    "other",
]
"""By which way a touch came about."""

CHANNELS: Final[tuple[TouchChannel, ...]] = get_args(TouchChannel)
