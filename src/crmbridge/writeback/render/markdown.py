"""A plan as Markdown, for a review. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from crmbridge.model.plan import Plan
from crmbridge.writeback.render.data import EXAMPLES, to_data
from crmbridge.writeback.render.page import Line, Page, page_of
from crmbridge.writeback.render.text import cut, one_line

ROW_HEADS = ("", "record", "before", "after", "why", "by")


def to_markdown(plan: Plan, examples: int = EXAMPLES) -> str:
    """Give a plan as Markdown, with the first ``examples`` rows of each property; what is removed is marked."""
    return "\n\n".join(_parts(page_of(to_data(plan, examples)))) + "\n"


def _parts(page: Page) -> Iterator[str]:
    yield f"# {escaped(page.title)}"
    yield f"{escaped(page.summary)}\n\nApprove it as `{page.hash}`."
    if page.notes:
        notes = (f"- **{note.mark}** ({escaped(note.code)}): {escaped(note.message)}" for note in page.notes)
        yield "\n".join(notes)
    if page.definitions:
        yield "## Definitions"
        rows = [(item.action, item.name, item.detail, item.why, item.by) for item in page.definitions]
        yield _table(("", "what", "as", "why", "by"), rows)
    for section in page.sections:
        yield f"## {escaped(section.heading)}"
        yield escaped(section.figures)
        if section.lines:
            yield _table(ROW_HEADS, [_row(line) for line in section.lines])


def _row(line: Line) -> tuple[str, ...]:
    return ("removes" if line.removes else "", line.record, cut(line.before), cut(line.after), line.why, line.by)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(text: str) -> str:
    """One line that Markdown shows as it stands."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~&-])", r"\\\1", one_line(text))
