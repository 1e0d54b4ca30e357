"""What plugins failed on: what would have been said there is unknown, and the page says where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from crmbridge.model.failures import FailureGroup
from crmbridge.report.text import clean

MOST: Final = 50
"""Lines of the table."""


@dataclass(frozen=True)
class FailureRow:
    """One line of the table, as text."""

    plugin: str
    hook: str
    message: str
    count: str
    units: str


def failure_rows(failed: Iterable[FailureGroup], *, redact: bool) -> list[FailureRow]:
    """Write the lines, the most frequent failures first; ids lead to people, so a redacted page has none."""
    ranked = sorted(failed, key=lambda item: (-item.count, item.plugin, item.hook, item.message))
    return [
        FailureRow(
            plugin=clean(item.plugin, "unnamed", 60),
            hook=clean(item.hook, "unnamed", 60),
            message=clean(item.message, "", 200),
            count=f"{item.count:,}",
            units=""
            if redact
            else clean(", ".join(item.units) + (", …" if item.count > len(item.units) else ""), "", 200),
        )
        for item in ranked[:MOST]
    ]
