"""Read associations: in batches, all pages of each record, with their labels.

https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crmbridge.connectors.hubspot import paths, values, wire
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


def read_links(http: HttpClient, source: ObjectName, target: ObjectName, ids: Sequence[str]) -> Iterator[Link]:
    """Read every link from the given records, each once. A record without links is no error."""
    for chunk in wire.chunks(ids, BATCH_LIMIT):
        yield from dict.fromkeys(_all_pages(http, source, target, chunk))


def _all_pages(http: HttpClient, source: ObjectName, target: ObjectName, ids: Sequence[str]) -> Iterator[Link]:
    path = paths.associations(source, target)
    trail = wire.Trail(path)
    pending = wire.inputs(ids)
    while pending:
        data = http.post(path, {"inputs": pending}).data
        wire.complete(data, path)
        pending = []
        for row in wire.results(data, path):
            origin = wire.identity(wire.child(row, "from"))
            yield from _links(Ref(object=source, id=origin), target, row)
            after = wire.cursor(row)
            if after is not None:
                pending.append({"id": origin, "after": trail.step(after, of=origin)})


def _links(source: Ref, target: ObjectName, row: Json) -> Iterator[Link]:
    for end in wire.children(row, "to"):
        ref = Ref(object=target, id=wire.identity({"id": end.get("toObjectId")}))  # a number here, a text elsewhere
        for kind in wire.children(end, "associationTypes"):
            label, type_id = values.text(values.raw(kind.get("label"))), values.raw(kind.get("typeId"))
            yield Link(source=source, target=ref, label=label, type_id=type_id, primary=_primary(kind, label, type_id))


def _primary(kind: Json, label: str | None, type_id: str | None) -> bool:
    # Labels that an account defines have type ids of their own, which may be small too.
    return kind.get("category") == "HUBSPOT_DEFINED" and (type_id in PRIMARY_TYPES or label == "Primary")
