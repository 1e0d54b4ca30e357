"""What a benchmark asks of a program that syncs, and what that program says it kept. Nothing but the standard library.

The program runs in a process of its own, in its own environment: the two speak through files in one folder.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

ENGAGEMENTS: Final = ("emails", "calls", "meetings", "notes", "tasks")
KINDS: Final = ("companies", "contacts", "deals", *ENGAGEMENTS)
LINKS: Final[dict[str, tuple[str, ...]]] = {
    "companies": (),
    "contacts": ("companies",),
    "deals": ("contacts", "companies"),
    **dict.fromkeys(ENGAGEMENTS, ("contacts", "deals")),
}
"""Which links are to be read of which records: each pair once."""

JOB, KEPT = "job.json", "kept.json"


@dataclass(frozen=True)
class Job:
    """One sync to make.

    Attributes:
        base_url: Where the sandbox is served.
        token: The token it accepts.
        folder: An empty folder for everything that the program writes.
        properties: The properties to read, by plural object name; of this project, those beyond the usual.
        settings: Further settings of the connection; only this project has such.
        variant: Which of several ways a program is to take, where it has several.
    """

    base_url: str
    token: str
    folder: Path
    properties: dict[str, list[str]]
    settings: dict[str, Any] = field(default_factory=dict)
    variant: str = ""

    def write(self) -> None:
        """Leave the job in its folder."""
        (self.folder / JOB).write_text(json.dumps(asdict(self) | {"folder": str(self.folder)}))

    @classmethod
    def from_argument(cls) -> Job:
        """Read the job whose folder is this program's first argument."""
        held = json.loads((Path(sys.argv[1]) / JOB).read_text())
        return cls(**held | {"folder": Path(held["folder"])})


@dataclass
class Kept:
    """How many records and links a program has at its end, each counted once.

    Attributes:
        records: By plural object name.
        links: By the two object names in the order of ``LINKS``, e.g. ``deals>contacts``.
        calls: Calls that the program itself says it made; None if it does not say.
    """

    records: Counter[str] = field(default_factory=Counter)
    links: Counter[str] = field(default_factory=Counter)
    calls: int | None = None

    def add(self, kind: str, to_kind: str, ids: Iterable[str]) -> None:
        """Count the links of one record."""
        self.links[f"{kind}>{to_kind}"] += len(set(ids))

    def write(self, folder: Path) -> None:
        """Leave the counts in a job's folder."""
        (folder / KEPT).write_text(json.dumps({"records": self.records, "links": self.links, "calls": self.calls}))

    @classmethod
    def read(cls, folder: Path) -> Kept:
        """Read the counts that a program left; none if it left none."""
        path = folder / KEPT
        held = json.loads(path.read_text()) if path.exists() else {}
        return cls(Counter(held.get("records", {})), Counter(held.get("links", {})), held.get("calls"))
