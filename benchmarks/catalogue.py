"""The programs that are compared: what each is, what runs it, and how its environment is made."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.job import Kept
from benchmarks.peers.messages import counted
from benchmarks.project import kept_of

ROOT: Final = Path(__file__).resolve().parent.parent
REQUIREMENTS: Final = Path(__file__).resolve().parent / "peers" / "requirements"


@dataclass(frozen=True, slots=True)
class Program:
    """A program that syncs.

    Attributes:
        title: Its name and version, as the table shows it.
        module: What runs it.
        sink: Where its records go.
        environment: Name of its environment and its requirements; empty for the one that we are in.
        variant: What the job asks of it.
        count: Counts what it left in its folder.
        note: What there is to say if it fails.
    """

    title: str
    module: str
    sink: str
    environment: str = ""
    variant: str = ""
    count: Callable[[Path], Kept] = Kept.read
    note: str = ""

    def python(self, environments: Path) -> str:
        """Return the interpreter that runs it."""
        return str(environments / self.environment / "bin" / "python") if self.environment else sys.executable


def _messages(folder: Path) -> Kept:
    return counted(folder / "output.txt")


LEGACY: Final = " (it asks for addresses of HubSpot's versions 1 and 2, which the sandbox does not serve)"
PROJECT: Final = "crmbridge"
PROGRAMS: Final = {
    PROJECT: Program("crmbridge", "benchmarks.project", "SQLite", count=kept_of),
    "official-client": Program(
        "hubspot-api-client 12.0.0, links inline",
        "benchmarks.peers.official_client",
        "memory",
        "official-client",
        "inline",
    ),
    "official-client-batch": Program(
        "hubspot-api-client 12.0.0, links by batch",
        "benchmarks.peers.official_client",
        "memory",
        "official-client",
        "batch",
    ),
    "hubspot-sdk": Program("hubspot-sdk 0.1.0a9", "benchmarks.peers.hubspot_sdk", "memory", "hubspot-sdk"),
    "dlt": Program("dlt 1.31.0, its REST source", "benchmarks.peers.dlt_rest", "DuckDB, by parquet", "dlt"),
    "singer": Program(
        "tap-hubspot 4.5.0 (Singer)", "benchmarks.peers.singer", "JSON lines", "singer", "", _messages, LEGACY
    ),
    "meltano": Program(
        "meltano-tap-hubspot 0.10.1", "benchmarks.peers.meltano", "JSON lines", "meltano", "", _messages
    ),
    "airbyte": Program(
        "airbyte-source-hubspot 5.7.0", "benchmarks.peers.airbyte", "JSON lines", "airbyte", "", _messages, LEGACY
    ),
}


def install(program: Program, environments: Path) -> str:
    """Make a program's environment if it is not there; return why it could not be made, or nothing.

    The packages come from the registry that pip is set up for.
    """
    folder = environments / program.environment
    done = folder / "installed"
    if not program.environment or done.exists():
        return ""
    venv.create(folder, with_pip=True, clear=True)
    wanted = REQUIREMENTS / f"{program.environment}.txt"
    command = [program.python(environments), "-m", "pip", "install", "--quiet", "--requirement", str(wanted)]
    made = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - pip, as the user asked
    if made.returncode:
        return f"does not install: {made.stderr.strip().splitlines()[-1]}"
    done.touch()
    return ""


def environment() -> dict[str, str]:
    """Return the variables that a program sees: no proxy, nothing reported home, our own modules to import."""
    kept = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    return kept | {"PYTHONPATH": str(ROOT), "RUNTIME__DLTHUB_TELEMETRY": "false", "DO_NOT_TRACK": "1"}
