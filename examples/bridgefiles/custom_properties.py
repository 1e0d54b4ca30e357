"""Fill crmbridge's fields from a client's own properties: whoever reads the field later needs not know of them.

Save it as bridgefile.py beside crmbridge.toml.
"""

from __future__ import annotations

from crmbridge import Company, Contact, InputSpec, Record, hookimpl

FIELDS = {"contact": {"position_de": "job_title"}, "company": {"branche": "industry"}}
"""Object to property of the CRM to field of the record."""


@hookimpl
def register_inputs() -> list[InputSpec]:
    """Have the mirror read the properties."""
    return [InputSpec(object=name, properties=tuple(fields)) for name, fields in FIELDS.items()]


@hookimpl
def transform_record(record: Record) -> Record | None:
    """Fill fields that are empty; a field that the CRM fills itself stays."""
    if not isinstance(record, Contact | Company):
        return None
    asked = FIELDS[record.object].items()
    found = {field: record.properties.get(name) for name, field in asked if not getattr(record, field)}
    return record.model_copy(update={field: value for field, value in found.items() if value})
