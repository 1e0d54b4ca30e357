"""How long judging takes: everything, what 100 changed records concern, what falls due; and whether that is the same.

``python -m benchmarks.judging --help`` from the repository's root.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from benchmarks import judging_store as rows
from benchmarks.catalogue import environment
from benchmarks.judging_job import CONFIG
from benchmarks.table import machine, number, table

LATER: Final = 6
"""Days after which what fell due is judged: in the same week."""
NEXT_WEEK: Final = 8
"""Days after which it is judged once more: the figures over all cases are taken anew each week."""
TABLES: Final = ("units", "members", "proposals", "failures")
"""Where the answers are stored."""
HEAD: Final = ("step", "units seen", "judged", "failed", "seconds", "CPU s", "ms CPU per member", "peak MiB")

Take = Callable[..., Mapping[str, Any]]
"""Takes a step of ``judging_job`` on a folder."""


@dataclass(frozen=True)
class Step:
    """One judging, measured.

    Attributes:
        name: What was judged.
        job: What its process says of it, see ``judging_job``.
    """

    name: str
    job: Mapping[str, Any]

    @property
    def per_member(self) -> float:
        """Milliseconds of CPU per member of all centers."""
        return 1000 * float(self.job["cpu"]) / max(int(self.job["members"]), 1)


@dataclass(frozen=True)
class Delta:
    """Which centers were judged after records changed, beside those that should have been.

    Attributes:
        expected: That hold a changed record, by arithmetic.
        missed: Of these, not judged.
        surplus: Judged, and neither expected nor near a changed record nor due.
    """

    expected: int
    judged: int
    missed: int
    surplus: int


@dataclass
class Judged:
    """All steps of one size.

    Attributes:
        differing: Table → rows that judging everything again made otherwise, bytes compared.
    """

    people: int
    centers: int
    steps: list[Step] = field(default_factory=list)
    changed: Delta | None = None
    due: Delta | None = None
    differing: dict[str, int] = field(default_factory=dict)


def main(  # noqa: PLR0913 - a command's options
    *,
    contacts: Annotated[int, typer.Option(min=20, help="People, each in a center.")] = 100_000,
    centers: Annotated[int, typer.Option(min=10, help="Buying centers; they differ in size.")] = 12_000,
    engagements: Annotated[int, typer.Option(min=1, help="Engagements of each person.")] = 10,
    spread: Annotated[float, typer.Option(min=0, max=1, help="How far a center's size is from the mean.")] = 0.6,
    changed: Annotated[int, typer.Option(min=10, help="Records that change before the second judging.")] = 100,
    quick: Annotated[bool, typer.Option(help="Judge everything once, and no more.")] = False,
    keep: Annotated[Path | None, typer.Option(help="Folder for the store, which stays; filled once.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the tables to a file too.")] = None,
) -> None:
    """Judge a generated store with all plugins, each step in a process of its own."""
    before, layout = machine(), rows.Layout(contacts, centers, engagements, spread)
    with _folder(keep) as folder:
        found = judged(folder, layout, 0 if quick else changed)
    shown = _shown(found, before)
    if output is not None:
        output.write_text(shown, encoding="utf-8")
    typer.echo(json.dumps(asdict(found), indent=2) if as_json else shown)


def judged(folder: Path, layout: rows.Layout, changed: int, step: Take | None = None) -> Judged:
    """Take all steps on a store, which is made if it is not there; only the first if nothing is to change."""
    take = step or _apart
    (folder / "crmbridge.toml").write_text(CONFIG)
    take(folder, *(("forget",) if (folder / "store.db").exists() else ("fill", *_numbers(layout))))
    found = Judged(layout.people, layout.firms)

    def judge(name: str, later: int) -> None:
        found.steps.append(Step(name, take(folder, "judge", str(later))))
        typer.echo(" | ".join(_row(found.steps[-1])), err=True)

    judge("everything", 0)
    if not changed:
        return found
    take(folder, "touch", *_numbers(layout), str(changed))
    _watch(folder)
    judge(f"{changed} changed records", 0)
    touched = rows.touched(layout, changed)
    near = set().union(*(rows.near(layout, *one) for one in touched))
    found.changed = _delta(_seen(folder), set().union(*(rows.holding(layout, *one) for one in touched)), near)
    due = _due(folder, LATER)
    _watch(folder)
    judge(f"due {LATER} days later", LATER)
    found.due = _delta(_seen(folder), due, due)
    _unwatch(folder)
    judge(f"the week after, {NEXT_WEEK} days later", NEXT_WEEK)
    copy = folder / "before.db"
    _copy(folder / "store.db", copy)
    take(folder, "forget")
    judge("everything again", NEXT_WEEK)
    found.differing = differing(folder / "store.db", copy)
    copy.unlink()
    return found


def differing(one: Path, other: Path) -> dict[str, int]:
    """Count the rows of each table of answers that are in one store only."""
    with closing(sqlite3.connect(one)) as db:
        db.execute("ATTACH ? AS other", [str(other)])
        return {
            name: sum(_only(db, *sides, name) for sides in (("main", "other"), ("other", "main"))) for name in TABLES
        }


def _only(db: sqlite3.Connection, here: str, there: str, name: str) -> int:
    sql = f"SELECT count(*) FROM (SELECT * FROM {here}.{name} EXCEPT SELECT * FROM {there}.{name})"  # noqa: S608 - ours
    return int(db.execute(sql).fetchone()[0])


def _delta(judged: set[str], expected: set[str], near: set[str]) -> Delta:
    return Delta(len(expected), len(judged), len(expected - judged), len(judged - expected - near))


def _watch(folder: Path) -> None:
    """Let the store itself note which centers are judged from now on."""
    with closing(sqlite3.connect(folder / "store.db")) as db:
        db.executescript(_UNWATCH + "CREATE TABLE bench_judged (id TEXT);")
        for event in ("INSERT", "UPDATE"):
            db.execute(_TRIGGER.replace("EVENT", event))
        db.commit()


_TRIGGER: Final = """
CREATE TRIGGER bench_EVENT AFTER EVENT ON units WHEN new.kind = 'center'
BEGIN INSERT INTO bench_judged VALUES (new.id); END
"""
_UNWATCH: Final = """
DROP TRIGGER IF EXISTS bench_INSERT; DROP TRIGGER IF EXISTS bench_UPDATE; DROP TABLE IF EXISTS bench_judged;
"""


def _unwatch(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "store.db")) as db:
        db.executescript(_UNWATCH)


def _seen(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "store.db")) as db:
        return {key for (key,) in db.execute("SELECT DISTINCT id FROM bench_judged")}


def _due(folder: Path, later: int) -> set[str]:
    """Ids of the centers that say themselves that they fall due until then."""
    day = rows.TODAY + timedelta(days=later)
    with closing(sqlite3.connect(folder / "store.db")) as db:
        sql = "SELECT id FROM units WHERE kind = 'center' AND due_on <= ?"
        return {key for (key,) in db.execute(sql, [day.isoformat()])}


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="crmbridge-benchmark-") as name:
        yield Path(name)


def _numbers(layout: rows.Layout) -> list[str]:
    return [str(layout.people), str(layout.firms), str(layout.each), str(layout.spread)]


def _apart(folder: Path, *step: str) -> Mapping[str, Any]:
    """Take a step in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.judging_job", str(folder), *step]
    done = subprocess.run(command, env=environment(), capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - ours
    if done.returncode:
        raise RuntimeError(f"{step[0]} failed: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _row(one: Step) -> list[str]:
    job = one.job
    counts = [number(job[name]) for name in ("seen", "judged", "failed")]
    return [
        one.name,
        *counts,
        f"{job['seconds']:.1f}",
        f"{job['cpu']:.1f}",
        f"{one.per_member:.2f}",
        number(job["peak_mib"]),
    ]


def _shown(found: Judged, before: str) -> str:
    members = found.steps[0].job["members"]
    lines = [
        before,
        "",
        f"{number(members)} members in {number(found.centers)} centers.",
        "",
        table(HEAD, map(_row, found.steps)),
    ]
    for name, delta in (("a changed record", found.changed), ("an answer that fell due", found.due)):
        if delta is not None:
            lines.append(
                f"Centers with {name}: {number(delta.expected)}; judged {number(delta.judged)}, "
                f"missed {number(delta.missed)}, beyond need {number(delta.surplus)}."
            )
    if found.differing:
        rows_of = ", ".join(f"{name} {number(count)}" for name, count in found.differing.items())
        lines.append(f"Rows that differ between judging in steps and judging everything again: {rows_of}.")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.argv[0] = "python -m benchmarks.judging"
    typer.run(main)
