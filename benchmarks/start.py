"""What installed plugins cost commands that load none of them: start with and without, in turns.

``python -m benchmarks.start --help`` from the repository's root.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from benchmarks.table import machine, number, table

COMMANDS: Final = ("--help", "init --help", "status --no-plugins", "config check --no-plugins")
"""Commands that import no plugin that is installed; the last two look which there are."""

GOAL: Final = 100
"""Milliseconds that 30 plugins may add."""

CONFIG: Final = """
[connections.main]
connector = "hubspot"
token = "env:TOKEN"

[privacy]
processing = "record-required"
"""


@dataclass(frozen=True)
class Start:
    """Milliseconds of a process, medians of all rounds.

    Attributes:
        command: What was run.
        without: From its start to its end, with no plugin besides those of this environment.
        installed: The same, with the made ones too.
        added: What a round added.
        worked: What it added to the time of the processor, which other programs on the machine hardly change.
    """

    command: str
    without: float
    installed: float
    added: float
    worked: float


def main(
    *,
    plugins: Annotated[int, typer.Option(min=0, help="How many plugins are installed.")] = 30,
    rounds: Annotated[int, typer.Option(min=1, help="How often each command is run either way, in turns.")] = 21,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the table to a file too.")] = None,
) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        install(folder / "packages", plugins)
        (folder / "crmbridge.toml").write_text(CONFIG, encoding="utf-8")
        starts = [measure(command, folder, rounds) for command in COMMANDS]
    shown = "\n".join(_shown(starts, plugins))
    if output is not None:
        output.write_text(shown, encoding="utf-8")
    typer.echo(json.dumps([asdict(start) for start in starts], indent=2) if as_json else shown)


def install(folder: Path, count: int) -> None:
    """Make so many distributions as pip would leave them; importing one of their modules raises."""
    for place in range(count):
        name = f"bench_{place:02}"
        facts = folder / f"crmbridge_{name}-0.1.0.dist-info"
        facts.mkdir(parents=True)
        (folder / f"crmbridge_{name}.py").write_text("raise RuntimeError('imported')\n", encoding="utf-8")
        (facts / "METADATA").write_text(
            f"Metadata-Version: 2.4\nName: crmbridge-{name}\nVersion: 0.1.0\nRequires-Dist: crmbridge\n\n"
            + "What the plugin is for, and how it is set up.\n" * 40,
            encoding="utf-8",
        )
        entry_points = f"[crmbridge]\n{name} = crmbridge_{name}\n"
        (facts / "entry_points.txt").write_text(entry_points, encoding="utf-8")
        (facts / "RECORD").write_text(f"crmbridge_{name}.py,,\n", encoding="utf-8")


def measure(command: str, folder: Path, rounds: int) -> Start:
    """Run a command without and with the packages in ``folder``, in turns; the first run of each is not counted."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("CRMBRIDGE_")}
    path = os.pathsep.join(filter(None, (str(folder / "packages"), bare.get("PYTHONPATH", ""))))
    taken = [
        (_run(command, folder, bare), _run(command, folder, {**bare, "PYTHONPATH": path})) for _ in range(rounds + 1)
    ][1:]
    return Start(
        command,
        statistics.median(before.whole for before, _ in taken),
        statistics.median(after.whole for _, after in taken),
        statistics.median(after.whole - before.whole for before, after in taken),
        statistics.median(after.worked - before.worked for before, after in taken),
    )


class _Taken(NamedTuple):
    """Milliseconds of one process: from its start to its end, and of the processor."""

    whole: float
    worked: float


def _run(command: str, folder: Path, env: Mapping[str, str]) -> _Taken:
    words = [sys.executable, "-m", "crmbridge", *command.split()]
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, cwd=folder, env=env, check=True, capture_output=True)  # noqa: S603 - our own commands
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return _Taken((time.perf_counter() - begun) * 1000, worked * 1000)


def _shown(starts: Sequence[Start], plugins: int) -> Iterator[str]:
    yield f"{machine()}\n"
    rows = (
        [f"`crmbridge {one.command}`", *map(number, (one.without, one.installed, one.added, one.worked))]
        for one in starts
    )
    yield table(("command", "without ms", f"{plugins} plugins installed ms", "added ms", "of the processor"), rows)
    worst = max(one.added for one in starts)
    yield f"{plugins} plugins add at most {worst:.0f} ms; the goal is {GOAL} ms.\n"


if __name__ == "__main__":
    sys.argv[0] = "python -m benchmarks.start"
    typer.run(main)
