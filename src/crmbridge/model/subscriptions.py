"""What a person subscribed to, or opted out of, as the platform records it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from crmbridge.model.base import Frozen


class Subscription(Frozen):
    """One person's standing towards one kind of message.

    Attributes:
        address: E-mail address, lower case.
        id: The platform's id of the kind of message; empty for "everything".
        name: What the platform calls that kind.
        channel: How it is sent.
        status: ``unknown`` if the person never said.
        legal_basis: The platform's word for the ground it was recorded on.
        at: When the status was set.
    """

    address: str
    id: str
    name: str = ""
    channel: str = "email"
    status: Literal["subscribed", "unsubscribed", "unknown"]
    legal_basis: str | None = None
    at: datetime | None = None
