"""What one sync came to: how long, how many calls, how much memory, how whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks.job import ENGAGEMENTS, KINDS, LINKS, Kept
from benchmarks.measure import Measured
from benchmarks.server import Figures, Server

PAIRS: Final = tuple(f"{kind}>{to_kind}" for kind, others in LINKS.items() for to_kind in others)
_LOGGED: Final = tuple(pair for pair in PAIRS if pair.partition(">")[0] in ENGAGEMENTS)


@dataclass(frozen=True)
class Truth:
    """What there is to find: records by object, links by pair."""

    records: Mapping[str, int]
    links: Mapping[str, int]

    @classmethod
    def of(cls, server: Server) -> Truth:
        """Return what a server's portal holds of what is compared."""
        return cls(server.records, {pair: server.links.get(pair, 0) for pair in PAIRS})


@dataclass(frozen=True)
class Outcome:
    """One sync, measured; ``fault`` says why there is nothing to measure."""

    title: str
    sink: str = ""
    measured: Measured | None = None
    figures: Figures | None = None
    kept: Kept | None = None
    fault: str = ""

    @property
    def seconds(self) -> float:
        """Wall time; 0 if it did not run."""
        return self.measured.seconds if self.measured else 0.0

    @property
    def records(self) -> int:
        """Records kept."""
        return sum(self.kept.records.values()) if self.kept else 0

    @property
    def pace(self) -> float:
        """Records kept per second."""
        return self.records / self.seconds if self.seconds else 0.0

    def whole(self, truth: Truth) -> dict[str, float]:
        """Return the share that was kept, 1 for all: of records and of each kind of link."""
        kept = self.kept or Kept()
        return {
            "records": _share(kept.records, truth.records, KINDS),
            "contact-company": _share(kept.links, truth.links, ["contacts>companies"]),
            "deal-contact": _share(kept.links, truth.links, ["deals>contacts"]),
            "deal-company": _share(kept.links, truth.links, ["deals>companies"]),
            "engagement links": _share(kept.links, truth.links, _LOGGED),
        }

    def as_json(self, truth: Truth) -> dict[str, Any]:
        """Return everything as plain values."""
        kept = self.kept or Kept()
        return {
            "title": self.title,
            "sink": self.sink,
            "fault": self.fault,
            "measured": asdict(self.measured) if self.measured else None,
            "figures": asdict(self.figures) if self.figures else None,
            "kept": {"records": kept.records, "links": kept.links, "calls": kept.calls},
            "whole": self.whole(truth),
        }


def _share(kept: Mapping[str, int], truth: Mapping[str, int], keys: Iterable[str]) -> float:
    """Return how much of the truth was kept; more than the truth is no more than all of one key."""
    keys = tuple(keys)
    total = sum(truth.get(key, 0) for key in keys)
    return sum(min(kept.get(key, 0), truth.get(key, 0)) for key in keys) / total if total else 1.0
