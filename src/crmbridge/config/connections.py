"""The settings of a connection: its references resolved, checked by its connector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from crmbridge.config.file import Config, Connection, needs_mending, validated
from crmbridge.config.references import is_reference, resolved
from crmbridge.connector import ConnectorSettings, ConnectorSpec
from crmbridge.errors import Fault, FixConfig, FixCredential
from crmbridge.model.invalid import faults_in


def connection_settings(config: Config, name: str | None, spec: ConnectorSpec) -> ConnectorSettings:
    """Resolve the references of a connection and validate its settings.

    Args:
        config: The configuration.
        name: Of the connection; None if there is one.
        spec: The connector's.

    Raises:
        FixConfig: A setting is wrong, or a secret stands in the file itself.
        FixCredential: What is referred to is missing, or its file is open to others.
    """
    connection = config.connection(name)
    if faults := _exposed(connection, spec):
        raise needs_mending(config.path, faults)
    values = {
        key: resolved(value, config.path.parent, _place(config.path, connection, key))
        for key, value in connection.settings.items()
    }
    return _located(validated(spec.settings, values, config.path, "connections", connection.name), config.path.parent)


def connection_faults(connection: Connection, spec: ConnectorSpec, path: Path, *, secrets: bool) -> list[Fault]:
    """Find all that is wrong with the settings of a connection. What a reference refers to is judged only if resolved.

    Args:
        connection: The connection.
        spec: Its connector's.
        path: Of the configuration.
        secrets: Whether references are resolved.
    """
    faults, values = _exposed(connection, spec), dict(connection.settings)
    section, exposed = f"connections.{connection.name}", {fault.field for fault in faults}
    for key, value in connection.settings.items() if secrets else ():
        place = _place(path, connection, key)
        try:
            values[key] = resolved(value, path.parent, place)
        except (FixConfig, FixCredential) as error:
            faults.append(Fault(section, key, str(error).removeprefix(f"{place}: ")))
    unknown = exposed | {key for key, value in values.items() if is_reference(value)}
    try:
        spec.settings.model_validate(values)
    except ValidationError as error:
        found = faults_in(error, spec.settings, "connections", connection.name)
        faults += [fault for fault in found if fault.section != section or fault.field not in unknown]
    return faults


def _located(settings: ConnectorSettings, folder: Path) -> ConnectorSettings:
    """Have the paths of a connection count from the configuration's folder, as all paths in it do."""
    paths = {name: folder / value.expanduser() for name, value in settings if isinstance(value, Path)}
    return settings.model_copy(update=paths)


def _place(path: Path, connection: Connection, key: str) -> str:
    return f"{path}: [connections.{connection.name}] {key}"


def _exposed(connection: Connection, spec: ConnectorSpec) -> list[Fault]:
    """Find the secrets that stand in the file itself."""
    message = (
        'a secret must not stand in this file; write {key} = "env:NAME", "file:PATH" or "keyring:NAME", '
        "and replace the one that stood here"
    )
    section, settings = f"connections.{connection.name}", connection.settings
    keys = [key for key in secret_fields(spec.settings) if isinstance(settings.get(key), str)]
    return [Fault(section, key, message.format(key=key)) for key in keys if not is_reference(settings[key])]


def secret_fields(model: type[BaseModel]) -> Iterator[str]:
    """Yield the keys of a model's table that hold secrets."""
    for name, info in model.model_fields.items():
        if _holds_secret(info.annotation):
            yield info.alias or name


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))
