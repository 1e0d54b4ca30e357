"""Read, create and extend property definitions.

https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from crmbridge.connectors.hubspot import paths, removing, values, wire
from crmbridge.connectors.hubspot.kinds import Kind
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.errors import FixRequest
from crmbridge.http import HttpClient
from crmbridge.model.base import ObjectName
from crmbridge.model.properties import Option, PropertyDefinition

TYPES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "string": ("string", "text"),
        "text": ("string", "textarea"),
        "number": ("number", "number"),
        "bool": ("bool", "booleancheckbox"),
        "enumeration": ("enumeration", "select"),
        "multi": ("enumeration", "checkbox"),
        "date": ("date", "date"),
        "datetime": ("datetime", "date"),
    }
)
"""crmbridge's property types → HubSpot's ``type`` and ``fieldType``."""

_WORDS = {pair: word for word, pair in TYPES.items()}
_YES_NO = (Option(value="true", label="Yes"), Option(value="false", label="No"))
_CONFLICT = 409


def read_definitions(http: HttpClient, kind: Kind) -> list[PropertyDefinition]:
    """Read all definitions but those of sensitive properties, which HubSpot hides."""
    path = paths.properties(kind.type)
    return [_definition(kind.name, row) for row in wire.results(http.get(path).data, path)]


def _definition(name: ObjectName, row: Json) -> PropertyDefinition:
    type_, field_type = _texts(row, "type", "fieldType")
    label, group, description = _texts(row, "label", "groupName", "description")
    own = _texts(row, "name")[0]
    return PropertyDefinition(
        object=name,
        name=own,
        label=label or own,
        type=_WORDS.get((type_, field_type), type_),
        field_type=field_type,
        group=group,
        description=description,
        options=tuple(_options(wire.children(row, "options"))),
        read_only=row.get("calculated") is True or wire.child(row, "modificationMetadata").get("readOnlyValue") is True,
        options_external=row.get("externalOptions") is True or bool(row.get("referencedObjectType")),
    )


def _texts(row: Json, *keys: str) -> list[str]:
    return [values.raw(row.get(key)) or "" for key in keys]


def _options(rows: Sequence[Json]) -> list[Option]:
    pairs = (_texts(row, "value", "label") for row in rows)
    return [Option(value=value, label=label or value) for value, label in pairs if value]


def create_group(http: HttpClient, kind: Kind, group: str, label: str) -> bool:
    """Create a property group, unless it exists; say whether it was made."""
    try:
        http.post(paths.groups(kind.type), {"name": group, "label": label})
    except FixRequest as error:
        if error.status != _CONFLICT:
            raise
        return False
    return True


def create_definition(http: HttpClient, kind: Kind, definition: PropertyDefinition) -> None:
    """Create a property. Raises ``FixRequest`` with status 409 if one of that name exists."""
    if definition.type not in TYPES:
        raise FixRequest(f"{definition.object}.{definition.name}: HubSpot has no type {definition.type!r}")
    type_, field_type = TYPES[definition.type]
    options = _YES_NO if definition.type == "bool" else definition.options
    body: dict[str, Any] = {
        "name": definition.name,
        "label": definition.label,
        "type": type_,
        "fieldType": field_type,
        "groupName": definition.group,
        "description": definition.description,
    }
    if options:
        body["options"] = [_row(option, place) for place, option in enumerate(options)]
    http.post(paths.properties(kind.type), body, retry_unsent_only=True)


def add_options(http: HttpClient, kind: Kind, definition: PropertyDefinition) -> None:
    """Add the options that a property lacks. Those it has stay as they are: HubSpot replaces the whole list."""
    path = paths.properties(kind.type, definition.name)
    present = wire.children(http.get(path).data, "options")
    known = {option.value for option in _options(present)}
    lacking = [option for option in definition.options if option.value not in known]
    if lacking:
        rows = [_row(option, place) for place, option in enumerate(lacking, start=len(present))]
        http.patch(path, {"options": [*present, *rows]})


def _row(option: Option, place: int) -> Json:
    return {"label": option.label, "value": option.value, "displayOrder": place, "hidden": False}


def remove_definition(http: HttpClient, kind: Kind, prop: str) -> None:
    """Archive a property, unless it is gone: HubSpot deletes it after 90 days, and a new one of its name revives it."""
    removing.remove(http, paths.properties(kind.type, prop))


def remove_group(http: HttpClient, kind: Kind, group: str) -> None:
    """Remove a property group, unless it is gone."""
    removing.remove(http, paths.groups(kind.type, group))
