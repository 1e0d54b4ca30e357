"""What stands in the way of new properties: archived names, and how many an account may have.

https://developers.hubspot.com/docs/api-reference/latest/crm/limits-tracking/guide
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from crmbridge.connector import Vacancy
from crmbridge.connectors.hubspot import paths, values, wire
from crmbridge.connectors.hubspot.kinds import TYPE_IDS, Kind
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.errors import FixRequest, GrantScope
from crmbridge.http import HttpClient

_UNSEEN = frozenset({403, 404})  # the credential or the account does not get to see it


def read_vacancy(http: HttpClient, kind: Kind) -> Vacancy:
    """Read what is archived, and what is left if the credential and the account's plan let it be seen."""
    path = paths.properties(kind.type)
    rows = wire.results(http.get(path, {"archived": "true"}).data, path)
    archived = frozenset(name for row in rows if (name := values.raw(row.get("name"))))
    return Vacancy(archived=archived, left=_left(http, kind))


def _left(http: HttpClient, kind: Kind) -> int | None:
    try:
        data = http.get(paths.CUSTOM_LIMITS).data
    except GrantScope:
        return None
    except FixRequest as error:
        if error.status not in _UNSEEN:
            raise
        return None
    return left(data, kind)


def left(data: Any, kind: Kind) -> int | None:
    """Return how many properties an object may still get: what is left of its own limit and of the account's."""
    holder = data if isinstance(data, dict) else {}
    rows = [(row, "limit", "usage") for row in wire.children(holder, "byObjectType") if _is_of(kind, row)]
    return min(_rests(*rows, (holder, "overallLimit", "overallUsage")), default=None)


def _is_of(kind: Kind, row: Json) -> bool:
    type_id = str(row.get("objectTypeId"))
    return TYPE_IDS.get(type_id, type_id) in kind


def _rests(*limits: tuple[Json, str, str]) -> Iterator[int]:
    for row, limit, usage in limits:
        most, used = values.count(values.raw(row.get(limit))), values.count(values.raw(row.get(usage)))
        if most is not None and used is not None:
            yield max(most - used, 0)
