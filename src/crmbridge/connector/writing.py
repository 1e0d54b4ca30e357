"""What is written to a platform, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from crmbridge.model.base import Frozen, Ref

IGNORED = "IGNORED"
"""Code of an outcome: the platform took the request, and left the value as it was."""
UNANSWERED = "UNANSWERED"
"""Code of an outcome: the platform said nothing of this row. Read it back before it is sent again."""
MERGED = "MERGED"
"""Code of an outcome: the record was merged into another, which may have taken the values."""
NO_LABEL = "NO_SUCH_LABEL"
"""Code of an outcome: no such label is defined between these objects."""


class Update(Frozen):
    """New values of one record; None empties a property.

    Attributes:
        restart: Properties among them that are emptied before they are set, because the platform lets them move
            forward only and this value lies behind; see ``Capabilities.forward_only``.
    """

    id: str
    properties: dict[str, str | None]
    restart: frozenset[str] = frozenset()


class Outcome(Frozen):
    """What the platform did with one update.

    Attributes:
        id: The record.
        ok: True if it was written.
        code: The platform's reason if not, e.g. ``VALIDATION_ERROR``; never a value.
        properties: What it says that it has now of what was sent; None if it does not say. It may have rounded or
            trimmed a value.
    """

    id: str
    ok: bool
    code: str = ""
    properties: dict[str, str | None] | None = None


class Tie(Frozen):
    """A link that a new record is born with.

    Attributes:
        target: A record that exists.
        label: None for the plain link.
    """

    target: Ref
    label: str | None = None


class Creation(Frozen):
    """A record to be made.

    Attributes:
        trace: The caller's name for it, of which each call holds one only; no personal value.
        properties: By the platform's names; an empty property is left out.
        links: What it is linked to from the start.
    """

    trace: str = Field(min_length=1)
    properties: dict[str, str]
    links: tuple[Tie, ...] = ()


class Upsert(Frozen):
    """A record to be changed, or made where there is none.

    Attributes:
        trace: As in ``Creation``.
        value: Value of the unique property that tells which record.
        properties: All that the caller owns of the record: a platform may empty or refuse what is left out.
    """

    trace: str = Field(min_length=1)
    value: str = Field(min_length=1)
    properties: dict[str, str | None]


class Created(Frozen):
    """What became of a creation or an upsert.

    Attributes:
        trace: Whose outcome this is.
        id: The record that was made or changed; None if not ok.
        new: True if it was made.
        ok: True if it is there as wanted.
        code: The platform's reason if not; ``UNANSWERED`` if it gave none.
        existing: The record that stands in the way, where the platform names it.
    """

    trace: str
    id: str | None = None
    new: bool = False
    ok: bool
    code: str = ""
    existing: str | None = None


class Activity(Frozen):
    """A note or a task in crmbridge's words, for ``Connector.compose``.

    Attributes:
        at: When it happened; for a task, when it is due. In UTC.
        text: Plain text; the connector turns it into what the platform shows.
        subject: Title of a task; a note has none.
        owner_id: The platform's id of who owns it.
        links: The records it stands on.
    """

    object: Literal["note", "task"]
    trace: str = Field(min_length=1)
    at: datetime
    text: str
    subject: str = ""
    owner_id: str | None = None
    links: tuple[Tie, ...] = ()


class Label(Frozen):
    """A kind of link from one object to another.

    Attributes:
        type_id: The platform's id, valid in this direction and in this account only.
        category: The platform's word for who defined it.
        label: What a person sees; None for the plain link.
    """

    type_id: str
    category: str = ""
    label: str | None = None


class LinkChange(Frozen):
    """A link to be made or removed; ``label`` None is the plain link."""

    source: Ref
    target: Ref
    label: str | None = None


class LinkOutcome(Frozen):
    """What the platform did with one link.

    Attributes:
        change: What was asked for.
        ok: True if it is so now, whether or not it was before.
        code: The platform's reason if not.
    """

    change: LinkChange
    ok: bool
    code: str = ""
