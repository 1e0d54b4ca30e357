"""How a line of a table becomes a property definition as the platform shows it."""

from __future__ import annotations

from collections.abc import Sequence

from crmbridge.sandbox.envelope import Json


def option(value: str, label: str = "", order: int = -1) -> Json:
    """Make one option of an enumeration."""
    return {"label": label or value, "value": value, "displayOrder": order, "hidden": False, "description": ""}


def definition(
    name: str, label: str, type_: str, field: str, group: str, options: Sequence[Json] = (), *, created: str
) -> Json:
    """Make the definition of a writable custom property."""
    return {
        "name": name,
        "label": label,
        "type": type_,
        "fieldType": field,
        "groupName": group,
        "description": "",
        "options": list(options),
        "displayOrder": -1,
        "hasUniqueValue": False,
        "hidden": False,
        "formField": False,
        "calculated": False,
        "externalOptions": False,
        "dataSensitivity": "non_sensitive",
        "hubspotDefined": False,
        "archived": False,
        "createdAt": created,
        "updatedAt": created,
        "modificationMetadata": {
            "archivable": True,
            "readOnlyDefinition": False,
            "readOnlyValue": False,
            "readOnlyOptions": False,
        },
    }


def read_table(table: str, created: str) -> tuple[dict[str, Json], dict[str, Json]]:
    """Read ``name|label|type/fieldType|flags|options`` lines under ``@group|label`` headings.

    Flags: ``r`` read-only value, ``c`` calculated (and so read-only), ``u`` unique, ``o`` options are
    the portal's owners, ``$`` money in the currency of the record. Options: ``VALUE=Label;VALUE=Label``.
    """
    properties: dict[str, Json] = {}
    groups: dict[str, Json] = {}
    group = ""
    for line in table.strip().splitlines():
        if line.startswith("@"):
            group, label = line[1:].split("|")
            groups[group] = {"name": group, "label": label, "displayOrder": len(groups), "archived": False}
            continue
        made = _read_line(line, group, created)
        properties[made["name"]] = made
    return properties, groups


def _read_line(line: str, group: str, created: str) -> Json:
    name, label, shape, flags, *rest = line.split("|")
    type_, field = shape.split("/")
    pairs = [item.partition("=") for item in rest[0].split(";")] if rest else []
    options = [option(value, text, order) for order, (value, _, text) in enumerate(pairs)]
    body = definition(name, label, type_, field, group, options, created=created)
    body["hubspotDefined"] = True
    body["formField"] = not set(flags) & {"r", "c"}
    body["calculated"] = "c" in flags
    body["hasUniqueValue"] = "u" in flags
    body["modificationMetadata"] = {
        "archivable": False,
        "readOnlyDefinition": True,
        "readOnlyValue": bool(set(flags) & {"r", "c"}),
        "readOnlyOptions": False,
    }
    if "o" in flags:
        body |= {"referencedObjectType": "OWNER", "externalOptions": True}
    if "$" in flags:
        body |= {"showCurrencySymbol": True, "currencyPropertyName": "deal_currency_code"}
    return body
