"""``crmbridge centers show``: one buying center with its evidence."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from crmbridge.cli.center import CenterText
from crmbridge.cli.exitcodes import worst
from crmbridge.cli.opening import one_bridge, plugin_codes
from crmbridge.cli.options import Judging, spread
from crmbridge.cli.screen import Screen, emit
from crmbridge.model.centers import BuyingCenter

CenterId = Annotated[str, typer.Argument(metavar="ID", help="As `centers list` shows it, e.g. deal:123.")]
WithStance = Annotated[
    bool, typer.Option("--stance", help="Say who is for the purchase and who against, too: it judges people.")
]
STANCE = "stance"
"""A member's field, and the registered name of the property in which people may edit it."""


@spread
def show_center(center_id: CenterId, options: Judging, *, stance: WithStance = False) -> None:
    """Show who plays which role in a buying center, and why: influence, ties, engagement, journeys, people's words."""
    screen = Screen.make(as_json=options.as_json)
    with one_bridge(options, screen) as bridge:
        center = next(bridge.buying_centers([center_id]), None)
        stages, codes, prefix = bridge.plugins.stages(), plugin_codes(bridge), bridge.config.writeback.prefix
    if center is None:
        raise typer.BadParameter(f"there is no buying center {center_id!r}: see `crmbridge centers list`")
    if options.as_json:
        emit(center.model_dump(mode="json") if stance else without_stance(center, f"{prefix}{STANCE}"))
    else:
        CenterText(screen, center, stages, stance=stance).show()
    raise typer.Exit(worst(codes, detailed=options.exit_code))


def without_stance(center: BuyingCenter, written: str) -> dict[str, Any]:
    """Give a center as JSON data, without how its members stand to the purchase.

    Args:
        center: What to give.
        written: Name of the CRM property to which stances are written, if they are.
    """
    data: dict[str, Any] = center.model_dump(mode="json", exclude={"members": {"__all__": {STANCE}}})
    for facts in (member["facts"] for member in data["members"] if member["facts"]):
        facts["decisions"] = [item for item in facts["decisions"] if item["property"] != STANCE]
        facts["contact"]["properties"].pop(written, None)
    return data
