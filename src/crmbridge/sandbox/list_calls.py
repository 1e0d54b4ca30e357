"""Lists ("segments") over the API: create, read, search, rename, delete.

https://developers.hubspot.com/docs/api-reference/latest/crm/lists/guide
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from crmbridge.sandbox.call import Answer, Call, page_size, whole
from crmbridge.sandbox.envelope import ApiError, Json, not_found, validation
from crmbridge.sandbox.lists import PROCESSING, MemberList
from crmbridge.sandbox.times import iso

SEARCH_MOST, WINDOW = 500, 10_000


def create_list(call: Call) -> Answer:
    """Create a list; its name must be free."""
    name, processing = call.field("name", str, ""), call.field("processingType", str, "")
    kind = call.kind_of(call.field("objectTypeId", str, ""))
    filters = call.field("filterBranch", dict, None)
    if not name or processing not in PROCESSING:
        raise validation(f"name and a processingType of {', '.join(PROCESSING)} are required")
    if processing == "DYNAMIC" and filters is None:
        raise validation("A dynamic list needs a filterBranch")
    if processing == "MANUAL" and filters is not None:
        raise validation("A manual list takes no filterBranch")
    _check_name(call, name)
    made = call.portal.lists.create(name, kind.name, processing, call.portal.clock(), filters)
    return 200, {"list": list_json(call, made, filters=True)}


def read_list(call: Call) -> Answer:
    """Read one list."""
    return 200, {"list": list_json(call, find_list(call), filters=call.flag("includeFilters"))}


def read_by_name(call: Call) -> Answer:
    """Read the list of one name."""
    found = call.portal.lists.named(call.path["name"])
    if found is None or found.kind != call.kind.name:
        raise not_found(f"No list is named {call.path['name']}")
    return 200, {"list": list_json(call, found, filters=call.flag("includeFilters"))}


def read_lists(call: Call) -> Answer:
    """Read several lists by id; unknown ones are left out."""
    found = [call.portal.lists.get(one) for one in call.many("listIds")]
    shown = [list_json(call, one, filters=call.flag("includeFilters")) for one in found if one]
    return 200, {"lists": shown}


def search_lists(call: Call) -> Answer:
    """Search lists, with an offset that ends at 10,000."""
    count = page_size(call.field("count", int, 20), SEARCH_MOST)
    offset = whole(call.field("offset", object, 0), "offset")
    if offset + count > WINDOW:
        raise validation(f"Paging past {WINDOW} results is not supported")
    words, found = call.field("query", str, "").lower(), _asked(call)
    hits = [one for one in found if words in one.name.lower()]
    page = hits[offset : offset + count]
    extra = call.field("additionalProperties", list, [])
    return 200, {
        "lists": [_hit(call, one, extra) for one in page],
        "offset": offset + len(page),
        "hasMore": offset + len(page) < len(hits),
        "total": len(hits),
    }


def all_lists(call: Call) -> Answer:
    """Page through every list; the cursor holds the filters, which must stay the same."""
    limit = page_size(call.field("limit", int, 100), SEARCH_MOST)
    filters = {
        name: call.field(name, type_, None) for name, type_ in (("objectTypeId", str), ("processingTypes", list))
    }
    last = _last(call.field("after", str, ""), filters)
    found = [one for one in _asked(call) if int(one.id) > last]
    body: Json = {"results": [_hit(call, one, ()) for one in found[:limit]], "total": len(_asked(call))}
    if len(found) > limit:
        cursor = json.dumps({"listId": found[limit - 1].id, **filters})
        body["paging"] = {"next": {"after": base64.b64encode(cursor.encode()).decode()}}
    return 200, body


def rename_list(call: Call) -> Answer:
    """Give a list another name."""
    found, name = find_list(call), call.one("listName")
    if not name:
        raise validation("listName is required")
    _check_name(call, name)
    found.name, found.updated, found.version = name, call.portal.clock(), found.version + 1
    return 200, {"updatedList": list_json(call, found, filters=call.flag("includeFilters"))}


def delete_list(call: Call) -> Answer:
    """Delete a list; it can be restored."""
    find_list(call).archived = call.portal.clock()
    return 204, None


def restore_list(call: Call) -> Answer:
    """Bring a deleted list back."""
    found = call.portal.lists.deleted(call.path["id"])
    if found is None:
        raise not_found()
    found.archived = None
    return 204, None


def find_list(call: Call, place: str = "id") -> MemberList:
    """Return the list named in the path.

    Raises:
        ApiError: 404 when there is none.
    """
    found = call.portal.lists.get(call.path[place])
    if found is None:
        raise not_found(f"List does not exist with ID {call.path[place]}.")
    return found


def list_json(call: Call, one: MemberList, *, filters: bool = False) -> Json:
    """Render one list."""
    user = str(call.portal.grants.user_id)
    body: Json = {
        "listId": one.id,
        "listVersion": one.version,
        "createdAt": iso(one.created),
        "updatedAt": iso(one.updated),
        "filtersUpdatedAt": iso(one.created),
        "processingStatus": "COMPLETE",
        "createdById": user,
        "updatedById": user,
        "processingType": one.processing,
        "objectTypeId": call.portal.kinds[one.kind].type_id,
        "name": one.name,
        "size": len(one.members),
    }
    return body | ({"filterBranch": one.filters} if filters and one.filters else {})


def _hit(call: Call, one: MemberList, extra: Sequence[str]) -> Json:
    known = {"hs_list_size": str(len(one.members)), "hs_list_reference_count": "0"}
    body = list_json(call, one)
    del body["size"]
    return body | {"additionalProperties": {name: known[name] for name in extra if name in known}}


def _asked(call: Call) -> list[MemberList]:
    """Return the lists that the body's filters let through."""
    ids, types = call.field("listIds", list, []), call.field("processingTypes", list, [])
    alias = call.field("objectTypeId", str, "")
    kind = call.kind_of(alias).name if alias else ""
    return [
        one
        for one in call.portal.lists.all()
        if (not ids or one.id in map(str, ids)) and (not types or one.processing in types) and kind in {"", one.kind}
    ]


def _last(after: str, filters: Json) -> int:
    if not after:
        return 0
    try:
        told = json.loads(base64.b64decode(after, validate=True))
        last = int(told.pop("listId"))
    except (ValueError, KeyError, AttributeError):
        told, last = None, 0
    if told != filters:
        raise validation("The cursor is not valid for these filters", subCategory="INVALID_CURSOR")
    return last


def _check_name(call: Call, name: str) -> None:
    if call.portal.lists.named(name) is not None:
        raise ApiError(
            400, f"A list named {name} already exists.", "VALIDATION_ERROR", subCategory="ILS.DUPLICATE_LIST_NAMES"
        )
