"""``crmbridge touchpoints matrix``: which channel met people in which phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crmbridge.cli.opening import Answer, end, on_connections
from crmbridge.cli.options import Judging, spread
from crmbridge.cli.screen import Screen

if TYPE_CHECKING:
    from crmbridge.app import Bridge
    from crmbridge.centers.matrix import Cell, ChannelMatrix

Group = Annotated[
    Literal["role"] | None, typer.Option("--by", metavar="role", help="A table for each role that people play.")
]


@spread
def show_matrix(options: Judging, *, by: Group = None) -> None:
    """Count touches by channel, and by the phase that the buying center was in: how many, and how many people."""
    screen = Screen.make(as_json=options.as_json)

    def work(bridge: Bridge) -> Answer:
        with screen.err.status("Judging…"):
            matrix = bridge.channel_matrix(by)
        _show(screen, matrix)
        return Answer({"phases": list(matrix.phases), "cells": [cell._asdict() for cell in matrix.cells]})

    end(options, on_connections(options, screen, work))


def _show(screen: Screen, matrix: ChannelMatrix) -> None:
    if not matrix.cells:
        screen.say("There are no touches in any buying center.")
        return
    for group, rows in matrix.groups():
        if group:
            screen.say(group, "bold")
        screen.table(("channel", *matrix.phases, "touches"), [_line(row) for row in rows])
    screen.say("In each cell: touches, and in brackets how many people they reached.")


def _line(row: list[Cell | None]) -> tuple[object, ...]:
    there = [cell for cell in row if cell]
    cells = [f"{cell.touches:,} ({cell.reach:,})" if cell else "" for cell in row]
    return (there[0].channel, *cells, sum(cell.touches for cell in there))
