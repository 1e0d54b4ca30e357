"""Write values in batches, and tell row by row what became of them.

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from crmbridge.connector import IGNORED, MERGED, UNANSWERED, Outcome, Update
from crmbridge.connectors.hubspot import paths, values, wire
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.errors import FixRequest
from crmbridge.http import HttpClient
from crmbridge.model.base import ObjectName

UPDATE_LIMIT = 100
"""Most records of a call; same page."""
FORWARD_ONLY = ("lifecyclestage",)
"""HubSpot takes a step back without a word and leaves the value, unless the property is emptied first.

https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/guide
"""
GONE = "OBJECT_NOT_FOUND"
"""HubSpot's word for a record that is not there."""
REFUSALS = frozenset({"VALIDATION_ERROR", "BAD_REQUEST", "CONFLICT", GONE})
"""Errors by which HubSpot says that it did not do what was asked; others are faults on its side.

https://developers.hubspot.com/docs/api-reference/error-handling
"""


def update(http: HttpClient, name: ObjectName, updates: Sequence[Update]) -> list[Outcome]:
    """Write values; a call that may have arrived is not sent again, so that the caller reads back first.

    The first call holds everything: what HubSpot does not take is refused before anything is emptied. Rows with
    ``restart`` take three more: empty, set, read back.
    """
    one_batch("record", [row.id for row in updates])
    written = {outcome.id: outcome for outcome in _write(http, name, updates)}
    steps = [_step(row) for row in updates if row.restart & row.properties.keys()]
    going = [step for step in steps if written[step.id].ok or written[step.id].code == IGNORED]
    return list((written | _restarted(http, name, going)).values())


def _step(row: Update) -> Update:
    return Update(id=row.id, properties={key: row.properties[key] for key in row.restart & row.properties.keys()})


def _restarted(http: HttpClient, name: ObjectName, steps: Sequence[Update]) -> dict[str, Outcome]:
    """Empty values, set them anew and read them back. A row that HubSpot refuses now is told, its values stay empty."""
    emptied = _told(http, name, [Update(id=row.id, properties=dict.fromkeys(row.properties)) for row in steps])
    empty = [row for row in steps if emptied[row.id].ok]
    values_set = _told(http, name, empty)
    present = _present(http, name, [row for row in empty if values_set[row.id].ok])
    judged = {row.id: _judged(values_set[row.id], row, present.get(row.id)) for row in empty}
    return emptied | judged


def _told(http: HttpClient, name: ObjectName, updates: Sequence[Update]) -> dict[str, Outcome]:
    """Write values of which others of the same records are written: a refusal of all is one of each."""
    try:
        return {outcome.id: outcome for outcome in _write(http, name, updates)}
    except FixRequest as error:
        code = error.category or f"HTTP_{error.status}"
        return {row.id: Outcome(id=row.id, ok=False, code=code) for row in updates}


def _write(http: HttpClient, name: ObjectName, updates: Sequence[Update]) -> list[Outcome]:
    if not updates:
        return []
    path = paths.objects(name, "batch/update")
    data = http.post(path, {"inputs": [_input(row) for row in updates]}, retry_unsent_only=True).data
    results = wire.results(data, path)
    answers = {wire.identity(row): wire.child(row, "properties") for row in results}
    found = outcomes([row.id for row in updates], set(answers), wire.errors(data), _merged(results))
    told = ((outcome, row, answers.get(row.id, {})) for outcome, row in zip(found, updates, strict=True))
    return [_judged(_with_values(outcome, row, answer), row, _stages(answer)) for outcome, row, answer in told]


def _merged(results: Sequence[Json]) -> set[str]:
    """Return the records whose result stands under another id: that of the record that they were merged into."""
    return {trace for row in results for trace in wire.words(row, "objectWriteTraceId") if trace != wire.identity(row)}


def _input(row: Update) -> Json:
    # The trace id comes back in results and errors.
    return {"id": row.id, "properties": wire_values(row.properties), "objectWriteTraceId": row.id}


def wire_values(properties: Mapping[str, str | None]) -> dict[str, str]:
    """Return values as HubSpot takes them: it empties a property by an empty text; null would leave it."""
    return {key: "" if value is None else value for key, value in properties.items()}


def _with_values(outcome: Outcome, row: Update, answer: Json) -> Outcome:
    """Add what HubSpot says that it has now of what was sent."""
    there = {prop: values.raw(answer[prop]) or None for prop in row.properties.keys() & answer.keys()}
    return outcome.model_copy(update={"properties": there}) if outcome.ok and there else outcome


def _stages(answer: Json) -> Json:
    return {prop: answer[prop] for prop in FORWARD_ONLY if prop in answer}


def _present(http: HttpClient, name: ObjectName, updates: Sequence[Update]) -> dict[str, Json]:
    if not updates:
        return {}
    path = paths.objects(name, "batch/read")
    asked = sorted({key for row in updates for key in row.properties})
    data = http.post(path, {"inputs": wire.inputs(row.id for row in updates), "properties": asked}).data
    wire.complete(data, path)
    return {wire.identity(row): wire.child(row, "properties") for row in wire.results(data, path)}


def _judged(outcome: Outcome, row: Update, present: Json | None) -> Outcome:
    """Object to an outcome if another value is present than the one sent."""
    there = present or {}
    same = all(
        (values.raw(there[prop]) or None) == (row.properties[prop] or None)
        for prop in row.properties.keys() & there.keys()
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


def outcomes(
    ids: Sequence[str], written: Collection[str], errors: Sequence[Json], merged: Collection[str] = ()
) -> list[Outcome]:
    """Join what was sent with results and errors by id; neither comes in the order sent.

    Args:
        ids: Records sent.
        written: Ids in the results.
        errors: Error groups.
        merged: Records whose result stands under another id.
    """
    refused = refusals(errors)
    rest = dict.fromkeys(ids, code_of_rest(refused)) | dict.fromkeys(merged, MERGED)
    return [_outcome(id_, refused.codes.get(id_) or (None if id_ in written else rest[id_])) for id_ in ids]


def code_of_rest(refused: Refusals) -> str:
    """Return the code of a row that neither results nor errors name: it may have been written, unless HubSpot refuses.

    A record that was merged away is such a row too, where its result has no trace.
    """
    return refused.rest if refused.rest in REFUSALS else UNANSWERED


def _named(error: Json) -> Iterator[str]:
    context = wire.child(error, "context")
    yield from wire.words(context, "ids")
    yield from wire.words(context, "objectWriteTraceId")


def _outcome(id_: str, code: str | None) -> Outcome:
    return Outcome(id=id_, ok=code is None, code=code or "")
