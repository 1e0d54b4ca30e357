"""Arrows from who asks to who is asked: thin lines that run between the seats, never through a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final

from crmbridge.report.shapes import Shape, Stroke

MOST: Final = 4
"""Arrows in a picture: the strongest; the list below it has the others."""

_WIDTH: Final = 1.25
_CORNER: Final = 6.0
_HEAD: Final = 4.0
_LEAVES, _ARRIVES = 6.0, -2.0  # off a person's middle, so that neither line hides the other

Point = tuple[float, float]


@dataclass(frozen=True)
class Spot:
    """Where a person sits: the seat's edge at which arrows begin and end, and the person's middle.

    Attributes:
        out: 1 if the way out of the seat leads to the right, -1 if to the left.
    """

    member_id: str
    x: float
    y: float
    out: int


@dataclass(frozen=True)
class Lanes:
    """Where arrows may run.

    Attributes:
        first: From a seat's edge to the first lane, in pixels.
        step: From lane to lane.
        crossings: Heights at which an arrow may cross from one column of seats to the other.
    """

    first: float
    step: float
    crossings: tuple[float, ...] = ()


def draw_advice(advice: Iterable[tuple[str, str]], spots: Sequence[Spot], lanes: Lanes) -> Iterator[Shape]:
    """Draw an arrow for each pair of people of whom both sit somewhere, by the shortest way between their seats."""
    for place, (source, target) in enumerate(advice):
        ways = list(product(_of(spots, source), _of(spots, target)))
        if ways:
            start, end = min(ways, key=_length)
            yield Stroke(_rounded(_way(start, end, place, lanes)), "advice", _WIDTH)
            x, y = end.x, end.y + _ARRIVES
            yield Stroke(f"M{x + end.out * 5} {y - _HEAD}L{x} {y}L{x + end.out * 5} {y + _HEAD}", "advice", _WIDTH)


def _of(spots: Sequence[Spot], member_id: str) -> list[Spot]:
    return [spot for spot in spots if spot.member_id == member_id]


def _length(way: tuple[Spot, Spot]) -> tuple[float, float]:
    start, end = way
    return abs(start.x - end.x), abs(start.y - end.y)


def _way(start: Spot, end: Spot, place: int, lanes: Lanes) -> list[Point]:
    off = lanes.first + lanes.step * place
    here, there = start.x + start.out * off, end.x + end.out * off
    leave, arrive = start.y + _LEAVES, end.y + _ARRIVES
    if here == there:
        return [(start.x, leave), (here, leave), (here, arrive), (end.x, arrive)]
    middle = min(lanes.crossings, key=lambda y: abs(leave - y) + abs(arrive - y)) + 3 * (place - (MOST - 1) / 2)
    return [(start.x, leave), (here, leave), (here, middle), (there, middle), (there, arrive), (end.x, arrive)]


def _rounded(points: list[Point]) -> str:
    """Path through the points, straight, with round corners."""
    parts = [f"M{points[0][0]} {points[0][1]}"]
    for (before, at), (_, after) in pairwise(pairwise(points)):
        begin, end = _towards(at, before), _towards(at, after)
        parts.append(f"L{begin[0]} {begin[1]}Q{at[0]} {at[1]} {end[0]} {end[1]}")
    return "".join([*parts, f"L{points[-1][0]} {points[-1][1]}"])


def _towards(one: Point, other: Point) -> Point:
    away = abs(other[0] - one[0]) + abs(other[1] - one[1])  # lines run along the axes
    share = min(_CORNER, away / 2) / away if away else 0.0
    return round(one[0] + share * (other[0] - one[0]), 2), round(one[1] + share * (other[1] - one[1]), 2)
