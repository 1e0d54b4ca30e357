"""Says in plain words why a model refused its input, by section and field, never by value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from crmbridge.errors import Fault

Location = tuple[int | str, ...]


def explain(error: ValidationError, model: type[BaseModel], *section: str) -> tuple[str, ...]:
    """List what is wrong, one line per field, in the words of a TOML file: ``[section] field: message``.

    Args:
        error: What the model raised.
        model: The model; it knows the names that are allowed and what a required field is for.
        section: Where in the file the model's table stands; empty for the whole file.
    """
    return tuple(map(str, faults_in(error, model, *section)))


def faults_in(error: ValidationError, model: type[BaseModel], *section: str) -> tuple[Fault, ...]:
    """List what is wrong one by one; takes what ``explain`` takes."""
    faults = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        where = tuple(part for part in fault["loc"] if part != "[key]")
        faults.append(Fault(*_place(section, where), _message(fault["type"], fault["msg"], model, where)))
    return tuple(faults)


def _place(section: tuple[str, ...], where: Location) -> tuple[str, str]:
    """Everything up to the last name is the table; the last name, with its indexes, is the field."""
    path = (*section, *where)
    names = next((at for at, part in enumerate(path) if isinstance(part, int)), len(path))
    table = max(names - 1, len(section), 1)
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path[table:]).removeprefix(".")
    return ".".join(map(str, path[:table])), field


def _message(kind: str, text: str, model: type[BaseModel], where: Location) -> str:
    *parents, last = where or ("",)
    if kind not in ("missing", "extra_forbidden"):
        return text.removeprefix("Value error, ")
    fields = _model_at(model, tuple(parents)).model_fields
    if kind == "extra_forbidden":
        return f"unknown; allowed are {', '.join(sorted(fields)) or 'no keys at all'}"
    field = fields.get(str(last), FieldInfo())
    return f"is required. {field.description or ''}".strip()


def _model_at(model: type[BaseModel], where: Location) -> type[BaseModel]:
    """Follow field names down the models; the keys and indexes between them lead nowhere new."""
    for part in where:
        field = model.model_fields.get(str(part))
        if field is not None:
            model = next(_models(field.annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
