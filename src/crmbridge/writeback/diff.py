"""What one value of one record needs: a change, or nothing. Pure."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from crmbridge.model.changes import PropertyChange
from crmbridge.model.properties import PropertySpec
from crmbridge.model.records import Record
from crmbridge.writeback.canonical import canonical, reading, split
from crmbridge.writeback.fold import UNDECIDED, Folded
from crmbridge.writeback.targets import Target


def diff(
    target: Target, record: Record, folded: Folded, *, defined: bool, decided: bool = False
) -> PropertyChange | None:
    """Compare the wanted value with the mirror's.

    Args:
        target: The property.
        record: As the mirror has it.
        folded: The value wanted.
        defined: True if the platform has the property: a value that was not read is then unknown, not empty.
        decided: True if a person decided this value.
    """
    spec = target.spec
    if decided or folded.value is UNDECIDED or (defined and target.name not in record.properties):
        return None
    before = _before(target, record)
    after = _after(spec, before, folded.value)
    if after == before or _moved_less(spec, before, after):
        return None
    return PropertyChange(
        subject=record.ref,
        property=target.name,
        before=before,
        before_modified_at=record.updated_at,
        after=after,
        policy=spec.policy,
        stamp=spec.stamp,
        reason=folded.reason,
        by=folded.by,
        version=target.version,
    )


def narrowed(target: Target, record: Record, change: PropertyChange) -> PropertyChange | None:
    """Read a change that plugins have narrowed again: canonical, within policy, still worth writing.

    Raises:
        Invalid: The property cannot hold what they made of it.
    """
    wanted = change.after
    if target.spec.type == "multi" and target.spec.policy == "fill-empty":  # what was there is not ours to check
        there = split(change.before)
        wanted = ";".join(item for item in split(wanted) if item not in there)
    value = Folded(canonical(target.spec, wanted), change.reason, change.by)
    return diff(target, record, value, defined=False)


def _before(target: Target, record: Record) -> str | None:
    options = tuple(option.value for option in target.spec.options)
    return reading(target.spec.type, record.properties.get(target.name), options)


def _after(spec: PropertySpec, before: str | None, wanted: str | None) -> str | None:
    """What should stand there, as far as the policy allows it."""
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
