"""Writes as values: each names what it changes, from what to what, why, and on whose word."""

from __future__ import annotations

import builtins
from abc import abstractmethod
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from crmbridge.model.base import Frozen, Ref
from crmbridge.model.properties import Policy, PropertyDefinition

WritePolicy = Literal[Policy, "restore"]
"""``restore``: only where the value that crmbridge wrote still stands."""

Place = tuple[str, str]
"""What a change writes, as a person counts it: an object, and a property, label, list or kind of activity of it."""


class _Change(Frozen):
    """What all changes say.

    Attributes:
        reason: Why, in one line.
        by: The plugin, or who else asked for it.
    """

    reason: str = ""
    by: str = ""

    @property
    @abstractmethod
    def place(self) -> Place:
        """What it writes."""

    @property
    def record(self) -> Ref | None:
        """The record it writes to; None for what belongs to the whole account."""
        return None

    @property
    @abstractmethod
    def was(self) -> str | None:
        """What stands there before, as text; None for nothing."""

    @property
    @abstractmethod
    def becomes(self) -> str | None:
        """What shall stand there, as text; None for nothing."""


class GroupChange(_Change):
    """Create a property group, or remove one that crmbridge created."""

    kind: Literal["group"] = "group"
    object: Literal["contact", "company", "deal"]
    name: str
    label: str
    remove: bool = False

    @property
    def place(self) -> Place:
        """Object and group."""
        return (self.object, self.name)

    @property
    def was(self) -> str | None:
        """The group's label, if it is removed."""
        return self.label if self.remove else None

    @property
    def becomes(self) -> str | None:
        """The group's label, unless it is removed."""
        return None if self.remove else self.label


class DefinitionChange(_Change):
    """Create a property, add options to it, or remove one that crmbridge created.

    Attributes:
        before: The definition on the platform; None creates it.
        after: The definition wanted; None removes it, with all its values.
    """

    kind: Literal["definition"] = "definition"
    before: PropertyDefinition | None = None
    after: PropertyDefinition | None = None

    @model_validator(mode="after")
    def _one_property(self) -> Self:
        places = {(item.object, item.name) for item in (self.before, self.after) if item}
        if len(places) != 1:
            raise ValueError("a change of a definition is about one property")
        return self

    @property
    def definition(self) -> PropertyDefinition:
        """The definition wanted, or the one removed."""
        found = self.after or self.before
        assert found is not None, "a change of a definition names one"
        return found

    @property
    def place(self) -> Place:
        """Object and property."""
        return (self.definition.object, self.definition.name)

    @property
    def was(self) -> str | None:
        """The definition before, as JSON."""
        return self.before.model_dump_json(exclude_defaults=True) if self.before else None

    @property
    def becomes(self) -> str | None:
        """The definition after, as JSON."""
        return self.after.model_dump_json(exclude_defaults=True) if self.after else None


class SegmentChange(_Change):
    """Create a list of records that is kept by hand, or remove one that crmbridge created."""

    kind: Literal["segment"] = "segment"
    object: Literal["contact", "company", "deal"]
    title: str
    remove: bool = False

    @property
    def place(self) -> Place:
        """Object and title."""
        return (self.object, self.title)

    @property
    def was(self) -> str | None:
        """The title, if it is removed."""
        return self.title if self.remove else None

    @property
    def becomes(self) -> str | None:
        """The title, unless it is removed."""
        return None if self.remove else self.title


class PropertyChange(_Change):
    """Write one value of one record.

    Attributes:
        property: The platform's name.
        before: The value in the mirror, canonical; None for empty.
        before_modified_at: When the record was last modified, as far as the mirror knows.
        after: The value wanted, canonical; None empties it.
        stamp: True if the row only travels with others of its record.
        version: The plugin's version.
    """

    kind: Literal["property"] = "property"
    subject: Ref
    property: str
    before: str | None
    before_modified_at: datetime | None = None
    after: str | None
    policy: WritePolicy
    stamp: bool = False
    version: str = ""

    @builtins.property  # the field `property` hides the decorator here
    def place(self) -> Place:
        """Object and property."""
        return (self.subject.object, self.property)

    @builtins.property
    def record(self) -> Ref | None:
        """Whose value."""
        return self.subject

    @builtins.property
    def was(self) -> str | None:
        """The value before."""
        return self.before

    @builtins.property
    def becomes(self) -> str | None:
        """The value after."""
        return self.after


