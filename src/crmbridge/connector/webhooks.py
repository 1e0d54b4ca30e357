"""What a platform that calls crmbridge must do: prove that it is the caller, and say which records to read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from crmbridge.model.base import ObjectName

HintKind = Literal["changed", "gone", "links", "deleted"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One call of a platform, as it arrived.

    Attributes:
        method: In capitals.
        target: Path and query, undecoded; the path is that of the receiver's ``url``.
        headers: Names in small letters.
        body: As it was sent: signatures are made over the bytes.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Hint:
    """A record to read again. What an event says of its values is not kept: order and completeness are not promised.

    Attributes:
        account: The platform's id of the account it is about.
        object: What the record is.
        id: The platform's id.
        kind: ``changed`` (created, edited, merged into, restored), ``gone`` (deleted or merged away), ``links`` (of
            this record to others), ``deleted`` (for good, on request of the person).
        key: Same for every delivery of the same event, and for no other event.
    """

    account: str
    object: ObjectName
    id: str
    kind: HintKind
    key: str


class WebhookReceiver(Protocol):
    """Reads the calls of one platform for one connection. It makes no call and keeps nothing."""

    @property
    def url(self) -> str:
        """The address as the platform calls it, with ``https`` and without a fragment."""

    def verify(self, delivery: Delivery, now: datetime) -> bool:
        """Tell whether the platform sent this just now. Never raises, and takes the same way whatever is wrong."""

    def hints(self, body: bytes) -> Sequence[Hint]:
        """Read the records to read again out of a body that was verified; events of other things are left out.

        Raises:
            FixRequest: It is not what the platform sends.
        """
