"""Read records: listed, changed, by id. Owners and pipelines are few and come in one page.

Lists and searches have cursors of different kinds, and both end in a batch read where that is needed: a search looks
at an index that lags, a batch read at the records themselves.
https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlencode

from crmbridge.connector import Modified, ModifiedPage, Page
from crmbridge.connectors.hubspot import paths, records, values, wire
from crmbridge.connectors.hubspot.fields import MODIFIED, NATIVE
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.http import HttpClient
from crmbridge.model.base import ObjectName
from crmbridge.model.records import Owner, Pipeline, Record

LIST_LIMIT = 100
"""Most records of a listed page. https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis"""
READ_LIMIT = 100
"""Most ids of a batch read; same page."""
SEARCH_LIMIT = 200
"""Most hits of a search. https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm"""
QUERY_LIMIT = 6_000
"""Longest query sent, in characters: above some 7,000 HubSpot may answer 414."""


def list_page(http: HttpClient, name: ObjectName, properties: Sequence[str], after: str | None) -> Page:
    """Read one page of all records by ascending id; the cursor is the id that the next page starts at."""
    path = paths.objects(name)
    query = {"limit": str(LIST_LIMIT), "properties": ",".join(_wanted(name, properties))}
    query |= {"after": after} if after else {}
    ids_only = len(urlencode(query)) > QUERY_LIMIT
    if ids_only:
        query["properties"] = "hs_object_id"
    data = http.get(path, query).data
    rows = wire.results(data, path)
    following = wire.advancing(path, after, wire.cursor(data))
    if ids_only:
        return Page(read_records(http, name, [wire.identity(row) for row in rows], properties), following)
    return Page([records.record(name, row, properties) for row in rows], following)


def modified_page(
    http: HttpClient, name: ObjectName, window: tuple[datetime, datetime], after: str | None
) -> ModifiedPage:
    """Read one page of what was modified within ``window``, ends included; the cursor is the last id seen.

    Paging by id knows no end: paging by offset stops at 10,000 hits, and so many records may share one millisecond.
    Of the index only ids and times are taken, since it lags behind the records.
    """
    path = paths.objects(name, "search")
    data = http.post(path, _query(name, window, after), search=True).data
    found = [Modified(wire.identity(row), values.moment(row.get("updatedAt"))) for row in wire.results(data, path)]
    last = found[-1].id if found else after
    following = wire.advancing(path, after or "0", last or "0") if wire.cursor(data) else None
    return ModifiedPage(found, following)


def _query(name: ObjectName, window: tuple[datetime, datetime], after: str | None) -> Json:
    since, until = map(values.millis, window)
    filters = [
        {"propertyName": MODIFIED[name], "operator": "GTE", "value": since},
        {"propertyName": MODIFIED[name], "operator": "LTE", "value": until},
    ]
    if after:
        filters.append({"propertyName": "hs_object_id", "operator": "GT", "value": after})
    return {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": ["hs_object_id"],
        "limit": SEARCH_LIMIT,
    }


def read_records(http: HttpClient, name: ObjectName, ids: Sequence[str], properties: Sequence[str]) -> list[Record]:
    """Read records by id, in the order of ``ids``; archived, merged and unknown ones are left out."""
    path = paths.objects(name, "batch/read")
    found: dict[str, Record] = {}
    for chunk in wire.chunks(ids, READ_LIMIT):
        data = http.post(path, {"inputs": wire.inputs(chunk), "properties": _wanted(name, properties)}).data
        wire.complete(data, path)
        rows = (records.record(name, row, properties) for row in wire.results(data, path))
        found |= {row.id: row for row in rows}
    return [found[id_] for id_ in dict.fromkeys(ids) if id_ in found]


def _wanted(name: ObjectName, properties: Sequence[str]) -> list[str]:
    return sorted(NATIVE[name] | set(properties))


def owners(http: HttpClient) -> list[Owner]:
    """Read all owners, the archived ones too: old records still name them."""
    rows = [*_pages(http, paths.OWNERS, archived=False), *_pages(http, paths.OWNERS, archived=True)]
    return list({owner.id: owner for owner in map(records.owner, rows)}.values())


def pipelines(http: HttpClient) -> list[Pipeline]:
    """Read the pipelines of deals; HubSpot does not page them."""
    return [records.pipeline(row) for row in wire.results(http.get(paths.PIPELINES).data, paths.PIPELINES)]


def _pages(http: HttpClient, path: str, *, archived: bool) -> Iterator[Json]:
    trail = wire.Trail(path)
    query = {"limit": str(LIST_LIMIT), "archived": str(archived).lower()}
    while True:
        data = http.get(path, query).data
        yield from wire.results(data, path)
        after = wire.cursor(data)
        if after is None:
            return
        query["after"] = trail.step(after)
