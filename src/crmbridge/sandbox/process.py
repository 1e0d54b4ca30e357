"""The sandbox in a process of its own, so that it takes no time from the one that syncs.

The two speak over the child's standard input and output, one JSON document a line: the first line says what to
generate or load, the answer where it is served; each further line is an act of ``control``, answered by a document.
An answer with ``error`` names one of ``crmbridge.errors``. The child ends when its input ends, so it
outlives no parent.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from crmbridge import errors
from crmbridge.sandbox.generator.build import TODAY
from crmbridge.sandbox.switches import Switches

COMMAND = (sys.executable, "-P", "-m", "crmbridge.sandbox.child")
"""``-P``: nothing is imported from the folder that somebody happens to work in."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a portal is served.

    Attributes:
        base_url: Its address, on this machine.
        token: The token it accepts.
        seconds: How long it took to generate it.
    """

    base_url: str
    token: str
    seconds: float


class SandboxProcess:
    """A sandbox in another process. One thread may use it at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @cached_property
    def address(self) -> Address:
        """Where it is served; waits until it answers.

        Raises:
            FixConfig: The portal cannot be generated, or packages are missing.
            RetryLater: The process has ended.
        """
        return Address(**self._answer())

    def edit(self, name: str, record_id: str, properties: Mapping[str, str]) -> None:
        """Edit a record as a person does in the platform's screens.

        Raises:
            FixRequest: A property is not defined or does not take the value.
            RecordMissing: There is no such record.
            RetryLater: The process has ended.
        """
        self.act("edit", name=name, record_id=record_id, properties=dict(properties))

    def act(self, act: str, **given: object) -> dict[str, Any]:
        """Do something to the portal and return what came of it.

        Args:
            act: One of the acts of ``control.Control``: ``edit``, ``add``, ``archive``, ``restore``, ``touch``,
                ``link``, ``unlink``, ``merge``, ``forget``, ``fault``, ``clear_faults``, ``counts``,
                ``start_editing``, ``stop_editing``.
            given: Its arguments, e.g. ``name="contacts"``.

        Raises:
            FixRequest: There is no such act, or it does not take the arguments.
            RecordMissing: There is no such record.
            RetryLater: The process has ended.
        """
        assert self.address
        self.send({"do": act, **given})
        return self._answer()

    def send(self, document: Mapping[str, object]) -> None:
        """Write one line to the process; if it has ended, reading the answer tells."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(document) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise errors.RetryLater("the sandbox's process has ended: see what it printed, then start it again")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise getattr(errors, answer["error"])(answer["message"])
        return answer


@contextmanager
def serve_apart(
    seed: int = 7,
    today: date | None = None,
    *,
    bulk: bool = False,
    load: Path | None = None,
    switches: Switches | None = None,
    figures: Mapping[str, float] | None = None,
) -> Iterator[SandboxProcess]:
    """Generate a portal and serve it on this machine, in another process, until the block ends.

    The block begins at once, while the portal is being generated; ``address`` waits for it. However the block or this
    process ends, the other process ends too.

    Args:
        seed: Another seed is another portal.
        today: The as-of date; without one, the generators' own.
        bulk: Generate with ``generate_bulk``, whose portal then lies in a file.
        load: Serve a portal that was dumped into this file instead.
        switches: Limits, latency, index lag, faults.
        figures: Numbers of records, as for ``generate`` or ``generate_bulk``.
    """
    wanted: dict[str, object] = {"switches": asdict(switches or Switches())}
    if load is not None:
        wanted["load"] = str(load.resolve())
    else:
        wanted |= {"seed": seed, "today": (today or TODAY).isoformat(), "bulk": bulk, **(figures or {})}
    pipe = subprocess.PIPE
    # In a process group of its own it does not hear the Ctrl-C that is meant for its parent.
    with subprocess.Popen(  # noqa: S603 - our own module
        COMMAND, stdin=pipe, stdout=pipe, encoding="utf-8", process_group=0
    ) as process:
        try:
            sandbox = SandboxProcess(process)
            sandbox.send(wanted)
            yield sandbox
        finally:
            process.terminate()
