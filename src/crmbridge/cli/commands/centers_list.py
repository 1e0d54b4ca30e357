"""``crmbridge centers list``: the buying centers at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, Any

import typer

from crmbridge.cli.exitcodes import worst
from crmbridge.cli.opening import one_bridge, plugin_codes
from crmbridge.cli.options import Judging, spread
from crmbridge.cli.screen import Screen, emit
from crmbridge.model.centers import BuyingCenter
from crmbridge.model.evidence import Role

OnlyOpen = Annotated[bool, typer.Option("--open", help="Only cases that are not closed.")]
Missing = Annotated[Role | None, typer.Option("--missing", help="Only centers in which nobody plays this role.")]
Limit = Annotated[int, typer.Option("--limit", min=0, help="Most centers shown; 0 shows all.")]
HEADS = ("id", "case", "company", "stage", "complete", "missing roles", "members", "engaged")
NARROW = ("id", "case", "stage", "complete", "missing roles", "members")
WIDE = 100
"""Columns of a terminal from which on all heads are shown."""


@spread
def list_centers(options: Judging, *, only_open: OnlyOpen = False, missing: Missing = None, limit: Limit = 20) -> None:
    """List buying centers: how complete each is, and which roles are missing."""
    screen = Screen.make(as_json=options.as_json)
    with one_bridge(options, screen) as bridge:
        found = _chosen(bridge.buying_centers(), only_open=only_open, missing=missing)
        rows = [_row(center) for center in islice(found, limit or None)]
        more = limit > 0 and next(found, None) is not None
        codes = plugin_codes(bridge)
    if options.as_json:
        emit(rows)
    elif rows:
        _show(screen, rows)
    else:
        screen.note("No buying center fits.")
    if more:
        screen.note(f"The first {limit} are shown: --limit 0 shows all.")
    raise typer.Exit(worst(codes, detailed=options.exit_code))


def _chosen(centers: Iterable[BuyingCenter], *, only_open: bool, missing: Role | None) -> Iterator[BuyingCenter]:
    for center in centers:
        if (center.is_open or not only_open) and (missing is None or not center.seats()[missing]):
            yield center


def _row(center: BuyingCenter) -> dict[str, Any]:
    return {
        "id": center.id,
        "name": center.name,
        "company": center.company.name if center.company else None,
        "open": center.is_open,
        "stage": center.stage,
        "stage_label": center.stage_label,
        "completeness": center.completeness,
        "missing_roles": list(center.missing_roles),
        "members": center.coverage.known,
        "engaged": center.coverage.engaged,
        "unknown": list(center.unknown),
    }


def _show(screen: Screen, rows: list[dict[str, Any]]) -> None:
    heads = HEADS if screen.out.width >= WIDE else NARROW
    screen.table(heads, [[_cells(row)[head] for head in heads] for row in rows])


def _cells(row: dict[str, Any]) -> dict[str, object]:
    return {
        "id": row["id"],
        "case": row["name"],
        "company": row["company"],
        "stage": row["stage"] or row["stage_label"],
        "complete": f"{row['completeness']:.0f} %",
        "missing roles": ", ".join(row["missing_roles"]),
        "members": row["members"],
        "engaged": row["engaged"],
    }
