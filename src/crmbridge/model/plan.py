"""A plan: an immutable header over changes that stream from where they are kept."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from pydantic import Field

from crmbridge.model.base import Frozen
from crmbridge.model.changes import Change

REVIEWER: Final = "core review"
"""Author of rows that only travel with others: notes, tasks, lists of what was changed. No plugin can be named so."""


class Finding(Frozen):
    """Something a check has to say about a plan.

    Attributes:
        severity: ``error`` stops the plan, ``park`` waits for approval, the others inform.
        code: Stable name, e.g. ``first-apply``.
        message: What it is and what to do.
        by: Who says so; set by the host.
    """

    severity: Literal["info", "warning", "park", "error"]
    code: str
    message: str
    by: str = "core"


class PropertyCount(Frozen):
    """How much of one property a plan changes; or of one label, list or kind of activity.

    Attributes:
        object: Whose records.
        property: The platform's name of it; of a label with the object at its other end.
        filled: Rows whose value was empty.
        changed: Rows whose value was another.
        cleared: Rows whose value becomes empty.
        existing: Records that have a value now.
        by: The plugin that writes it.
        example: One row's reason.
    """

    object: str
    property: str
    filled: int = 0
    changed: int = 0
    cleared: int = 0
    existing: int = 0
    by: str = ""
    example: str = ""

    @builtins.property  # the field `property` hides the decorator here
    def rows(self) -> int:
        """All rows of this property."""
        return self.filled + self.changed + self.cleared


class PlanHeader(Frozen):
    """What a plan says about itself.

    Attributes:
        id: Names it in one store; a file has none, so that the same plan is the same bytes.
        account_id: The platform's id of the account it is for.
        as_of: The day it was judged for.
        created_at: When it came into the store; a file has none.
        serial: The mirror's state it was made from.
        plugins: Name to version.
        origin: What it was made for: ``judged``, ``rollback RUN``, ``uninstall`` or ``retry``.
        only: What it was narrowed to: plugins, properties as ``contact.crmb_roles``, records as ``contact:1``.
        limit: Most records it may write to; None for all.
        proposed: For how many records something is proposed, by ``object.property``; of judged plans.
        definitions: Number of groups, definitions and lists among the rows.
        records: Number of records with a row.
        rows: Number of rows.
        hash: SHA-256 over header and rows, in hex; ids and times of making are left out, so equal plans hash equal.
    """

    id: str = ""
    connection: str
    account_id: str
    as_of: date
    created_at: datetime | None = None
    serial: int
    plugins: dict[str, str]
    origin: str = "judged"
    only: tuple[str, ...] = ()
    limit: int | None = None
    proposed: dict[str, int] = Field(default_factory=dict)
    counts: tuple[PropertyCount, ...] = ()
    findings: tuple[Finding, ...] = ()
    definitions: int = 0
    records: int = 0
    rows: int = 0
    hash: str = ""


HANDLES: Final = frozenset({"id", "created_at"})
"""Fields of a header that mean something in one store only: what leaves the store has none of them."""


@dataclass(frozen=True)
class Plan:
    """A header and a way to its rows.

    Attributes:
        header: The summary, small.
        open_rows: Opens a fresh stream of the rows, in their order.
    """

    header: PlanHeader
    open_rows: Callable[[], Iterator[Change]]

    def __iter__(self) -> Iterator[Change]:
        return self.open_rows()

    def __len__(self) -> int:
        return self.header.rows

    @property
    def hash(self) -> str:
        """Names exactly this plan; approve it by this."""
        return self.header.hash

    @property
    def is_empty(self) -> bool:
        """True if there is nothing to write."""
        return not self.header.rows

    @property
    def is_partial(self) -> bool:
        """True if it was narrowed: an approval of it says nothing of what was left out."""
        return bool(self.header.only) or self.header.limit is not None

    @property
    def parked(self) -> tuple[Finding, ...]:
        """Findings that wait for approval."""
        return tuple(item for item in self.header.findings if item.severity == "park")

    @property
    def blocked(self) -> tuple[Finding, ...]:
        """Findings that forbid applying."""
        return tuple(item for item in self.header.findings if item.severity == "error")

    def summary(self) -> str:
        """Say in a few lines what would change."""
        header = self.header
        lines = [f"Plan {self.hash[:12]} for {header.connection} as of {header.as_of}: {header.rows} changes"]
        if header.definitions:
            lines.append(f"  {header.definitions} property definitions")
        lines += [
            f"  {c.object}.{c.property}: +{c.filled} ~{c.changed} -{c.cleared}  ({c.by})"
            for c in header.counts
            if c.rows
        ]
        kinds: dict[tuple[str, str], list[str]] = {}
        for item in header.findings:
            if item.severity != "info":
                kinds.setdefault((item.severity, item.code), []).append(item.message)
        for (severity, _), messages in kinds.items():
            more = f" (and {len(messages) - 1} more like this)" if len(messages) > 1 else ""
            lines.append(f"  {severity}: {messages[0]}{more}")
        return "\n".join(lines)
