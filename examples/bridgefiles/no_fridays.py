"""Let nothing be written on Fridays: who could mend it is off on Saturday.

Save it as bridgefile.py beside crmbridge.toml.
"""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge import Finding, Plan, PluginSettings, RunContext, hookimpl

FRIDAY = 4


@hookimpl
def check_plan(ctx: RunContext[PluginSettings], plan: Plan) -> Iterator[Finding]:
    """Forbid the plans of a Friday, but not those that change nothing."""
    if ctx.today.weekday() == FRIDAY and not plan.is_empty:
        yield Finding(severity="error", code="friday", message="nothing is written on Fridays: plan again on Monday")
