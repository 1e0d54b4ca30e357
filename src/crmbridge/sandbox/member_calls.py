"""Members of lists over the API; only manual and snapshot lists take writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crmbridge.sandbox.call import Answer, Call, batch_reply, text_field, whole
from crmbridge.sandbox.envelope import Json, validation
from crmbridge.sandbox.list_calls import find_list
from crmbridge.sandbox.lists import MemberList
from crmbridge.sandbox.times import iso

PAGE = 250
WRITE_MOST = 100_000


def read_members(call: Call) -> Answer:
    """Page through the members by ascending id."""
    found = find_list(call)
    return _page(call, sorted(found.members.items(), key=lambda row: int(row[0])))


def read_join_order(call: Call) -> Answer:
    """Page through the members in the order in which they joined."""
    found = find_list(call)
    return _page(call, sorted(found.members.items(), key=lambda row: (row[1], int(row[0]))))


def add(call: Call) -> Answer:
    """Add records; unknown ones are named, not refused."""
    found = _writable(call)
    return 200, _change(call, found, added=_ids(call.body), removed=[])


def remove(call: Call) -> Answer:
    """Remove records."""
    found = _writable(call)
    return 200, _change(call, found, added=[], removed=_ids(call.body))


def add_and_remove(call: Call) -> Answer:
    """Add some records and remove others."""
    found = _writable(call)
    added, removed = (_ids(call.field(name, list, [])) for name in ("recordIdsToAdd", "recordIdsToRemove"))
    return 200, _change(call, found, added=added, removed=removed)


def add_from(call: Call) -> Answer:
    """Add every member of another list."""
    found, source = _writable(call), find_list(call, "source")
    if found.kind != source.kind:
        raise validation("Both lists must hold the same object type")
    _change(call, found, added=list(source.members), removed=[])
    return 204, None


def remove_all(call: Call) -> Answer:
    """Remove every member."""
    _writable(call).members.clear()
    return 204, None


def of_record(call: Call) -> Answer:
    """List the memberships of one record."""
    return 200, {"results": _memberships(call, call.kind.name, call.path["record"])}


def batch_read(call: Call) -> Answer:
    """List the memberships of several records."""
    results = []
    for item in call.inputs(100):
        kind, record_id = call.kind_of(text_field(item, "objectTypeId")), text_field(item, "recordId")
        rows = _memberships(call, kind.name, record_id)
        results.append({"objectTypeId": kind.type_id, "recordId": record_id, "recordListMemberships": rows})
    return batch_reply(call, results, [])


def _writable(call: Call) -> MemberList:
    found = find_list(call)
    if found.processing == "DYNAMIC":
        raise validation("Members of a dynamic list follow its filters", subCategory="INVALID_PROCESSING_TYPE")
    return found


def _ids(given: Any) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(one, str | int) for one in given):
        raise validation("Invalid input JSON: a list of record ids is required")
    if len(given) > WRITE_MOST:
        raise validation(f"at most {WRITE_MOST} record ids at once")
    return [*dict.fromkeys(map(str, given))]


def _change(call: Call, found: MemberList, *, added: Iterable[str], removed: Iterable[str]) -> Json:
    portal, now = call.portal, call.portal.clock()
    kind = portal.kinds[found.kind]
    absent = [one for one in (*added, *removed) if portal.alive(kind, one) is None]
    new = [one for one in added if one not in absent and one not in found.members]
    gone = [one for one in removed if one in found.members]
    found.members |= dict.fromkeys(new, now)
    for one in gone:
        del found.members[one]
    return {"recordsIdsAdded": new, "recordIdsRemoved": gone, "recordIdsMissing": absent}


def _page(call: Call, rows: list[tuple[str, int]]) -> Answer:
    """Show one page; the cursor is the place of the next row."""
    limit, start = call.limit(PAGE, 100), whole(call.one("after", "0"), "after")
    page = rows[start : start + limit]
    body: Json = {
        "results": [{"recordId": one, "membershipTimestamp": iso(at)} for one, at in page],
        "total": len(rows),
    }
    if start + limit < len(rows):
        body["paging"] = call.next_page(str(start + limit))
    return 200, body


def _memberships(call: Call, kind: str, record_id: str) -> list[Json]:
    return [
        {
            "listId": one.id,
            "listVersion": one.version,
            "firstAddedTimestamp": iso(one.members[record_id]),
            "lastAddedTimestamp": iso(one.members[record_id]),
            "isPublicList": False,
        }
        for one in call.portal.lists.all()
        if one.kind == kind and record_id in one.members
    ]
