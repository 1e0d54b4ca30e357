"""Tables in Markdown, and what is said beside them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def percent(share: float) -> str:
    """Write a share; what is not whole never looks so."""
    if share == 1:
        return "100 %"
    return f"{min(share * 100, 99.9):.1f} %"


def number(value: float) -> str:
    """Write a number of some size with separators."""
    return f"{value:,.0f}"


def machine() -> str:
    """Say how much this machine can do at once, and how much it does by itself at this moment."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start."
