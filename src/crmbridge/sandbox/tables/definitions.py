"""Routes of definitions: properties, groups, custom objects, validation rules, limits."""

from __future__ import annotations

from crmbridge.sandbox import properties, property_batches, property_rules, schema_calls
from crmbridge.sandbox.scopes import ANY_OBJECT, CUSTOM_READ, CUSTOM_WRITE
from crmbridge.sandbox.tables.route import V3, Route, needs, route, schemas

_READ, _WRITE = schemas("read"), schemas("write")
_ALL = "/crm/properties/{object}"
_SCHEMAS = "/crm-object-schemas/schemas"
DEFINITIONS: tuple[Route, ...] = (
    route("GET", _ALL + "/groups", V3, properties.list_groups, _READ),
    route("POST", _ALL + "/groups", V3, properties.create_group, _WRITE),
    route("GET", _ALL + "/groups/{name}", V3, properties.read_group, _READ),
    route("PATCH", _ALL + "/groups/{name}", V3, properties.update_group, _WRITE),
    route("DELETE", _ALL + "/groups/{name}", V3, properties.delete_group, _WRITE),
    route("POST", _ALL + "/batch/read", V3, property_batches.batch_read, _READ),
    route("POST", _ALL + "/batch/create", V3, property_batches.batch_create, _WRITE),
    route("POST", _ALL + "/batch/archive", V3, property_batches.batch_archive, _WRITE),
    route("GET", _ALL, V3, properties.list_properties, _READ),
    route("POST", _ALL, V3, properties.create_property, _WRITE),
    route("GET", _ALL + "/{name}", V3, properties.read_property, _READ),
    route("PATCH", _ALL + "/{name}", V3, properties.update_property, _WRITE),
    route("DELETE", _ALL + "/{name}", V3, properties.delete_property, _WRITE),
    route("GET", "/crm/property-validations/{object}", V3, property_rules.list_rules, _READ),
    route("GET", "/crm/property-validations/{object}/{name}", V3, property_rules.read_rules, _READ),
    route("GET", "/crm/limits/custom-properties", V3, property_rules.custom_limits, needs(ANY_OBJECT)),
    route("GET", "/crm/limits/calculated-properties", V3, property_rules.calculated_limits, needs(ANY_OBJECT)),
    route("GET", _SCHEMAS, V3, schema_calls.list_schemas, needs(CUSTOM_READ)),
    route("POST", _SCHEMAS, V3, schema_calls.create_schema, needs(CUSTOM_WRITE)),
    route("GET", _SCHEMAS + "/{object}", V3, schema_calls.read_schema, needs(CUSTOM_READ)),
    route("GET", "/crm/schemas", ("v3",), schema_calls.list_schemas, needs(CUSTOM_READ)),
    route("POST", "/crm/schemas", ("v3",), schema_calls.create_schema, needs(CUSTOM_WRITE)),
    route("GET", "/crm/schemas/{object}", ("v3",), schema_calls.read_schema, needs(CUSTOM_READ)),
)
