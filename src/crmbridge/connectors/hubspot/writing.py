"""Write values in batches, and tell row by row what became of them.

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from crmbridge.connector import Outcome, Update
from crmbridge.connectors.hubspot import paths, wire
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.http import HttpClient
from crmbridge.model.base import ObjectName

UPDATE_LIMIT = 100
"""Most records of a call; same page."""
UNANSWERED = "MERGED_OR_MISSING"
"""HubSpot says nothing about a record that was merged away: its result stands under the survivor's id."""


def update(http: HttpClient, name: ObjectName, updates: Sequence[Update]) -> list[Outcome]:
    """Write values; a call that may have arrived is not sent again, so that the caller reads back first."""
    if not updates:
        return []
    path = paths.objects(name, "batch/update")
    data = http.post(path, {"inputs": [_input(row) for row in updates]}, retry_unsent_only=True).data
    written = {wire.identity(row) for row in wire.results(data, path)}
    return outcomes([row.id for row in updates], written, wire.errors(data))


def _input(row: Update) -> Json:
    # HubSpot empties a property by an empty text; null would leave it. The trace id comes back in errors.
    values = {key: "" if value is None else value for key, value in row.properties.items()}
    return {"id": row.id, "properties": values, "objectWriteTraceId": row.id}


def outcomes(ids: Sequence[str], written: set[str], errors: Sequence[Json]) -> list[Outcome]:
    """Join what was sent with results and errors by id; neither comes in the order sent, and an error lists many ids.

    Args:
        ids: Records sent.
        written: Ids in the results.
        errors: Error groups. One that names no record stands for all rows without an answer.
    """
    refused: dict[str, str] = {}
    rest = UNANSWERED
    for error in errors:
        code = str(error.get("category") or error.get("status") or "UNKNOWN")
        named = list(_named(error))
        refused |= dict.fromkeys(named, code)
        rest = rest if named else code
    return [_outcome(id_, refused.get(id_) or (None if id_ in written else rest)) for id_ in ids]


def _named(error: Json) -> Iterator[str]:
    context = wire.child(error, "context")
    yield from wire.words(context, "ids")
    yield from wire.words(context, "objectWriteTraceId")


def _outcome(id_: str, code: Any) -> Outcome:
    return Outcome(id=id_, ok=code is None, code=code or "")
