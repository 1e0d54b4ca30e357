"""Run everything unattended; exit with 0 done, 1 failed, 12 waits for approval, 13 rows were refused.

python examples/nightly_job.py crmbridge.toml
"""

from __future__ import annotations

import sys

from crmbridge import Bridge, CrmBridgeError


def main(config: str) -> int:
    """Sync, judge, plan and apply; return the exit code."""
    try:
        with Bridge.from_config(config) as bridge:
            result = bridge.run()
    except CrmBridgeError as error:
        print(error, file=sys.stderr)
        return 1
    print(result.plan.summary())
    applied = result.applied
    if applied is None:
        return 0
    if applied.status == "parked":
        print(f"approve it with: crmbridge apply --approve {result.plan.hash}", file=sys.stderr)
        return 12
    print(f"{applied.confirmed} confirmed, {applied.conflicts} conflicts, {applied.rejected} rejected")
    if applied.status == "blocked" or applied.unknown:
        return 1
    return 13 if applied.rejected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
