"""Make records in batches, and tell row by row what became of them.

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from crmbridge.connector import NO_LABEL, UNANSWERED, Activity, Created, Creation, Tie, Upsert
from crmbridge.connectors.hubspot import paths, values, wire
from crmbridge.connectors.hubspot.labels import Labels
from crmbridge.connectors.hubspot.labels import types as types_of
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.connectors.hubspot.writing import code_of, code_of_rest, one_batch, refusals, wire_values
from crmbridge.errors import FixRequest
from crmbridge.http import HttpClient
from crmbridge.model.base import ObjectName, Ref

LONGEST_TEXT = 65_536
"""Most characters of a body. https://developers.hubspot.com/docs/api-reference/latest/crm/activities/notes/guide"""

_EXISTING = re.compile(r"Existing ID: ([0-9]{1,20})")


def create(http: HttpClient, labels: Labels, name: ObjectName, creations: Sequence[Creation]) -> list[Created]:
    """Make records with their links. Each row carries its trace, without which one bad row would refuse all.

    https://developers.hubspot.com/docs/api-reference/error-handling
    """
    one_batch("trace", [row.trace for row in creations])
    kinds = labels.resolve((name, tie.target.object, tie.label) for row in creations for tie in row.links)
    sent = [row for row in creations if all(kinds[name, tie.target.object, tie.label] for tie in row.links)]
    lost = {row.trace for row in creations} - {row.trace for row in sent}
    unknown = [Created(trace=trace, ok=False, code=NO_LABEL) for trace in sorted(lost)]
    if not sent:
        return unknown
    path = paths.objects(name, "batch/create")
    inputs = [_input(row, _associations(labels, name, row.links)) for row in sent]
    data = http.post(path, {"inputs": inputs}, retry_unsent_only=True).data
    return [*unknown, *_joined([row.trace for row in sent], wire.results(data, path), wire.errors(data))]


def _input(row: Creation, associations: list[Json]) -> Json:
    made = {"properties": row.properties, "objectWriteTraceId": row.trace}
    return made | ({"associations": associations} if associations else {})


def _associations(labels: Labels, name: ObjectName, ties: Sequence[Tie]) -> list[Json]:
    types: dict[Ref, list[Json]] = {}
    for tie in dict.fromkeys(ties):
        kind = labels.find(name, tie.target.object, tie.label)
        types.setdefault(tie.target, []).extend(types_of([kind] if kind else []))
    return [{"to": {"id": target.id}, "types": kinds} for target, kinds in types.items()]


def upsert(http: HttpClient, name: ObjectName, key: str, rows: Sequence[Upsert]) -> list[Created]:
    """Change or make records by a unique property; sent again on a fault, since twice is once.

    Contacts by ``email`` must carry all that the caller owns: HubSpot does not take a part of it. Same page.
    """
    one_batch("trace", [row.trace for row in rows])
    one_batch(f"value of {key}", [row.value for row in rows])
    if not rows:
        return []
    path = paths.objects(name, "batch/upsert")
    data = http.post(path, {"inputs": [_keyed(key, row) for row in rows]}).data
    results, errors = wire.results(data, path), wire.errors(data)
    traces = {row.value: row.trace for row in rows}
    for error in errors:  # HubSpot may name a row by its value
        context = wire.child(error, "context")
        context["ids"] = [traces.get(id_, id_) for id_ in wire.words(context, "ids")]
    return _joined([row.trace for row in rows], results, errors)


def _keyed(key: str, row: Upsert) -> Json:
    written = wire_values(row.properties)
    return {"id": row.value, "idProperty": key, "properties": written, "objectWriteTraceId": row.trace}


def _joined(traces: Sequence[str], results: Sequence[Json], errors: Sequence[Json]) -> list[Created]:
    """Join what was sent with results and errors by trace. A row of which nothing is said may have been made."""
    made = {trace: row for row in results for trace in wire.words(row, "objectWriteTraceId")}
    if len(traces) == len(results) == 1:
        made = {traces[0]: results[0]}
    refused = refusals(errors)
    rest = code_of_rest(refused)
    standing = {trace: existing for error in errors for trace, existing in _standing(error)}
    return [
        _created(trace, made.get(trace), refused.codes.get(trace) or (None if trace in made else rest), standing)
        for trace in traces
    ]


def _created(trace: str, row: Json | None, code: str | None, standing: dict[str, str]) -> Created:
    if row is None or code:
        return Created(trace=trace, ok=False, code=code or UNANSWERED, existing=standing.get(trace))
    return Created(trace=trace, ok=True, id=wire.identity(row), new=row.get("new") is not False)


def _standing(error: Json) -> Sequence[tuple[str, str]]:
    """Return the record in the way, which HubSpot names in prose only, if the error is about one row."""
    traces = wire.words(wire.child(error, "context"), "objectWriteTraceId")
    found = _EXISTING.search(str(error.get("message") or "")) if code_of(error) == "CONFLICT" else None
    return [(traces[0], found[1])] if found and len(traces) == 1 else []


def compose(activity: Activity) -> Creation:
    """Put a note or a task in HubSpot's words; it shows bodies as HTML.

    https://developers.hubspot.com/docs/api-reference/latest/crm/activities/tasks/guide
    """
    body = html.escape(activity.text, quote=False).replace("\n", "<br>")
    if len(body) > LONGEST_TEXT:
        raise FixRequest(f"{activity.object} {activity.trace}: HubSpot holds {LONGEST_TEXT} characters, shorten it")
    written = {"hs_timestamp": values.millis(activity.at), f"hs_{activity.object}_body": body}
    if activity.object == "task":
        written |= {"hs_task_subject": activity.subject, "hs_task_status": "NOT_STARTED", "hs_task_type": "TODO"}
    if activity.owner_id:
        written["hubspot_owner_id"] = activity.owner_id
    return Creation(trace=activity.trace, properties=written, links=activity.links)
