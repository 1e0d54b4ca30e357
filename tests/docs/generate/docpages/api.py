"""The public names of ``crmbridge``, from their docstrings."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

import crmbridge
from docpages.settings import heading
from docpages.writing import attributes, first_line, page, table

SOURCE = Path(crmbridge.__file__).parent


def api_page() -> str:
    """Every name of ``crmbridge.__all__``."""
    return page(
        "Public names",
        "What `from crmbridge import …` offers. [Compatibility](../plugins/compatibility.md) says how long it stays. "
        "Models are frozen; what has a default, `= …`, may be left out. More models, which these refer to, are in "
        "`crmbridge.model`.",
        *(f"## {name}\n\n{_about(name, getattr(crmbridge, name))}" for name in crmbridge.__all__),
    )


def _about(name: str, value: Any) -> str:
    if not inspect.isclass(value):
        return _constant(name, value)
    parts = [heading(value)]
    if name != "Bridge" and (rows := list(_fields(value))):
        parts.append(table(("field", "type", "meaning"), rows))
    if calls := list(_calls(value)):
        parts.append(table(("call", "what it does"), calls))
    return "\n\n".join(parts)


def _constant(name: str, value: Any) -> str:
    text = documented()[name].replace("``", "`")
    parts = [item.__name__ for item in get_args(getattr(value, "__value__", value)) if inspect.isclass(item)]
    if parts:
        return f"{text}\n\nOne of {', '.join(f'`{item}`' for item in parts)}."
    return f"{text}\n\n`{', '.join(value)}`" if isinstance(value, tuple) else text


def _fields(value: type) -> Iterator[tuple[str, str, str]]:
    told, optional = attributes(value), _optional(value)
    for name, kind in _types(value).items():
        yield f"`{name}`", f"`{kind}{' = …' if name in optional else ''}`", told.get(name, "")


def _optional(value: Any) -> set[str]:
    """The fields that may be left out."""
    if issubclass(value, BaseModel):
        return {name for name, field in value.model_fields.items() if not field.is_required()}
    if is_dataclass(value):
        missing = (MISSING, MISSING)
        return {item.name for item in fields(value) if (item.default, item.default_factory) != missing}
    return set(getattr(value, "_field_defaults", ()))


def _types(value: type) -> dict[str, str]:
    """The annotations of a class as they are written, those of its bases first."""
    found: dict[str, str] = {}
    for base in reversed(value.__mro__):
        if base.__module__.startswith("crmbridge"):
            found |= {name: str(kind) for name, kind in inspect.get_annotations(base).items()}
    return {name: kind for name, kind in found.items() if not name.startswith("_") and "ClassVar" not in kind}


def _calls(value: type) -> Iterator[tuple[str, str]]:
    for name in dir(value):
        found = inspect.getattr_static(value, name)
        call = not isinstance(found, property | cached_property)
        found = getattr(found, "fget", None) or getattr(found, "func", None) or getattr(found, "__func__", found)
        if not name.startswith("_") and inspect.isfunction(found) and found.__module__.startswith("crmbridge"):
            yield f"`{name}{_arguments(found) if call else ''}`", first_line(found)


def _arguments(function: Any) -> str:
    """Name the parameters of a method, without their types."""
    names = []
    for item in list(inspect.signature(function).parameters.values())[1:]:
        if item.kind is item.KEYWORD_ONLY and "*" not in names:
            names.append("*")
        names.append(item.name if item.default is item.empty else f"{item.name}=…")
    return f"({', '.join(names)})"


@cache
def documented() -> dict[str, str]:
    """The texts that stand below assignments, by the name assigned to."""
    found: dict[str, str] = {}
    for path in [SOURCE / "context.py", SOURCE / "hookspecs.py", *(SOURCE / "model").glob("*.py")]:
        for node, after in pairwise(ast.parse(path.read_text("utf-8")).body):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                text = inspect.cleandoc(str(after.value.value))
                found |= {item.id: text for item in targets if isinstance(item, ast.Name)}
    return found
