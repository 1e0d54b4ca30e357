"""One night as a function, for schedulers that speak Python: it returns what was done, or raises what to do.

``RetryLater`` and ``WaitForRun`` mean: the same again in a while; nothing is lost. ``AskSomebody`` means: a person has
to look, and trying again changes nothing. Any other ``CrmBridgeError`` says what to mend.
"""

from __future__ import annotations

from crmbridge import Bridge

UNFINISHED = {
    "parked": "the plan waits: crmbridge apply --approve {hash}",
    "blocked": "a check forbids the plan: crmbridge plan tells why",
    "stopped": "the first records did not read back as written: crmbridge drift",
}
"""How an apply ends without having written all: what to do."""


class AskSomebody(Exception):
    """The run ended well, and left something that only a person can decide or mend."""


def night(config: str, connection: str | None = None) -> dict[str, int]:
    """Sync, judge, plan and apply one connection; return counts.

    Raises:
        AskSomebody: The plan waits for approval, rows were refused, or a plugin failed.
        CrmBridgeError: The run failed; what was committed stays, and the next run goes on from there.
    """
    with Bridge.from_config(config, connection) as bridge:
        result = bridge.run()
    applied = result.applied
    waiting = []
    if applied and applied.status in UNFINISHED:
        waiting.append(UNFINISHED[applied.status].format(hash=result.plan.hash))
    if applied and (applied.rejected or applied.invalid):
        waiting.append(f"{applied.rejected + applied.invalid} rows were refused: crmbridge rejects list")
    if applied and applied.unknown:
        waiting.append(f"nobody knows what became of {applied.unknown} rows: crmbridge apply --resume")
    if result.failures:
        waiting.append(f"plugins failed {result.failures} times: crmbridge status")
    if waiting:
        raise AskSomebody("; ".join(waiting))
    return {
        "read": sum(result.sync.read.values()),
        "judged": result.judged.judged,
        "written": applied.confirmed if applied else 0,
        "left to people": applied.conflicts if applied else 0,
    }
