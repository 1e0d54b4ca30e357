"""HubSpot's lists, which it calls segments: find one by name, make one, read and change its members.

https://developers.hubspot.com/docs/api-reference/latest/crm/lists/guide
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

from crmbridge.connector import IdPage, Outcome
from crmbridge.connectors.hubspot import removing, values, wire
from crmbridge.connectors.hubspot.kinds import TYPE_IDS
from crmbridge.connectors.hubspot.version import API_VERSION
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.connectors.hubspot.writing import GONE
from crmbridge.errors import FixRequest, NotSupported, RecordMissing, RetryLater
from crmbridge.http import HttpClient
from crmbridge.model.base import ObjectName

LISTS = f"/crm/lists/{API_VERSION}"
PAGE_LIMIT = 250
"""Most members of a page; same page."""
CHANGE_LIMIT = 10_000
"""Members of a call. HubSpot names no limit that could be relied on; a call of this size is some 150 kB."""
FOUND_LIMIT = 500
"""Most lists of a search; same page."""
TYPES: Mapping[ObjectName, str] = MappingProxyType({TYPE_IDS[id_]: id_ for id_ in ("0-1", "0-2", "0-3")})
"""Objects that lists hold, as far as crmbridge makes them, with their type ids."""
BY_HAND = "MANUAL"
"""The processing of a list whose members are put in and taken out one by one."""


def create(http: HttpClient, name: ObjectName, title: str) -> str:
    """Make a list that is kept by hand, or return the one of that title: titles are unique in an account.

    Sent once: a second call finds what the first may have made.
    """
    if _is_id(title):
        raise FixRequest("a list whose name is a number cannot be told from the list of that id: choose another name")
    if name not in TYPES:
        raise NotSupported(f"lists hold {', '.join(TYPES)}, not {name}")
    known = _find(http, title)
    if known is None:
        body = {"name": title, "objectTypeId": TYPES[name], "processingType": BY_HAND}
        return _list_id(wire.child(http.post(LISTS, body, retry_unsent_only=True).data or {}, "list"))
    if (known.get("objectTypeId"), known.get("processingType")) != (TYPES[name], BY_HAND):
        raise FixRequest(f"list {_list_id(known)} has this name and is no list of {name} kept by hand: rename one")
    return _list_id(known)


def remove(http: HttpClient, segment: str) -> None:
    """Remove a list, unless it is gone; HubSpot keeps it for 90 days, in which a person can restore it."""
    with suppress(RecordMissing):
        removing.remove(http, f"{LISTS}/{_resolved(http, segment)}")


def change(http: HttpClient, segment: str, add: Sequence[str], remove: Sequence[str]) -> list[Outcome]:
    """Put members in and take them out; sent again on a fault, since twice is once."""
    if set(add) & set(remove):
        raise FixRequest("a record is both put into the list and taken out of it: decide on one")
    wanted = [*((id_, "recordIdsToAdd") for id_ in dict.fromkeys(add))]
    wanted += [*((id_, "recordIdsToRemove") for id_ in dict.fromkeys(remove))]
    if not wanted:
        return []
    path = f"{LISTS}/{_resolved(http, segment)}/memberships/add-and-remove"
    missing: set[str] = set()
    for start in range(0, len(wanted), CHANGE_LIMIT):
        body: dict[str, list[str]] = {"recordIdsToAdd": [], "recordIdsToRemove": []}
        for id_, key in wanted[start : start + CHANGE_LIMIT]:
            body[key].append(id_)
        missing |= set(wire.words(http.put(path, body).data or {}, "recordIdsMissing"))
    return [Outcome(id=id_, ok=id_ not in missing, code=GONE if id_ in missing else "") for id_, _ in wanted]


def members(http: HttpClient, segment: str, after: str | None) -> IdPage:
    """Read one page of members. The cursor carries the list's id, so that a name is looked up once."""
    list_id, _, at = (after or f"{_resolved(http, segment)}:").partition(":")
    path = f"{LISTS}/{list_id}/memberships"
    query = {"limit": str(PAGE_LIMIT)} | ({"after": at} if at else {})
    data = http.get(path, query).data
    ids = [wire.identity({"id": row.get("recordId")}) for row in wire.results(data, path)]
    following = wire.advancing(path, at or None, wire.cursor(data))
    return IdPage(ids, following and f"{list_id}:{following}")


def _resolved(http: HttpClient, segment: str) -> str:
    if _is_id(segment):
        return segment
    known = _find(http, segment)
    if known is None:
        raise RecordMissing("the account has no list of the given name: check it, or name the list by its id")
    return _list_id(known)


def _is_id(segment: str) -> bool:
    return segment.isascii() and segment.isdecimal()


def _find(http: HttpClient, title: str) -> Json | None:
    """Return the list of this very name; a search finds all that hold its words, and other cases of letters."""
    path, offset = f"{LISTS}/search", 0
    while True:
        data = http.post(path, {"query": title, "count": FOUND_LIMIT, "offset": offset}).data
        found = wire.children(data if isinstance(data, dict) else {}, "lists")
        same = [one for one in found if str(one.get("name") or "").casefold() == title.casefold()]
        if same or not found or data.get("hasMore") is not True:
            return same[0] if same else None
        offset += len(found)


def _list_id(row: Json) -> str:
    list_id = values.raw(row.get("listId"))
    if not list_id or not list_id.isdecimal():
        raise RetryLater(f"{LISTS}: the answer names no list; run again later")
    return list_id
