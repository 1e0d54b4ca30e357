"""Run a program and measure it: wall time, and the peak memory of its whole process tree. It reads Linux's /proc."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

INTERVAL: Final = 0.05
"""Seconds between two looks at the memory."""

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


@dataclass(frozen=True, slots=True)
class Measured:
    """What a program took.

    Attributes:
        seconds: From its start to its end.
        peak_mib: Sum of the peaks of resident memory of the processes that lived at the same time.
        code: Its exit code; None if it was stopped for want of patience.
        said: The end of what it wrote to standard error.
    """

    seconds: float
    peak_mib: float
    code: int | None
    said: str


def measure(command: Sequence[str], folder: Path, env: Mapping[str, str], patience: float) -> Measured:
    """Run a program to its end; its output goes to ``output.txt`` and ``errors.txt`` in the folder.

    Args:
        command: The program and its arguments.
        folder: Where its output goes.
        env: Its environment.
        patience: Seconds after which it is stopped.
    """
    output, errors = folder / "output.txt", folder / "errors.txt"
    started, peak = time.monotonic(), 0
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(  # noqa: S603 - the benchmark's own commands
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env, start_new_session=True
        )
        try:
            while process.poll() is None and time.monotonic() - started < patience:
                peak = max(peak, sum(_peaks(process.pid)))
                time.sleep(INTERVAL)  # memory is sampled: the kernel tells no one of a peak
            code = process.poll()
        finally:
            _end(process)
    said = errors.read_text(encoding="utf-8", errors="replace")[-2_000:]
    return Measured(time.monotonic() - started, peak / 1024, code, said)


def _peaks(session: int) -> Iterator[int]:
    """Yield the peak resident memory, in kB, of each process of a session."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == session:
                    found = _PEAK.search((entry / "status").read_text())
                    yield int(found[1]) if found else 0
            except OSError:  # it ended meanwhile
                continue


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop what is left of the program's own session."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
