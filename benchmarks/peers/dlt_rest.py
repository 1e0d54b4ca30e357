"""dlt with the REST source that it ships, loading parquet into DuckDB; links with the records, their first page.

The HubSpot source that dlt verifies is not in the package registry: ``dlt init`` fetches it. It follows the links'
further pages, asks for no engagements, and is otherwise of this kind.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

from benchmarks.job import KINDS, LINKS, Job, Kept

DATASET: Final = "hubspot"


def main() -> None:
    """Extract, normalise, load; then count what DuckDB holds."""
    job = Job.from_argument()
    dlt = importlib.import_module("dlt")
    source = importlib.import_module("dlt.sources.rest_api").rest_api_source(_described(job))
    pipeline = dlt.pipeline(
        pipeline_name="benchmark",
        pipelines_dir=str(job.folder / "pipelines"),
        destination=dlt.destinations.duckdb(str(job.folder / "benchmark.duckdb")),
        dataset_name=DATASET,
    )
    pipeline.run(source, loader_file_format="parquet")
    _counted(job).write(job.folder)


def _described(job: Job) -> dict[str, Any]:
    return {
        "client": {
            "base_url": f"{job.base_url}/crm/v3/objects/",
            "auth": {"type": "bearer", "token": job.token},
            "paginator": {"type": "json_link", "next_url_path": "paging.next.link"},
        },
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge"},
        "resources": [_resource(job, kind) for kind in KINDS],
    }


def _resource(job: Job, kind: str) -> dict[str, Any]:
    params = {"limit": 100, "properties": ",".join(job.properties[kind])}
    if LINKS[kind]:
        params["associations"] = ",".join(LINKS[kind])
    return {"name": kind, "endpoint": {"path": kind, "params": params, "data_selector": "results"}}


def _counted(job: Job) -> Kept:
    database = importlib.import_module("duckdb").connect(str(job.folder / "benchmark.duckdb"), read_only=True)
    tables = {row[0] for row in database.execute("SELECT table_name FROM information_schema.tables").fetchall()}

    def number(sql: str) -> int:
        return int(database.execute(sql).fetchone()[0])

    kept = Kept()
    for kind in KINDS:
        kept.records[kind] = number(f"SELECT count(DISTINCT id) FROM {DATASET}.{kind}") if kind in tables else 0  # noqa: S608 - our own names
        for to_kind in LINKS[kind]:
            child = f"{kind}__associations__{to_kind}__results"
            pairs = f"SELECT DISTINCT _dlt_parent_id, id FROM {DATASET}.{child}"  # noqa: S608 - our own names
            kept.links[f"{kind}>{to_kind}"] = number(f"SELECT count(*) FROM ({pairs})") if child in tables else 0  # noqa: S608 - same
    return kept


if __name__ == "__main__":
    main()
