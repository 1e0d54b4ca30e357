"""A plan as a file to be looked at before anything is written: HTML, Markdown, text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from crmbridge.errors import FixConfig
from crmbridge.model import Plan
from crmbridge.report.page import render_review, write_private
from crmbridge.report.text import clean, day
from crmbridge.writeback import to_data, to_markdown, to_text
from crmbridge.writeback.render import EXAMPLES, page_of

ENDINGS: Final = (".html", ".md", ".txt", ".json")
"""How a file may end that a plan is written to, to be read."""

_LONGEST: Final = 600  # characters of a reason: it is what a review rests on


def write_plan_page(path: Path, plan: Plan, examples: int = EXAMPLES) -> None:
    """Write a plan to a file to be read by people (0600); its ending says how: .html, .md, .txt or .json.

    Raises:
        FixConfig: It ends otherwise, or cannot be written there.
    """
    check_ending(path)
    write_private(path, _pieces(path, plan, examples), "name another file")


def check_ending(path: Path) -> None:
    """See that a plan can be written to a file of this name.

    Raises:
        FixConfig: It ends otherwise.
    """
    if path.suffix.lower() not in ENDINGS:
        raise FixConfig(f"{path}: name a file that ends with {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")


def _pieces(path: Path, plan: Plan, examples: int) -> Iterable[str]:
    match path.suffix.lower():
        case ".html":
            return plan_html(plan, examples)
        case ".md":
            return [to_markdown(plan, examples)]
        case ".txt":
            return [to_text(plan, examples)]
        case _:
            return [json.dumps(to_data(plan, examples), indent=2), "\n"]


def plan_html(plan: Plan, examples: int = EXAMPLES) -> Iterable[str]:
    """Give a plan as one HTML page without scripts, in pieces: findings first, removals marked."""
    data = to_data(plan, examples)
    return render_review(
        page=page_of(data),
        account=data["account_id"],
        as_of=day(plan.header.as_of),
        plugins=sorted(data["plugins"].items()),
        clean=clean,
        longest=_LONGEST,
    )
