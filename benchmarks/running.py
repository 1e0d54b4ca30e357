"""Let one program sync a served portal, in a folder that is gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.catalogue import Program, environment
from benchmarks.job import Job
from benchmarks.measure import measure
from benchmarks.outcome import Outcome
from benchmarks.server import Server

FREE: Final[Mapping[str, Any]] = {"calls_per_10s": 1000, "searches_per_second": 100}
"""Where the portal has no limits, this project's own are set as high as they go."""


def sync(
    program: Program,
    server: Server,
    properties: dict[str, list[str]],
    settings: Mapping[str, Any],
    environments: Path = Path(),
    patience: float = 3_600,
) -> Outcome:
    """Run one program against the server.

    Args:
        program: What is run.
        server: The portal.
        properties: The properties to read, by plural object name; of this project, those beyond the usual.
        settings: Further settings of the connection.
        environments: Where the peers' environments stand.
        patience: Seconds after which the program is stopped.
    """
    folder = Path(tempfile.mkdtemp(prefix="crmbridge-benchmark-"))
    try:
        Job(server.base_url, server.token, folder, properties, dict(settings), program.variant).write()
        server.figures()  # forget what was before
        command = [program.python(environments.absolute()), "-m", program.module, str(folder)]
        measured = measure(command, folder, environment(), patience)
        figures, kept = server.figures(), program.count(folder)
        fault = _fault(measured.code, measured.said) + (program.note if measured.code else "")
        return Outcome(program.title, program.sink, measured, figures, kept, fault)
    finally:
        shutil.rmtree(folder)


def _fault(code: int | None, said: str) -> str:
    if code is None:
        return "stopped: it took too long"
    last = (said.strip().splitlines() or [f"exit code {code}"])[-1]
    return f"failed: {last[:120]}" if code else ""
