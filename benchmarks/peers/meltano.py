"""The Meltano tap without a start date, with an association stream for each pair: writes all to standard output."""

from __future__ import annotations

import importlib
import json
from typing import Any, Final

from benchmarks.job import KINDS, LINKS, Job
from benchmarks.peers.redirect import redirect

STREAMS: Final = (
    "ContactStream",
    "CompanyStream",
    "DealStream",
    "EmailStream",
    "CallStream",
    "MeetingStream",
    "NoteStream",
    "TaskStream",
)


def main() -> None:
    """Discover, select, sync."""
    job = Job.from_argument()
    redirect(job.base_url)
    taps = _tap_class()
    config = {
        "access_token": job.token,
        "associations": {kind: list(others) for kind, others in LINKS.items() if others},
    }
    catalog = _selected(taps(config=config).catalog_dict, job)
    path = job.folder / "catalog.json"
    path.write_text(json.dumps(catalog))
    taps(config=config, catalog=str(path)).sync_all()


def _tap_class() -> Any:
    """Return the tap without the streams that are not compared: it would ask for the definitions of each."""
    streams = importlib.import_module("tap_hubspot.streams")
    between = importlib.import_module("tap_hubspot.client").AssociationsStream

    class Tap(importlib.import_module("tap_hubspot.tap").TapHubspot):  # type: ignore[misc] # untyped, not installed here
        def discover_streams(self) -> list[Any]:
            objects = [getattr(streams, name)(self) for name in STREAMS]
            pairs = self.config["associations"].items()
            return [*objects, *(between(self, kind, to_kind) for kind, others in pairs for to_kind in others)]

    return Tap


def _selected(catalog: dict[str, Any], job: Job) -> dict[str, Any]:
    for stream in catalog["streams"]:
        name = stream["tap_stream_id"]
        for entry in stream["metadata"]:
            path, held = entry["breadcrumb"], entry["metadata"]
            of_properties = len(path) == 4 and path[1] == "properties"  # noqa: PLR2004 - properties, properties, ...
            asked = not of_properties or path[-1] in job.properties.get(name, ())
            held["selected"] = (name in KINDS or name.endswith("_associations")) and asked
    return catalog


if __name__ == "__main__":
    main()
