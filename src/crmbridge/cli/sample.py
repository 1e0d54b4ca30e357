"""Writes a commented crmbridge.toml from the descriptions in the Config model, so that it cannot differ from it.

A line that begins with ``#`` and no blank after it is a setting at its default: remove the ``#`` to change it.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeGuard, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from crmbridge.config import Config, Section
from crmbridge.connector import ConnectorSpec

WIDTH: Final = 100
HEAD: Final = """\
# The configuration of crmbridge. It holds no secret: a token is named as "env:NAME", "file:PATH" or "keyring:NAME".
# A line that begins with "#" and no blank is a setting at its default: remove the "#" to change it.
"""


Chosen = Mapping[str, object]
"""Settings that do not stand at their default: name to value."""


def sample(
    connection: str,
    spec: ConnectorSpec,
    settings: Chosen,
    sections: Mapping[str, Chosen],
    notes: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Write the file.

    Args:
        connection: Name of the connection.
        spec: Its connector.
        settings: What is set of its table; secrets as references.
        sections: What is set of other tables, by their names.
        notes: Why a setting of the connector is what it is, by its name.
    """
    lines = [HEAD, "# One account. A file may hold several; name one with --connection, or all with --all."]
    lines += [f"[connections.{connection}]", f"connector = {_toml(spec.name)}"]
    for name, info in spec.settings.model_fields.items():
        shown = info.alias or name
        lines += [*_prose(info.description), *_prose(notes.get(shown)), *_setting(shown, info, settings)]
    lines.append("")
    for name, info in Config.model_fields.items():
        if name != "connections":
            lines += _section((name,), info, sections.get(name, {}))
    return "\n".join(lines).rstrip() + "\n"


def secrets(spec: ConnectorSpec) -> list[str]:
    """The settings of a connector that hold a secret."""
    fields = spec.settings.model_fields.items()
    return [info.alias or name for name, info in fields if SecretStr in (info.annotation, *get_args(info.annotation))]


def _section(path: tuple[str, ...], info: FieldInfo, chosen: Chosen) -> Iterator[str]:
    """A table with its scalars first and its own tables after them."""
    model = info.annotation
    yield from _prose(model.__doc__ if _is_section(model) else info.description)
    yield f"[{'.'.join(path)}]"
    fields = model.model_fields if _is_section(model) else {}
    tables = {name: item for name, item in fields.items() if _is_section(item.annotation)}
    for name, item in fields.items():
        if name not in tables:
            yield from _prose(item.description)
            yield from _setting(name, item, chosen)
    yield ""
    for name, item in tables.items():
        yield from _section((*path, name), item, {})


def _setting(name: str, info: FieldInfo, chosen: Chosen) -> Iterator[str]:
    if name in chosen:
        yield f"{name} = {_toml(chosen[name])}"
    elif info.is_required():
        yield f'{name} = ""  # required'
    elif (default := info.get_default(call_default_factory=True)) is None:
        yield f"# {name} is not set."
    else:
        yield f"#{name} = {_toml(default)}"


def _prose(text: str | None) -> Iterator[str]:
    for line in textwrap.wrap(text or "", WIDTH - 2):
        yield f"# {line}"


def _is_section(annotation: Any) -> TypeGuard[type[Section]]:
    return isinstance(annotation, type) and issubclass(annotation, Section)


def _toml(value: object) -> str:
    """Write a value as TOML; its basic strings take the escapes of JSON."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float() | Decimal():
            return str(value)
        case Mapping():
            items = ", ".join(
                f"{key if key.isidentifier() else _toml(key)} = {_toml(item)}" for key, item in value.items()
            )
            return f"{{ {items} }}" if items else "{}"
        case tuple() | list():
            return f"[{', '.join(map(_toml, value))}]"
        case Path():
            return _toml(value.as_posix())
        case _:
            return json.dumps(str(value), ensure_ascii=False)
