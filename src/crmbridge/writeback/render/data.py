"""A plan as plain data: what scripts read, and what every page shows. Pure; records appear by id only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from crmbridge.model.changes import (
    AccountChange,
    ActivityChange,
    Change,
    DefinitionChange,
    LabelChange,
    Place,
    PropertyChange,
    RecordChange,
)
from crmbridge.model.plan import HANDLES, Plan, PropertyCount

EXAMPLES: Final = 3
"""Rows shown of each property, label, list or kind of activity."""


def to_data(plan: Plan, examples: int = EXAMPLES) -> dict[str, Any]:
    """Give a plan as JSON-able data; the same plan gives the same data, in whichever store it is.

    It has what the header says, ``definitions`` with each of them, and ``changes`` with the figures of each property,
    label, list and kind of activity; of its rows come up to ``examples`` that set something, in ``examples``, and as
    many that take something away, in ``removals``. Stamps are left out.
    """
    header = plan.header
    definitions, places = _looked_through(plan, examples)
    changes = [_figures(count, header.plugins, places.get((count.object, count.property))) for count in header.counts]
    facts = header.model_dump(mode="json", exclude={"counts", "definitions", *HANDLES})
    return {**facts, "definitions": definitions, "changes": changes}


class _Examples:
    """The first rows of one place."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.sets: list[dict[str, Any]] = []
        self.removes: list[dict[str, Any]] = []

    def add(self, change: RecordChange, most: int) -> None:
        """Take a row, if there is room."""
        rows = self.removes if change.becomes is None else self.sets
        if len(rows) < most:
            rows.append(_row(change))


def _looked_through(rows: Iterable[Change], most: int) -> tuple[list[dict[str, Any]], dict[Place, _Examples]]:
    definitions: list[dict[str, Any]] = []
    places: dict[Place, _Examples] = {}
    for change in rows:
        if isinstance(change, AccountChange):
            definitions.append(_definition(change))
        elif not (isinstance(change, PropertyChange) and change.stamp):
            places.setdefault(change.place, _Examples(change.kind)).add(change, most)
    return definitions, places


def _figures(count: PropertyCount, versions: dict[str, str], found: _Examples | None) -> dict[str, Any]:
    return {
        "kind": found.kind if found else "property",
        **count.model_dump(mode="json", exclude={"example"}),
        "version": versions.get(count.by, ""),
        "examples": found.sets if found else [],
        "removals": found.removes if found else [],
    }


def _definition(change: AccountChange) -> dict[str, Any]:
    name, item = change.place
    facts = {"kind": change.kind, "object": name, "name": item, "reason": change.reason, "by": change.by}
    if isinstance(change, DefinitionChange) and change.before and change.after:
        had = {option.value for option in change.before.options}
        added = [option.value for option in change.after.options if option.value not in had]
        return {"action": "extend", **facts, "label": change.after.label, "options": added}
    action = "remove" if change.becomes is None else "create"
    if isinstance(change, DefinitionChange):
        defined = change.definition
        options = [option.value for option in defined.options]
        return {"action": action, **facts, "label": defined.label, "type": defined.type, "options": options}
    return {"action": action, **facts}


def _row(change: RecordChange) -> dict[str, Any]:
    row: dict[str, Any] = {"id": change.subject.id}
    match change:
        case PropertyChange():
            row["policy"] = change.policy
        case LabelChange():
            row["target"] = str(change.target)
        case ActivityChange():
            row |= {"day": change.day.isoformat(), "title": change.title, "owner": change.owner_id}
    return {**row, "before": change.was, "after": change.becomes, "reason": change.reason, "by": change.by}
