"""The stage track of a picture: five phases, the present one, and where the center came back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from crmbridge.report.parts import pill, pill_width
from crmbridge.report.shapes import Dot, Shape, Stroke, label, line, width_of
from crmbridge.report.stages import PhaseView
from crmbridge.report.text import ordinal

_EDGE: Final = 12
_DOTS: Final = {"now": 7.0, "paused": 7.0, "left": 6.0, "been": 4.5, "ahead": 4.5}

_PRESENT: Final = ("now", "paused")


def _dot(phase: PhaseView, x: float, y: float) -> Iterator[Shape]:
    if phase.state in _PRESENT:
        yield Dot(x, y, 11, "halo")
    yield Dot(x, y, _DOTS[phase.state], f"phase {phase.state}")


def _again(phase: PhaseView) -> str:
    return f"{ordinal(phase.stays)} stay"


def _label(phase: PhaseView, x: float, y: float) -> Iterator[Shape]:
    """The phase's name, and a mark if the center came back to it."""
    face = "name" if phase.state in _PRESENT else "text"
    yield label(phase.label, x, y, face, tone="muted" if phase.state == "ahead" else "ink")
    if phase.stays > 1:
        text = _again(phase)
        yield from pill(text, x + width_of(phase.label, face) + 8 + pill_width(text), y)


def draw_track(phases: tuple[PhaseView, ...], y: float, width: float) -> Iterator[Shape]:
    """The five phases from left to right; 64 pixels tall."""
    step = (width - _EDGE) / len(phases)
    spots = [(_EDGE + step * place, phase) for place, phase in enumerate(phases)]
    for (start, _), (end, phase) in pairwise(spots):
        yield Stroke(f"M{start + 16} {y + 12}H{end - 16}", "rail" if phase.state == "ahead" else "rail been", 1.5)
    for x, phase in spots:
        yield from _dot(phase, x, y + 12)
        yield from _label(phase, x - _EDGE, y + 42)
        yield line(phase.note, x - _EDGE, y + 60, "fine", width=step - 16, tone="muted")


def draw_list(phases: tuple[PhaseView, ...], y: float, width: float) -> Iterator[Shape]:
    """The five phases from top to bottom; 28 pixels each."""
    for place, phase in enumerate(phases):
        middle = y + 14 + 28 * place
        if place:
            yield Stroke(f"M12 {middle - 18}V{middle - 11}", "rail" if phase.state == "ahead" else "rail been", 1.5)
        yield from _dot(phase, 12, middle)
        yield from _label(phase, 34, middle + 4)
        yield line(phase.note, width, middle + 4, "fine", width=130, tone="muted", anchor="end")
