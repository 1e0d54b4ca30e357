"""The new generated SDK, synchronous, as a script would use it: every page of every object, links with the records."""

from __future__ import annotations

import importlib
from typing import Any

from benchmarks.job import KINDS, LINKS, Job, Kept


def main() -> None:
    """Read everything into memory and count it."""
    job = Job.from_argument()
    client = importlib.import_module("hubspot_sdk").HubSpot(access_token=job.token, base_url=job.base_url)
    kept, everything = Kept(), {}
    for kind in KINDS:
        wanted: dict[str, Any] = {"limit": 100, "properties": job.properties[kind]}
        if LINKS[kind]:
            wanted["associations"] = list(LINKS[kind])
        found = list(getattr(client.crm.objects, kind).list(**wanted))
        everything[kind] = found
        kept.records[kind] = len({row.id for row in found})
        for row in found:
            for to_kind in LINKS[kind]:
                held = (row.associations or {}).get(to_kind)
                kept.add(kind, to_kind, [one.id for one in held.results] if held else [])
    kept.write(job.folder)


if __name__ == "__main__":
    main()
