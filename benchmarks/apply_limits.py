"""How near an apply comes to the limits of the API: many values, a distant server, every call told apart.

``python -m benchmarks.apply_limits --help`` from the repository's root.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from benchmarks import apply_values as values
from benchmarks.apply_server import KINDS, Writes, WriteServer, write_serving
from benchmarks.catalogue import environment
from benchmarks.job import Job
from benchmarks.project import TOKEN, config_text
from benchmarks.server import Terms
from benchmarks.table import machine, number, percent, table

CALLS: Final = 190
"""Calls in any ten seconds."""
BATCH: Final = 100
"""Records of one call that reads or writes."""
PAST: Final = 50
"""Records of one call that reads history."""
BRIDGEFILE: Final = "bridgefile.py"
EVERY: Final = 10
"""Of so many contacts, people have edited one."""
DAYS: Final = {"fill": 1, "change": 2, "mixed": 3, "empty": 3}
"""Cases of three values for every contact, and the day whose values they want."""
BACKWARDS: Final = "forward-only"
CASES: Final = (*DAYS, BACKWARDS)
EDITED: Final = {values.PREFIX + "bench_score": "1001"}
"""What people write: a score that the plugin never proposes."""

HEAD: Final = (
    "case",
    "records",
    "rows",
    "seconds",
    "records/s",
    "of the limit",
    "calls of 19/s",
    *KINDS,
    "429",
    "most in 10 s",
    "CPU s",
    "ms CPU per record",
    "sandbox CPU s",
    "peak MiB",
    "conflicts",
    "stand",
)


@dataclass(frozen=True)
class Applied:
    """One apply, measured.

    Attributes:
        case: What was applied.
        job: What its process says of it, see ``apply_job``.
        server: What the portal's process saw meanwhile.
        asked: Records of which history had to be read.
        present: Values that stand in the portal as they should, by its own data.
        wanted: Values that should.
    """

    case: str
    job: Mapping[str, Any]
    server: Writes
    asked: int
    present: int
    wanted: int

    @property
    def needed(self) -> int:
        """Calls that it takes with full pages: a read and a write, where a stage goes back two more and a read-back."""
        back = self.case == BACKWARDS
        return ceil(int(self.job["records"]) / BATCH) * (5 if back else 2) + ceil(self.asked / PAST)

    @property
    def pace(self) -> float:
        """Records a second."""
        return float(self.job["records"] / self.job["seconds"])

    @property
    def of_limit(self) -> float:
        """Share of the pace that the limit allows to an apply that makes only the calls needed."""
        return self.needed / (CALLS / 10) / float(self.job["seconds"])

    @property
    def of_calls(self) -> float:
        """Share of the calls allowed that were made."""
        return self.server.total / (CALLS / 10) / float(self.job["seconds"])

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        shares = {"needed": self.needed, "of_limit": self.of_limit, "of_calls": self.of_calls}
        return asdict(self) | {"job": dict(self.job)} | shares


@dataclass(frozen=True)
class Bench:
    """One portal and one store, applied to case after case."""

    server: WriteServer
    folder: Path

    def prepare(self, plugin: str, overwrite: str = "") -> None:
        """Write config and plugin, and fill the mirror by a sync."""
        job = Job(self.server.base_url, self.server.token, self.folder, {})
        pipeline = '[pipeline]\nallow = ["bridgefile.py"]\n'
        text = config_text(job).partition("[sync]")[0] + "[sync]\nengagements = []\n" + pipeline
        text += f'[writeback.overwrite]\n"contact.{overwrite}" = false\n' if overwrite else ""
        (self.folder / "crmbridge.toml").write_text(text)
        (self.folder / BRIDGEFILE).write_text(plugin)
        self.step("sync")

    def plan(self, plugin: str) -> Mapping[str, Any]:
        """Judge with a plugin, and plan."""
        (self.folder / BRIDGEFILE).write_text(plugin)
        return self.step("plan")

    def apply(self) -> tuple[Mapping[str, Any], Writes]:
        """Apply the waiting plan; return what both sides say of it."""
        self.server.figures()  # forget what was before
        return self.step("apply"), self.server.figures()

    def step(self, name: str) -> Mapping[str, Any]:
        """Take one step in a process of its own.

        Raises:
            RuntimeError: It failed.
        """
        command = [sys.executable, "-m", "benchmarks.apply_job", str(self.folder), name]
        env = environment() | {TOKEN: self.server.token}
        done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - ours
        if done.returncode:
            raise RuntimeError(f"{name} failed: {done.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def main(
    *,
    records: Annotated[int, typer.Option(min=1, help="Contacts, each with three values.")] = 50_000,
    backwards: Annotated[int, typer.Option(min=1, help="Contacts of the portal of forward-only.")] = 5_000,
    case: Annotated[str, typer.Option(help=f"{', '.join(CASES)}; several with commas, in this order.")] = ",".join(
        CASES
    ),
    latency: Annotated[float, typer.Option(min=0, help="Milliseconds before each answer.")] = 150,
    keep: Annotated[Path | None, typer.Option(help="Keep config and stores in this empty folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the table to a file too.")] = None,
) -> None:
    """Sync a generated portal, plan and apply values of every contact, and print what the applies took."""
    cases, before = _cases(case), machine()
    rows, documents = [], []
    with tempfile.TemporaryDirectory(prefix="crmbridge-benchmark-") as temporary:
        for found in _measured(cases, records, backwards, latency / 1000, keep or Path(temporary)):
            documents.append(found if isinstance(found, dict) else found.as_json())
            if isinstance(found, Applied):
                rows.append(_row(found))
                typer.echo(" | ".join(rows[-1]), err=True)
    said = "\n".join(f"- {_said(document)}" for document in documents if "entries" in document)
    shown = f"{before}\n\n{table(HEAD, rows)}\n{said}\n"
    if output is not None:
        output.write_text(shown, encoding="utf-8")
    typer.echo(json.dumps(documents, indent=2) if as_json else shown)


def _cases(text: str) -> list[str]:
    names = [name for name in text.split(",") if name]
    if unknown := set(names) - set(CASES):
        raise typer.BadParameter(f"no case {', '.join(sorted(unknown))}: there are {', '.join(CASES)}")
    if set(names) & DAYS.keys() and names[0] != "fill":
        raise typer.BadParameter("begin with fill: the other cases rest on it")
    return sorted(set(names), key=CASES.index)


def _measured(
    cases: list[str], records: int, backwards: int, latency: float, folder: Path
) -> Iterator[Applied | dict[str, Any]]:
    """Yield one apply after the other, and after the last one of each portal what verifying its journal found."""
    days = [name for name in cases if name in DAYS]
    for contacts, names in ((records, days), (backwards, [name for name in cases if name == BACKWARDS])):
        if names:
            place = folder / names[0]
            place.mkdir()
            with write_serving(Terms(contacts, max(contacts // 10, 1), 0, 0, latency=latency, rate=CALLS)) as server:
                bench = Bench(server, place)
                if names == [BACKWARDS]:
                    yield _backwards(bench)
                else:
                    yield from _days(bench, names)
                yield {"case": names[-1], **bench.step("verify")}


def _days(bench: Bench, names: list[str]) -> Iterator[Applied]:
    bench.prepare(_plugin(names[0]))
    edited: dict[str, dict[str, str]] = {}
    for name in names:
        bench.plan(_plugin(name))
        if name == "mixed":
            edited = dict.fromkeys(list(bench.server.contacts(()))[::EVERY], EDITED)
            bench.server.edit(list(edited), EDITED)
        job, server = bench.apply()
        day = max(DAYS[one] for one in names[: names.index(name) + 1])
        present = bench.server.contacts([values.PREFIX + spec.name for spec in values.SPECS])
        wanted = {key: values.expected(key, day) | edited.get(key, {}) for key in present}
        asked = len(edited) if name == "mixed" else 0
        yield _applied(name, job, server, asked, present, wanted)


def _plugin(case: str) -> str:
    return f"DAY = {DAYS[case]}\n{values.PLUGIN}"


def _backwards(bench: Bench) -> Applied:
    bench.prepare(values.BACKWARDS, values.STAGE)
    asked = bench.plan(values.BACKWARDS)["records"]
    job, server = bench.apply()
    present = bench.server.contacts([values.STAGE])
    wanted = {key: {values.STAGE: values.STAGES[0]} for key in present}
    return _applied(BACKWARDS, job, server, asked, present, wanted)


def _applied(
    case: str,
    job: Mapping[str, Any],
    server: Writes,
    asked: int,
    present: Mapping[str, Mapping[str, str | None]],
    wanted: Mapping[str, Mapping[str, str]],
) -> Applied:
    stand = sum(values.standing(present[key], found) for key, found in wanted.items())
    return Applied(case, job, server, asked, stand, sum(map(len, wanted.values())))


def _row(found: Applied) -> list[str]:
    job, server = found.job, found.server
    some = bool(job["records"])
    return [
        found.case if job["status"] == "done" and not job["refused"] else f"{found.case} ({job['status']})",
        number(job["records"]),
        number(job["rows"]),
        f"{job['seconds']:.1f}",
        number(found.pace) if some else "-",
        f"{found.of_limit:.0%}" if some else "-",
        f"{found.of_calls:.0%}" if some else "-",
        *(number(server.calls[kind]) for kind in KINDS),
        number(server.refused),
        number(server.most),
        f"{job['cpu']:.1f}",
        f"{job['cpu'] * 1000 / job['records']:.2f}" if some else "-",
        f"{server.cpu:.1f}",
        number(job["peak_mib"]),
        number(job["conflicts"]),
        percent(found.present / found.wanted),
    ]


def _said(verified: Mapping[str, Any]) -> str:
    found = f"{number(verified['entries'])} entries in {verified['seconds']:.1f} s"
    return f"The journal after {verified['case']}: {found}, {len(verified['faults'])} faults."


if __name__ == "__main__":
    sys.argv[0] = "python -m benchmarks.apply_limits"
    typer.run(main)
