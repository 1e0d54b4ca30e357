"""Property definitions and their groups over the API."""

from __future__ import annotations

import json
import re

from crmbridge.sandbox.call import Answer, Call
from crmbridge.sandbox.definitions import definition, option
from crmbridge.sandbox.envelope import ApiError, Json, not_found, validation
from crmbridge.sandbox.times import iso

_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_FIELDS = {  # https://developers.hubspot.com/docs/api-reference/latest/crm/properties/guide
    "string": {"text", "textarea", "html", "phonenumber", "file", "calculation_equation"},
    "number": {"number", "calculation_equation", "calculation_rollup", "calculation_score"},
    "bool": {"booleancheckbox", "calculation_equation"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox"},
    "date": {"date"},
    "datetime": {"date"},
}
_FIXED = {"name", "hasUniqueValue", "dataSensitivity", "referencedObjectType", "externalOptions"}
_EDITABLE = ("label", "type", "fieldType", "groupName", "description", "displayOrder", "hidden", "formField")
MAX_UNIQUE = 10


def list_properties(call: Call) -> Answer:
    """List the definitions of one object type; sensitive ones only when asked for."""
    archived = call.flag("archived")
    sensitivity = call.one("dataSensitivity", "non_sensitive")
    return 200, {
        "results": [
            found
            for found in _known(call).values()
            if found["archived"] == archived and found["dataSensitivity"] == sensitivity
        ]
    }


def read_property(call: Call) -> Answer:
    """Read one definition."""
    return 200, _property(call, archived=call.flag("archived"))


def create_property(call: Call) -> Answer:
    """Define a property; an archived one of the same name comes back as it was."""
    return 201, make(call)


def make(call: Call) -> Json:
    """Store the definition that a request describes and return it, or refuse it."""
    name = call.field("name", str, "").lower()
    old = _known(call).get(name)
    if old is not None and not old["archived"]:
        raise ApiError(
            409,
            f"A property named '{name}' already exists.",
            "OBJECT_ALREADY_EXISTS",
            subCategory="Properties.PROPERTY_WITH_NAME_EXISTS",
        )
    if old is not None:
        old["archived"] = False
        old.pop("archivedAt", None)
        return old
    made = _made(call, name)
    _known(call)[name] = made
    return made


def update_property(call: Call) -> Answer:
    """Change a definition; ``options`` replaces the whole list."""
    found = _property(call)
    changes = call.body if isinstance(call.body, dict) else {}
    if fixed := _FIXED & changes.keys():
        raise validation(f"These fields cannot be changed: {', '.join(sorted(fixed))}")
    if found["modificationMetadata"]["readOnlyDefinition"] and changes.keys() - {"options"}:
        raise validation(f"{found['name']} is defined by the platform and cannot be changed")
    candidate = found | {key: changes[key] for key in _EDITABLE if key in changes}
    if "options" in changes:
        candidate["options"] = _options(call)
    _check_shape(call, candidate)
    found.update(candidate, updatedAt=iso(call.portal.clock()))
    return 200, found


def delete_property(call: Call) -> Answer:
    """Archive a definition."""
    archive(call, _property(call))
    return 204, None


def archive(call: Call, found: Json) -> None:
    """Archive a definition, or refuse it."""
    if not found["modificationMetadata"]["archivable"]:
        raise validation(f"{found['name']} is defined by the platform and cannot be archived")
    used = [other["name"] for other in _known(call).values() if found["name"] in other.get("calculationFormula", "")]
    if used:
        raise _in_use(call, found["name"], used)
    found.update(archived=True, archivedAt=iso(call.portal.clock()))


def _in_use(call: Call, name: str, used: list[str]) -> ApiError:
    type_id = call.kind.type_id
    errors = [
        {
            "message": f"Used by {one}",
            "subCategory": "PropertyValidationError.PROPERTY_USAGE",
            "context": {"parentType": ["CALCULATED_PROPERTY"], "parentName": [f"{type_id}/{one}"]},
        }
        for one in used
    ]
    subcategory = "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE"
    return validation(
        f"{name} is in use", subCategory=subcategory, context={"usageCount": [str(len(used))]}, errors=errors
    )


def list_groups(call: Call) -> Answer:
    """List the property groups of one object type."""
    return 200, {"results": list(call.portal.groups[call.kind.name].values())}


def create_group(call: Call) -> Answer:
    """Create a property group."""
    groups, name = call.portal.groups[call.kind.name], call.field("name", str, "").lower()
    if not _NAME.fullmatch(name):
        raise validation("a group name takes lower-case letters, digits and underscores")
    if name in groups:
        raise ApiError(409, f"A property group named '{name}' already exists.", "OBJECT_ALREADY_EXISTS")
    order = call.field("displayOrder", int, -1)
    groups[name] = {"name": name, "label": call.field("label", str, name), "displayOrder": order, "archived": False}
    return 201, groups[name]


def read_group(call: Call) -> Answer:
    """Read one property group."""
    found = call.portal.groups[call.kind.name].get(call.path["name"])
    if found is None:
        raise not_found()
    return 200, found


def update_group(call: Call) -> Answer:
    """Change the label or the order of a property group."""
    found = read_group(call)[1]
    found.update(
        label=call.field("label", str, found["label"]),
        displayOrder=call.field("displayOrder", int, found["displayOrder"]),
    )
    return 200, found


def delete_group(call: Call) -> Answer:
    """Delete a property group that no active property is in; the refusal stands as JSON inside a message."""
    name = read_group(call)[1]["name"]
    if any(found["groupName"] == name and not found["archived"] for found in _known(call).values()):
        inner = validation(
            "The group has active properties", subCategory="PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"
        )
        raise ApiError(400, json.dumps(inner.body))
    del call.portal.groups[call.kind.name][name]
    return 204, None


def _known(call: Call) -> dict[str, Json]:
    return call.portal.properties[call.kind.name]


def _property(call: Call, *, archived: bool = False) -> Json:
    found = _known(call).get(call.path["name"].lower())
    if found is None or found["archived"] != archived:
        raise not_found()
    return found


def _made(call: Call, name: str) -> Json:
    """Make the definition that a request describes, or refuse it."""
    if not _NAME.fullmatch(name):
        raise validation("a property name takes lower-case letters, digits and underscores")
    label, type_, shape, group = (call.field(field, str, "") for field in ("label", "type", "fieldType", "groupName"))
    if not (label and type_ and shape and group):
        raise validation("label, type, fieldType and groupName are required")
    made = definition(name, label, type_, shape, group, _options(call), created=iso(call.portal.clock()))
    for field in ("description", "displayOrder", "hidden", "formField"):
        made[field] = call.field(field, type(made[field]), made[field])
    made["hasUniqueValue"] = call.field("hasUniqueValue", bool, default=False)
    made["dataSensitivity"] = call.field("dataSensitivity", str, "non_sensitive")
    _check_shape(call, made)
    return made


def _options(call: Call) -> list[Json]:
    given = call.field("options", list, [])
    if not all(isinstance(item, dict) and item.get("value") and item.get("label") for item in given):
        raise validation("every option needs a label and a value")
    values = [item["value"] for item in given]
    if len(set(values)) < len(values):
        raise validation("option values must be unique")
    return [option(item["value"], item["label"]) | item for item in given]


def _check_shape(call: Call, made: Json) -> None:
    if made["fieldType"] not in _FIELDS.get(made["type"], set()):
        raise validation(f"fieldType {made['fieldType']} does not go with type {made['type']}")
    if made["groupName"] not in call.portal.groups[call.kind.name]:
        raise validation(f"the property group {made['groupName']} does not exist")
    if made["type"] == "enumeration" and not made["options"] and not made["externalOptions"]:
        raise validation("an enumeration needs options")
    unique = [other for other in _known(call).values() if other["hasUniqueValue"] and not other["hubspotDefined"]]
    if made["hasUniqueValue"] and len(unique) >= MAX_UNIQUE:
        raise validation(f"an object type takes at most {MAX_UNIQUE} unique properties")
