"""A plan as plain text for a terminal. Pure."""

from __future__ import annotations

from typing import Final

from crmbridge.model.plan import Plan
from crmbridge.writeback.render.data import EXAMPLES, to_data
from crmbridge.writeback.render.page import Definition, Line, page_of

_WIDEST: Final = 60  # characters of a value in a line


def to_text(plan: Plan, examples: int = EXAMPLES) -> str:
    """Give a plan as plain text, with the first ``examples`` rows of each property; removals have a minus."""
    page = page_of(to_data(plan, examples))
    lines = [one_line(f"{page.title}: {page.summary}")]
    lines += [f"  {_defined(item)}" for item in page.definitions]
    for section in page.sections:
        lines += ["", one_line(f"{section.heading}  {section.figures}")]
        lines += [f"  {_row(line)}" for line in section.lines]
    notes = [one_line(f"{note.mark}: {note.message} [{note.code}]") for note in page.notes]
    return "\n".join([*lines, *(["", *notes] if notes else [])]) + "\n"


def one_line(text: str) -> str:
    """One line without anything a terminal would act on."""
    return "".join(char if char.isprintable() else " " for char in text.replace("\n", " ⏎ "))


def cut(text: str) -> str:
    """One line of at most some 60 characters."""
    line = one_line(text)
    return line if len(line) <= _WIDEST else line[: _WIDEST - 1] + "…"


def _defined(item: Definition) -> str:
    detail = f": {cut(item.detail)}" if item.detail else ""
    return f"{one_line(f'{item.action} {item.name}')}{detail} ({one_line(f'{item.why}, {item.by}')})"


def _row(line: Line) -> str:
    mark = "- " if line.removes else ""
    return f"{mark}{line.record}: {cut(line.before)} → {cut(line.after)}  {one_line(f'{line.why} ({line.by})')}"
