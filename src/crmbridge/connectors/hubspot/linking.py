"""Make and remove links, and tell change by change what became of them.

https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from crmbridge.connector import NO_LABEL, UNANSWERED, Label, LinkChange, LinkOutcome
from crmbridge.connectors.hubspot import paths, values, wire
from crmbridge.connectors.hubspot.kinds import Kind
from crmbridge.connectors.hubspot.labels import Labels, types
from crmbridge.connectors.hubspot.links import read_links
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.connectors.hubspot.writing import code_of, gone_is_fine
from crmbridge.errors import FixRequest
from crmbridge.http import HttpClient
from crmbridge.model.base import ObjectName, Ref

LINK_LIMIT = 2_000
"""Most links of a call that makes them; same page."""
UNLINK_LIMIT = 100
"""Most sources of a call that removes links; same page. As many links are sent, whatever their sources."""

Pair = tuple[ObjectName, ObjectName]
Ends = tuple[Ref, Ref]
Codes = dict[Ends, str | None]
"""Why a pair of records is not as wanted; None if it is."""


def link(http: HttpClient, labels: Labels, changes: Sequence[LinkChange]) -> list[LinkOutcome]:
    """Make links.

    Naming one label may take the other labels of the two records away. So what is there is read first and sent along,
    and where nothing is lacking nothing is sent.
    """
    kinds = labels.resolve(map(_kind, changes))
    wanted: dict[Ends, dict[Label, None]] = defaultdict(dict)
    for change in changes:
        if kind := kinds[_kind(change)]:
            wanted[_ends(change)][kind] = None
    codes: Codes = {}
    for pair, part in _by_pair(wanted).items():
        there = _there(http, labels, pair, part)
        lacking = [ends for ends in part if not wanted[ends].keys() <= there[ends].keys()]
        for chunk in _cut(lacking, LINK_LIMIT):
            inputs = [_labelled(ends, there[ends] | wanted[ends]) for ends in chunk]
            codes |= _linked(http, pair, inputs, chunk)
    return [_outcome(change, codes.get(_ends(change)) if kinds[_kind(change)] else NO_LABEL) for change in changes]


def _there(http: HttpClient, labels: Labels, pair: Pair, part: Sequence[Ends]) -> Mapping[Ends, dict[Label, None]]:
    known = labels.by_type(*pair)
    found: dict[Ends, dict[Label, None]] = defaultdict(dict)
    source, target = (Kind(name, paths.plural(name)) for name in pair)
    for one in read_links(http, source, target, [ends[0].id for ends in part]):
        if kind := known.get(one.type_id or ""):
            found[one.source, one.target][kind] = None
    return found


def _linked(http: HttpClient, pair: Pair, inputs: Sequence[Json], part: Sequence[Ends]) -> Codes:
    path = paths.associations(*pair, "batch/create")
    try:
        data = http.post(path, {"inputs": inputs}).data
    except FixRequest as error:
        return _all_refused(error, part)
    made = {tuple(map(values.raw, map(row.get, ("fromObjectId", "toObjectId")))) for row in wire.results(data, path)}
    errors = wire.errors(data)
    return {ends: None if (ends[0].id, ends[1].id) in made else _refusal(errors, ends) or UNANSWERED for ends in part}


def unlink(http: HttpClient, labels: Labels, changes: Sequence[LinkChange]) -> list[LinkOutcome]:
    """Remove links; with a plain one all labels of the two records go, so those are not sent."""
    whole = dict.fromkeys(_ends(change) for change in changes if change.label is None)
    kinds = labels.resolve(_kind(change) for change in changes if _ends(change) not in whole)
    single: dict[Ends, dict[Label, None]] = defaultdict(dict)
    for change in changes:
        if _ends(change) not in whole and (kind := kinds[_kind(change)]):
            single[_ends(change)][kind] = None
    codes: Codes = {}
    for pair, part in _by_pair(whole).items():
        for chunk in _cut(part, UNLINK_LIMIT):
            codes |= _unlinked(http, paths.associations(*pair, "batch/archive"), list(_from_each(chunk)), chunk)
    for pair, part in _by_pair(single).items():
        for chunk in _cut(part, UNLINK_LIMIT):
            inputs = [_labelled(ends, single[ends]) for ends in chunk]
            codes |= _unlinked(http, paths.associations(*pair, "batch/labels/archive"), inputs, chunk)
    return [_outcome(change, codes.get(_ends(change))) for change in changes]


def _unlinked(http: HttpClient, path: str, inputs: Sequence[Json], part: Sequence[Ends]) -> Codes:
    try:
        data = http.post(path, {"inputs": inputs}).data
    except FixRequest as error:
        return _all_refused(error, part)
    errors = wire.errors(data)  # there are no results: what no error names is gone
    return {ends: gone_is_fine(_refusal(errors, ends)) for ends in part}


def _all_refused(error: FixRequest, part: Sequence[Ends]) -> Codes:
    return dict.fromkeys(part, error.category or f"HTTP_{error.status}")


def _refusal(errors: Sequence[Json], ends: Ends) -> str | None:
    """Return the code of an error that names these records, or none at all."""
    for error in errors:
        context = wire.child(error, "context")
        sources, targets = wire.words(context, "fromObjectId"), wire.words(context, "toObjectId")
        if ends[0].id in (sources or [ends[0].id]) and ends[1].id in (targets or [ends[1].id]):
            return code_of(error)
    return None


def _labelled(ends: Ends, kinds: Iterable[Label]) -> Json:
    return {"from": {"id": ends[0].id}, "to": {"id": ends[1].id}, "types": types(kinds)}


def _from_each(part: Sequence[Ends]) -> Iterator[Json]:
    targets: dict[str, list[str]] = defaultdict(list)
    for source, target in part:
        targets[source.id].append(target.id)
    return ({"from": {"id": source}, "to": wire.inputs(ids)} for source, ids in targets.items())


def _by_pair(ends: Iterable[Ends]) -> Mapping[Pair, list[Ends]]:
    found: dict[Pair, list[Ends]] = defaultdict(list)
    for source, target in ends:
        found[source.object, target.object].append((source, target))
    return found


def _cut(part: Sequence[Ends], size: int) -> Iterator[Sequence[Ends]]:
    return (part[start : start + size] for start in range(0, len(part), size))


def _kind(change: LinkChange) -> tuple[ObjectName, ObjectName, str | None]:
    return change.source.object, change.target.object, change.label


def _ends(change: LinkChange) -> Ends:
    return change.source, change.target


def _outcome(change: LinkChange, code: str | None) -> LinkOutcome:
    return LinkOutcome(change=change, ok=code is None, code=code or "")
