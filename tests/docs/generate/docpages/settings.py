"""Writes the keys of a settings model: what each takes, its default and what it means."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from crmbridge.config import Section
from docpages.writing import attributes, table

NAMES = {bool: "true or false", int: "whole number", float: "number", Decimal: "number", Path: "path"}


def keys(model: type[BaseModel]) -> str:
    """Write the table of a model's keys; tables of crmbridge.toml within it are written by themselves."""
    told = attributes(model)
    rows = [
        (f"`{name}`", _kind(field.annotation), _default(field), field.description or told.get(name, ""))
        for name, field in model.model_fields.items()
        if not is_section(field)
    ]
    return table(("key", "value", "default", "meaning"), rows)


def is_section(field: FieldInfo) -> bool:
    """True for a table of crmbridge.toml."""
    return isinstance(field.annotation, type) and issubclass(field.annotation, Section)


def within(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """Find the models of the tables in a model's keys, by name, in the order in which they are met."""
    found: dict[str, type[BaseModel]] = {}
    for field in model.model_fields.values():
        for item in () if is_section(field) else _models(field.annotation):
            found |= {item.__name__: item} | within(item)
    return found


def described(model: type[BaseModel]) -> Iterator[str]:
    """Write the keys of a model, then the tables in them."""
    yield keys(model)
    yield from (f"### {name}\n\n{heading(inner)}\n\n{keys(inner)}" for name, inner in within(model).items())


def heading(model: type) -> str:
    """Tell what a table is, in the first paragraph of its docstring."""
    return " ".join((inspect.getdoc(model) or "").partition("\n\n")[0].replace("``", "`").split())


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for item in typing.get_args(annotation):
        yield from _models(item)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    if not _holds_model(value):
        return f"`{_toml(value)}`"
    return f"{len(value)} shipped" if isinstance(value, tuple) else "its defaults"


def _holds_model(value: Any) -> bool:
    return isinstance(value, BaseModel) or (isinstance(value, tuple) and any(map(_holds_model, value)))


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value) if isinstance(value, int | float) else f'"{value}"'


def _kind(annotation: Any) -> str:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"table `{annotation.__name__}`"
    if origin in (types.UnionType, typing.Union):
        return " or ".join(dict.fromkeys(_kind(item) for item in args if item is not type(None)))
    written = {
        Annotated: lambda: _kind(args[0]),
        Literal: lambda: " or ".join(f"`{item}`" for item in args),
        tuple: lambda: f"list of: {_kind(args[0])}",
        dict: lambda: f"table, {_kind(args[0])} to {_kind(args[1])}",
        Mapping: lambda: f"table, {_kind(args[0])} to {_kind(args[1])}",
    }
    return written[origin]() if origin in written else NAMES.get(annotation, "text")
