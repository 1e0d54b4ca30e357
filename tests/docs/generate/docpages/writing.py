"""How a generated page is put together: tables, signatures, docstrings."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable

MADE = "<!-- Written by tests/docs/generate: edit the code, then run `python tests/docs/generate`. -->"
LONGEST_LINE = 120
_LISTED = re.compile(r"^ {4}(?=\S)", re.MULTILINE)


def page(title: str, *parts: str) -> str:
    """Put a page together."""
    return "\n\n".join([f"# {title}", MADE, *parts]) + "\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Write a Markdown table."""
    lines = [list(heads)]
    lines += [["---"] * len(lines[0]), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def signature(node: ast.FunctionDef) -> str:
    """Write the head of a function, on one line if it fits."""
    arguments, returned = ast.unparse(node.args), ast.unparse(node.returns) if node.returns else "None"
    text = f"def {node.name}({arguments}) -> {returned}: ..."
    return text if len(text) <= LONGEST_LINE else f"def {node.name}(\n    {arguments}\n) -> {returned}: ..."


def prose(docstring: str) -> str:
    """Write a docstring as Markdown: one line per attribute or argument, code in single ticks."""
    text, items = _parted(docstring)
    listed = "\n".join(f"- `{name}`: {meaning}" for name, meaning in items.items())
    return f"{text}\n\n{listed}" if listed else text


def attributes(value: type) -> dict[str, str]:
    """Read what the docstrings of a class and its bases say of its attributes."""
    found: dict[str, str] = {}
    for base in reversed(value.__mro__):
        found |= _parted(inspect.cleandoc(base.__dict__.get("__doc__") or ""))[1]
    return found


def first_line(value: object) -> str:
    """Return the first line of a docstring."""
    return prose((inspect.getdoc(value) or "").splitlines()[0])


def _parted(docstring: str) -> tuple[str, dict[str, str]]:
    """Part a docstring into its text, and the meanings of attributes or arguments by name."""
    text, _, listed = re.sub(r"\n\n(Args|Attributes):\n", "\0", docstring.replace("``", "`")).partition("\0")
    items = [" ".join(item.split()) for item in _LISTED.split(listed) if item.strip()]
    rows = (item.partition(": ") for item in items)
    return text, {name: meaning for name, _, meaning in rows}
