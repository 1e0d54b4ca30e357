"""Associations over the API: batch read and create, one record's links, labels, inline links."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from crmbridge.sandbox.call import Answer, Call, batch_reply, missing, text_field
from crmbridge.sandbox.envelope import Json, group_error, validation
from crmbridge.sandbox.kinds import KINDS, Kind
from crmbridge.sandbox.links import LinkType
from crmbridge.sandbox.records import Record

# https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide
READ_MOST = 1000
WRITE_MOST = 2000
INLINE_PAGE = 100


def batch_read(call: Call) -> Answer:
    """Read the links of up to 1,000 records; those without any are an error group, which makes a 207."""
    pair, results, errors = call.pair, [], []
    for item in call.inputs(READ_MOST):
        from_id = text_field(item, "id")
        targets, after = _page(call, pair, from_id, item.get("after"), call.portal.association_page)
        if targets or item.get("after"):
            results.append({"from": {"id": from_id}, "to": targets} | _paging(call, after))
        else:
            errors.append(_no_links(pair, from_id))
    return batch_reply(call, results[::-1], errors)


def batch_create(call: Call) -> Answer:
    """Create labelled links; 201 in v4 and 2026-03, 200 in 2026-09."""
    pair, results, errors = call.pair, [], []
    for item in call.inputs(WRITE_MOST):
        from_id, to_id = _end(item, "from"), _end(item, "to")
        if not _both_exist(call, pair, from_id, to_id):
            errors.append(_gone(pair, from_id, to_id))
            continue
        types = _types(call, pair, item.get("types"))
        call.portal.connect(pair, from_id, to_id, [found.id for found in types])
        results.append(_created(pair, from_id, to_id, types))
    return batch_reply(call, results, errors, 200 if call.version == "2026-09" else 201)


def put_link(call: Call) -> Answer:
    """Set the labelled link between two records."""
    pair, from_id, to_id = call.pair, call.path["id"], call.path["to_id"]
    if not _both_exist(call, pair, from_id, to_id):
        raise missing(KINDS[pair[0]], from_id)
    types = _types(call, pair, call.body)
    call.portal.connect(pair, from_id, to_id, [found.id for found in types])
    return 201, _created(pair, from_id, to_id, types)


def put_default(call: Call) -> Answer:
    """Set the unlabelled link between two records."""
    pair, from_id, to_id = call.pair, call.path["id"], call.path["to_id"]
    if not _both_exist(call, pair, from_id, to_id):
        raise missing(KINDS[pair[0]], from_id)
    call.portal.connect(pair, from_id, to_id)
    result = {"from": {"id": from_id}, "to": {"id": to_id}}
    return batch_reply(call, [result | {"associationSpec": _spec(call, pair)}], [])


def delete_links(call: Call) -> Answer:
    """Remove every link between two records."""
    call.portal.disconnect(call.pair, call.path["id"], call.path["to_id"])
    return 204, None


def read_links(call: Call) -> Answer:
    """Read one record's links: with labels in v4 and later, with type names in v3."""
    pair, from_id = call.pair, call.path["id"]
    if call.portal.alive(KINDS[pair[0]], from_id) is None:
        raise missing(KINDS[pair[0]], from_id)
    if call.version == "v3":
        rows, after = _named_page(call, pair, from_id, call.one("after"), call.limit(500, 500))
    else:
        rows, after = _page(call, pair, from_id, call.one("after") or None, call.limit(500, 500))
    return 200, {"results": rows} | ({"paging": call.next_page(after)} if after else {})


def list_labels(call: Call) -> Answer:
    """List the association types of one direction."""
    return 200, {"results": [_type_json(found) for found in call.portal.links.types[call.pair].values()]}


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


def inline_links(call: Call, kind: Kind, record: Record, related: Iterable[Kind]) -> Json:
    """Return the ``associations`` of a listed record: one row per label, first page only."""
    found: Json = {}
    for other in related:
        pair = kind.name, other.name
        if pair not in call.portal.links.types:
            continue
        rows, after = _named_page(call, pair, record.id, "", INLINE_PAGE)
        if rows:
            found[other.name] = {"results": rows}
        if after:
            base = call.url.partition("/crm/")[0]
            link = f"{base}/crm/v3/objects/{kind.type_id}/{record.id}/associations/{other.type_id}?after={after}"
            found[other.name]["paging"] = {"next": {"after": after, "link": link}}
    return {"associations": found} if found else {}


def new_links(call: Call, kind: Kind, associations: Iterable[Json]) -> list[tuple[tuple[str, str], str, int]]:
    """Return (pair, id, type id) of the associations that are given with a new record, or refuse them."""
    types = call.portal.links.types
    found = []
    for item in associations:
        to_id = _end(item, "to")
        for entry in item.get("types") or []:
            number = entry.get("associationTypeId")
            pair = next((pair for pair in types if pair[0] == kind.name and number in types[pair]), None)
            if pair is None or call.portal.alive(KINDS[pair[1]], to_id) is None:
                raise validation("The association type or the record to associate with does not exist")
            found.append((pair, to_id, number))
    return found


