"""The settings of a connection: its references resolved, checked by its connector."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, SecretStr

from crmbridge.config.file import Config, validated
from crmbridge.config.references import KINDS, resolved
from crmbridge.connector import ConnectorSettings, ConnectorSpec
from crmbridge.errors import FixConfig


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
    section = ("connections", connection.name)
    for key in _secret_fields(spec.settings):
        value = connection.settings.get(key)
        if isinstance(value, str) and not value.startswith(KINDS):
            raise FixConfig(
                f"{config.path}\n  [{'.'.join(section)}] {key}: a secret must not stand in this file; "
                f'write {key} = "env:NAME", "file:PATH" or "keyring:NAME", and replace the one that stood here'
            )
    values = {
        key: resolved(value, config.path.parent, f"{config.path}: [{'.'.join(section)}] {key}")
        for key, value in connection.settings.items()
    }
    return validated(spec.settings, values, config.path, *section)


def _secret_fields(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        if _holds_secret(info.annotation):
            yield info.alias or name


def _holds_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))
