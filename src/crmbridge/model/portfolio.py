"""What is known of all cases together, given to plugins as ``ctx.stats``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field, PlainSerializer

from crmbridge.model.base import Frozen


def _frozen(figures: Mapping[str, int]) -> Mapping[str, int]:
    return MappingProxyType(dict(figures))


class Portfolio(Frozen):
    """Figures over the whole mirror, taken once a week, so that judging one center does not move all others.

    Attributes:
        as_of: The Monday before which everything counted; None before the first judging.
        gaps_p90: Segment (a company's industry, lower case) → days that nine out of ten gaps between two-way touches
            of a company do not exceed. ``*`` holds for all segments together. Segments with fewer than 20 gaps are
            left out.
        templates: Digests of texts that stand in so many notes that they are templates.
    """

    as_of: date | None = None
    gaps_p90: Annotated[
        Mapping[str, int], AfterValidator(_frozen), PlainSerializer(dict, return_type=dict[str, int])
    ] = Field(default_factory=lambda: MappingProxyType({}))
    templates: frozenset[str] = frozenset()

    def gap_p90(self, segment: str | None) -> int | None:
        """The segment's figure, else that of all, else None."""
        return self.gaps_p90.get((segment or "").casefold(), self.gaps_p90.get("*"))
