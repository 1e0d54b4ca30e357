"""What the readings of a member's job title come to. Pure."""

from __future__ import annotations

from typing import Final, get_args

from crmbridge.config.centers import Rank
from crmbridge.model.centers import Member

RANKS: Final[tuple[Rank, ...]] = get_args(Rank)
"""The highest first."""

PLACES: Final[dict[str | None, int]] = {rank: place for place, rank in enumerate((*RANKS, None))}
"""Rank to its place, 0 for the highest; no rank comes last."""


def top_rank(member: Member) -> Rank | None:
    """The highest rank that the title states."""
    return min((reading.seniority for reading in member.titles), key=PLACES.__getitem__, default=None)


def departments(member: Member) -> set[str]:
    """The departments that the title states."""
    return {reading.department for reading in member.titles if reading.department}
