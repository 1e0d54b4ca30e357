"""Which channel met people in which phase: touches by channel, and by the phase of their center that day. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, NamedTuple

from crmbridge.model.centers import BuyingCenter, Member, Touch
from crmbridge.model.evidence import ROLES
from crmbridge.model.journey import PHASES, StageVisit
from crmbridge.model.touchpoints import CHANNELS, TouchChannel

MODEL: Final = "phases"
"""The stage model whose stages are the columns."""

NO_PHASE: Final = "none"
"""Of touches on a day on which the center was in no phase, and of centers that nobody gave a journey."""

NO_ROLE: Final = "none"
"""Of people who play no role for certain."""

By = Literal["role"]


class Cell(NamedTuple):
    """What one channel did in one phase.

    Attributes:
        group: Whose touches: a role, or empty for all.
        touches: How many; what machines did does not count.
        activities: Those in which somebody did something.
        exposures: Those in which something was put before somebody.
        reach: Members who took part in any, each once per center.
        centers: Centers in which there was any.
    """

    group: str
    channel: TouchChannel
    phase: str
    touches: int
    activities: int
    exposures: int
    reach: int
    centers: int


_Key = tuple[str, str, str]


@dataclass(frozen=True)
class ChannelMatrix:
    """Touches by channel and phase.

    Attributes:
        phases: The columns, in the order of the journey; those without any touch are left out.
        cells: By group, channel and phase, in their orders; none is empty.
    """

    phases: tuple[str, ...]
    cells: tuple[Cell, ...]

    def groups(self) -> Iterator[tuple[str, list[list[Cell | None]]]]:
        """Each group with a row per channel, of a cell or None per phase."""
        for group in dict.fromkeys(cell.group for cell in self.cells):
            mine = {(cell.channel, cell.phase): cell for cell in self.cells if cell.group == group}
            channels = dict.fromkeys(channel for channel, _ in mine)
            yield group, [[mine.get((channel, phase)) for phase in self.phases] for channel in channels]


def channel_matrix(centers: Iterable[BuyingCenter], by: By | None = None) -> ChannelMatrix:
    """Count the touches of centers; they are read once, and only the counts are kept.

    With ``by`` a touch counts for each role that somebody in it plays.
    """
    counts: dict[str, Counter[_Key]] = {name: Counter() for name in ("activity", "exposure", "reach", "centers")}
    for center in centers:
        groups = {member.id: _roles(member) if by else ("",) for member in center.members}
        for key, found in _met(center, groups).items():
            counts["centers"][key] += 1
            counts["reach"][key] += len({id_ for touch in found for id_ in touch.member_ids if key[0] in groups[id_]})
            for touch in found:
                counts[touch.nature][key] += 1
    return _matrix(counts)


def phase_on(visits: Sequence[StageVisit], day: date) -> str:
    """The stage of the last visit that covers a day."""
    covering = [item for item in visits if item.entered_on <= day and (item.left_on is None or day < item.left_on)]
    return covering[-1].stage if covering else NO_PHASE


def _met(center: BuyingCenter, groups: Mapping[str, Sequence[str]]) -> dict[_Key, list[Touch]]:
    visits = [item for item in center.visits if item.subject == center.id and item.model == MODEL]
    found: dict[_Key, list[Touch]] = {}
    for touch in center.touches:
        if not touch.is_bot:
            phase = phase_on(visits, touch.on)
            for group in {group for id_ in touch.member_ids for group in groups[id_]}:
                found.setdefault((group, touch.channel, phase), []).append(touch)
    return found


def _roles(member: Member) -> tuple[str, ...]:
    return tuple(role for role in ROLES if member.plays(role)) or (NO_ROLE,)


def _matrix(counts: dict[str, Counter[_Key]]) -> ChannelMatrix:
    cells = [
        Cell(
            group=key[0],
            channel=next(channel for channel in CHANNELS if channel == key[1]),
            phase=key[2],
            touches=counts["activity"][key] + counts["exposure"][key],
            activities=counts["activity"][key],
            exposures=counts["exposure"][key],
            reach=counts["reach"][key],
            centers=counts["centers"][key],
        )
        for key in counts["centers"]
    ]
    seen = {cell.phase for cell in cells}
    phases = [*PHASES, *sorted(seen.difference(PHASES, [NO_PHASE])), NO_PHASE]
    groups = ["", *ROLES, NO_ROLE]
    cells.sort(key=lambda cell: (groups.index(cell.group), CHANNELS.index(cell.channel), phases.index(cell.phase)))
    return ChannelMatrix(tuple(phase for phase in phases if phase in seen), tuple(cells))
