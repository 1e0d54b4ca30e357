"""The Singer tap: finds its streams, then writes all of them to standard output."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
from typing import Any, Final

from benchmarks.job import ENGAGEMENTS, Job

STREAMS: Final = ("contacts", "companies", "deals", "engagements", "contacts_by_company")


def main() -> None:
    """Discover, select, sync."""
    job = Job.from_argument()
    tap: Any = importlib.import_module("tap_hubspot")
    tap.BASE_URL = job.base_url
    config, catalog = job.folder / "config.json", job.folder / "catalog.json"
    settings = {"api_key": job.token, "start_date": "2000-01-01T00:00:00Z", "select_fields_by_default": "false"}
    config.write_text(json.dumps(settings))
    found = io.StringIO()
    with contextlib.redirect_stdout(found):
        _run(tap, "--config", str(config), "--discover")
    catalog.write_text(json.dumps(_selected(json.loads(found.getvalue()), job)))
    _run(tap, "--config", str(config), "--properties", str(catalog))


def _selected(catalog: dict[str, Any], job: Job) -> dict[str, Any]:
    """Select the streams that are compared, and of each record the properties asked for and what is no property."""
    for stream in catalog["streams"]:
        name = stream["tap_stream_id"]
        asked = set(job.properties.get(name, [p for kind in ENGAGEMENTS for p in job.properties[kind]]))
        for entry in stream["metadata"]:
            path, held = entry["breadcrumb"], entry["metadata"]
            field = path[-1].removeprefix("property_") if path else ""
            held["selected"] = name in STREAMS and (not path or not path[-1].startswith("property_") or field in asked)
    return catalog


def _run(tap: Any, *arguments: str) -> None:
    sys.argv = ["tap-hubspot", *arguments]
    tap.main_impl()


if __name__ == "__main__":
    main()
