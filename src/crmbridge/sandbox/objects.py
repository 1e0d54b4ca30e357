"""Single records: list, read, create, update, archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crmbridge.sandbox.associations import inline_links, new_links
from crmbridge.sandbox.call import Answer, Call, missing, page_size, show, shown_history, shown_names
from crmbridge.sandbox.envelope import ApiError, Json, validation
from crmbridge.sandbox.kinds import Kind
from crmbridge.sandbox.records import Record, record_json
from crmbridge.sandbox.rows import render, reply
from crmbridge.sandbox.scopes import demand, record_scopes
from crmbridge.sandbox.validation import check_writes, texts

PAGE = 100  # https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis
HISTORY_PAGE = 50


def list_records(call: Call) -> Answer:
    """List by ascending id; ``after`` is the id at which the page begins."""
    kind, archived = call.kind, call.flag("archived")
    history = shown_history(call, kind, call.many("propertiesWithHistory"))
    limit = page_size(call.number("limit", 10), HISTORY_PAGE if history else PAGE)
    names = shown_names(call, kind, call.many("properties"), history)
    related = asked_links(call)
    if not history and not related:
        rows = call.portal.page(kind, call.number("after", 0), limit + 1, archived=archived)
        page = {"paging": call.next_page(str(rows[limit][0]))} if len(rows) > limit else {}
        return 200, reply({"results": render(kind, rows[:limit], names, call.portal.portal_id)}, page)
    results: list[Json] = []
    for record in call.portal.walk(kind, call.number("after", 0)):
        if (record.archived is not None) != archived:
            continue
        if len(results) == limit:
            return 200, {"results": results, "paging": call.next_page(record.id)}
        results.append(
            record_json(kind, record, names, history, call.portal.portal_id) | inline_links(call, kind, record, related)
        )
    return 200, {"results": results}


def read_record(call: Call) -> Answer:
    """Read one record by its id or by a unique property."""
    kind = call.kind
    record = locate(call, kind, call.path["id"], call.one("idProperty"), archived=call.flag("archived"))
    if record is None:
        raise missing(kind, call.path["id"])
    body = show(call, kind, record, call.many("properties"), call.many("propertiesWithHistory"))
    return 200, body | inline_links(call, kind, record, asked_links(call))


def create_record(call: Call) -> Answer:
    """Create one record, with its associations if any are given."""
    record = create(call, call.kind, texts(call.field("properties", dict, {})), call.field("associations", list, []))
    return 201, show(call, call.kind, record, list(record.properties))


def update_record(call: Call) -> Answer:
    """Change some properties of one record."""
    kind = call.kind
    record = locate(call, kind, call.path["id"], call.one("idProperty"))
    if record is None:
        raise missing(kind, call.path["id"])
    values = texts(call.field("properties", dict, {}))
    call.portal.write(kind, record, checked(call, kind, values, record), call.source)
    return 200, show(call, kind, record, [*values])


def archive_record(call: Call) -> Answer:
    """Archive one record; archiving it twice is no error."""
    record = call.portal.alive(call.kind, call.path["id"])
    if record is not None:
        call.portal.remove(call.kind, record, call.source)
    return 204, None


def create(call: Call, kind: Kind, values: Mapping[str, str], associations: Sequence[Json] = ()) -> Record:
    """Create a record after every check that the platform makes.

    Raises:
        ApiError: 400 for a bad or missing value, 409 when a unique value is taken.
    """
    kept = check_new(call, kind, values)
    links = new_links(call, kind, associations)
    record = call.portal.create(kind, kept, call.source)
    for pair, to_id, number in links:
        call.portal.connect(pair, record.id, to_id, [number])
    return call.portal.find(kind, record.id) or record


def check_new(call: Call, kind: Kind, values: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a record to create as they will be kept, or refuse it.

    Raises:
        ApiError: 400 for a bad or missing value, 409 when a unique value is taken.
    """
    lacking = [group[0] for group in kind.required if not any(values.get(name) for name in group)]
    if lacking:
        name = kind.singular.upper()
        words = f"Error creating {name}. Some required properties were not set."
        raise validation(words, context={"properties": lacking})
    kept = checked(call, kind, values, None)
    if kind.name == "contacts" and kept.get("email") in call.portal.blocked:
        raise validation(
            "This address was deleted for privacy and cannot be used", subCategory="GDPR_BLACKLISTED_EMAIL"
        )
    if kind.name == "tickets":
        return {"hs_pipeline": "0", **kept}
    return {"pipeline": "default", **kept} if kind.name == "deals" else kept


def checked(call: Call, kind: Kind, values: Mapping[str, str], record: Record | None) -> dict[str, str]:
    """Return the values as they will be kept, or refuse the write.

    Raises:
        ApiError: 400 for a bad value or a portal rule, 409 when a unique value is taken.
    """
    portal = call.portal
    kept = check_writes(portal.properties[kind.name], values, portal.owner_ids())
    for name, value in kept.items():
        if value and portal.properties[kind.name][name]["hasUniqueValue"]:
            other = portal.by_value(kind, name, value)
            if other is not None and (record is None or other.id != record.id):
                raise ApiError(409, f"{kind.singular.title()} already exists. Existing ID: {other.id}", "CONFLICT")
    if call.version == "2026-09":
        _obey_rules(call, kind, kept, record)
    return kept


def locate(call: Call, kind: Kind, value: str, by: str = "", *, archived: bool = False) -> Record | None:
    """Find a record by id, or by a property that is unique.

    Raises:
        ApiError: 400 when that property is not unique.
    """
    if not by or by == "hs_object_id":
        record = call.portal.find(kind, call.portal.survivor(kind, value))
        return record if record is not None and (record.archived is not None) == archived else None
    known = call.portal.properties[kind.name].get(by)
    if known is None or not known["hasUniqueValue"]:
        raise validation(f"{by} is not a unique property of {kind.name}")
    return call.portal.by_value(kind, by, value)


def asked_links(call: Call) -> list[Kind]:
    """Return the object types whose links are asked for inline; unknown ones are ignored."""
    found = [kind for kind in map(call.portal.kind, call.many("associations")) if kind]
    for kind in found:
        demand(call.scopes, record_scopes(kind, "read"))
    return found


def _obey_rules(call: Call, kind: Kind, kept: Mapping[str, str], record: Record | None) -> None:
    """Enforce the admin's rules that concern this write.

    https://developers.hubspot.com/changelog/crm-api-write-validation-enforcement
    """
    values = {**(record.properties if record else {}), **kept}
    errors: list[Json] = []
    for name, needed, when, equals in call.portal.rules:
        touched = record is None or needed in kept or when in kept
        if name != kind.name or not touched or values.get(needed) or (when and values.get(when) != equals):
            continue
        code = "MISSING_CONDITIONAL_REQUIRED_PROPERTY" if when else "MISSING_REQUIRED_PROPERTY"
        words = (
            f"{needed} is required because of a conditional property rule based on [{when}]"
            if when
            else f"A value for {needed} must be provided"
        )
        errors.append({"message": words, "code": code, "context": {"propertyName": [needed]}})
    if errors:
        raise validation(errors[0]["message"], errors=errors)
