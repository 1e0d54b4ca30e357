"""The switches of a served portal: limits, latency, index lag, faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crmbridge.errors import FixRequest
from crmbridge.sandbox.portal import Portal


@dataclass(frozen=True, slots=True)
class Switches:
    """How a portal is served; what is left at None stays as the portal has it.

    Attributes:
        latency: Seconds before every answer.
        rate: Calls in any 10 seconds; 0 switches every limit off.
        searches: Searches a second.
        index_lag: Seconds by which the search index trails behind.
        search_in_pool: Searches count among the calls too.
        faults: Faults as ``NAME`` or ``NAME:key=value,…``, e.g. ``latency:seconds=0.5,share=0.1``.
    """

    latency: float = 0.0
    rate: int | None = None
    searches: int | None = None
    index_lag: float | None = None
    search_in_pool: bool = False
    faults: Sequence[str] = ()

    def set_on(self, portal: Portal) -> None:
        """Set a portal's switches; ``latency`` is the server's.

        Raises:
            FixRequest: A fault is not known, or does not take what it is given.
        """
        if self.rate == 0:
            portal.limits.off()
        elif self.rate is not None:
            portal.limits.calls = self.rate
        if self.searches is not None:
            portal.limits.searches = self.searches
        if self.index_lag is not None:
            portal.search_lag = round(self.index_lag * 1000)
        portal.limits.search_in_pool = portal.limits.search_in_pool or self.search_in_pool
        for text in self.faults:
            add_fault(portal, text)


def add_fault(portal: Portal, text: str) -> None:
    """Add a fault that is written as ``NAME`` or ``NAME:key=value,…``.

    Raises:
        FixRequest: It is not written like that, not known, or does not take what it is given.
    """
    name, _, rest = text.partition(":")
    pairs = [item.partition("=") for item in rest.split(",") if item]
    match, plain = "", {}
    for key, _, value in pairs:
        if key == "match":
            match = value
            continue
        try:
            plain[key] = float(value) if "." in value else int(value)
        except ValueError:
            raise FixRequest(f"the fault {name} needs a number for {key}: write {key}=1") from None
    portal.faults.named(name, match, **plain)  # type: ignore[arg-type]  # times and skip are whole when written so
