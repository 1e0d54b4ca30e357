"""An Airflow DAG: tried again while the platform is busy, failed where a person has to look.

crmbridge runs in an environment of its own, so that neither has to agree with the other's libraries: set
`CRMBRIDGE_PYTHON` and `CRMBRIDGE_FOLDER` for the workers. The program's exit code says how the night ended.
"""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta

from airflow.exceptions import AirflowFailException
from airflow.sdk import dag, task

SETTLED = {0: "done", 10: "written", 11: "written, but for rows that people had edited"}
FOR_PEOPLE = {2: "mend crmbridge.toml", 12: "approve the plan", 13: "crmbridge rejects list", 14: "crmbridge status"}
"""Exit codes of `crmbridge run --exit-code`; see docs/reference/exit-codes.md. Any other may pass by itself."""


@dag(
    schedule="30 2 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=10)},
)
def crmbridge() -> None:
    """Sync, judge, plan and apply every night."""

    @task
    def run() -> str:
        command = [os.environ["CRMBRIDGE_PYTHON"], "-m", "crmbridge", "run", "--exit-code"]
        code = subprocess.run(command, cwd=os.environ["CRMBRIDGE_FOLDER"], check=False).returncode  # noqa: S603 - ours
        if code in FOR_PEOPLE:
            raise AirflowFailException(f"crmbridge ended with {code}: {FOR_PEOPLE[code]}")
        if code not in SETTLED:
            raise RuntimeError(f"crmbridge ended with {code}; its message stands above")
        return SETTLED[code]

    run()


crmbridge()
