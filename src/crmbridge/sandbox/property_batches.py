"""Property definitions in batches: read, create, archive. There is no batch update."""

from __future__ import annotations

from crmbridge.sandbox.call import Answer, Call, batch_reply, text_field
from crmbridge.sandbox.envelope import ApiError, Json, group_error
from crmbridge.sandbox.properties import archive, make

MOST = 100


def batch_read(call: Call) -> Answer:
    """Read definitions by name; unknown ones are one error group."""
    known = call.portal.properties[call.kind.name]
    archived = call.field("archived", bool, default=False)
    sensitivity = call.field("dataSensitivity", str, "non_sensitive")
    names = [text_field(item, "name").lower() for item in call.inputs(MOST)]
    found = {
        name: known[name]
        for name in names
        if name in known and known[name]["archived"] == archived and known[name]["dataSensitivity"] == sensitivity
    }
    absent = [name for name in names if name not in found]
    words = "Could not get some properties, they may be archived or not exist."
    errors = [group_error("OBJECT_NOT_FOUND", words, {"name": absent})] if absent else []
    return batch_reply(call, list(found.values()), errors)


def batch_create(call: Call) -> Answer:
    """Define properties; each stands or fails by itself."""
    made: list[Json] = []
    errors: list[Json] = []
    for item in call.inputs(MOST):
        try:
            made.append(make(call.holding(item)))
        except ApiError as error:
            context = {"name": [str(item.get("name"))]}
            body = error.body
            errors.append(group_error(body.get("category", ""), body["message"], context, body.get("subCategory")))
    return batch_reply(call, made, errors, 200 if call.version == "2026-09" else 201)


def batch_archive(call: Call) -> Answer:
    """Archive definitions; always a 204, whatever became of each."""
    known = call.portal.properties[call.kind.name]
    for item in call.inputs(MOST):
        found = known.get(text_field(item, "name").lower())
        if found is not None and not found["archived"] and found["modificationMetadata"]["archivable"]:
            archive(call, found)
    return 204, None
