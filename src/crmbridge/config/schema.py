"""The JSON Schema (2020-12) of ``crmbridge.toml``, so that editors complete and check it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, NoDefault, models_json_schema
from pydantic_core import CoreSchema, core_schema

from crmbridge.config.connections import secret_fields
from crmbridge.config.file import Config
from crmbridge.config.references import KINDS
from crmbridge.config.sections import ConnectionTable
from crmbridge.connector import ConnectorSpec

DIALECT: Final = GenerateJsonSchema.schema_dialect
REFERENCE: Final = {"type": "string", "pattern": rf"^({'|'.join(KINDS)})\s*\S"}
"""What may stand for any setting of a connection, and must stand for a secret."""
NOTE: Final = 'A reference, never the secret itself: "env:NAME", "file:PATH" or "keyring:NAME".'
UNKNOWN: Final = {"type": "object", "description": "This plugin does not run here, so its keys are not known."}


class _Generator(GenerateJsonSchema):
    """As pydantic's, in the terms of TOML: no null, defaults told wherever they come from, no names made up."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Leave out null: what has no value is not in the file."""
        return self.generate_inner(schema["schema"])

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        """Give what a factory makes, too; not that of a table, whose keys tell their own."""
        value = super().get_default_value(schema)
        if value is NoDefault and "default_factory" in schema and not schema.get("default_factory_takes_data"):
            value = schema["default_factory"]()  # type: ignore[call-arg] # it takes no data
        return NoDefault if value is None or isinstance(value, BaseModel) else value

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Refuse keys that do not look as they must."""
        found = super().dict_schema(schema)
        return found | ({"additionalProperties": False} if "patternProperties" in found else {})

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the base class's signature
        """Say no: a key is its own title."""
        return False

    def handle_invalid_for_json_schema(
        self,
        schema: CoreSchema,  # noqa: ARG002 - the base class's signature
        error_info: str,  # noqa: ARG002 - same
    ) -> JsonSchemaValue:
        """Allow anything where a plugin's type cannot be told in JSON Schema."""
        return {}


def schema(plugins: Mapping[str, type[BaseModel] | None], connectors: Mapping[str, ConnectorSpec]) -> dict[str, Any]:
    """Write the schema of the whole file.

    Args:
        plugins: Models of the tables ``[plugins.NAME]``; None where nobody knows the keys.
        connectors: By name; their settings are the tables ``[connections.NAME]``.
    """
    settings = {name: spec.settings for name, spec in connectors.items()}
    known = [model for model in plugins.values() if model]
    models: list[type[BaseModel]] = [Config, ConnectionTable, *known, *settings.values()]
    pairs: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in dict.fromkeys(models)]
    places, written = models_json_schema(pairs, schema_generator=_Generator)
    definitions = written["$defs"]
    names: dict[object, str] = {model: place["$ref"].rpartition("/")[2] for (model, _), place in places.items()}
    root, properties = definitions[names[Config]], definitions[names[Config]]["properties"]
    accounts = [_connection(spec, definitions[names[spec.settings]]) for spec in connectors.values()]
    properties["connections"]["additionalProperties"] = {"anyOf": accounts} if accounts else {"type": "object"}
    properties["plugins"] |= {
        "properties": {
            name: dict(places[model, "validation"]) if model else UNKNOWN for name, model in plugins.items()
        },
        "additionalProperties": False,
    }
    root |= {"title": "crmbridge.toml", "description": "The configuration of crmbridge and of the plugins installed."}
    taken = {names[model] for model in (Config, ConnectionTable, *settings.values())}
    return {"$schema": DIALECT, **root, "$defs": {key: definitions[key] for key in definitions if key not in taken}}


def _connection(spec: ConnectorSpec, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The table of a connection: the connector's settings, each of which may be a reference, and its name."""
    secrets = frozenset(secret_fields(spec.settings))
    connector = {"const": spec.name, "description": ConnectionTable.model_fields["connector"].description}
    keys = {key: _setting(key, value, secrets) for key, value in settings.get("properties", {}).items()}
    return {
        **settings,
        "properties": {"connector": connector, **keys},
        "required": ["connector", *settings.get("required", ())],
    }


def _setting(key: str, value: Mapping[str, Any], secrets: Collection[str]) -> dict[str, Any]:
    told = {name: value[name] for name in ("description", "default") if name in value}
    if key in secrets:
        description = told.get("description", "")
        return {**REFERENCE, **told, "description": description if KINDS[0] in description else f"{description} {NOTE}"}
    kind = {name: item for name, item in value.items() if name not in told}
    return {**told, **(kind if kind == {"type": "string"} else {"anyOf": [kind, REFERENCE]})}