class LabelChange(_Change):
    """Put a label on the link of two records, or take it off; the plain link comes with it, and stays.

    Attributes:
        subject: Where the link starts.
        target: Where it ends.
        label: As people see it in this direction; it must be defined on the platform.
        before: True if the link has it.
        after: True if it shall have it.
    """

    kind: Literal["label"] = "label"
    subject: Ref
    target: Ref
    label: str
    before: bool
    after: bool

    @property
    def place(self) -> Place:
        """Object, and the label with the object at its other end."""
        return (self.subject.object, f"{self.target.object}: {self.label}")

    @property
    def record(self) -> Ref | None:
        """Where the link starts."""
        return self.subject

    @property
    def was(self) -> str | None:
        """The label, if the link has it."""
        return self.label if self.before else None

    @property
    def becomes(self) -> str | None:
        """The label, if the link shall have it."""
        return self.label if self.after else None


class ActivityChange(_Change):
    """Put a note or a task on a record, or archive one that crmbridge made.

    Attributes:
        subject: The record it stands on.
        object: What it is.
        key: Names it among all that crmbridge makes; stands in its text, so that it is found again after a crash.
        day: When it happened; for a task, when it is due.
        title: Of a task.
        before: Its text, if it is there.
        after: Its text, if it shall be there.
        owner_id: The platform's id of who owns it.
        made: The platform's id of the one to archive.
    """

    kind: Literal["activity"] = "activity"
    subject: Ref
    object: Literal["note", "task"]
    key: str
    day: date
    title: str = ""
    before: str | None = None
    after: str | None = None
    owner_id: str | None = None
    made: str | None = None

    @property
    def place(self) -> Place:
        """Object, and what kind of activity."""
        return (self.subject.object, self.object)

    @property
    def record(self) -> Ref | None:
        """The record it stands on."""
        return self.subject

    @property
    def was(self) -> str | None:
        """Its text, if it is there."""
        return self.before

    @property
    def becomes(self) -> str | None:
        """Its text, if it shall be there."""
        return self.after


class MembershipChange(_Change):
    """Put a record into a list, or take it out.

    Attributes:
        subject: The record.
        segment: The list's title.
        before: True if it is in it.
        after: True if it shall be in it.
    """

    kind: Literal["membership"] = "membership"
    subject: Ref
    segment: str
    before: bool
    after: bool

    @property
    def place(self) -> Place:
        """Object, and the list."""
        return (self.subject.object, self.segment)

    @property
    def record(self) -> Ref | None:
        """The record."""
        return self.subject

    @property
    def was(self) -> str | None:
        """The list, if it is in it."""
        return self.segment if self.before else None

    @property
    def becomes(self) -> str | None:
        """The list, if it shall be in it."""
        return self.segment if self.after else None


ChangeKind = Literal["group", "definition", "segment", "property", "label", "activity", "membership"]

AccountChange = GroupChange | DefinitionChange | SegmentChange
"""What belongs to the whole account, and must be there before records can have it."""

RecordChange = PropertyChange | LabelChange | ActivityChange | MembershipChange
"""What belongs to one record."""

Change = Annotated[AccountChange | RecordChange, Field(discriminator="kind")]
"""One write; told apart by ``kind``. Further kinds may be added in any release."""

CHANGE: TypeAdapter[Change] = TypeAdapter(Change)
"""Reads any change from JSON."""

RowState = Literal["planned", "sending", "confirmed", "invalid", "rejected", "conflict", "unknown"]
"""The life of a row. ``invalid`` was refused by crmbridge and never sent, ``rejected`` by the platform; a ``conflict``
is somebody else's value; ``unknown`` had no answer and is read back before anything else."""


class RowOutcome(Frozen):
    """What became of one row.

    Attributes:
        state: Where it ended.
        reason: A code or short text; never a personal value.
        made: The platform's id of the record that was made.
    """

    state: RowState
    reason: str = ""
    made: str | None = None
