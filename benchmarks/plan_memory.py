"""Whether the memory of planning grows with the account: peak resident memory at two sizes, all new and nothing new.

``python -m benchmarks.plan_memory --help`` from the repository's root.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from benchmarks import apply_values as values
from benchmarks.catalogue import environment
from benchmarks.plan_job import CONFIG
from benchmarks.table import machine, number, table

DAYS: Final = {"everything": 2, "nothing": 1}
"""What changes, and the day whose values are proposed: the records have those of day 1."""
GROWTH: Final = 1.10
"""What is aimed at: ten per cent more for the largest than for the smallest at most."""
HEAD: Final = (
    "contacts",
    "changes",
    "rows",
    "seconds",
    "rows/s",
    "proposals/s",
    "CPU s",
    "peak MiB",
    "store MiB before",
    "after",
)


@dataclass(frozen=True)
class Planned:
    """One plan, measured.

    Attributes:
        contacts: Contacts of the store, each with a proposal for every property.
        changes: Which of them change.
        job: What its process says of it, see ``plan_job``.
        before: MiB of the store before planning.
        after: MiB of it, with the plan.
    """

    contacts: int
    changes: str
    job: Mapping[str, Any]
    before: float
    after: float

    @property
    def peak_mib(self) -> float:
        """Peak resident memory of the process that planned."""
        return float(self.job["peak_mib"])


def main(
    *,
    sizes: Annotated[str, typer.Option(help="Numbers of contacts, ascending, with commas.")] = "100000,1000000",
    changes: Annotated[str, typer.Option(help="everything, nothing; or both with a comma.")] = ",".join(DAYS),
    folder: Annotated[Path | None, typer.Option(help="Where the stores are made: some 2 kB a contact.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the table to a file too.")] = None,
) -> None:
    """Plan from stores of several sizes, each in a process of its own, and print the peak of memory."""
    names = [name for name in changes.split(",") if name]
    if unknown := set(names) - DAYS.keys():
        raise typer.BadParameter(f"nothing changes by {', '.join(sorted(unknown))}: there are {', '.join(DAYS)}")
    before, found = machine(), list[Planned]()
    for name in names:
        for size in map(int, sizes.split(",")):
            found.append(planned(size, name, folder))
            typer.echo(" | ".join(_row(found[-1])), err=True)
    verdicts = "\n".join(_verdict(name, [one for one in found if one.changes == name]) for name in names)
    shown = f"{before}\n\n{table(HEAD, map(_row, found))}\n{verdicts}\n"
    if output is not None:
        output.write_text(shown, encoding="utf-8")
    typer.echo(json.dumps([asdict(one) for one in found], indent=2) if as_json else shown)


def planned(contacts: int, changes: str, parent: Path | None) -> Planned:
    """Make a store in a folder that is gone afterwards, and plan from it."""
    with tempfile.TemporaryDirectory(prefix="crmbridge-benchmark-", dir=parent) as name:
        folder = Path(name)
        (folder / "crmbridge.toml").write_text(CONFIG)
        (folder / "bridgefile.py").write_text(f"DAY = {DAYS[changes]}\n{values.PLUGIN}")
        _step(folder, "fill", str(contacts), str(DAYS[changes]))
        before = _size(folder)
        job = _step(folder, "plan")
        return Planned(contacts, changes, job, before, _size(folder))


def _step(folder: Path, *step: str) -> Mapping[str, Any]:
    command = [sys.executable, "-m", "benchmarks.plan_job", str(folder), *step]
    done = subprocess.run(command, env=environment(), capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - ours
    if done.returncode:
        raise RuntimeError(f"{step[0]} failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _size(folder: Path) -> float:
    """MiB of a store, its log included."""
    return sum(path.stat().st_size for path in folder.glob("store.db*")) / 2**20


def _row(one: Planned) -> list[str]:
    job, proposed = one.job, one.contacts * len(values.SPECS)
    return [
        number(one.contacts),
        one.changes,
        number(job["rows"]),
        f"{job['seconds']:.1f}",
        number(job["rows"] / job["seconds"]),
        number(proposed / job["seconds"]),
        f"{job['cpu']:.1f}",
        number(one.peak_mib),
        number(one.before),
        number(one.after),
    ]


def _verdict(changes: str, found: Sequence[Planned]) -> str:
    growth = found[-1].peak_mib / found[0].peak_mib
    flat = "flat" if growth <= GROWTH else "not flat"
    return f"Where {changes} changes, from the smallest to the largest {growth - 1:+.0%}: {flat}."


if __name__ == "__main__":
    sys.argv[0] = "python -m benchmarks.plan_memory"
    typer.run(main)
