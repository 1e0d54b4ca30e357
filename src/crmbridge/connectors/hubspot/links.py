"""Read associations: in batches, all pages of each record, with their labels.

https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from crmbridge.connectors.hubspot import paths, values, wire
from crmbridge.connectors.hubspot.kinds import Kind
from crmbridge.connectors.hubspot.wire import Json
from crmbridge.http import HttpClient
from crmbridge.model.base import ObjectName, Ref
from crmbridge.model.links import Link

BATCH_LIMIT = 1_000
"""Most ids of one call.

https://developers.hubspot.com/changelog/bug-fix-batch-read-limit-for-hubspot-associations-api
"""
PRIMARY_TYPES = frozenset({"1", "2", "5", "6"})
"""Types that HubSpot defines as primary: contact to company, and deal to company, each in both directions."""


_Label: TypeAlias = tuple[str | None, str | None, bool]
_Key: TypeAlias = tuple[bool, str, str]


def read_links(http: HttpClient, source: Kind, target: Kind, ids: Sequence[str]) -> Iterator[Link]:
    """Read every link from the given records, each once. A record without links is no error."""
    path = paths.associations(source.type, target.type)
    for chunk in wire.chunks(ids, BATCH_LIMIT):
        found = _all_pages(http, path, (source.name, target.name), chunk)
        yield from {(link.source.id, link.target.id, link.type_id, link.label): link for link in found}.values()


def _all_pages(http: HttpClient, path: str, ends: tuple[ObjectName, ObjectName], ids: Sequence[str]) -> Iterator[Link]:
    trail = wire.Trail(path)
    pending = wire.inputs(ids)
    labels: dict[_Key, _Label] = {}
    while pending:
        data = http.post(path, {"inputs": pending}).data
        wire.complete(data, path)
        pending = []
        for row in wire.results(data, path):
            origin = wire.identity(wire.child(row, "from"))
            yield from _links(Ref(ends[0], origin), ends[1], row, labels)
            after = wire.cursor(row)
            if after is not None:
                pending.append({"id": origin, "after": trail.step(after, of=origin, empty=not row.get("to"))})


def _links(source: Ref, target: ObjectName, row: Json, labels: dict[_Key, _Label]) -> Iterator[Link]:
    for end in wire.children(row, "to"):
        ref = Ref(target, wire.identity({"id": end.get("toObjectId")}))  # a number here, a text elsewhere
        for kind in wire.children(end, "associationTypes"):
            key = _key(kind)
            found = labels.get(key) or labels.setdefault(key, _label(kind))
            yield Link(source=source, target=ref, label=found[0], type_id=found[1], primary=found[2])


def _key(kind: Json) -> _Key:
    # Few kinds stand on many links: each is read once per call.
    label = kind.get("label")
    return kind.get("category") == "HUBSPOT_DEFINED", str(kind.get("typeId")), label if isinstance(label, str) else ""


def _label(kind: Json) -> _Label:
    label, type_id = values.text(values.raw(kind.get("label"))), values.raw(kind.get("typeId"))
    # Labels that an account defines have type ids of their own, which may be small too.
    primary = kind.get("category") == "HUBSPOT_DEFINED" and (type_id in PRIMARY_TYPES or label == "Primary")
    return label, type_id, primary
