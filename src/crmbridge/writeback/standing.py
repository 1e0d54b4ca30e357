"""What of all that was written still counts, and what would stand there without it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crmbridge.model.canonical import same, split
from crmbridge.model.changes import ActivityChange, Change, LabelChange
from crmbridge.store import Written

Spot = tuple[str, ...]
"""Names the one thing that a change writes."""


def spot(change: Change) -> Spot:
    """Name the value, label, membership, activity or definition that a change writes."""
    where = (change.kind, *change.place, str(change.record or ""))
    if isinstance(change, LabelChange):
        return (*where, str(change.target))
    return (*where, change.key) if isinstance(change, ActivityChange) else where


@dataclass
class Past:
    """What was written to one spot.

    Attributes:
        last: The newest row.
        steps: Rows that were not rolled back since, oldest first.
    """

    last: Written
    steps: list[Written]

    @property
    def reversible(self) -> Iterator[Written]:
        """Rows that can be rolled back without undoing a later one."""
        yield self.last
        yield from self.steps[-1:]


def history(rows: Iterable[Written]) -> dict[Spot, Past]:
    """Sort rows, oldest first, by what they write.

    A row of a rollback takes the one away that it reversed, one of an uninstall all of them.
    """
    found: dict[Spot, Past] = {}
    for row in rows:
        past = found.setdefault(spot(row.change), Past(row, []))
        past.last = row
        if past.steps and row.origin == f"rollback {past.steps[-1].run_id}":
            past.steps.pop()
        elif row.origin == "uninstall":
            past.steps.clear()
        else:
            past.steps.append(row)
    return found


def undone(kind: str, value: str | None, steps: Sequence[Written]) -> str | None:
    """Take writes back from a value, the last one first, as far as nobody else wrote in between.

    Args:
        kind: The property's type; of a ``multi`` only the options are taken back that were put in, so that what others
            chose in between stays.
        value: What stands there now.
        steps: What was written, oldest first.
    """
    for step in reversed(steps):
        if same(kind, value, step.after):
            value = step.before
        elif kind == "multi":
            added = set(split(step.after)) - set(split(step.before))
            value = ";".join(option for option in split(value) if option not in added) or None
        else:
            break
    return value
