"""A Prefect flow: tried again while the platform is busy, failed where a person has to look.

It needs crmbridge in the environment of the worker: `pip install "crmbridge[plugins]"`. Run it once with
`python prefect_flow.py crmbridge.toml`, or deploy it with a schedule.
"""

from __future__ import annotations

import sys
from typing import Any

from nightly import night
from prefect import flow, task

from crmbridge.errors import RetryLater, WaitForRun


def is_passing(_task: Any, _run: Any, state: Any) -> bool:
    """Say whether a failure passes by itself: only then is the task tried again."""
    return isinstance(state.result(raise_on_failure=False), RetryLater | WaitForRun)


@task(retries=3, retry_delay_seconds=600, retry_condition_fn=is_passing)
def run_connection(config: str, connection: str | None) -> dict[str, int]:
    """Run one connection."""
    return night(config, connection)


@flow(name="crmbridge", log_prints=True)
def crmbridge_flow(config: str = "crmbridge.toml", connection: str | None = None) -> dict[str, int]:
    """Sync, judge, plan and apply."""
    return run_connection(config, connection)


if __name__ == "__main__":
    crmbridge_flow(*sys.argv[1:])
