"""Association labels over the API: which types a pair of objects knows, and how an account adds its own."""

from __future__ import annotations

from crmbridge.sandbox.call import Answer, Call, whole
from crmbridge.sandbox.envelope import Json, not_found, validation
from crmbridge.sandbox.links import LinkType


def list_labels(call: Call) -> Answer:
    """List the association types of one direction."""
    return 200, {"results": [_type_json(found) for found in call.portal.links.types[call.pair].values()]}


def list_types(call: Call) -> Answer:
    """List the association types of one direction as v3 does, by name."""
    types = call.portal.links.types[call.pair].values()
    return 200, {"results": [{"id": str(found.id), "name": found.name} for found in types]}


def create_label(call: Call) -> Answer:
    """Define a label; the reply holds the type ids of both directions."""
    label = call.field("label", str, "")
    if not label:
        raise validation("label is required")
    if call.portal.links.find(call.pair, label):
        raise validation(f"A label of this name exists: {label}", subCategory="crm.associations.DUPLICATE_LABEL")
    made = call.portal.links.define(
        call.pair, label, call.field("name", str, ""), call.field("inverseLabel", str, None)
    )
    return 200, {"results": [_type_json(found) for found in made]}


def update_label(call: Call) -> Answer:
    """Change the words of a label; its type ids stay."""
    found = _label(call, whole(call.field("associationTypeId", object, ""), "associationTypeId"))
    label = call.field("label", str, "")
    if not label:
        raise validation("label is required")
    call.portal.links.rename(call.pair, found.id, label, call.field("inverseLabel", str, None))
    return 204, None


def delete_label(call: Call) -> Answer:
    """Remove a label in both directions; records stay linked without it."""
    call.portal.links.undefine(call.pair, _label(call, whole(call.path["type_id"], "associationTypeId")).id)
    return 204, None


def _label(call: Call, type_id: int) -> LinkType:
    found = call.portal.links.types[call.pair].get(type_id)
    if found is None:
        raise not_found()
    if found.category != "USER_DEFINED" or found.label is None:
        raise validation("Only labels that the account defined can be changed")
    return found


def _type_json(found: LinkType) -> Json:
    return {"category": found.category, "typeId": found.id, "label": found.label}
