"""A Dagster job with its schedule: tried again while the platform is busy, failed where a person has to look.

It needs crmbridge in the environment of the code location: `pip install "crmbridge[plugins]"`. Load it with
`dagster dev -f dagster_job.py`. Dagster reads annotations as they stand: do not make them strings.
"""

from dagster import Config, Definitions, Failure, OpExecutionContext, RetryRequested, ScheduleDefinition, job, op
from nightly import night

from crmbridge import CrmBridgeError
from crmbridge.errors import RetryLater, WaitForRun


class Where(Config):  # type: ignore[misc] # dagster need not be installed where types are checked
    """Which connection of which file."""

    config: str = "crmbridge.toml"
    connection: str | None = None


@op
def run_connection(context: OpExecutionContext, config: Where) -> None:
    """Sync, judge, plan and apply one connection."""
    try:
        counts = night(config.config, config.connection)
    except (RetryLater, WaitForRun) as error:
        raise RetryRequested(max_retries=3, seconds_to_wait=600) from error
    except CrmBridgeError as error:
        raise Failure(str(error), allow_retries=False) from error
    context.add_output_metadata(counts)


@job
def crmbridge_job() -> None:
    """One night."""
    run_connection()


definitions = Definitions(
    jobs=[crmbridge_job], schedules=[ScheduleDefinition(job=crmbridge_job, cron_schedule="30 2 * * *")]
)
