"""What pictures are made of: a few plain shapes, which one small template writes as SVG."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal

from crmbridge.report.fit import Face, fit, measure, wrap

Tone = Literal["ink", "muted", "accent", "paper"]
"""Colours of text, by the names of the style sheet's variables."""

Anchor = Literal["start", "middle", "end"]

FACES: Final[dict[str, Face]] = {
    "lead": Face(19, bold=True, leading=23),
    "case": Face(16.5, bold=True, leading=20),
    "amount": Face(25, bold=True),
    "stage": Face(16.5, bold=True),
    "call": Face(15, bold=True, leading=19),
    "name": Face(14, bold=True),
    "text": Face(12.5, leading=18),
    "strong": Face(12.5, bold=True),
    "cap": Face(11.5, bold=True, spacing=0.9),
    "fine": Face(11.5, leading=17),
    "small": Face(11, bold=True),
}
"""Every way in which pictures set text; the style sheet is made from this."""


@dataclass(frozen=True)
class Text:
    """Lines of text; ``y`` is the first baseline. ``title`` is the whole text where lines may be cut."""

    kind: ClassVar[str] = "text"
    x: float
    y: float
    face: str
    lines: tuple[str, ...]
    tone: Tone = "ink"
    anchor: Anchor = "start"
    title: str | None = None

    @property
    def leading(self) -> float:
        """Pixels from line to line."""
        return FACES[self.face].leading


@dataclass(frozen=True)
class Box:
    """A rectangle with corners of radius ``r``."""

    kind: ClassVar[str] = "box"
    x: float
    y: float
    w: float
    h: float
    css: str
    r: float = 0.0


@dataclass(frozen=True)
class Dot:
    """A circle."""

    kind: ClassVar[str] = "dot"
    x: float
    y: float
    r: float
    css: str


@dataclass(frozen=True)
class Stroke:
    """A path; ``width`` is that of its line."""

    kind: ClassVar[str] = "stroke"
    d: str
    css: str
    width: float = 1.0


Shape = Text | Box | Dot | Stroke


@dataclass
class Drawing:
    """Shapes on a canvas; later ones lie above."""

    width: float
    height: float = 0.0
    shapes: list[Shape] = field(default_factory=list)

    def add(self, *shapes: Shape) -> None:
        """Put shapes on top."""
        self.shapes.extend(shapes)


def line(
    text: str, x: float, y: float, face: str, *, width: float, tone: Tone = "ink", anchor: Anchor = "start"
) -> Text:
    """One line, cut to ``width`` pixels; the whole text becomes its title."""
    return Text(x, y, face, (fit(text, width, FACES[face]),), tone, anchor, text)


def block(text: str, x: float, y: float, face: str, *, width: float, lines: int, tone: Tone = "ink") -> Text:
    """A text broken into at most ``lines`` lines; the whole text becomes its title."""
    return Text(x, y, face, wrap(text, width, FACES[face], lines), tone, title=text)


def label(text: str, x: float, y: float, face: str, *, tone: Tone = "ink", anchor: Anchor = "start") -> Text:
    """A short word of ours, which always fits."""
    return Text(x, y, face, (text,), tone, anchor)


def width_of(text: str, face: str) -> float:
    """Width of a line in pixels."""
    return measure(text, FACES[face])


def height_of(text: Text) -> float:
    """Pixels from the first baseline to the last line that is used."""
    return text.leading * max(0, sum(1 for item in text.lines if item) - 1)
