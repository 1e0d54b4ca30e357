"""The Airbyte source: finds its streams, then writes those compared to standard output, with all their properties."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
from typing import Any, Final

from benchmarks.job import Job
from benchmarks.peers.redirect import redirect

STREAMS: Final = {
    "contacts": "contacts",
    "companies": "companies",
    "deals": "deals",
    "engagements_emails": "emails",
    "engagements_calls": "calls",
    "engagements_meetings": "meetings",
    "engagements_notes": "notes",
    "engagements_tasks": "tasks",
}
"""Its names of the streams, to HubSpot's of the objects."""


def main() -> None:
    """Discover, select, read."""
    job = Job.from_argument()
    redirect(job.base_url)
    config, catalog = job.folder / "config.json", job.folder / "catalog.json"
    credentials = {"credentials_title": "Private App Credentials", "access_token": job.token}
    config.write_text(json.dumps({"start_date": "2000-01-01T00:00:00Z", "credentials": credentials}))
    found = io.StringIO()
    with contextlib.redirect_stdout(found):
        _run("discover", "--config", str(config))
    catalog.write_text(json.dumps(_selected(found.getvalue())))
    _run("read", "--config", str(config), "--catalog", str(catalog))


def _selected(output: str) -> dict[str, Any]:
    messages = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    (catalog,) = (message["catalog"] for message in messages if message["type"] == "CATALOG")
    streams = [stream for stream in catalog["streams"] if stream["name"] in STREAMS]
    how = {"sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
    return {"streams": [{"stream": stream, **how} for stream in streams]}


def _run(*arguments: str) -> None:
    sys.argv = ["source-hubspot", *arguments]
    importlib.import_module("source_hubspot.run").run()


if __name__ == "__main__":
    main()
