"""What may be done with one row, given what stands on the platform now. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from crmbridge.connector import Version
from crmbridge.model.canonical import fits, same, split
from crmbridge.model.changes import PropertyChange, RowOutcome, RowState
from crmbridge.model.properties import PropertyDefinition
from crmbridge.store import ALREADY_THERE


class Look(Enum):
    """What a look at the present value says, unless the row is decided by it."""

    SEND = "send"
    ASK = "ask"  # who set the present value decides


THERE = RowOutcome(state="confirmed", reason=ALREADY_THERE)
MISSING = RowOutcome(state="invalid", reason="record-missing")
VANISHED = RowOutcome(state="rejected", reason="record-missing")  # after it may have been sent
STAMP_ALONE = RowOutcome(state="invalid", reason="stamp-alone")
NOTHING_WRITTEN = RowOutcome(state="invalid", reason="nothing-written")  # so there is nothing to tell of the record
NOT_OURS = RowOutcome(state="invalid", reason="not-ours")  # crmbridge takes away only what it put there
READ_BACK = RowOutcome(state="confirmed", reason="read-back")
UNANSWERED = RowOutcome(state="unknown", reason="no-answer")
DECIDED = RowOutcome(state="conflict", reason="decided-by-person")
PERSON = RowOutcome(state="conflict", reason="edited-by-person")
NOBODY = RowOutcome(state="conflict", reason="author-unknown")
EDITED_SINCE = RowOutcome(state="conflict", reason="edited-since")


class Altered(RowOutcome):
    """The outcome of a row that the platform took, and of which it made another value: rounded, trimmed, in a form.

    Attributes:
        kept: What it has now.
    """

    state: RowState = "confirmed"
    reason: str = "kept-differently"
    kept: str | None


@dataclass(frozen=True)
class Ours:
    """The last value of ours that the platform confirmed.

    Attributes:
        value: As the platform has it; None if it was empty or never written.
        recorded: False if it was never written.
        sent: What the platform made it of, if that was another value.
    """

    value: str | None = None
    recorded: bool = False
    sent: str | None = None

    def stands(self, kind: str, wrote: str | None, present: str | None) -> bool:
        """Say whether what we wrote still stands, as the platform has it."""
        made = self.sent is not None and same(kind, wrote, self.sent) and same(kind, present, self.value)
        return made or same(kind, present, wrote)


def look(kind: str, change: PropertyChange, present: str | None, ours: Ours, *, people: bool) -> Look | RowOutcome:
    """Judge a row by the present value.

    Args:
        kind: The property's type.
        change: The row.
        present: The platform's text, read just now.
        ours: What we wrote last.
        people: True if the config allows this property to overwrite people's edits.
    """
    if same(kind, present, change.after):
        return THERE
    moved = not same(kind, present, change.before)
    if change.policy == "restore":
        return Look.SEND if ours.stands(kind, change.before, present) else EDITED_SINCE
    if change.policy == "fill-empty" and moved:
        return _conflict("no-longer-empty" if change.before is None else "changed-since-plan")
    untouched = same(kind, present, ours.value) if ours.recorded else not moved and change.before is None
    adds = change.policy == "fill-empty" and change.before is not None  # to a multi-select: nothing is lost
    allowed = change.policy == "overwrite" and people
    return Look.SEND if untouched or adds or allowed else Look.ASK


def ask(version: Version | None) -> Look | RowOutcome:
    """Judge a row by who set the present value; nobody known counts as a person."""
    if version is None:
        return NOBODY
    return PERSON if version.author == "person" else Look.SEND


def without_history(kind: str, change: PropertyChange, present: str | None) -> Look | RowOutcome:
    """Judge a row whose author the platform cannot tell: only what the plan saw, and what is ours, may go."""
    if not same(kind, present, change.before):
        return _conflict("changed-since-plan")
    return Look.SEND if change.policy == "own" else NOBODY


def spoken(change: PropertyChange, outcome: Look | RowOutcome) -> bool:
    """Say whether a row would be a conflict each time, because somebody's word stands there that is no decision."""
    word = outcome == NOBODY or (outcome == PERSON and change.policy != "own")
    return word and change.policy != "restore" and not change.stamp


def settled(kind: str, change: PropertyChange, present: str | None, unsent: Collection[str | None]) -> RowOutcome:
    """Judge a row that may have been sent: it was, it was not, or somebody else wrote.

    Args:
        kind: The property's type.
        change: The row.
        present: The platform's text now.
        unsent: Texts that mean that it was not.
    """
    if same(kind, present, change.after):
        return READ_BACK
    if any(same(kind, present, text) for text in unsent):
        return RowOutcome(state="planned", reason="not-sent")
    return _conflict("changed-while-sending")


def backwards(definition: PropertyDefinition | None, change: PropertyChange) -> bool:
    """Say whether a value lies behind the present one, in the order of the property's options."""
    order = {option.value: place for place, option in enumerate(definition.options if definition else ())}
    if change.before is None or change.after is None:
        return False
    return order.get(change.after, -1) <= order.get(change.before, len(order))


def unwritable(change: PropertyChange, definition: PropertyDefinition | None) -> str | None:
    """Say why the platform's definition does not let a row be written, if it does not."""
    if definition is None:
        return "property-missing"
    if definition.read_only:
        return "read-only"
    if change.after is not None and not fits(definition.type, change.after):
        return "type-differs"
    if definition.type in ("enumeration", "multi") and definition.options and not definition.options_external:
        known = {option.value for option in definition.options}
        values = split(change.after) if definition.type == "multi" else [change.after or ""]
        if not set(filter(None, values)) <= known:
            return "option-missing"
    return None


def _conflict(reason: str) -> RowOutcome:
    return RowOutcome(state="conflict", reason=reason)
