"""The picture of a buying center: the deal in the middle, six seats around it. One for wide screens, one for phones."""

from __future__ import annotations

from typing import Final

from crmbridge.report.arrows import Lanes, Spot, draw_advice
from crmbridge.report.journey import draw_list, draw_track
from crmbridge.report.parts import (
    draw_count,
    draw_deal,
    draw_gap,
    draw_legend,
    draw_meter,
    draw_seat,
    draw_thread,
    draw_warnings,
    draw_words,
    person_middle,
    seat_height,
)
from crmbridge.report.seats import SeatView
from crmbridge.report.shapes import Drawing, Stroke, height_of
from crmbridge.report.view import MapView

_WIDE: Final = 1200.0
_SEAT: Final = 366.0
_SEAT_HEIGHT: Final = 184.0
_ROWS: Final = 3
_STEP: Final = _SEAT_HEIGHT + 14
_TOP: Final = 78.0
_MIDDLE: Final = 442.0  # left edge of the column in the middle
_MIDDLE_WIDTH: Final = _WIDE - 2 * _MIDDLE
_FOOT: Final = _TOP + _ROWS * _STEP + 8
_LANES: Final = Lanes(40.0, 7.0, tuple(_TOP + row * _STEP - 7 for row in range(1, _ROWS)))

_TALL: Final = 358.0
_INDENT: Final = 34.0
_TRUNK: Final = 14.0
_MARGIN: Final = 10.0  # right of the seats, where there are arrows
_TALL_LANES: Final = Lanes(3.0, 2.0)


def _wide_threads(drawing: Drawing, view: MapView) -> None:
    """Fan out from both sides of the deal to the six seats."""
    middle = _TOP + _STEP + _SEAT_HEIGHT / 2
    for place, seat in enumerate(view.seats):
        left, row = place < _ROWS, place % _ROWS
        y, start_y = _TOP + row * _STEP + _SEAT_HEIGHT / 2, middle + 36 * (row - 1)
        start, end = (_MIDDLE, _SEAT) if left else (_WIDE - _MIDDLE, _WIDE - _SEAT)
        bend = (start + end) / 2
        drawing.add(draw_thread(f"M{start} {start_y}C{bend} {start_y} {bend} {y} {end} {y}", seat))
        drawing.add(*draw_count(seat, end + (20 if left else -20), y))


def _spots(seat: SeatView, x: float, top: float, out: int) -> list[Spot]:
    """Where the people of a seat sit; in an empty one nobody does."""
    people = seat.people if seat.taken else ()
    return [Spot(person.member_id, x, person_middle(top, place), out) for place, person in enumerate(people)]


def wide(view: MapView) -> Drawing:
    """The picture 1,200 pixels wide; it fits a screen of 1280 by 800."""
    drawing = Drawing(_WIDE)
    drawing.add(*draw_track(view.phases, 0, _WIDE))
    _wide_threads(drawing, view)
    spots: list[Spot] = []
    for place, seat in enumerate(view.seats):
        left, top = place < _ROWS, _TOP + place % _ROWS * _STEP
        drawing.add(*draw_seat(seat, 0 if left else _WIDE - _SEAT, top, _SEAT, _SEAT_HEIGHT))
        spots += _spots(seat, _SEAT if left else _WIDE - _SEAT, top, 1 if left else -1)
    drawing.add(*draw_advice(view.advice, spots, _LANES))
    x, width = _MIDDLE, _MIDDLE_WIDTH
    drawing.add(*draw_words("WHO DECIDES", view.decider, view.decider_note, x, _TOP, width))
    drawing.add(*draw_words("STAGE", view.stage, view.stage_note, x, _TOP + 102, width))
    drawing.add(*draw_deal(view, x, _TOP + _STEP, width, _SEAT_HEIGHT))
    low = _TOP + 2 * _STEP
    drawing.add(*draw_gap(view, x, low, width, 3))
    drawing.add(*draw_meter(view.completeness, x, low + 86, width))
    drawing.add(*draw_meter(view.coverage, x, low + 138, width))
    drawing.add(*draw_warnings(view.warnings, 0, _FOOT + 12, 700))
    drawing.add(*draw_legend(view.source, _WIDE, _FOOT + 12, 480, "end"))
    drawing.height = _FOOT + 62
    return drawing


def _tall_head(drawing: Drawing, view: MapView) -> float:
    """Everything above the seats; returns where the deal ends."""
    y = 0.0
    for cap, lead, note in (
        ("WHO DECIDES", view.decider, view.decider_note),
        ("STAGE", view.stage, view.stage_note),
    ):
        words = draw_words(cap, lead, note, 0, y, _TALL)
        drawing.add(*words)
        y = words[-1].y + 24
    drawing.add(*draw_list(view.phases, y, _TALL))
    y += 28 * len(view.phases) + 20
    gap = draw_gap(view, 0, y, _TALL, 4)
    y = gap[-1].y + height_of(gap[-1]) + 24
    drawing.add(*gap, *draw_meter(view.completeness, 0, y, _TALL))
    drawing.add(*draw_meter(view.coverage, 0, y + 56, _TALL))
    drawing.add(*draw_warnings(view.warnings, 0, y + 126, _TALL))
    y += 120 + 20 * len(view.warnings)
    drawing.add(*draw_deal(view, 0, y, _TALL, _SEAT_HEIGHT))
    return y + _SEAT_HEIGHT


def _tall_seats(drawing: Drawing, view: MapView, start: float) -> float:
    """The seats below each other, the decider's first, on a trunk from the deal; returns where they end."""
    y, ends, spots = start + 16, [], list[Spot]()
    width = _TALL - _INDENT - (_MARGIN if view.advice else 0)
    for seat in sorted(view.seats, key=lambda seat: seat.role != "decider"):
        ends.append((seat, y))
        y += seat_height(seat) + 12
    drawing.add(Stroke(f"M{_TRUNK} {start}V{ends[-1][1] + 22}", "thread", 1.5))
    for seat, top in ends:
        drawing.add(draw_thread(f"M{_TRUNK} {top + 22}H{_INDENT}", seat))
        drawing.add(*draw_count(seat, _TRUNK, top + 22))
        drawing.add(*draw_seat(seat, _INDENT, top, width, seat_height(seat)))
        spots += _spots(seat, _INDENT + width, top, 1)
    drawing.add(*draw_advice(view.advice, spots, _TALL_LANES))
    return y


def tall(view: MapView) -> Drawing:
    """The picture 358 pixels wide, for phones: the seats hang below the deal."""
    drawing = Drawing(_TALL)
    end = _tall_seats(drawing, view, _tall_head(drawing, view))
    drawing.add(*draw_legend(view.source, 0, end + 12, _TALL))
    drawing.height = end + 64
    return drawing
