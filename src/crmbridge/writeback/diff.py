"""What one value of one record needs: a change, or nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final, Protocol

from crmbridge.model.base import Ref
from crmbridge.model.canonical import canonical, reading, same, split
from crmbridge.model.changes import PropertyChange
from crmbridge.model.properties import PropertySpec
from crmbridge.store import Confirmed, Held
from crmbridge.writeback.fold import UNDECIDED, Folded
from crmbridge.writeback.targets import Target

VACATED: Final = "no plugin proposes it any more"


class Holding(Protocol):
    """What is compared: a ``Record``, or the store's shorter form of it."""

    @property
    def ref(self) -> Ref:
        """Which record."""
        ...

    @property
    def properties(self) -> Mapping[str, str | None]:
        """Its values, by the platform's names."""
        ...

    @property
    def updated_at(self) -> datetime | None:
        """When it was last modified."""
        ...


def diff(
    target: Target,
    record: Holding,
    folded: Folded,
    *,
    defined: bool,
    decided: bool = False,
    ours: str | None = None,
) -> PropertyChange | None:
    """Compare the wanted value with the mirror's.

    Args:
        target: The property.
        record: As the mirror has it.
        folded: The value wanted.
        defined: True if the platform has the property: a value that was not read is then unknown, not empty. What it
            does not have is empty, whatever the mirror still holds of one that was removed.
        decided: True if a person decided this value.
        ours: What crmbridge has written there last. An option of it that no longer stands in a native multi-select
            was taken off, and stays off.
    """
    spec = target.spec
    if decided or folded.value is UNDECIDED or (defined and target.name not in record.properties):
        return None
    before = _before(target, record, defined=defined)
    after = _after(spec, before, folded.value, ours)
    if after == before or _moved_less(spec, before, after):
        return None
    return _change(target, record, before, after, folded)


def vacated(target: Target, record: Holding, ours: str, *, defined: bool, decided: bool) -> PropertyChange | None:
    """Empty a value of ours for which nobody proposes anything any more, where it still stands.

    A multi-select that was added to holds others' options, too, and stays.

    Args:
        target: The property.
        record: As the mirror has it.
        ours: The value that the platform confirmed last.
        defined: True if the platform has the property.
        decided: True if a person decided this value.
    """
    shared = target.spec.policy == "fill-empty" and target.spec.type == "multi"
    before = _before(target, record, defined=defined)
    if decided or shared or before is None or not same(target.spec.type, before, ours):
        return None
    return _change(target, record, before, None, Folded(None, VACATED, target.spec.by))


def narrowed(target: Target, record: Holding, change: PropertyChange, *, defined: bool) -> PropertyChange | None:
    """Read a change that plugins have narrowed again: canonical, within policy, still worth writing.

    Raises:
        Invalid: The property cannot hold what they made of it.
    """
    wanted = change.after
    if target.spec.type == "multi" and target.spec.policy == "fill-empty":  # what was there is not ours to check
        there = split(change.before)
        wanted = ";".join(item for item in split(wanted) if item not in there)
    value = Folded(canonical(target.spec, wanted), change.reason, change.by)
    return diff(target, record, value, defined=defined)


def kept(target: Target, change: PropertyChange, ours: Confirmed | None) -> bool:
    """Say whether this very value was sent before, and what the platform made of it still stands there."""
    kind = target.spec.type
    return ours is not None and same(kind, change.after, ours.sent) and same(kind, change.before, ours.value)


def withheld(target: Target, change: PropertyChange, held: Held) -> bool:
    """Say whether a value is not to be planned again, or not while a person's word stands there."""
    kind = target.spec.type
    if held.why == "edited-by-person":
        return not target.people and same(kind, change.before, held.value)
    return held.any_value or same(kind, change.after, held.value)


def _change(target: Target, record: Holding, before: str | None, after: str | None, folded: Folded) -> PropertyChange:
    return PropertyChange(
        subject=record.ref,
        property=target.name,
        before=before,
        before_modified_at=record.updated_at,
        after=after,
        policy=target.spec.policy,
        stamp=target.spec.stamp,
        reason=folded.reason,
        by=folded.by,
        version=target.version,
    )


def _before(target: Target, record: Holding, *, defined: bool) -> str | None:
    """The value that stands there; a property that the platform does not have holds none, whatever the mirror says."""
    if not defined:
        return None
    return reading(target.spec.type, record.properties.get(target.name), target.options)


def _after(spec: PropertySpec, before: str | None, wanted: str | None, ours: str | None) -> str | None:
    """What should stand there, as far as the policy allows it."""
    if spec.policy == "fill-empty" and spec.type == "multi" and ours:
        taken_off = set(split(ours)) - set(split(before))
        wanted = ";".join(item for item in split(wanted) if item not in taken_off) or None
    if wanted is None:
        return None if spec.clear and spec.policy != "fill-empty" else before
    if spec.policy != "fill-empty" or before is None:
        return wanted
    if spec.type == "multi":
        return reading("multi", f"{before};{wanted}", tuple(option.value for option in spec.options))
    return before


def _moved_less(spec: PropertySpec, before: str | None, after: str | None) -> bool:
    """Say whether a number moved less than is worth writing."""
    if spec.type != "number" or before is None or after is None:
        return False
    try:
        return abs(Decimal(after) - Decimal(before)) < Decimal(str(spec.min_change))
    except InvalidOperation:
        return False
