"""How a connection misbehaves, in the words of Toxiproxy (https://github.com/Shopify/toxiproxy#toxics)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

TOXICS: Final = ("latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data")


@dataclass(frozen=True, slots=True)
class Toxic:
    """One way to misbehave while an answer is sent.

    Attributes:
        name: One of ``TOXICS``.
        seconds: ``latency``: before the answer. ``slow_close``: before the connection closes. ``timeout``: silence
            before it closes without an answer. ``reset_peer``: before it is reset. ``slicer``: between slices.
        rate: ``bandwidth``: bytes a second.
        size: ``limit_data``: bytes of the body before the connection closes. ``slicer``: bytes of a slice.
    """

    name: str
    seconds: float = 0.0
    rate: float = 100_000.0
    size: float = 100

    def delay(self, length: int) -> float:
        """Return how many seconds an answer of this length takes longer."""
        match self.name:
            case "bandwidth":
                return length / self.rate
            case "slicer":
                return self.seconds * max(length // max(int(self.size), 1), 0)
            case "latency" | "timeout" | "reset_peer":
                return self.seconds
        return 0.0

    def pieces(self, body: bytes) -> Iterator[tuple[bytes, float]]:
        """Yield what is sent of a body, piece by piece, each with the seconds to wait before it."""
        if self.name == "bandwidth":
            step = max(int(self.rate / 10), 1)
            yield from (
                (body[at : at + step], len(body[at : at + step]) / self.rate) for at in range(0, len(body), step)
            )
        elif self.name == "slicer":
            step = max(int(self.size), 1)
            yield from ((body[at : at + step], self.seconds if at else 0.0) for at in range(0, len(body), step))
        elif self.name == "limit_data":
            yield body[: int(self.size)], 0.0
        else:
            yield body, self.seconds if self.name == "latency" else 0.0
