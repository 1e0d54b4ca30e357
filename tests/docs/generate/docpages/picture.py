"""Draws when each hook fires: one row per step, phases from top to bottom. It has its own ground, so any theme fits."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby

from docpages.lifecycle import STEPS, Step

WIDTH, MARGIN, LINE, GAP = 980, 24, 30, 22
RAIL, TITLE, HOOKS, TIMES = 118, 146, 410, WIDTH - MARGIN
LETTER = 7.3  # width of a letter of the hooks' names
PER_LINE = 2
ACTING = ("register_connectors", "register_commands", "on_event")
STYLE = """
.lifecycle text { font: 400 14px "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif; fill: #1c232b; }
.lifecycle .phase { font-size: 17px; font-weight: 600; }
.lifecycle .muted { fill: #59626d; }
.lifecycle .hook { font: 400 12px Menlo, Consolas, "Liberation Mono", monospace; }
.lifecycle .ground { fill: #fbfaf8; }
.lifecycle .pill { fill: #ffffff; stroke: #1c232b; }
.lifecycle .acting { stroke: #a8380b; stroke-dasharray: 4 3; }
.lifecycle .rail { stroke: #838e9a; stroke-width: 2; fill: none; }
.lifecycle .dot { fill: #1c232b; }
.lifecycle .core { fill: #fbfaf8; stroke: #838e9a; stroke-width: 2; }
"""


def lifecycle_svg() -> str:
    """Write the picture."""
    rows, y = [], float(MARGIN)
    for phase, steps in groupby(STEPS, key=lambda step: step.phase):
        begun = y + LINE / 2
        rows.append(_text(MARGIN, begun, phase, "phase"))
        for step in steps:
            rows += _step(step, y)
            y += LINE * _lines(step)
        rows.insert(0, f'<path class="rail" d="M{RAIL} {begun}V{y - LINE / 2}"/>')
        y += GAP
    rows += _legend(y + LINE / 2)
    height = y + LINE + MARGIN
    described = "; ".join(f"{step.phase}: {step.title} ({', '.join(step.hooks) or 'core'})" for step in STEPS)
    size = f'viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lifecycle" role="img" aria-label="{escape(described)}" {size}>'
    )
    ground = f'<rect class="ground" width="{WIDTH}" height="{height:g}" rx="8"/>'
    return "\n".join([head, f"<style>{STYLE}</style>", ground, *rows, "</svg>\n"])


def _lines(step: Step) -> int:
    return max(1, -(-len(step.hooks) // PER_LINE))


def _step(step: Step, y: float) -> Iterator[str]:
    middle = y + LINE / 2
    yield f'<circle class="{"dot" if step.hooks else "core"}" cx="{RAIL}" cy="{middle:g}" r="5"/>'
    yield _text(TITLE, middle, step.title, "" if step.hooks else "muted")
    yield _text(TIMES, middle, step.times, "muted", "end")
    for line in range(_lines(step)):
        x = float(HOOKS)
        for hook in step.hooks[line * PER_LINE : (line + 1) * PER_LINE]:
            width = len(hook) * LETTER + 14
            yield from _pill(x, middle + line * LINE, width, hook)
            x += width + 8


def _pill(x: float, y: float, width: float, hook: str) -> Iterator[str]:
    kind = "pill acting" if hook in ACTING else "pill"
    yield f'<rect class="{kind}" x="{x:g}" y="{y - 11:g}" width="{width:g}" height="22" rx="11"/>'
    yield _text(x + width / 2, y, hook, "hook", "middle")


def _legend(y: float) -> Iterator[str]:
    yield from _pill(TITLE, y, 90, "a hook")
    yield _text(TITLE + 100, y, "judges: no I/O, no clock", "muted")
    yield f'<rect class="pill acting" x="{HOOKS}" y="{y - 11:g}" width="90" height="22" rx="11"/>'
    yield _text(HOOKS + 45, y, "a hook", "hook", "middle")
    yield _text(HOOKS + 100, y, "may act", "muted")
    yield f'<circle class="core" cx="{HOOKS + 210}" cy="{y:g}" r="5"/>'
    yield _text(HOOKS + 224, y, "crmbridge alone", "muted")


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y + 4:g}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'
