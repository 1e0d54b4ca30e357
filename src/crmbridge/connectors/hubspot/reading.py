"""Read records: listed and by id. Owners and pipelines are few and come in one page.

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal
from urllib.parse import urlencode

from crmbridge.connector import IdPage, Page
from crmbridge.connectors.hubspot import paths, records, wire
from crmbridge.connectors.hubspot.fields import reading_of
from crmbridge.connectors.hubspot.kinds import Kind
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.errors import GrantScope
from crmbridge.http import HttpClient
from crmbridge.model.base import ObjectName
from crmbridge.model.records import Owner, Pipeline, Record

LIST_LIMIT = 100
"""Most records of a listed page. https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis"""
READ_LIMIT = 100
"""Most ids of a batch read; same page."""
QUERY_LIMIT = 6_000
"""Longest query sent, in characters: above some 7,000 HubSpot may answer 414."""


def list_page(http: HttpClient, kind: Kind, properties: Sequence[str], after: str | None) -> Page:
    """Read one page of all records by ascending id; the cursor is the id that the next page starts at."""
    path = paths.objects(kind.type)
    query = {"limit": str(LIST_LIMIT), "properties": ",".join(wanted(kind.name, properties))}
    query |= {"after": after} if after else {}
    ids_only = len(urlencode(query)) > QUERY_LIMIT
    if ids_only:
        query["properties"] = "hs_object_id"
    data = http.get(path, query).data
    rows = wire.results(data, path)
    following = wire.advancing(path, after, wire.cursor(data))
    if ids_only:
        return Page(read_records(http, kind, [wire.identity(row) for row in rows], properties), following)
    return Page([records.record(kind.name, row, properties) for row in rows], following)


def archived_page(http: HttpClient, kind: Kind, after: str | None) -> IdPage:
    """Read one page of the ids of archived records; the cursor is the id that the next page starts at."""
    path = paths.objects(kind.type)
    query = {"limit": str(LIST_LIMIT), "properties": "hs_object_id", "archived": "true"}
    data = http.get(path, query | ({"after": after} if after else {})).data
    ids = [wire.identity(row) for row in wire.results(data, path)]
    return IdPage(ids, wire.advancing(path, after, wire.cursor(data)))


def read_records(http: HttpClient, kind: Kind, ids: Sequence[str], properties: Sequence[str]) -> list[Record]:
    """Read records by id, in the order of ``ids``; archived, merged and unknown ones are left out."""
    rows = batch_read(http, kind, ids, wanted(kind.name, properties))
    found = {row.id: row for row in (records.record(kind.name, row, properties) for row in rows)}
    return [found[id_] for id_ in dict.fromkeys(ids) if id_ in found]


def batch_read(
    http: HttpClient, kind: Kind, ids: Sequence[str], properties: Sequence[str], *, archived: bool = False
) -> Iterator[Json]:
    """Read rows by id, in any order; archived ones, or else only those. Any number of ids."""
    path = paths.objects(kind.type, "batch/read")
    query = {"archived": "true"} if archived else None
    for chunk in wire.chunks(ids, READ_LIMIT):
        data = http.post(path, {"inputs": wire.inputs(chunk), "properties": list(properties)}, params=query).data
        wire.complete(data, path)
        yield from wire.results(data, path)


def wanted(name: ObjectName, properties: Sequence[str]) -> list[str]:
    """Return the properties to ask for: those of the fields, and more."""
    return sorted(reading_of(name).native.union(properties))


def owners(http: HttpClient) -> list[Owner]:
    """Read all owners, the archived ones too: old records still name them."""
    rows = [*_pages(http, paths.OWNERS, archived=False), *_pages(http, paths.OWNERS, archived=True)]
    return list({owner.id: owner for owner in map(records.owner, rows)}.values())


def pipelines(http: HttpClient) -> list[Pipeline]:
    """Read the pipelines of deals, and of tickets if the credential may; HubSpot does not page them."""
    found = _pipelines(http, "deal")
    try:
        found += _pipelines(http, "ticket")
    except GrantScope:
        return found  # tickets are an extra that not every account gives away
    return list({line.id: line for line in reversed(found)}.values())[::-1]


def _pipelines(http: HttpClient, of: Literal["deal", "ticket"]) -> list[Pipeline]:
    path = paths.pipelines(of)
    return [records.pipeline(row, of) for row in wire.results(http.get(path).data, path)]


def _pages(http: HttpClient, path: str, *, archived: bool) -> Iterator[Json]:
    trail = wire.Trail(path)
    query = {"limit": str(LIST_LIMIT), "archived": str(archived).lower()}
    while True:
        data = http.get(path, query).data
        rows = wire.results(data, path)
        yield from rows
        after = wire.cursor(data)
        if after is None:
            return
        query["after"] = trail.step(after, empty=not rows)
