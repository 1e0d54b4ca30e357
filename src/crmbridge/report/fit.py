"""How wide a text will be, so that a picture without a layout engine never overlaps."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# Advance widths of Helvetica in thousandths of its size, from Adobe's published font metrics (Core 14 AFM files).
# Arial and Liberation Sans have the same; Segoe UI and SF are as narrow or narrower.
_GROUPS: Final = {
    191: "'",
    222: "ijl\u2018\u2019",
    260: "|",
    278: " !,./:;I[\\]ft·",
    333: "()-`r\u201c\u201d",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckxyzsv",
    556: "#$0123456789?L_abdeghnopqu\u2013",
    584: "+<=>~",
    611: "FTZß",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "\u2026\u2014",
    1015: "@",
}
_WIDTHS: Final = {char: width for width, chars in _GROUPS.items() for char in chars}
_WIDE: Final = 1300  # emoji stand wider than their em in common fonts
_FULL: Final = 1000
_UNKNOWN: Final = 780
_BOLD: Final = 1.09  # Helvetica Bold over Helvetica, for running text
_SLACK: Final = 1.03  # fonts differ a little


@dataclass(frozen=True)
class Face:
    """A way to set text.

    Attributes:
        size: In pixels.
        bold: True for weight 600.
        spacing: Extra pixels between letters.
        leading: Pixels from line to line.
    """

    size: float
    bold: bool = False
    spacing: float = 0.0
    leading: float = 0.0


@lru_cache(maxsize=4096)
def _width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    base = unicodedata.normalize("NFD", char)[0]
    if base in _WIDTHS:
        return _WIDTHS[base]
    if unicodedata.category(char) in ("So", "Sk"):
        return _WIDE
    return _FULL if unicodedata.east_asian_width(char) in ("W", "F") else _UNKNOWN


def measure(text: str, face: Face) -> float:
    """Estimate the width of a line in pixels, rather too wide than too narrow."""
    ems = sum(_width(char) for char in text) / 1000
    return ems * face.size * (_BOLD if face.bold else 1) * _SLACK + face.spacing * len(text)


def fit(text: str, width: float, face: Face) -> str:
    """Cut a line with an ellipsis so that it is no wider than ``width`` pixels."""
    if measure(text, face) <= width:
        return text
    cut = text
    while cut and measure(cut + "…", face) > width:
        cut = cut[:-1]
    return cut.rstrip() + "…"


def wrap(text: str, width: float, face: Face, lines: int) -> tuple[str, ...]:
    """Break a text into exactly ``lines`` lines, the unused ones empty, the last one cut if need be.

    A picture's structure then never depends on the length of a text.
    """
    done: list[str] = []
    words = text.split()
    while words and len(done) < lines - 1:
        taken = 1
        while taken < len(words) and measure(" ".join(words[: taken + 1]), face) <= width:
            taken += 1
        done.append(fit(" ".join(words[:taken]), width, face))
        words = words[taken:]
    done.append(fit(" ".join(words), width, face))
    return tuple(done + [""] * (lines - len(done)))
