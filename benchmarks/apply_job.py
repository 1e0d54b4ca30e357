"""One step of this project in a process of its own, as the command takes it; its figures are one line of JSON.

``python -m benchmarks.apply_job FOLDER STEP``: the folder holds ``crmbridge.toml`` and ``bridgefile.py``.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from crmbridge import Bridge
from crmbridge.cli.program import GC_THRESHOLDS

Step = Callable[[Bridge], dict[str, Any]]


def main() -> None:
    """Take one step."""
    folder, step = Path(sys.argv[1]), sys.argv[2]
    gc.set_threshold(*GC_THRESHOLDS)
    with Bridge.from_config(folder / "crmbridge.toml") as bridge:
        sys.stdout.write(json.dumps(STEPS[step](bridge)) + "\n")


def _sync(bridge: Bridge) -> dict[str, Any]:
    bridge.sync()
    return {"contacts": bridge.mirror.count("contact")}


def _plan(bridge: Bridge) -> dict[str, Any]:
    header = bridge.plan().header
    return {"records": header.records, "rows": header.rows}


def _apply(bridge: Bridge) -> dict[str, Any]:
    """Apply the waiting plan; only that is measured."""
    plan = bridge.open_plan()
    started, before = time.monotonic(), time.process_time()
    result = bridge.apply(plan, approve=plan.hash)
    seconds, cpu = time.monotonic() - started, time.process_time() - before
    return {
        "records": plan.header.records,
        "rows": plan.header.rows,
        "status": result.status,
        "confirmed": result.confirmed,
        "conflicts": result.conflicts,
        "refused": result.invalid + result.rejected + result.unknown,
        "seconds": seconds,
        "cpu": cpu,
        "peak_mib": peak_mib(),
    }


def _verify(bridge: Bridge) -> dict[str, Any]:
    """Verify the whole journal."""
    started = time.monotonic()
    found = bridge.journal.verify()
    return {"entries": found.entries, "faults": found.faults, "seconds": time.monotonic() - started}


def peak_mib() -> float:
    """Peak resident memory of this process so far; Linux counts it in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


STEPS: Final[Mapping[str, Step]] = {"sync": _sync, "plan": _plan, "apply": _apply, "verify": _verify}

if __name__ == "__main__":
    main()
