"""Writes as values: each names what it changes, from what to what, why, and on whose word."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from crmbridge.model.base import Frozen, Ref
from crmbridge.model.properties import Policy, PropertyDefinition


class GroupChange(Frozen):
    """Create a property group."""

    kind: Literal["group"] = "group"
    object: Literal["contact", "company", "deal"]
    name: str
    label: str
    reason: str = ""
    by: str = ""


class DefinitionChange(Frozen):
    """Create a property, or add options to one that crmbridge created.

    Attributes:
        before: The definition on the platform; None creates it.
        after: The definition wanted.
    """

    kind: Literal["definition"] = "definition"
    before: PropertyDefinition | None = None
    after: PropertyDefinition
    reason: str = ""
    by: str = ""


class PropertyChange(Frozen):
    """Write one value of one record.

    Attributes:
        property: The platform's name.
        before: The value in the mirror, canonical; None for empty.
        before_modified_at: When the record was last modified, as far as the mirror knows.
        after: The value wanted, canonical; None empties it.
        stamp: True if the row only travels with others of its record.
        by: The plugin.
        version: The plugin's version.
    """

    kind: Literal["property"] = "property"
    subject: Ref
    property: str
    before: str | None
    before_modified_at: datetime | None = None
    after: str | None
    policy: Policy
    stamp: bool = False
    reason: str = ""
    by: str = ""
    version: str = ""


Change = Annotated[GroupChange | DefinitionChange | PropertyChange, Field(discriminator="kind")]
"""One write; told apart by ``kind``. Further kinds may be added in any release."""

CHANGE: TypeAdapter[Change] = TypeAdapter(Change)
"""Reads any change from JSON."""

RowState = Literal["planned", "sending", "confirmed", "rejected", "conflict", "unknown"]
"""The life of a row. The last four are told by the platform; ``unknown`` is read back before anything else."""


class RowOutcome(Frozen):
    """What became of one row.

    Attributes:
        state: Where it ended.
        reason: A code or short text; never a personal value.
    """

    state: RowState
    reason: str = ""
