"""One record's associations over the API: read, set, remove; inline links, links given with a new record."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

from crmbridge.sandbox.call import Answer, Call, batch_reply, missing, text_field
from crmbridge.sandbox.envelope import Json, validation
from crmbridge.sandbox.kinds import Kind
from crmbridge.sandbox.link_types import Pair
from crmbridge.sandbox.links import LinkType
from crmbridge.sandbox.records import Record

INLINE_PAGE = 100


def put_link(call: Call) -> Answer:
    """Set the labelled link between two records."""
    pair, from_id, to_id = _ends(call)
    types = asked_types(call, pair, call.body)
    call.portal.connect(pair, from_id, to_id, [found.id for found in types])
    return 201, link_json(call, pair, from_id, to_id, types)


def put_default(call: Call) -> Answer:
    """Set the unlabelled link between two records."""
    pair, from_id, to_id = _ends(call)
    call.portal.connect(pair, from_id, to_id)
    return batch_reply(call, [default_json(call, pair, from_id, to_id)], [])


def delete_links(call: Call) -> Answer:
    """Remove every link between two records."""
    call.portal.disconnect(call.pair, call.path["id"], call.path["to_id"])
    return 204, None


def read_links(call: Call) -> Answer:
    """Read one record's links: with labels in v4 and later, with type names in v3."""
    pair, from_id = call.pair, call.path["id"]
    kind = call.portal.kinds[pair[0]]
    if call.portal.alive(kind, from_id) is None:
        raise missing(kind, from_id)
    page = named_page if call.version == "v3" else link_page
    rows, after = page(call, pair, from_id, call.one("after"), call.limit(500, 500))
    return 200, {"results": rows} | ({"paging": call.next_page(after)} if after else {})


def inline_links(call: Call, kind: Kind, record: Record, related: Iterable[Kind]) -> Json:
    """Return the ``associations`` of a listed record: one row per label, first page only."""
    found: Json = {}
    for other in related:
        pair = kind.name, other.name
        if pair not in call.portal.links.types:
            continue
        rows, after = named_page(call, pair, record.id, "", INLINE_PAGE)
        if rows:
            found[other.name] = {"results": rows}
        if after:
            base = call.url.partition("/crm/")[0]
            link = f"{base}/crm/v3/objects/{kind.type_id}/{record.id}/associations/{other.type_id}?after={after}"
            found[other.name]["paging"] = {"next": {"after": after, "link": link}}
    return {"associations": found} if found else {}


def new_links(call: Call, kind: Kind, associations: Iterable[Json]) -> list[tuple[Pair, str, int]]:
    """Return (pair, id, type id) of the associations that are given with a new record, or refuse them."""
    portal = call.portal
    types = portal.links.types
    found = []
    for item in associations:
        to_id = end_of(item, "to")
        for entry in item.get("types") or []:
            number = entry.get("associationTypeId")
            pair = next((pair for pair in types if pair[0] == kind.name and number in types[pair]), None)
            if pair is None or portal.alive(portal.kinds[pair[1]], to_id) is None:
                raise validation("The association type or the record to associate with does not exist")
            found.append((pair, to_id, number))
    return found


def link_page(call: Call, pair: Pair, from_id: str, after: Any, limit: int) -> tuple[list[Json], str]:
    """Return one page of links with labels, and the cursor of the next page or an empty text."""
    types = call.portal.links.types[pair]
    found = _targets(call, pair, from_id, last_id(after))
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
    return rows, cursor_of(found[limit - 1]) if len(found) > limit else ""


def named_page(call: Call, pair: Pair, from_id: str, after: Any, limit: int) -> tuple[list[Json], str]:
    """Return one page of links as v3 shows them: a row for each type, which repeats the id."""
    types = call.portal.links.types[pair]
    found = _targets(call, pair, from_id, last_id(after))
    rows = [{"id": to_id, "type": types[number].name} for to_id, numbers in found[:limit] for number in numbers]
    return rows, cursor_of(found[limit - 1]) if len(found) > limit else ""


def end_of(item: Json, side: str) -> str:
    """Return the id at one end of an association input."""
    end = item.get(side)
    if not isinstance(end, dict):
        raise validation(f"Invalid input JSON: {side} is required")
    return text_field(end, "id")


def both_exist(call: Call, pair: Pair, from_id: str, to_id: str) -> bool:
    """Tell whether there are records at both ends."""
    portal = call.portal
    return bool(portal.alive(portal.kinds[pair[0]], from_id) and portal.alive(portal.kinds[pair[1]], to_id))


def asked_types(call: Call, pair: Pair, given: Any) -> list[LinkType]:
    """Return the association types that a request names, or refuse it."""
    if not isinstance(given, list) or not given:
        raise validation("Invalid input JSON: types is required")
    known = {(found.category, found.id): found for found in call.portal.links.types[pair].values()}
    try:
        return [known[entry["associationCategory"], entry["associationTypeId"]] for entry in given]
    except (KeyError, TypeError):
        raise validation("One or more association types are not valid for these objects") from None


def link_json(call: Call, pair: Pair, from_id: str, to_id: str, types: Iterable[LinkType]) -> Json:
    """Render one labelled link that was set."""
    return {
        "fromObjectTypeId": call.portal.kinds[pair[0]].type_id,
        "fromObjectId": from_id,
        "toObjectTypeId": call.portal.kinds[pair[1]].type_id,
        "toObjectId": to_id,
        "labels": [found.label for found in types if found.label],
    }


def default_json(call: Call, pair: Pair, from_id: str, to_id: str) -> Json:
    """Render one unlabelled link that was set."""
    found = call.portal.links.types[pair][call.portal.links.plain(pair)]
    spec = {"associationCategory": found.category, "associationTypeId": found.id}
    return {"from": {"id": from_id}, "to": {"id": to_id}, "associationSpec": spec}


def _ends(call: Call) -> tuple[Pair, str, str]:
    pair, from_id, to_id = call.pair, call.path["id"], call.path["to_id"]
    if not both_exist(call, pair, from_id, to_id):
        raise missing(call.portal.kinds[pair[0]], from_id)
    return pair, from_id, to_id


def _targets(call: Call, pair: Pair, from_id: str, last: int) -> list[tuple[str, tuple[int, ...]]]:
    rows = call.portal.linked(pair, [from_id]).get(from_id, [])
    return [(str(to_id), numbers) for to_id, numbers in rows if to_id > last]


def cursor_of(row: tuple[int | str, tuple[int, ...]]) -> str:
    """Encode ``category-type-last id`` as the platform does: base64, then URL-escaped."""
    return quote(base64.b64encode(f"0-{row[1][0]}-{row[0]}".encode()).decode())


def last_id(after: Any) -> int:
    """Return the id after which a page begins."""
    """Return the id after which a page begins; 0 without a cursor.

    Raises:
        ApiError: 400 for a cursor of another endpoint.
    """
    if not after:
        return 0
    try:
        return int(base64.b64decode(unquote(str(after)), validate=True).decode().split("-")[2])
    except (ValueError, IndexError):
        raise validation("after is not a cursor of this endpoint") from None
