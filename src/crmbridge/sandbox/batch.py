"""Batches of up to 100 records: read, create, update, upsert, archive."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from crmbridge.sandbox.associations import new_links
from crmbridge.sandbox.call import Answer, Call, batch_reply, rendered_batch, show, shown_names, text_field
from crmbridge.sandbox.envelope import ApiError, Json, group_error, validation
from crmbridge.sandbox.kinds import Kind
from crmbridge.sandbox.objects import HISTORY_PAGE, check_new, checked, create, locate
from crmbridge.sandbox.records import Record
from crmbridge.sandbox.rows import render
from crmbridge.sandbox.validation import texts

MOST = 100  # https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis


def batch_read(call: Call) -> Answer:
    """Read records by id or unique property; those that are gone are one error group."""
    kind = call.kind
    history = call.field("propertiesWithHistory", list, [])
    items = call.inputs(HISTORY_PAGE if history else MOST)
    by, asked = call.field("idProperty", str, ""), call.field("properties", list, [])
    ids = _distinct([text_field(item, "id") for item in items])
    ids = [one for one in ids if by or (kind.name, one) not in call.portal.merged]  # left out without a word
    if not history and not by:
        rows = call.portal.many(kind, ids, archived=call.flag("archived"))
        names = shown_names(call, kind, asked)
        shown = render(kind, list(rows.values())[::-1], names, call.portal.portal_id)
        absent = _absent(kind, [one for one in ids if one not in rows])
        return rendered_batch(call, shown, [json.dumps(error) for error in absent])
    found = {one: locate(call, kind, one, by, archived=call.flag("archived")) for one in ids}
    results = [show(call, kind, record, asked, history) for record in found.values() if record]
    return batch_reply(call, results[::-1], _absent(kind, [one for one, record in found.items() if record is None]))


def batch_create(call: Call) -> Answer:
    """Create records: all or none, unless every input has a trace id of its own."""
    kind, items = call.kind, call.inputs(MOST)
    traces = [item.get("objectWriteTraceId") for item in items]
    partial = bool(items) and all(traces) and len(set(traces)) == len(traces)
    made: list[tuple[Record, Json]] = []
    errors: list[Json] = []
    if not partial:
        _rehearse(call, kind, items)
    for item in items:
        try:
            values = texts(item.get("properties") or {})
            made.append((create(call, kind, values, item.get("associations") or []), item))
        except ApiError as error:
            if not partial:
                raise
            errors.append(_failed(error, item))
    return batch_reply(
        call, [_traced(show(call, kind, record, [*record.properties]), item) for record, item in made], errors, 201
    )


def batch_update(call: Call) -> Answer:
    """Change records; a missing one is reported, a bad value refuses the whole batch."""
    kind, items = call.kind, call.inputs(MOST)
    _distinct([text_field(item, "id") for item in items])
    found: list[tuple[Record, dict[str, str], Json]] = []
    absent: list[Json] = []
    for item in items:
        record = locate(call, kind, text_field(item, "id"), item.get("idProperty") or "")
        if record is None:
            absent.append(item)
        else:
            found.append((record, checked(call, kind, texts(item.get("properties") or {}), record), item))
    for record, values, _ in found:
        call.portal.write(kind, record, values, call.source)
    results = [_traced(show(call, kind, record, [*values]), item) for record, values, item in found]
    return batch_reply(call, results[::-1], _absent(kind, [text_field(item, "id") for item in absent], absent))


def batch_upsert(call: Call) -> Answer:
    """Create or change records by a unique property; ``new`` tells which, a bad value refuses all."""
    kind, items = call.kind, call.inputs(MOST)
    _distinct([text_field(item, "id") for item in items])
    plans = [(item, *_plan_upsert(call, kind, item)) for item in items]
    results = []
    for item, record, values in plans:
        if record is None:
            kept = call.portal.create(kind, values, call.source)
        else:
            call.portal.write(kind, record, values, call.source)
            kept = record
        results.append(_traced(show(call, kind, kept, [*values]), item) | {"new": record is None})
    return batch_reply(call, results, [])


def _plan_upsert(call: Call, kind: Kind, item: Json) -> tuple[Record | None, dict[str, str]]:
    """Return the record to change, or None for a new one, and the values to write."""
    by, value = item.get("idProperty") or "hs_object_id", text_field(item, "id")
    values = texts(item.get("properties") or {})
    record = locate(call, kind, value, by)
    if record is not None:
        return record, checked(call, kind, values, record)
    if by == "hs_object_id":
        raise validation("idProperty must name a unique property")
    return None, check_new(call, kind, {by: value, **values})


def batch_archive(call: Call) -> Answer:
    """Archive records; those that are gone already are passed over."""
    for item in call.inputs(MOST):
        record = call.portal.alive(call.kind, text_field(item, "id"))
        if record is not None:
            call.portal.remove(call.kind, record, call.source)
    return 204, None


def _rehearse(call: Call, kind: Kind, items: Sequence[Json]) -> None:
    """Refuse a batch of creates before anything of it is stored."""
    emails = []
    for item in items:
        kept = check_new(call, kind, texts(item.get("properties") or {}))
        new_links(call, kind, item.get("associations") or [])
        emails += [kept["email"]] if kind.name == "contacts" and kept.get("email") else []
    if len(set(emails)) < len(emails):
        raise validation("Duplicate unique values found in batch input")


def _distinct(ids: list[str]) -> list[str]:
    if len(set(ids)) < len(ids):
        raise validation("Duplicate IDs found in batch input")
    return ids


def _traced(body: Json, item: Mapping[str, object]) -> Json:
    trace = item.get("objectWriteTraceId")
    return {**body, "objectWriteTraceId": trace} if trace else body


def _absent(kind: Kind, ids: list[str], items: Sequence[Json] = ()) -> list[Json]:
    if not ids:
        return []
    name = kind.singular.upper()
    words = f"Could not get some {name} objects, they may be deleted or not exist. Check that ids are valid."
    traces = [item["objectWriteTraceId"] for item in items if item.get("objectWriteTraceId")]
    return [group_error("OBJECT_NOT_FOUND", words, {"ids": ids} | ({"objectWriteTraceId": traces} if traces else {}))]


def _failed(error: ApiError, item: Json) -> Json:
    context = {"objectWriteTraceId": [item["objectWriteTraceId"]]}
    return group_error(error.body.get("category", ""), error.body["message"], context)
