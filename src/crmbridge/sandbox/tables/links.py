"""Routes of associations and their labels."""

from __future__ import annotations

from crmbridge.sandbox import associations, labels, link_batches
from crmbridge.sandbox.tables.route import ANY, V4, Route, either, route

_READ, _WRITE = either("read"), either("write")
_OF = "/crm/objects/{object}/{id}/associations"
_BATCH = "/crm/associations/{object}/{to}/batch"
_LABELS = "/crm/associations/{object}/{to}/labels"
_V3 = ("v3",)
LINKS: tuple[Route, ...] = (
    route("GET", _OF + "/{to}", ANY, associations.read_links, _READ),
    route("PUT", _OF + "/{to}/{to_id}", V4, associations.put_link, _WRITE),
    route("DELETE", _OF + "/{to}/{to_id}", V4, associations.delete_links, _WRITE),
    route("PUT", _OF + "/default/{to}/{to_id}", V4, associations.put_default, _WRITE),
    route("POST", _BATCH + "/read", V4, link_batches.batch_read, _READ),
    route("POST", _BATCH + "/create", V4, link_batches.batch_create, _WRITE),
    route("POST", _BATCH + "/associate/default", V4, link_batches.batch_default, _WRITE),
    route("POST", _BATCH + "/archive", ANY, link_batches.batch_archive, _WRITE),
    route("POST", _BATCH + "/labels/archive", V4, link_batches.batch_archive_labels, _WRITE),
    route("POST", _BATCH + "/read", _V3, link_batches.batch_read_named, _READ),
    route("POST", _BATCH + "/create", _V3, link_batches.batch_create_named, _WRITE),
    route("GET", "/crm/associations/{object}/{to}/types", _V3, labels.list_types, _READ),
    route("GET", _LABELS, V4, labels.list_labels, _READ),
    route("POST", _LABELS, V4, labels.create_label, _WRITE),
    route("PUT", _LABELS, V4, labels.update_label, _WRITE),
    route("DELETE", _LABELS + "/{type_id}", V4, labels.delete_label, _WRITE),
)
