"""The official client, as a script would use it: every page of every object, links as its variant says.

``inline`` asks for links with the records and takes the first page of them, as ``get_all`` does; ``batch`` reads them
from the associations batch endpoint, a thousand records a call. The client retries nothing by itself; a script that
is to survive its first 429 hands it a retry, and so does this one.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Final

from benchmarks.job import KINDS, LINKS, Job, Kept

BATCH: Final = 1_000


def main() -> None:
    """Read everything into memory and count it."""
    job = Job.from_argument()
    retry = importlib.import_module("urllib3").Retry
    again = retry(total=6, backoff_factor=1, status_forcelist=(429, 502, 503, 504), allowed_methods=None)
    client = importlib.import_module("hubspot").HubSpot(access_token=job.token, host=job.base_url, retry=again)
    fetch_all = importlib.import_module("hubspot.utils.objects").fetch_all
    inline, kept, everything = job.variant == "inline", Kept(), {}
    for kind in KINDS:
        crm = client.crm if hasattr(client.crm, kind) else client.crm.objects
        associations = list(LINKS[kind]) if inline and LINKS[kind] else None
        found = fetch_all(getattr(crm, kind).basic_api, properties=job.properties[kind], associations=associations)
        everything[kind] = found
        kept.records[kind] = len({row.id for row in found})
        for to_kind in LINKS[kind]:
            count = _inline if inline else _batch
            count(kept, client, kind, to_kind, found)
    kept.write(job.folder)


def _inline(kept: Kept, _client: Any, kind: str, to_kind: str, found: list[Any]) -> None:
    for row in found:
        held = (row.associations or {}).get(to_kind)
        kept.add(kind, to_kind, [one.id for one in held.results] if held else [])


def _batch(kept: Kept, client: Any, kind: str, to_kind: str, found: list[Any]) -> None:
    models = importlib.import_module("hubspot.crm.associations.v4")
    one, many = models.PublicFetchAssociationsBatchRequest, models.BatchInputPublicFetchAssociationsBatchRequest
    read: Callable[..., Any] = client.crm.associations.v4.batch_api.get_page
    asked, linked = [one(id=row.id) for row in found], dict[str, set[str]]()
    while asked:
        answer = read(kind, to_kind, many(inputs=asked[:BATCH]))
        del asked[:BATCH]
        for row in answer.results:
            linked.setdefault(row._from.id, set()).update(str(item.to_object_id) for item in row.to)  # noqa: SLF001 - its name
            if row.paging is not None and row.paging.next is not None:
                asked.append(one(id=row._from.id, after=row.paging.next.after))  # noqa: SLF001 - its name
    for ids in linked.values():
        kept.add(kind, to_kind, ids)


if __name__ == "__main__":
    main()
