"""Where a subject stands, and since when: what all stage models are told in."""

from __future__ import annotations

from typing import NamedTuple


class Standing(NamedTuple):
    """Where a subject stands.

    Attributes:
        stage: Key of the stage; None for no stay in any.
        reason: Why.
        inferred: True if it is read from touches alone, and must last before it counts.
        silent_from: For a pause, the day from which the subject counts as dropped off.
    """

    stage: str | None = None
    reason: str = ""
    inferred: bool = False
    silent_from: int | None = None


Turn = tuple[int, Standing]
"""A day on which the standing changes, and the new one."""

Turns = list[Turn]
"""Oldest first, days to come included."""
