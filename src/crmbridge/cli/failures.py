"""What plugins failed on, as commands tell it: which plugin, which hook, on how many records and on which first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crmbridge.model.failures import FailureGroup


def failure_facts(groups: Iterable[FailureGroup]) -> list[dict[str, Any]]:
    """Write failures for ``--json``."""
    return [
        {
            "plugin": item.plugin,
            "hook": item.hook,
            "message": item.message,
            "units": item.count,
            "first": list(item.units),
        }
        for item in groups
    ]


def failure_line(fact: Mapping[str, Any]) -> str:
    """Tell one of them in a line."""
    more = ", …" if fact["units"] > len(fact["first"]) else ""
    where = f" ({', '.join(fact['first'])}{more})"
    return f"Plugin {fact['plugin']} failed in {fact['hook']} on {fact['units']:,} units{where}: {fact['message']}"
