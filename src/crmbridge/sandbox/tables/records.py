"""Routes of records: single, in batches, by search, merged, deleted for privacy."""

from __future__ import annotations

from crmbridge.sandbox import batch, merging, objects, privacy, search
from crmbridge.sandbox.tables.route import V3, Route, records, route

_READ, _WRITE = records("read"), records("write")
_BATCH = "/crm/objects/{object}/batch"
_ONE = "/crm/objects/{object}/{id}"
RECORDS: tuple[Route, ...] = (
    route("POST", "/crm/objects/{object}/search", V3, search.search, _READ, search=True),
    route("POST", "/crm/objects/{object}/merge", V3, merging.merge_records, _WRITE),
    route("POST", "/crm/objects/{object}/gdpr-delete", V3, privacy.delete_for_privacy, _WRITE),
    route("POST", _BATCH + "/read", V3, batch.batch_read, _READ),
    route("POST", _BATCH + "/create", V3, batch.batch_create, _WRITE),
    route("POST", _BATCH + "/update", V3, batch.batch_update, _WRITE),
    route("POST", _BATCH + "/upsert", V3, batch.batch_upsert, _WRITE),
    route("POST", _BATCH + "/archive", V3, batch.batch_archive, _WRITE),
    route("GET", "/crm/objects/{object}", V3, objects.list_records, _READ),
    route("POST", "/crm/objects/{object}", V3, objects.create_record, _WRITE),
    route("GET", _ONE, V3, objects.read_record, _READ),
    route("PATCH", _ONE, V3, objects.update_record, _WRITE),
    route("DELETE", _ONE, V3, objects.archive_record, _WRITE),
)
