"""Find records: what was modified, and the upper or lower end of a range of ids.

A search looks at an index that lags behind the records. Paging by offset stops at 10,000 hits, paging by id never.
https://developers.hubspot.com/docs/api-reference/latest/crm/search-the-crm
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from crmbridge.connector import Modified, ModifiedPage, Page
from crmbridge.connectors.hubspot import paths, reading, records, values, wire
from crmbridge.connectors.hubspot.fields import modified
from crmbridge.connectors.hubspot.kinds import Kind
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.http import HttpClient

SEARCH_LIMIT = 200
"""Most hits of a page; same page."""
WINDOW = 10_000
"""Most hits that can be skipped and read together; same page."""
BODY_LIMIT = 3_000
"""Longest body of a search, in characters; same page."""


def modified_page(http: HttpClient, kind: Kind, window: tuple[datetime, datetime], after: str | None) -> ModifiedPage:
    """Read one page of what was modified within ``window``, ends included; the cursor is the last id seen.

    Ids are the cursor, since more than 10,000 records may share one millisecond. Only ids and times are taken from the
    index, since it lags.
    """
    since, until = map(values.millis, window)
    filters = [_filter(modified(kind.name), "GTE", since), _filter(modified(kind.name), "LTE", until)]
    filters += [_filter("hs_object_id", "GT", after)] if after else []
    path = paths.objects(kind.type, "search")
    data = http.post(path, _search(filters, "ASCENDING", ["hs_object_id"]), search=True).data
    found = [Modified(wire.identity(row), values.moment(row.get("updatedAt"))) for row in wire.results(data, path)]
    last = found[-1].id if found else after
    following = wire.advancing(path, after or "0", last or "0") if wire.cursor(data) else None
    return ModifiedPage(found, following)


def top(
    http: HttpClient,
    kind: Kind,
    properties: Sequence[str],
    ids: tuple[str, str | None],
    *,
    skip: int = 0,
    since: datetime | None = None,
) -> Page:
    """Read the records with the highest ids of a range, by descending id, after leaving out ``skip``.

    Where the names of the properties do not fit into a search, it finds ids, and a batch read brings the records.

    Args:
        http: Speaks to the account.
        kind: What to read.
        properties: Asked for beyond those of the fields.
        ids: The range: from the first, included, to the second, left out; None for no end.
        skip: Records left out at the upper end, at most ``WINDOW`` with those read.
        since: Engagements that happened before are left out.

    Returns:
        Up to ``SEARCH_LIMIT`` records; a cursor if more are left below.
    """
    body = _search(_within(*ids, since), "DESCENDING", reading.wanted(kind.name, properties), skip)
    fits = len(json.dumps(body)) <= BODY_LIMIT
    path = paths.objects(kind.type, "search")
    data = http.post(path, body if fits else body | {"properties": ["hs_object_id"]}, search=True).data
    rows = wire.results(data, path)
    if fits:
        found = [records.record(kind.name, row, properties) for row in rows]
    else:
        found = reading.read_records(http, kind, [wire.identity(row) for row in rows], properties)
    return Page(found, wire.cursor(data))


def _within(low: str, high: str | None, since: datetime | None) -> list[Json]:
    return [
        _filter("hs_object_id", "GTE", low),
        *([_filter("hs_object_id", "LT", high)] if high else []),
        *([_filter("hs_timestamp", "GTE", values.millis(since))] if since else []),
    ]


def bottom(http: HttpClient, kind: Kind, since: datetime) -> str | None:
    """Find the lowest id of an engagement that happened at ``since`` or later."""
    body = _search([_filter("hs_timestamp", "GTE", values.millis(since))], "ASCENDING", ["hs_object_id"])
    path = paths.objects(kind.type, "search")
    rows = wire.results(http.post(path, body | {"limit": 1}, search=True).data, path)
    return wire.identity(rows[0]) if rows else None


def _search(
    filters: Sequence[Json], direction: Literal["ASCENDING", "DESCENDING"], properties: Sequence[str], skip: int = 0
) -> dict[str, Any]:
    offset = {"after": str(skip)} if skip else {}
    return {
        "filterGroups": [{"filters": list(filters)}],
        "sorts": [{"propertyName": "hs_object_id", "direction": direction}],
        "properties": list(properties),
        "limit": SEARCH_LIMIT,
        **offset,
    }


def _filter(prop: str, operator: Literal["GTE", "GT", "LTE", "LT"], value: str) -> Json:
    return {"propertyName": prop, "operator": operator, "value": value}