def _page(call: Call, pair: tuple[str, str], from_id: str, after: Any, limit: int) -> tuple[list[Json], str]:
    """Return one page of links with labels, and the cursor of the next page or an empty text."""
    types, last = call.portal.links.types[pair], _last_id(after)
    found = _targets(call, pair, from_id, last)
    rows = [
        {
            "toObjectId": int(to_id),
            "associationTypes": [
                {"category": types[number].category, "typeId": number, "label": types[number].label}
                for number in numbers
            ],
        }
        for to_id, numbers in found[:limit]
    ]
    more = len(found) > limit
    return rows, _cursor(found[limit - 1]) if more else ""


def _named_page(call: Call, pair: tuple[str, str], from_id: str, after: str, limit: int) -> tuple[list[Json], str]:
    """Return one page of links as v3 shows them: a row for each type, which repeats the id."""
    types = call.portal.links.types[pair]
    found = _targets(call, pair, from_id, _last_id(after))
    rows = [{"id": to_id, "type": types[number].name} for to_id, numbers in found[:limit] for number in numbers]
    return rows, _cursor(found[limit - 1]) if len(found) > limit else ""


def _targets(call: Call, pair: tuple[str, str], from_id: str, last: int) -> list[tuple[str, tuple[int, ...]]]:
    portal, kind = call.portal, KINDS[pair[1]]
    if portal.alive(KINDS[pair[0]], from_id) is None:
        return []
    rows = portal.links.of(pair, from_id).items()
    alive = [row for row in rows if int(row[0]) > last and portal.alive(kind, row[0])]
    return sorted(alive, key=lambda row: int(row[0]))


def _cursor(row: tuple[str, tuple[int, ...]]) -> str:
    """Encode ``category-type-last id`` as the platform does: base64, then URL-escaped."""
    return quote(base64.b64encode(f"0-{row[1][0]}-{row[0]}".encode()).decode())


def _last_id(after: Any) -> int:
    if not after:
        return 0
    try:
        return int(base64.b64decode(unquote(str(after)), validate=True).decode().split("-")[2])
    except (ValueError, IndexError):
        raise validation("after is not a cursor of this endpoint") from None


def _paging(call: Call, after: str) -> Json:
    return {"paging": {"next": {"after": after, "link": f"{call.url}?after={after}"}}} if after else {}


def _end(item: Mapping[str, Any], side: str) -> str:
    end = item.get(side)
    if not isinstance(end, dict):
        raise validation(f"Invalid input JSON: {side} is required")
    return text_field(end, "id")


def _both_exist(call: Call, pair: tuple[str, str], from_id: str, to_id: str) -> bool:
    portal = call.portal
    return bool(portal.alive(KINDS[pair[0]], from_id) and portal.alive(KINDS[pair[1]], to_id))


def _types(call: Call, pair: tuple[str, str], given: Any) -> list[LinkType]:
    if not isinstance(given, list) or not given:
        raise validation("Invalid input JSON: types is required")
    known = {(found.category, found.id): found for found in call.portal.links.types[pair].values()}
    try:
        return [known[entry["associationCategory"], entry["associationTypeId"]] for entry in given]
    except (KeyError, TypeError):
        raise validation("One or more association types are not valid for these objects") from None


def _created(pair: tuple[str, str], from_id: str, to_id: str, types: Iterable[LinkType]) -> Json:
    return {
        "fromObjectTypeId": KINDS[pair[0]].type_id,
        "fromObjectId": from_id,
        "toObjectTypeId": KINDS[pair[1]].type_id,
        "toObjectId": to_id,
        "labels": [found.label for found in types if found.label],
    }


def _spec(call: Call, pair: tuple[str, str]) -> Json:
    return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": call.portal.links.plain(pair)}


def _type_json(found: LinkType) -> Json:
    return {"category": found.category, "typeId": found.id, "label": found.label}


def _no_links(pair: tuple[str, str], from_id: str) -> Json:
    one, other = KINDS[pair[0]].singular, KINDS[pair[1]].singular
    context = {"fromObjectId": [from_id], "fromObjectType": [one], "toObjectType": [other]}
    words = f"No {other} is associated with {one} {from_id}."
    return group_error("OBJECT_NOT_FOUND", words, context, "crm.associations.NO_ASSOCIATIONS_FOUND")


def _gone(pair: tuple[str, str], from_id: str, to_id: str) -> Json:
    context = {"fromObjectId": [from_id], "toObjectId": [to_id]}
    words = f"Could not associate {KINDS[pair[0]].singular} {from_id} with {KINDS[pair[1]].singular} {to_id}."
    return group_error("OBJECT_NOT_FOUND", words, context, "crm.associations.INVALID_OBJECT_IDS")
