"""Schemas of custom objects over the API."""

from __future__ import annotations

from crmbridge.sandbox.call import Answer, Call
from crmbridge.sandbox.definitions import definition, option
from crmbridge.sandbox.envelope import ApiError, Json, not_found, validation
from crmbridge.sandbox.kinds import Kind


def list_schemas(call: Call) -> Answer:
    """List the schemas of the account's custom objects."""
    return 200, {"results": [] if call.flag("archived") else [_json(call, name) for name in call.portal.schemas]}


def read_schema(call: Call) -> Answer:
    """Read the schema of one custom object."""
    kind = call.portal.kind(call.path["object"])
    if kind is None or kind.name not in call.portal.schemas:
        raise not_found()
    return 200, _json(call, kind.name)


def create_schema(call: Call) -> Answer:
    """Define a custom object with its first properties; it can be linked with every standard object."""
    name = call.field("name", str, "").lower()
    given = call.field("properties", list, [])
    main = call.field("primaryDisplayProperty", str, "") or next((item["name"] for item in given), "")
    if not name or main not in {item.get("name") for item in given}:
        raise validation("name and a primaryDisplayProperty among the properties are required")
    if call.portal.kind(name) is not None:
        raise ApiError(409, f"Object schema {name} already exists", "OBJECT_ALREADY_EXISTS")
    labels = call.field("labels", dict, {})
    required = call.field("requiredProperties", list, [])
    kind = call.portal.define_object(name, required=required, main=main, label=labels.get("plural", ""))
    for item in given:
        _define(call, kind, item)
    call.portal.schemas[name]["labels"] = labels
    return 201, _json(call, name)


def _define(call: Call, kind: Kind, item: Json) -> None:
    known = call.portal.properties[kind.name]
    group = next(iter(call.portal.groups[kind.name]))
    options = [option(one["value"], one.get("label", "")) for one in item.get("options") or []]
    shown = {"type": "string", "fieldType": "text", "label": item["name"]} | item
    type_, field, label = shown["type"], shown["fieldType"], shown["label"]
    created = call.portal.schemas[kind.name]["createdAt"]
    made = definition(item["name"], label, type_, field, group, options, created=created)
    made["hasUniqueValue"] = bool(item.get("hasUniqueValue"))
    known[item["name"]] = made


def _json(call: Call, name: str) -> Json:
    portal, kind, kept = call.portal, call.portal.kinds[name], call.portal.schemas[name]
    main = kind.default[0]
    return {
        "id": kind.type_id.partition("-")[2],
        "objectTypeId": kind.type_id,
        "name": name,
        "fullyQualifiedName": kind.others[0],
        "labels": kept.get("labels") or {"singular": kind.singular.title(), "plural": kept["label"]},
        "primaryDisplayProperty": main,
        "secondaryDisplayProperties": [],
        "searchableProperties": [main],
        "requiredProperties": [one for (one,) in kind.required],
        "properties": list(portal.properties[name].values()),
        "associations": [
            {
                "id": str(portal.links.plain(pair)),
                "fromObjectTypeId": portal.kinds[pair[0]].type_id,
                "toObjectTypeId": portal.kinds[pair[1]].type_id,
                "name": portal.links.types[pair][portal.links.plain(pair)].name,
                "createdAt": kept["createdAt"],
                "updatedAt": kept["updatedAt"],
            }
            for pair in portal.links.types
            if name in pair
        ],
        "allowsSensitiveProperties": False,
        "archived": False,
        "createdAt": kept["createdAt"],
        "updatedAt": kept["updatedAt"],
        "metaType": "PORTAL_SPECIFIC",
    }
