"""This project, as a script would use it: ``Bridge.sync`` into a store of its own."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Final

from benchmarks.job import KINDS, Job, Kept
from crmbridge import Bridge
from crmbridge.config import Config
from crmbridge.connectors.hubspot.kinds import PLURALS
from crmbridge.connectors.hubspot.reading import wanted

STORE: Final = "store.db"
TOKEN: Final = "CRMBRIDGE_BENCHMARK_TOKEN"  # noqa: S105 - the name of a variable
SINGULAR: Final = {plural: name for name, plural in PLURALS.items()}

ENGAGEMENTS: Final = ("email", "call", "meeting", "note", "task")


def main() -> None:
    """Sync everything."""
    job = Job.from_argument()
    os.environ[TOKEN] = job.token
    path = job.folder / "crmbridge.toml"
    path.write_text(config_text(job))
    with Bridge.from_config(path) as bridge:
        bridge.sync()
        Kept(calls=bridge.connector.calls).write(job.folder)


def config_text(job: Job) -> str:
    """Write the configuration of a job whose properties are read beyond the usual; JSON's values are TOML's too."""
    settings = {"connector": "hubspot", "token": f"env:{TOKEN}", "base_url": job.base_url, **job.settings}
    lines = ["[connections.main]", *(f"{key} = {json.dumps(value)}" for key, value in settings.items())]
    lines += ["[privacy]", 'processing = "legitimate-interest"', "[store]", f'path = "{STORE}"']
    lines += ["[sync]", f"engagements = {json.dumps(ENGAGEMENTS)}", "since_months = 0", "[sync.properties]"]
    lines += [f"{SINGULAR[kind]} = {json.dumps(names)}" for kind, names in job.properties.items()]
    return "\n".join(lines) + "\n"


def properties_of_plugins() -> dict[str, list[str]]:
    """Return what this project reads by default with the plugins that are installed, by plural object name."""
    from crmbridge.app import load_plugins

    config = Config.model_validate(
        {"connections": {"main": {"connector": "hubspot"}}, "privacy": {"processing": "legitimate-interest"}}
    )
    asked = load_plugins(config).inputs("hubspot")
    return {kind: wanted(SINGULAR[kind], sorted(asked.get(SINGULAR[kind], ()))) for kind in KINDS}


def kept_of(folder: Path) -> Kept:
    """Count what the store in a job's folder holds."""
    kept = Kept.read(folder)
    if not (folder / STORE).exists():
        return kept
    with sqlite3.connect(folder / STORE) as store:
        for name, number in store.execute("SELECT object, count(*) FROM records WHERE NOT archived GROUP BY object"):
            if name in PLURALS:  # owners and pipelines are not compared
                kept.records[PLURALS[name]] = number
        ends = "source_object, source_id, target_object, target_id"
        pairs = f"SELECT DISTINCT {ends} FROM links"  # noqa: S608 - our own names
        counts = f"SELECT source_object, target_object, count(*) FROM ({pairs}) GROUP BY 1, 2"  # noqa: S608 - same
        for source, target, number in store.execute(counts):
            kept.links[f"{PLURALS[source]}>{PLURALS[target]}"] = number
    return kept


if __name__ == "__main__":
    main()
