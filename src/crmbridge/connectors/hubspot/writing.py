"""Write values in batches, and tell row by row what became of them.

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from crmbridge.connector import IGNORED, Outcome, Update
from crmbridge.connectors.hubspot import paths, values, wire
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.errors import FixRequest
from crmbridge.http import HttpClient
from crmbridge.model.base import ObjectName

UPDATE_LIMIT = 100
"""Most records of a call; same page."""
UNANSWERED = "MERGED_OR_MISSING"
"""HubSpot says nothing about a record that was merged away: its result stands under the survivor's id."""
FORWARD_ONLY = ("lifecyclestage",)
"""HubSpot takes a step back without a word and leaves the value, unless the property is emptied first.

https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/guide
"""
GONE = "OBJECT_NOT_FOUND"
"""HubSpot's word for a record that is not there."""


def update(http: HttpClient, name: ObjectName, updates: Sequence[Update]) -> list[Outcome]:
    """Write values; a call that may have arrived is not sent again, so that the caller reads back first.

    Rows with ``restart`` take three calls in place of one: empty, set, read back. All others travel with the second.
    """
    one_batch("record", [row.id for row in updates])
    restarted = [row for row in updates if row.restart]
    emptied = _write(http, name, [_emptying(row) for row in restarted])
    refused = {outcome.id: outcome for outcome in emptied if not outcome.ok}
    written = _write(http, name, [row for row in updates if row.id not in refused])
    present = _present(http, name, [row for row in restarted if row.id not in refused])
    sent = {row.id: row for row in updates}
    return [*refused.values(), *(_judged(outcome, sent[outcome.id], present.get(outcome.id)) for outcome in written)]


def _emptying(row: Update) -> Update:
    return Update(id=row.id, properties=dict.fromkeys(row.restart & set(row.properties)))


def _write(http: HttpClient, name: ObjectName, updates: Sequence[Update]) -> list[Outcome]:
    if not updates:
        return []
    path = paths.objects(name, "batch/update")
    data = http.post(path, {"inputs": [_input(row) for row in updates]}, retry_unsent_only=True).data
    answers = {wire.identity(row): wire.child(row, "properties") for row in wire.results(data, path)}
    found = outcomes([row.id for row in updates], set(answers), wire.errors(data))
    return [
        _judged(outcome, row, _stages(answers.get(row.id, {}))) for outcome, row in zip(found, updates, strict=True)
    ]


def _input(row: Update) -> Json:
    # The trace id comes back in errors.
    return {"id": row.id, "properties": wire_values(row.properties), "objectWriteTraceId": row.id}


def wire_values(properties: Mapping[str, str | None]) -> dict[str, str]:
    """Return values as HubSpot takes them: it empties a property by an empty text; null would leave it."""
    return {key: "" if value is None else value for key, value in properties.items()}


def _stages(answer: Json) -> Json:
    return {prop: answer[prop] for prop in FORWARD_ONLY if prop in answer}


def _present(http: HttpClient, name: ObjectName, updates: Sequence[Update]) -> dict[str, Json]:
    if not updates:
        return {}
    path = paths.objects(name, "batch/read")
    asked = sorted(frozenset().union(*(row.restart for row in updates)))
    data = http.post(path, {"inputs": wire.inputs(row.id for row in updates), "properties": asked}).data
    wire.complete(data, path)
    return {wire.identity(row): wire.child(row, "properties") for row in wire.results(data, path)}


def _judged(outcome: Outcome, row: Update, present: Json | None) -> Outcome:
    """Object to an outcome if a value that moves forward only is there, and another than the one sent."""
    same = all(
        (values.raw((present or {})[prop]) or None) == (row.properties[prop] or None)
        for prop in {*FORWARD_ONLY, *row.restart} & set(row.properties) & set(present or {})
    )
    return outcome if same or not outcome.ok else Outcome(id=row.id, ok=False, code=IGNORED)


def archive(http: HttpClient, name: ObjectName, ids: Sequence[str]) -> list[Outcome]:
    """Archive records; HubSpot passes over those that are gone already."""
    path = paths.objects(name, "batch/archive")
    found: list[Outcome] = []
    for chunk in wire.chunks(ids, UPDATE_LIMIT):
        refused = refusals(wire.errors(http.post(path, {"inputs": wire.inputs(chunk)}).data))
        found += [_outcome(id_, gone_is_fine(refused.codes.get(id_) or refused.rest)) for id_ in chunk]
    return found


def gone_is_fine(code: str | None) -> str | None:
    """Return the code of a removal, None if it failed because there was nothing to remove."""
    return None if code == GONE else code


def one_batch(what: str, keys: Sequence[str]) -> None:
    """Refuse what HubSpot would refuse as a whole, before it is sent.

    Raises:
        FixRequest: A key comes twice, or there are too many.
    """
    if len(set(keys)) < len(keys):
        raise FixRequest(f"the batch names one {what} twice: name each once", category="DUPLICATE")
    if len(keys) > UPDATE_LIMIT:
        raise FixRequest(f"the batch has {len(keys)} rows: send at most {UPDATE_LIMIT}", category="TOO_MANY")


class Refusals(NamedTuple):
    """What the error groups of an answer say.

    Attributes:
        codes: By id or trace.
        rest: The code of an error that names no row: it stands for all rows without an answer.
    """

    codes: Mapping[str, str]
    rest: str | None


def refusals(errors: Sequence[Json]) -> Refusals:
    """Collect the refused rows; one error lists many, and their number is no number of rows."""
    codes: dict[str, str] = {}
    rest = None
    for error in errors:
        named = list(_named(error))
        codes |= dict.fromkeys(named, code_of(error))
        rest = rest if named else code_of(error)
    return Refusals(codes, rest)


def code_of(error: Json) -> str:
    """Return HubSpot's name for a fault."""
    return str(error.get("category") or error.get("status") or "UNKNOWN")


def outcomes(ids: Sequence[str], written: set[str], errors: Sequence[Json]) -> list[Outcome]:
    """Join what was sent with results and errors by id; neither comes in the order sent.

    Args:
        ids: Records sent.
        written: Ids in the results.
        errors: Error groups.
    """
    refused = refusals(errors)
    rest = refused.rest or UNANSWERED
    return [_outcome(id_, refused.codes.get(id_) or (None if id_ in written else rest)) for id_ in ids]


def _named(error: Json) -> Iterator[str]:
    context = wire.child(error, "context")
    yield from wire.words(context, "ids")
    yield from wire.words(context, "objectWriteTraceId")


def _outcome(id_: str, code: str | None) -> Outcome:
    return Outcome(id=id_, ok=code is None, code=code or "")
