"""Where the group stands as a whole: where members of the most weight do."""

from __future__ import annotations

from collections.abc import Sequence

from crmbridge import PHASES, Member
from crmbridge_journey.standing import Standing, Turns

LEAST_WEIGHT = 10
"""What a member weighs whose influence is lower, or not known; of 100."""

_INDEX = {phase: index for index, phase in enumerate(PHASES)}


def weight(member: Member) -> int:
    """Return a member's weight in tenths: sums of whole numbers do not depend on their order."""
    return round(10 * max(LEAST_WEIGHT, member.influence.score if member.influence else 0))


def mode(paths: Sequence[tuple[int, Turns]]) -> list[tuple[int, str | None]]:
    """Return, the phase of most weight on each day on which a member turns; of two that weigh the same the earlier."""
    days = sorted((day, who, now.stage) for who, (_, turns) in enumerate(paths) for day, now in turns)
    weights = dict.fromkeys(PHASES, 0)
    stands: list[str | None] = [None] * len(paths)
    found = []
    for day, who, stage in days:
        for phase, step in ((stands[who], -1), (stage, 1)):
            if phase is not None:
                weights[phase] += step * paths[who][0]
        stands[who] = stage
        heaviest = max(PHASES, key=lambda phase: (weights[phase], -_INDEX[phase]))
        found.append((day, heaviest if weights[heaviest] else None))
    return found


def raised(turns: Turns, modes: Sequence[tuple[int, str | None]]) -> Turns:
    """Lift the center where its members stand further; it never stands behind what its own case says."""
    own, theirs = dict(turns), dict(modes)
    found: Turns = []
    base, lift = Standing(), None
    for day in sorted(own.keys() | theirs.keys()):
        base, lift = own.get(day, base), theirs.get(day, lift)
        further = lift and base.stage and _INDEX[lift] > _INDEX[base.stage]
        found.append(
            (day, Standing(lift, "members of the most weight stand there", inferred=True) if further else base)
        )
    return found
