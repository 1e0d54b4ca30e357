"""What HubSpot can do for crmbridge, and in which order it is best read."""

from __future__ import annotations

from itertools import product

from crmbridge.connector import Capabilities
from crmbridge.connectors.hubspot import reading, searching, writing
from crmbridge.connectors.hubspot.kinds import PLURALS
from crmbridge.connectors.hubspot.settings import HubSpotSettings
from crmbridge.model.base import CUSTOM, ObjectName

_AROUND: tuple[ObjectName, ...] = ("ticket", "line_item", "feedback")
_ENGAGEMENTS: tuple[ObjectName, ...] = (
    "email", "meeting", "call", "note", "task", "communication", "postal_mail", "form_submission",
)  # fmt: skip

CALLS_AT_ONCE = 16
"""At 19 calls a second, which is what HubSpot allows, and half a second until the answer is stored, ten overlap; the
others make up for slow ones."""

_CAPABILITIES = Capabilities(
    objects=("owner", "pipeline", "company", "contact", "deal", *_AROUND, *_ENGAGEMENTS),
    # Who belongs to a buying case: through the deal, through the company, through what was said. Each pair costs one
    # call per 1,000 source records, and one more per page of a record with very many links. Engagements are not asked
    # for companies: their contacts lead there. A form's submission names its sender by address.
    links=(
        ("deal", "contact"),
        ("deal", "company"),
        ("deal", "line_item"),
        ("contact", "company"),
        ("ticket", "contact"),
        ("ticket", "company"),
        ("feedback", "contact"),
        *product(_ENGAGEMENTS[:-1], ("contact", "deal")),
    ),
    writable=("contact", "company", "deal"),
    changes=True,
    definitions=True,
    history=True,
    write_batch=writing.UPDATE_LIMIT,
    read_batch=reading.READ_LIMIT,
    ranges=tuple(PLURALS),
    top_page=searching.SEARCH_LIMIT,
    window=searching.WINDOW,
    calls_at_once=CALLS_AT_ONCE,
    archived=tuple(PLURALS),
    segments=True,
    subscriptions=True,
    removes=True,
    creatable=("contact", "company", "deal", "note", "task"),
    labels=(
        ("contact", "company"),
        ("company", "contact"),
        ("contact", "deal"),
        ("deal", "contact"),
        ("company", "deal"),
        ("deal", "company"),
    ),
    forward_only=writing.FORWARD_ONLY,
)
"""What it can do in every account."""


def capabilities(settings: HubSpotSettings) -> Capabilities:
    """Return what it can do in the account of a connection, its own objects included."""
    own = tuple(CUSTOM + name for name in settings.custom_objects)
    place = _CAPABILITIES.objects.index(_ENGAGEMENTS[0])
    objects = (*_CAPABILITIES.objects[:place], *own, *_CAPABILITIES.objects[place:])
    links = (*_CAPABILITIES.links, *product(own, ("contact", "company", "deal")))
    return _CAPABILITIES.model_copy(
        update={
            "objects": objects,
            "links": links,
            "ranges": (*_CAPABILITIES.ranges, *own),
            "archived": (*_CAPABILITIES.archived, *own),
            "top_shares": settings.search_listing,
            "overlap_seconds": settings.index_lag_seconds,
        }
    )
