"""The parts of a picture: seats, the deal, the stage track, meters. Each draws itself at a given place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from crmbridge.report.seats import PersonView, SeatView
from crmbridge.report.shapes import Anchor, Box, Dot, Shape, Stroke, Text, Tone, block, height_of, label, line, width_of
from crmbridge.report.view import MapView, MeterView

PAD: Final = 16
_HEAD: Final = 36
_ROW: Final = 45
_HEADLINE: Final = 30
_ASK: Final = 30
_RING: Final = 13
_MIDDLE: Final = 17  # of a person's row
_CORNER: Final = 10


def _arc(x: float, y: float, r: float, fill: float) -> str:
    """Path of an arc from the top, clockwise, over ``fill`` of the circle."""
    angle = 2 * math.pi * min(fill, 0.9999)
    end_x, end_y = x + r * math.sin(angle), y - r * math.cos(angle)
    return f"M{x:.1f} {y - r:.1f}A{r} {r} 0 {int(fill > 1 / 2)} 1 {end_x:.2f} {end_y:.2f}"


def pill_width(text: str) -> float:
    """Width of a word in a frame."""
    return width_of(text, "small") + 14


def pill(text: str, right: float, y: float, *, solid: bool = False) -> Iterator[Shape]:
    """A word in a frame that ends at ``right``; ``y`` is its baseline."""
    width = pill_width(text)
    yield Box(right - width, y - 13, width, 18, "alarm" if solid else "frame", 9)
    yield label(text, right - width / 2, y, "small", tone="paper" if solid else "muted", anchor="middle")


def _person(person: PersonView, x: float, y: float, width: float) -> Iterator[Shape]:
    center_x, center_y = x + _RING, y + _MIDDLE
    yield Dot(center_x, center_y, _RING, "ring")
    yield Stroke(_arc(center_x, center_y, _RING, person.fill), "arc", 3)
    yield label(f"{100 * person.fill:.0f}", center_x, center_y + 4, "small", anchor="middle")
    right = x + width
    for mark in reversed(person.marks):
        yield from pill(mark, right, y + 13)
        right -= pill_width(mark) + 6
    text_x = x + 2 * _RING + 12
    yield line(person.name, text_x, y + 14, "name", width=right - text_x - 6)
    right = x + width
    if person.stance:
        yield from pill(person.stance, right, y + 33)
        right -= pill_width(person.stance) + 6
    yield label(person.figures, right, y + 31, "fine", tone="muted", anchor="end")
    right -= width_of(person.figures, "fine") + 8
    yield line(person.title, text_x, y + 31, "text", width=right - text_x, tone="muted")


def person_middle(seat_top: float, place: int) -> float:
    """Height of the middle of the ``place``-th person in a seat, from 0."""
    return seat_top + _HEAD + 8 + place * _ROW + _MIDDLE


def seat_height(seat: SeatView) -> float:
    """How tall a seat must be for what it shows."""
    asked = _ASK if seat.ask and not seat.people else 0
    return _HEAD + 8 + _ROW * len(seat.people) + (0 if seat.taken else _HEADLINE) + asked + 4


def _seat_head(seat: SeatView, x: float, y: float, width: float) -> Iterator[Shape]:
    on_ink = seat.state == "filled" and seat.role == "decider"
    main: Tone = "paper" if on_ink else "ink"
    if on_ink:
        right, low, r = x + width, y + _HEAD, _CORNER
        yield Stroke(f"M{x} {low}V{y + r}Q{x} {y} {x + r} {y}H{right - r}Q{right} {y} {right} {y + r}V{low}Z", "solid")
    caps = seat.label.upper()
    yield label(caps, x + PAD, y + 23, "cap", tone=main)
    yield label(seat.german, x + PAD + width_of(caps, "cap") + 2, y + 23, "fine", tone="paper" if on_ink else "muted")
    if seat.state == "gap":
        yield from pill(seat.note, x + width - PAD + 4, y + 23, solid=True)
    else:
        yield label(seat.note, x + width - PAD, y + 23, "fine", tone="paper" if on_ink else "muted", anchor="end")


def draw_seat(seat: SeatView, x: float, y: float, width: float, height: float) -> Iterator[Shape]:
    """A seat with its people, or with the gap and who might fill it."""
    decides = seat.state == "filled" and seat.role == "decider"
    yield Box(x, y, width, height, f"seat {'decider' if decides else seat.state}", _CORNER)
    yield from _seat_head(seat, x, y, width)
    top = y + _HEAD + 8
    if not seat.taken:
        yield label(seat.headline, x + PAD, top + 14, "call", tone="accent" if seat.state == "gap" else "muted")
        if not seat.people:
            yield block(seat.ask, x + PAD, top + 36, "text", width=width - 2 * PAD, lines=2, tone="muted")
        top += _HEADLINE
    for place, person in enumerate(seat.people):
        yield from _person(person, x + PAD, top + place * _ROW, width - 2 * PAD)


def draw_deal(view: MapView, x: float, y: float, width: float, height: float) -> Iterator[Shape]:
    """The deal: who buys, what for, how much, and where the CRM has it."""
    inner = width - 2 * PAD
    yield Box(x, y, width, height, "solid", _CORNER)
    yield line(view.company, x + PAD, y + 24, "text", width=inner, tone="paper")
    name = block(view.case, x + PAD, y + 46, "case", width=inner, lines=2, tone="paper")
    yield name
    yield line(view.amount, x + PAD, y + 78 + height_of(name), "amount", width=inner, tone="paper")
    for place, fact in enumerate(reversed(view.facts)):
        yield line(fact, x + PAD, y + height - 13 - 16 * place, "fine", width=inner, tone="paper")


def draw_words(cap: str, lead: str, note: str, x: float, y: float, width: float) -> list[Text]:
    """A small heading, a large line of up to two rows and, last, a note below."""
    large = block(lead, x, y + 37, "lead", width=width, lines=2)
    below = line(note, x, y + 58 + height_of(large), "text", width=width, tone="muted")
    return [label(cap, x, y + 12, "cap", tone="muted"), large, below]


def draw_gap(view: MapView, x: float, y: float, width: float, lines: int) -> list[Text]:
    """A small heading and, last, the next gap in one sentence."""
    tone: Tone = "accent" if view.urgent else "ink"
    return [
        label("NEXT GAP", x, y + 12, "cap", tone="muted"),
        block(view.gap, x, y + 35, "call", width=width, lines=lines, tone=tone),
    ]


def draw_meter(meter: MeterView, x: float, y: float, width: float) -> Iterator[Shape]:
    """A figure, its bar and a note; 48 pixels tall."""
    yield label(meter.label, x, y + 12, "text", tone="muted")
    yield label(meter.text, x + width, y + 12, "strong", anchor="end")
    yield Box(x, y + 19, width, 6, "bar", 3)
    yield Box(x, y + 19, width * meter.fill, 6, "fill", 3)
    if meter.mark is not None:
        yield Box(min(x + width - 2, x + width * meter.mark), y + 16, 2, 12, "fill")
    yield line(meter.note, x, y + 42, "fine", width=width, tone="muted")


def thread_width(answers: int) -> float:
    """Width of a thread: the area grows with the number of two-way touches."""
    return min(13.0, 1.5 + 1.7 * math.sqrt(answers))


def draw_thread(d: str, seat: SeatView) -> Stroke:
    """The line from the deal to a seat: dashed if nobody there ever answered, dotted if nobody sits there."""
    if not seat.taken:
        return Stroke(d, "thread none", 1)
    if not seat.answers:
        return Stroke(d, "thread silent", 1.5)
    return Stroke(d, "thread", thread_width(seat.answers))


def draw_count(seat: SeatView, x: float, y: float) -> Iterator[Shape]:
    """The number of two-way touches on a line; an empty seat has none."""
    if seat.taken:
        text = f"{seat.answers:,}"
        width = max(22, width_of(text, "small") + 12)
        yield Box(x - width / 2, y - 10, width, 20, "badge", 10)
        yield label(text, x, y + 4, "small", anchor="middle")


def draw_warnings(warnings: tuple[str, ...], x: float, y: float, width: float) -> Iterator[Shape]:
    """Warnings below each other, each with a sign; 18 pixels each."""
    for place, text in enumerate(warnings):
        base = y + 18 * place
        yield Stroke(f"M{x + 6} {base - 10}l6.5 11.5h-13z", "sign", 1.4)
        yield Stroke(f"M{x + 6} {base - 6}v3.2m0 1.6v1", "sign", 1.4)
        yield line(text, x + 20, base, "text", width=width - 20)


def draw_legend(source: str, x: float, y: float, width: float, anchor: Anchor = "start") -> Iterator[Shape]:
    """How to read the picture; four lines of 15 pixels."""
    lines = (
        "Ring: confidence in %. A person may hold several seats.",
        "Number on a line: two-way touches. Arrow: asks for advice.",
        "Infl., Eng.: influence, engagement, 0 to 100; ~ few records.",
        f"Benchmark: {source}",
    )
    for place, text in enumerate(lines):
        yield line(text, x, y + 15 * place, "fine", width=width, tone="muted", anchor=anchor)
